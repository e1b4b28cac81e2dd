//! One call's execution of a flow: a coroutine that is suspended at a verb.

pub(crate) mod context;
#[cfg(test)]
mod escape_tests;
mod stack;
#[cfg(test)]
mod tests;

use std::cell::Ref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult};
use rhai::EvalAltResult;

use crate::diagnostic::Diagnostic;
use crate::effect::{CallerCard, EffectResult, Step};
use crate::flow::{Entry, Flow};
use context::{Mode, Request, RunContext};

/// What is left when a coroutine's body has ended.
type Ending = Result<Result<(), Box<EvalAltResult>>, String>;
type Fiber = Coroutine<EffectResult, Request, Ending, DefaultStack>;

/// A flow that runs for one call; suspended whenever somebody else can see it.
///
/// A run stays on the thread that started it. Dropping it ends the script at the verb where it
/// waits; nothing that the script still asks for reaches anybody.
pub struct Run {
    flow: Flow,
    context: Rc<RunContext>,
    fiber: Option<Fiber>,
}

impl Run {
    pub(crate) fn start(flow: &Flow, card: CallerCard, entry: Entry) -> (Self, Step) {
        let mode = if matches!(entry, Entry::Top) { Mode::Live } else { Mode::AfterCall };
        let context = Rc::new(RunContext::new(card, mode));
        let stack = match stack::take() {
            Ok(stack) => stack,
            Err(error) => {
                let run = Self { flow: flow.clone(), context, fiber: None };
                let message = format!("no memory for the stack of a flow: {error}");
                let failure = Diagnostic::error("no-memory", message).in_file(flow.name());
                return (run, Step::Failed(Box::new(failure)));
            }
        };
        let (body_flow, body_context) = (flow.clone(), context.clone());
        let fiber = Fiber::with_stack(stack, move |yielder, _first| {
            body_context.enter(yielder);
            let ending = catch_unwind(AssertUnwindSafe(|| body_flow.execute(entry)));
            body_context.leave();
            ending.map_err(|payload| panic_message(&*payload))
        });
        let mut run = Self { flow: flow.clone(), context, fiber: Some(fiber) };
        let step = run.advance(EffectResult::Done);
        (run, step)
    }

    /// Goes on with the answer to the effect that the run waits for.
    ///
    /// After [`Step::Finished`], [`Step::Failed`] or [`Step::Ended`] there is nothing left to do:
    /// further answers give [`Step::Ended`].
    pub fn resume(&mut self, answer: EffectResult) -> Step {
        self.advance(answer)
    }

    /// Says, before the answer, that the effect took no time: it then counts like a step of the script, so that
    /// a loop over such effects ends like any other endless loop.
    pub fn answered_at_once(&self) {
        self.context.answered_at_once();
    }

    /// What is known about the caller, with the language and tags that the flow has set.
    pub fn card(&self) -> Ref<'_, CallerCard> {
        self.context.card().borrow()
    }

    /// Adds to what the flow knows about the caller, while it waits.
    pub fn set_tag(&self, key: impl Into<String>, value: serde_json::Value) {
        self.context.card().borrow_mut().tags.insert(key.into(), value);
    }

    fn advance(&mut self, answer: EffectResult) -> Step {
        let Some(fiber) = &mut self.fiber else {
            return Step::Ended;
        };
        match context::with(&self.context, || fiber.resume(answer)) {
            CoroutineResult::Yield((effect, place)) => Step::Effect(effect, place),
            CoroutineResult::Return(ending) => {
                if let Some(fiber) = self.fiber.take() {
                    stack::give_back(fiber.into_stack());
                }
                self.ended(ending)
            }
        }
    }

    fn ended(&self, ending: Ending) -> Step {
        match ending {
            Ok(Ok(())) if self.context.mode() == Mode::Ended => Step::Ended,
            Ok(Ok(())) => Step::Finished,
            Ok(Err(error)) => match crate::failure::explain(&error, self.flow.texts()) {
                Some(failure) => Step::Failed(Box::new(failure)),
                None => Step::Ended,
            },
            Err(panic) => {
                let message = format!("the engine itself failed while it ran this flow: {panic}");
                Step::Failed(Box::new(Diagnostic::error("engine-failure", message).in_file(self.flow.name())))
            }
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if self.fiber.is_none() {
            return;
        }
        // The script unwinds as after a hang-up: its values are dropped, its stack is used again.
        self.context.end();
        let _ = self.advance(EffectResult::HungUp);
    }
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("flow", &self.flow.name()).field("mode", &self.context.mode()).finish()
    }
}

fn panic_message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}
