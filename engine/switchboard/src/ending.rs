//! How calls end: by the caller, by the flow, by an error, and what runs afterwards.

use std::time::Duration;

use model::Place;
use model::{Ender, Fact, HangupCause, Outcome, Timestamp};
use script::config::Fallback;
use script::{Bridge, Diagnostic, EffectResult, QueueRequest};

use crate::bridge::Purpose;
use crate::call::{Activity, Call, CallerState, End};
use crate::command::LegCommand;
use crate::desk::{Desk, prompt};
use crate::queuing::Wish;
use crate::timer::Timer;

/// A recording that does not close within this time after the call is given up; the next start repairs it.
const CLOSING_GRACE: Duration = Duration::from_secs(10);
/// `after_call` may look things up and wait a little, but a call must come to its end.
const AFTER_CALL_MAX: Duration = Duration::from_secs(60);
/// How long a fallback target rings.
const FALLBACK_RINGS_FOR: Duration = Duration::from_secs(60);

impl Call {
    pub(crate) fn caller_hung_up(&mut self, desk: &mut Desk, now: Timestamp, cause: HangupCause) {
        let leg = self.caller.leg;
        if let Activity::Talking(talk) = &self.activity {
            let leaves = |purpose: &Purpose| *purpose == Purpose::Blind { by: leg };
            if talk.transfer.as_ref().is_some_and(|transfer| leaves(&transfer.purpose)) {
                self.history.handed_over = true;
                return self.end_run();
            }
            self.end_run();
            return self.stop_talking(desk, now, leg, cause);
        }
        self.end(desk, now, cause, Ender::Caller);
    }

    pub(crate) fn flow_hangs_up(&mut self, desk: &mut Desk, now: Timestamp) -> Option<EffectResult> {
        if self.history.handed_over {
            return Some(EffectResult::HungUp);
        }
        self.end_by_flow(desk, now);
        None
    }

    pub(crate) fn end_by_flow(&mut self, desk: &mut Desk, now: Timestamp) {
        self.end(desk, now, HangupCause::Normal, Ender::Flow);
    }

    pub(crate) fn reject(&mut self, desk: &mut Desk, now: Timestamp, word: &str) -> Option<EffectResult> {
        let status = match word {
            "busy" => 486,
            "declined" => 603,
            "not_found" => 404,
            "unavailable" => 480,
            other => return Some(EffectResult::Refused(format!("unknown reason `{other}`"))),
        };
        if self.caller.state.is_unanswered() {
            self.history.rejected = true;
            desk.journal(now, Some(self.id), Fact::CallRejected { reason: word.to_owned() });
            self.refuse_caller(desk, status);
        }
        self.end(desk, now, HangupCause::Rejected, Ender::Flow);
        None
    }

    /// Sends a final refusal to a caller who was not answered.
    pub(crate) fn refuse_caller(&mut self, desk: &mut Desk, status: u16) {
        if self.caller.state.is_unanswered() {
            desk.leg(self.caller.leg, LegCommand::Reject { status, retry_after: None });
            desk.forget_leg(self.caller.leg);
            self.caller.state = CallerState::Gone;
        }
    }

    pub(crate) fn flow_finished(&mut self, desk: &mut Desk, now: Timestamp) {
        self.drop_run();
        if self.is_after_call() {
            return;
        }
        desk.journal(now, Some(self.id), Fact::FlowEnded);
        if !self.history.handed_over {
            self.end_by_flow(desk, now);
        }
    }

    /// An error in a flow never drops the caller.
    pub(crate) fn flow_failed(&mut self, desk: &mut Desk, now: Timestamp, diagnostic: &Diagnostic) {
        self.drop_run();
        let place =
            diagnostic.file.clone().map(|file| Place { file, line: diagnostic.line, column: diagnostic.column });
        desk.journal(now, Some(self.id), Fact::FlowFailed { message: diagnostic.message.clone(), place });
        if self.is_after_call() || self.history.handed_over {
            return;
        }
        self.history.failed = true;
        if self.history.fell_back {
            return self.end(desk, now, HangupCause::Error, Ender::Engine);
        }
        self.history.fell_back = true;
        self.answer(desk);
        let language = self.caller.language.clone();
        let item = prompt(&self.project, "technical-problem", &language);
        let fact = Fact::PromptStarted { prompt: "technical-problem".into(), language, place: None };
        desk.journal(now, Some(self.id), fact);
        let playback = desk.play(self.caller.leg, vec![item], false);
        self.activity = Activity::Apologizing(playback);
    }

    pub(crate) fn take_fallback(&mut self, desk: &mut Desk, now: Timestamp) {
        let project = self.project.clone();
        let Some(fallback) = &project.config.fallback else {
            return self.end(desk, now, HangupCause::Error, Ender::Engine);
        };
        let to = match fallback {
            Fallback::Number(number) => number.clone(),
            Fallback::Queue(queue) => format!("queue {queue}"),
            Fallback::Box(name) => format!("box {name}"),
        };
        desk.journal(now, Some(self.id), Fact::FallbackTaken { to });
        match fallback {
            Fallback::Number(number) => {
                let request = Bridge::all(vec![number.clone()], FALLBACK_RINGS_FOR);
                self.start_bridge(desk, now, request, Purpose::Fallback);
            }
            Fallback::Queue(queue) => {
                let request = QueueRequest { queue: queue.to_string(), ..Default::default() };
                let waiter = self.caller.leg;
                let wish = Wish { request, purpose: Purpose::Fallback, waiter, joined: None, sent_by: None };
                if let Err(text) = self.enter_queue(desk, now, wish) {
                    desk.journal(now, Some(self.id), Fact::Logged { text, place: None });
                    self.end(desk, now, HangupCause::Error, Ender::Engine);
                }
            }
            Fallback::Box(name) => self.leave_message(desk, now, name, None, None),
        }
    }

    pub(crate) fn is_apologizing_by_message(&self) -> bool {
        self.history.fell_back && self.run.is_none()
    }

    pub(crate) fn is_after_call(&self) -> bool {
        self.end.is_some()
    }

    /// Unwinds the flow; no script can catch it.
    pub(crate) fn end_run(&mut self) {
        if let Some(run) = &mut self.run {
            run.resume(EffectResult::HungUp);
        }
        self.drop_run();
    }

    /// Lets go of the flow, but not of what it noted about the caller.
    pub(crate) fn drop_run(&mut self) {
        if let Some(run) = self.run.take() {
            self.card = Some(run.card().clone());
        }
    }

    pub(crate) fn end(&mut self, desk: &mut Desk, now: Timestamp, cause: HangupCause, by: Ender) {
        if self.end.is_some() {
            return;
        }
        if let Activity::Talking(talk) = &self.activity {
            let fact = talk.disconnected(now, talk.legs[1], cause);
            desk.journal(now, Some(self.id), fact);
        }
        self.end_service(desk, now, (None, cause));
        self.abandon_queue(desk, now, by);
        self.stop_supervising(desk, now);
        self.close_tape(desk);
        self.release_draft(desk, now);
        self.stop_tape(desk);
        let waits = matches!(self.activity, Activity::Bridging(_) | Activity::Queuing(_));
        let abandoned = by == Ender::Caller && waits;
        let parties: Vec<_> = std::mem::take(&mut self.parties).into_keys().collect();
        for leg in parties {
            desk.drop_leg(now, leg, cause);
        }
        self.refuse_caller(desk, 480);
        if self.caller.state != CallerState::Gone {
            self.caller.state = CallerState::Gone;
            desk.drop_leg(now, self.caller.leg, cause);
        }
        self.activity = Activity::Idle;
        self.end_run();
        self.sending.let_go();
        desk.timers.cancel_call(self.id);
        desk.owed.online.retain(|_, call| *call != self.id);
        let outcome = if abandoned { Outcome::Abandoned } else { Outcome::Served };
        self.end = Some(End { cause, by, outcome, recorded: false });
        self.record_end(desk, now);
        if self.waits_for_disk() || !self.sending.is_quiet() {
            desk.timers.set(Timer::CallLimit(self.id), now + CLOSING_GRACE);
        }
    }

    /// Writes the end once everything that belongs to the call is durable.
    pub(crate) fn record_end(&mut self, desk: &mut Desk, now: Timestamp) {
        let waits = self.waits_for_disk();
        let Some(end) = &mut self.end else { return };
        if end.recorded || waits {
            return;
        }
        end.recorded = true;
        let outcome = match &self.history {
            history if history.connected => Outcome::Answered,
            history if history.message_left => Outcome::Voicemail,
            history if history.callback_booked => Outcome::Callback,
            history if history.rejected => Outcome::Rejected,
            history if history.failed => Outcome::Failed,
            _ => end.outcome,
        };
        // Whoever was called and did not answer, and whoever was never called, has nothing of it.
        let outcome = match self.errand.as_ref().and_then(|on| on.failed.as_ref()) {
            Some(_) if !self.history.connected => Outcome::NotReached,
            _ => outcome,
        };
        end.outcome = outcome;
        let fact = Fact::CallEnded { outcome, cause: end.cause, by: end.by };
        desk.timers.cancel(Timer::CallLimit(self.id));
        desk.journal(now, Some(self.id), fact);
        self.tell_errand(desk, outcome);
        self.run_after_call(desk, now, outcome);
    }

    /// `fn after_call(outcome)` of the flow, if it is there.
    fn run_after_call(&mut self, desk: &mut Desk, now: Timestamp, outcome: Outcome) {
        let project = self.project.clone();
        let Some(flow) = self.flow.as_ref().and_then(|name| project.flows.get(name)) else { return };
        let (Some(card), Some(end), true) = (self.card.take(), &self.end, flow.has_after_call()) else { return };
        let known =
            [("outcome", outcome.to_string()), ("cause", end.cause.to_string()), ("ended_by", end.by.to_string())];
        let known = known.into_iter().map(|(key, word)| (key.to_owned(), word.into())).collect();
        let (run, step) = flow.start_after_call(card, &known);
        self.run = Some(run);
        desk.timers.set(Timer::CallLimit(self.id), now + AFTER_CALL_MAX);
        self.follow(desk, now, step);
    }

    /// The call lived too long, or its recordings did not close.
    pub(crate) fn limit_reached(&mut self, desk: &mut Desk, now: Timestamp) {
        if self.end.is_some() {
            self.pending.clear();
            self.draft = None;
            self.sending.give_up();
            self.end_run();
            return self.record_end(desk, now);
        }
        self.end(desk, now, HangupCause::TimeLimit, Ender::Engine);
    }
}
