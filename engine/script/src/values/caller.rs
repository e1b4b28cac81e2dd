//! `caller`: visible in every file and function, different in every call.

use rhai::{Dynamic, FnNamespace, FuncRegistration, Module, NativeCallContext};

use super::from_json;
use super::notes::{self, Notes};
use crate::effect::{CallerCard, Effect};
use crate::run::context;
use crate::verbs::invocation::{ScriptError, place_of, stopped, wrong};

/// Properties of `caller`.
pub(crate) const PROPERTIES: [&str; 9] =
    ["number", "name", "dialed", "language", "id", "headers", "tags", "attempt", "agent"];

/// A handle that every call shares: its properties read the run that executes.
#[derive(Debug, Clone, Copy)]
struct Caller;

pub(super) fn register(module: &mut Module) {
    module.set_custom_type::<Caller>("caller");
    module.set_var("caller", Dynamic::from(Caller));
    getter(module, "number", |card| card.number.as_str().into());
    getter(module, "name", |card| card.name.as_str().into());
    getter(module, "dialed", |card| card.dialed.as_str().into());
    getter(module, "language", |card| card.language.as_str().into());
    getter(module, "agent", |card| card.agent.as_str().into());
    getter(module, "id", |card| i64::try_from(card.id).unwrap_or(i64::MAX).into());
    getter(module, "attempt", |card| i64::from(card.attempt).into());
    getter(module, "headers", |card| {
        let fields = card.headers.iter().map(|(key, value)| (key.as_str().into(), value.as_str().into()));
        Dynamic::from(Notes(fields.collect()))
    });
    getter(module, "tags", |card| {
        let tags = card.tags.iter().map(|(key, value)| (key.as_str().into(), from_json(value)));
        Dynamic::from(Notes(tags.collect()))
    });
    notes::register(module);
    FuncRegistration::new_setter("language")
        .with_namespace(FnNamespace::Global)
        .with_purity(true)
        .with_volatility(true)
        .set_into_module(module, set_language);
}

fn getter(module: &mut Module, name: &str, read: fn(&CallerCard) -> Dynamic) {
    FuncRegistration::new_getter(name)
        .with_namespace(FnNamespace::Global)
        .with_purity(true)
        .with_volatility(true)
        .set_into_module(module, move |_: &mut Caller| -> Result<Dynamic, ScriptError> {
            let run = context::current().ok_or_else(no_call)?;
            let value = read(&run.card().borrow());
            Ok(value)
        });
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that registration asks for")]
fn set_language(context: NativeCallContext<'_>, _: &mut Caller, language: Dynamic) -> Result<(), ScriptError> {
    let run = context::current().ok_or_else(no_call)?;
    let language = super::text(language)
        .map_err(|value| wrong(format!("`caller.language` is a text like \"en\", not {}", super::in_words(&value))))?;
    let plain = language.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if language.is_empty() || language.len() > 32 || !plain {
        return Err(wrong(format!("`caller.language` is a language like \"en\" or \"ru_RU\", not {language:?}")));
    }
    run.card().borrow_mut().language.clone_from(&language);
    run.suspend(Effect::Language(language), place_of(&context)).map(|_| ()).map_err(stopped)
}

fn no_call() -> ScriptError {
    wrong("`caller` cannot be used at the top of an imported file: no call is there yet")
}
