//! One use of a verb: its arguments, its place, and the way to the switchboard and back.

use std::rc::Rc;
use std::sync::Arc;

use model::Place;
use rhai::{Dynamic, EvalAltResult, ImmutableString, Map, NativeCallContext, Position};

use crate::effect::{Effect, EffectResult};
use crate::run::context::{self, Mode, RunContext, Stop};
use crate::values::{self, FlowDuration};
use crate::verbs::info::{VerbInfo, VerbKind};
use crate::verbs::options::Options;

/// What a native function gives a script that went wrong.
pub(crate) type ScriptError = Box<EvalAltResult>;

/// An error that the script may catch; the engine adds the place of the verb.
pub(crate) fn wrong(message: impl Into<String>) -> ScriptError {
    EvalAltResult::ErrorRuntime(message.into().into(), Position::NONE).into()
}

/// The end of a script, which it cannot catch.
pub(crate) fn stopped(stop: Stop) -> ScriptError {
    EvalAltResult::ErrorTerminated(Dynamic::from(stop), Position::NONE).into()
}

/// One use of a verb.
pub(crate) struct VerbCall<'a, 'v> {
    info: &'static VerbInfo,
    run: Rc<RunContext>,
    place: Place,
    args: &'a mut [&'v mut Dynamic],
}

impl<'a, 'v> VerbCall<'a, 'v> {
    /// Checks that the verb may be used here and now.
    pub(super) fn new(
        info: &'static VerbInfo,
        context: &NativeCallContext<'_>,
        args: &'a mut [&'v mut Dynamic],
    ) -> Result<Self, ScriptError> {
        let name = info.name;
        let run = context::current().ok_or_else(|| {
            wrong(format!("`{name}` cannot be used at the top of an imported file, put it into a function"))
        })?;
        if run.mode() == Mode::AfterCall && info.kind == VerbKind::Call {
            return Err(wrong(format!("`{name}` cannot be used in `after_call`: the caller is gone")));
        }
        Ok(Self { info, run, place: place_of(context), args })
    }

    /// Number of arguments.
    pub(super) fn count(&self) -> usize {
        self.args.len()
    }

    /// The run that uses the verb.
    pub(super) fn run(&self) -> &RunContext {
        &self.run
    }

    /// Takes an argument as it is.
    pub(super) fn value(&mut self, index: usize) -> Dynamic {
        self.args.get_mut(index).map_or(Dynamic::UNIT, |arg| arg.take())
    }

    /// Takes a text.
    pub(super) fn text(&mut self, index: usize, what: &str) -> Result<String, ScriptError> {
        let value = self.value(index);
        value.try_cast_result::<ImmutableString>().map(String::from).map_err(|value| {
            let hint = if value.is_int() { ", numbers of telephones are written in quotes" } else { "" };
            self.mismatch(what, "a text", &value, hint)
        })
    }

    /// Takes a text or an array of texts.
    pub(super) fn texts(&mut self, index: usize, what: &str) -> Result<Vec<String>, ScriptError> {
        let value = self.value(index);
        values::texts(value).map_err(|value| self.mismatch(what, "a text or an array of texts", &value, ""))
    }

    /// Takes a whole number.
    pub(super) fn whole(&mut self, index: usize, what: &str) -> Result<i64, ScriptError> {
        let value = self.value(index);
        value.as_int().map_err(|_| self.mismatch(what, "a whole number", &value, ""))
    }

    /// Takes a duration: `2.seconds` or `"2s"`.
    pub(super) fn duration(&mut self, index: usize, what: &str) -> Result<std::time::Duration, ScriptError> {
        let value = self.value(index);
        FlowDuration::from_dynamic(&value).map_err(|problem| wrong(format!("{what} of `{}` {problem}", self.info.name)))
    }

    /// Takes the map of options, empty when the argument is not there.
    pub(super) fn options(&mut self, index: usize) -> Result<Options, ScriptError> {
        if index >= self.count() {
            return Ok(Options::none(self.info));
        }
        match self.value(index).try_cast_result::<Map>() {
            Ok(map) => Options::new(self.info, map),
            Err(value) => Err(self.mismatch("the last value", "a map of options like `#{ … }`", &value, "")),
        }
    }

    /// Suspends the flow until the effect has its answer.
    pub(super) fn perform(&self, effect: Effect) -> Result<EffectResult, ScriptError> {
        match self.run.suspend(effect, self.place.clone()) {
            Ok(EffectResult::Refused(reason)) => Err(wrong(reason)),
            Ok(answer) => Ok(answer),
            Err(stop) => Err(stopped(stop)),
        }
    }

    /// Suspends the flow; the answer says nothing.
    pub(super) fn done(&self, effect: Effect) -> Result<Dynamic, ScriptError> {
        self.perform(effect).map(|_| Dynamic::UNIT)
    }

    /// Suspends the flow; the answer is a word, `otherwise` when the switchboard had none.
    pub(super) fn word(&self, effect: Effect) -> Result<Dynamic, ScriptError> {
        match self.perform(effect)? {
            EffectResult::Word(word) | EffectResult::Text(word) => Ok(word.into()),
            EffectResult::Bridged(result) => Ok(result.as_str().into()),
            answer => Err(self.unexpected(&answer)),
        }
    }

    /// The switchboard answered with something that the verb does not understand: our bug.
    pub(super) fn unexpected(&self, answer: &EffectResult) -> ScriptError {
        let message = format!("`{}` got an answer that it does not understand: {answer:?}", self.info.name);
        EvalAltResult::ErrorSystem(message.clone(), message.into()).into()
    }

    fn mismatch(&self, what: &str, wanted: &str, got: &Dynamic, hint: &str) -> ScriptError {
        let got = values::in_words(got);
        wrong(format!("{what} of `{}` is {wanted}, not {got}{hint}", self.info.name))
    }
}

/// The verb's place in the flow's file.
pub(crate) fn place_of(context: &NativeCallContext<'_>) -> Place {
    let position = context.call_position();
    let number = |n: Option<usize>| n.and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    Place {
        file: Arc::from(context.call_source().unwrap_or_default()),
        line: number(position.line()),
        column: number(position.position()),
    }
}
