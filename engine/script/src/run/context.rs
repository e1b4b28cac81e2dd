//! The run that is executing on this thread: where verbs find their call and how they suspend.
//!
//! The slot is set on every resume and cleared on every suspension, so that runs may alternate on
//! one thread. Nothing here is borrowed across a suspension.

use std::cell::{Cell, RefCell};
use std::ptr::NonNull;
use std::rc::Rc;

use corosensei::Yielder;
use model::Place;
use rhai::Position;

use crate::effect::{CallerCard, Effect, EffectResult};
use crate::host::limits::{EFFECTS_PER_RUN_MAX, OPERATIONS_PER_STEP_MAX, OPERATIONS_PER_VERB};
use crate::verbs::one_line;

/// What travels out of a coroutine.
pub(super) type Request = (Effect, Place);

/// What a run may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A call is there.
    Live,
    /// The call is over; `after_call` runs, without audio.
    AfterCall,
    /// The caller is gone, or the run is being dropped: every verb ends the script.
    Ended,
}

/// Why a script was ended without being asked. Travels as the token of `ErrorTerminated`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The caller hung up.
    HungUp,
    /// Too many operations without letting time pass.
    EndlessLoop,
    /// Too many verbs.
    EndlessVerbs,
}

/// One run's state beside its stack.
pub(crate) struct RunContext {
    card: RefCell<CallerCard>,
    mode: Cell<Mode>,
    operations: Cell<u64>,
    effects: Cell<u32>,
    /// The last effect took no time, whatever it was.
    at_once: Cell<bool>,
    /// The line of the flow that called the standard library, while that runs.
    caller_line: RefCell<Option<Place>>,
    yielder: Cell<Option<NonNull<Yielder<EffectResult, Request>>>>,
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<RunContext>>> = const { RefCell::new(None) };
    static COMPILING: Cell<u64> = const { Cell::new(0) };
}

impl RunContext {
    pub(super) fn new(card: CallerCard, mode: Mode) -> Self {
        Self {
            card: RefCell::new(card),
            mode: Cell::new(mode),
            operations: Cell::new(0),
            effects: Cell::new(0),
            at_once: Cell::new(false),
            caller_line: RefCell::new(None),
            yielder: Cell::new(None),
        }
    }

    /// What the flow and the switchboard know about the caller.
    pub(crate) fn card(&self) -> &RefCell<CallerCard> {
        &self.card
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode.get()
    }

    pub(super) fn answered_at_once(&self) {
        self.at_once.set(true);
    }

    pub(super) fn end(&self) {
        self.mode.set(Mode::Ended);
    }

    /// Remembers the coroutine's own way out; called once, at its start.
    pub(super) fn enter(&self, yielder: &Yielder<EffectResult, Request>) {
        self.yielder.set(Some(NonNull::from(yielder)));
    }

    /// Forgets it again; called when the coroutine's body ends.
    pub(super) fn leave(&self) {
        self.yielder.set(None);
    }

    /// Runs a function of the standard library for the line at `place`; the outermost line counts.
    pub(crate) fn on_behalf_of<R>(&self, place: Place, work: impl FnOnce() -> R) -> R {
        let outermost = self.caller_line.borrow().is_none();
        if outermost {
            self.caller_line.replace(Some(place));
        }
        let result = work();
        if outermost {
            self.caller_line.replace(None);
        }
        result
    }

    /// Suspends the run until the switchboard has an answer.
    ///
    /// # Errors
    /// The run has to stop: the caller is gone, or it asked for too much.
    pub(crate) fn suspend(&self, effect: Effect, place: Place) -> Result<EffectResult, Stop> {
        if self.mode() == Mode::Ended {
            return Err(Stop::HungUp);
        }
        let effects = self.effects.get() + 1;
        self.effects.set(effects);
        if effects > EFFECTS_PER_RUN_MAX {
            return Err(Stop::EndlessVerbs);
        }
        let (spent, instant) = (self.operations.get(), is_instant(&effect));
        let place = self.caller_line.borrow().clone().unwrap_or(place);
        let answer = self.yield_out((effect, place));
        let instant = self.at_once.take() || instant;
        self.operations.set(if instant { spent + OPERATIONS_PER_VERB } else { 0 });
        match answer {
            EffectResult::HungUp => {
                self.end();
                Err(Stop::HungUp)
            }
            answer => Ok(answer),
        }
    }

    #[expect(unsafe_code, reason = "Rhai's native functions cannot be handed the yielder, so it is kept as a pointer")]
    fn yield_out(&self, request: Request) -> EffectResult {
        let yielder = self.yielder.get().expect("a verb runs inside its coroutine");
        // SAFETY: `enter` stored a reference that lives on the coroutine's stack until its body
        // ends, and `leave` clears it there. Contexts and coroutines stay on one thread.
        unsafe { yielder.as_ref() }.suspend(request)
    }

    fn count_operation(&self) -> Option<Stop> {
        if self.mode() == Mode::Ended {
            return Some(Stop::HungUp);
        }
        let operations = self.operations.get() + 1;
        self.operations.set(operations);
        (operations > OPERATIONS_PER_STEP_MAX).then_some(Stop::EndlessLoop)
    }
}

/// Verbs after which no time has passed.
fn is_instant(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Log(_)
            | Effect::Tag { .. }
            | Effect::Language(_)
            | Effect::Random { .. }
            | Effect::Now
            | Effect::Open(_)
            | Effect::Opens(_)
            | Effect::CallbackTime { .. }
            | Effect::PauseRecording { .. }
            | Effect::ResumeRecording
            | Effect::FindAgent(_)
            | Effect::CheckPin { .. }
            | Effect::SetAgent(_)
            | Effect::QueueState(_)
            | Effect::Ring
            | Effect::Answer
    )
}

/// The run that executes on this thread, if any.
pub(crate) fn current() -> Option<Rc<RunContext>> {
    CURRENT.with_borrow(Clone::clone)
}

/// Makes `context` the current run while `work` runs.
pub(super) fn with<R>(context: &Rc<RunContext>, work: impl FnOnce() -> R) -> R {
    struct Restore(Option<Rc<RunContext>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            CURRENT.set(self.0.take());
        }
    }
    let _restore = Restore(CURRENT.replace(Some(context.clone())));
    work()
}

/// Counts one operation of the current run; says when it has to stop.
pub(crate) fn count_operation() -> Option<Stop> {
    CURRENT.with_borrow(|current| match current {
        Some(run) => run.count_operation(),
        // Top levels of modules run at compile time, where a loop must end as well.
        None => {
            let operations = COMPILING.get() + 1;
            COMPILING.set(operations);
            (operations > OPERATIONS_PER_STEP_MAX).then_some(Stop::EndlessLoop)
        }
    })
}

/// Begins to count again, for the top level of a module.
pub(crate) fn compile_step() {
    COMPILING.set(0);
}

/// `print` and `debug`: a line in the trace, never the terminal.
pub(crate) fn print(text: &str, source: Option<&str>, position: Position) {
    let number = |n: Option<usize>| n.and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    let place = Place {
        file: source.unwrap_or_default().into(),
        line: number(position.line()),
        column: number(position.position()),
    };
    if let Some(run) = current() {
        // When the caller is gone, the next operation ends the script.
        let _ = run.suspend(Effect::Log(one_line(text)), place);
    }
}
