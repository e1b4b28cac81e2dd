//! One call: its parties, what its flow waits for, and how events reach it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use model::Place;
use model::{
    AgentId, CallId, Ender, Fact, HangupCause, LegId, Outcome, PlaybackEnd, PlaybackId, QueueId, Reached, Ticket,
    Timestamp,
};
use script::{Effect, EffectResult, Project, QueueRequest, Run};

use crate::asking::Asking;
use crate::bridge::Bridging;
use crate::collect::Collector;
use crate::command::{AudioCommand, AudioEvent, LegCommand, LegEvent};
use crate::desk::Desk;
use crate::message_work::Hearing;
use crate::placing::{Greeting, OnErrand, Reaching};
use crate::queuing::Queuing;
use crate::recording::Recording;
use crate::sending::Sending;
use crate::service::Service;
use crate::supervising::Supervising;
use crate::talk::Talk;
use crate::tape::{Awaiting, Taping};
use crate::voicemail::Leaving;
use crate::voicemail_draft::Draft;

/// Digits typed ahead that are kept.
const TYPED_AHEAD_MAX: usize = 64;

pub(crate) struct Call {
    pub(crate) id: CallId,
    pub(crate) project: Arc<Project>,
    /// Flow that serves it; none for a phone that dials a colleague directly.
    pub(crate) flow: Option<String>,
    pub(crate) run: Option<Run>,
    /// What `after_call` will know.
    pub(crate) card: Option<script::CallerCard>,
    pub(crate) caller: Caller,
    pub(crate) activity: Activity,
    pub(crate) typed: VecDeque<char>,
    /// Legs that we dialled, ringing or talking.
    pub(crate) parties: BTreeMap<LegId, Party>,
    /// Rows that must be durable before the call is over.
    pub(crate) pending: BTreeMap<Ticket, crate::recording::Pending>,
    /// A message on its way into a box.
    pub(crate) draft: Option<Draft>,
    /// The box where he leaves a message should the operator not answer, and its place in the flow.
    pub(crate) instead_of_operator: Option<(String, Place)>,
    pub(crate) history: History,
    pub(crate) recordings: u32,
    pub(crate) effects: EffectBudget,
    /// Mails, short messages and webhooks.
    pub(crate) sending: Sending,
    /// Questions over HTTP so far.
    pub(crate) questions: u32,
    /// The conversation that a queue gave.
    pub(crate) service: Option<Service>,
    /// Time in queues so far: it travels with the call.
    pub(crate) waited: std::time::Duration,
    /// Waiting that another site has credited: the next queue counts it.
    pub(crate) credit: std::time::Duration,
    /// The queue that he left: he may come back, or be called back.
    pub(crate) left: Option<Left>,
    /// The recording of the conversation.
    pub(crate) taping: Taping,
    pub(crate) end: Option<End>,
    /// Why we placed it, when nobody called us.
    pub(crate) errand: Option<Box<OnErrand>>,
}

pub(crate) struct Caller {
    pub(crate) leg: LegId,
    pub(crate) rights: Rights,
    /// Whose phone calls, when it is an agent's.
    pub(crate) agent: Option<AgentId>,
    pub(crate) state: CallerState,
    pub(crate) number: String,
    pub(crate) name: String,
    pub(crate) language: String,
}

/// How far the caller's leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallerState {
    /// We shall call him; his leg does not exist yet.
    NotCalled,
    /// We call him.
    Called,
    Offered,
    Ringing,
    /// Not answered, but hears us: its phone makes no ring tone of its own any more.
    EarlyMedia,
    Answering,
    Answered,
    /// Hung up, or transferred away while the other two go on.
    Gone,
}

impl CallerState {
    /// May the call still be refused?
    pub(crate) fn is_unanswered(self) -> bool {
        matches!(self, CallerState::Offered | CallerState::Ringing | CallerState::EarlyMedia)
    }
}

/// A queue that was left without an agent.
pub(crate) struct Left {
    pub(crate) queue: QueueId,
    /// From when his place there counts.
    pub(crate) joined: Timestamp,
    pub(crate) request: QueueRequest,
    /// He left by a key, to come back perhaps.
    pub(crate) by_key: bool,
}

pub(crate) struct Party {
    pub(crate) to: String,
    pub(crate) rights: Rights,
    /// Whose phone it is, when it is an agent's.
    pub(crate) agent: Option<AgentId>,
}

/// What the far end of a leg may ask for by signalling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rights {
    /// An agent's phone: it may transfer.
    Inside,
    /// Anybody else: a REFER from outside would dial at our cost.
    Outside,
}

/// What the flow waits for.
pub(crate) enum Activity {
    /// Nothing: the flow is running, or there is none.
    Idle,
    /// The caller's phone to confirm the answer; then the effect is performed.
    Answering(Box<(Effect, Place)>),
    Playing {
        playback: PlaybackId,
        barge_in: bool,
    },
    Collecting {
        collector: Collector,
        prompts: Option<PlaybackId>,
        place: Place,
    },
    Recording(Recording),
    /// A message is left in a box.
    Leaving(Leaving),
    /// The announcement before a recording to end, or the recording to run.
    StartingTape(Awaiting),
    Pausing,
    Asking(Box<Asking>),
    Queuing(Box<Queuing>),
    Supervising(Supervising),
    Bridging(Box<Bridging>),
    Talking(Box<Talk>),
    /// The first party is being called by us.
    Reaching(Box<Reaching>),
    /// An agent hears a message.
    Hearing(Box<Hearing>),
    /// Whoever answered our call shall press a key.
    Greeting(Greeting),
    /// Something is being kept; the flow hears the first word when it is, else the second.
    Keeping {
        ticket: Ticket,
        words: [&'static str; 2],
    },
    /// `technical-problem` plays; then the fallback is taken.
    Apologizing(PlaybackId),
}

/// What will decide the outcome.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) connected: bool,
    pub(crate) message_left: bool,
    pub(crate) rejected: bool,
    pub(crate) failed: bool,
    /// The first party pressed a key.
    pub(crate) keyed: bool,
    /// He will be called back.
    pub(crate) callback_booked: bool,
    /// We dialled him.
    pub(crate) dialled: bool,
    /// It was handed over: the end of the flow does not end it.
    pub(crate) handed_over: bool,
    /// Prompts that could not be read.
    pub(crate) missing: BTreeSet<String>,
    /// The fallback was taken once; a second failure ends the call.
    pub(crate) fell_back: bool,
}

impl History {
    /// Who answered a call that we placed.
    pub(crate) fn reached(&self) -> Reached {
        match self {
            History { connected: true, .. } => Reached::Talked,
            History { keyed: true, .. } => Reached::Key,
            _ => Reached::Answered,
        }
    }
}

pub(crate) struct End {
    pub(crate) cause: HangupCause,
    pub(crate) by: Ender,
    pub(crate) outcome: Outcome,
    pub(crate) recorded: bool,
}

/// Effects that one second may hold: a loop of instant verbs must not stall other calls.
const EFFECTS_PER_SECOND_MAX: u32 = 1_000;

/// Refusals that a flow may catch before it is stopped.
const REFUSALS_MAX: u32 = 100;

#[derive(Debug, Default)]
pub(crate) struct EffectBudget {
    since: Timestamp,
    used: u32,
    last: Timestamp,
}

/// An answer within this time took none: nobody heard or waited for anything.
const AT_ONCE: std::time::Duration = std::time::Duration::from_millis(5);

impl EffectBudget {
    pub(crate) fn spend(&mut self, now: Timestamp) -> bool {
        if now - self.since >= std::time::Duration::from_secs(1) {
            *self = Self { since: now, used: 0, last: now };
        }
        self.last = now;
        self.used += 1;
        self.used <= EFFECTS_PER_SECOND_MAX
    }

    /// Did the last effect take no time?
    pub(crate) fn is_at_once(&self, now: Timestamp) -> bool {
        now - self.last < AT_ONCE
    }

    /// Was it told often enough?
    pub(crate) fn is_hopeless(&self) -> bool {
        self.used > EFFECTS_PER_SECOND_MAX + REFUSALS_MAX
    }
}

impl Call {
    pub(crate) fn handle_leg(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, event: LegEvent) {
        match event {
            LegEvent::Offered(_) => {}
            event if leg == self.caller.leg && matches!(self.activity, Activity::Reaching(_)) => {
                self.reaching_event(desk, now, &event);
            }
            LegEvent::HungUp(_)
                if self.agent_left_while_reaching(desk, now, leg) || self.hearer_left(desk, now, leg) => {}
            LegEvent::Answered if leg == self.caller.leg => self.caller_answered(desk, now),
            LegEvent::HungUp(cause) if leg == self.caller.leg => {
                desk.forget_leg(leg);
                self.caller.state = CallerState::Gone;
                self.caller_hung_up(desk, now, cause);
            }
            LegEvent::HungUp(cause) => self.party_hung_up(desk, now, leg, cause),
            LegEvent::Ringing { early_media } => self.leg_rings(desk, now, leg, early_media),
            LegEvent::Answered if self.rings_agent(leg) => self.agent_answered(desk, now, leg),
            LegEvent::Answered => self.leg_answered(desk, now, leg),
            LegEvent::Failed(failure) => self.leg_failed(desk, now, leg, failure),
            LegEvent::Held => self.held(desk, now, leg),
            LegEvent::Resumed => self.resumed(desk, now, leg),
            LegEvent::TransferRequested { to, .. } => self.blind_transfer(desk, now, leg, to),
        }
    }

    pub(crate) fn handle_audio(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, event: AudioEvent) {
        match event {
            AudioEvent::Digit(digit) if leg == self.caller.leg => {
                self.history.keyed = true;
                self.caller_digit(desk, now, digit);
            }
            AudioEvent::Digit(digit) if matches!(self.activity, Activity::Hearing(_)) => {
                self.message_digit(desk, now, leg, digit);
            }
            AudioEvent::Digit(digit) if self.rings_agent(leg) => self.agent_digit(desk, now, leg, digit),
            AudioEvent::Digit(digit) => self.party_digit(desk, now, leg, digit),
            AudioEvent::PlaybackEnded { playback, how } if self.announced(desk, now, (leg, playback), how) => {}
            AudioEvent::PlaybackEnded { playback, .. } => self.playback_ended(desk, now, leg, playback),
            AudioEvent::PromptMissing { prompt } => self.prompt_missing(desk, now, prompt),
            AudioEvent::RecordingEnded { ticket, length, ended_by } => {
                self.recording_ended(desk, now, ticket, length, ended_by);
            }
            AudioEvent::Vanished => {
                desk.leg(leg, LegCommand::Hangup(HangupCause::Vanished));
                self.handle_leg(desk, now, leg, LegEvent::HungUp(HangupCause::Vanished));
            }
        }
    }

    /// Told once per call: music is played again and again.
    pub(crate) fn prompt_missing(&mut self, desk: &mut Desk, now: Timestamp, prompt: String) {
        if self.history.missing.insert(prompt.clone()) {
            desk.journal(now, Some(self.id), Fact::PromptEnded { prompt, how: PlaybackEnd::Missing });
        }
    }

    fn caller_answered(&mut self, desk: &mut Desk, now: Timestamp) {
        if self.caller.state != CallerState::Answering {
            return;
        }
        self.caller.state = CallerState::Answered;
        desk.journal(now, Some(self.id), Fact::CallAnswered);
        desk.audio(self.caller.leg, AudioCommand::Watch(Some(crate::VANISHED_AFTER)));
        match std::mem::replace(&mut self.activity, Activity::Idle) {
            Activity::Answering(waiting) => self.perform_and_follow(desk, now, waiting.0, waiting.1),
            other => self.activity = other,
        }
    }

    /// Sends the 200 OK unless that happened before.
    pub(crate) fn answer(&mut self, desk: &mut Desk) {
        if self.caller.state.is_unanswered() {
            self.caller.state = CallerState::Answering;
            desk.leg(self.caller.leg, LegCommand::Answer);
        }
    }

    pub(crate) fn ring(&mut self, desk: &mut Desk, now: Timestamp) {
        if self.caller.state == CallerState::Offered {
            self.caller.state = CallerState::Ringing;
            desk.leg(self.caller.leg, LegCommand::Ring { early_media: false });
            desk.journal(now, Some(self.id), Fact::CallRang);
        }
    }

    fn caller_digit(&mut self, desk: &mut Desk, now: Timestamp, digit: char) {
        match &mut self.activity {
            Activity::Collecting { .. } => {
                self.typed.push_back(digit);
                self.collect_typed(desk, now);
            }
            Activity::Recording(recording) if recording.is_ended_by(digit) => {
                recording.stop_by(digit);
                desk.audio(self.caller.leg, AudioCommand::StopRecording);
            }
            Activity::Leaving(_) => self.leaving_digit(desk, now, digit),
            Activity::Queuing(_) => self.queue_digit(desk, now, digit),
            Activity::Greeting(_) => self.greeting_digit(desk, now, digit),
            Activity::Supervising(_) => self.supervisor_digit(desk, now, digit),
            Activity::StartingTape(_) => self.starting_digit(desk, now, digit),
            Activity::Talking(_) => self.talk_digit(desk, now, self.caller.leg, digit),
            Activity::Playing { barge_in: false, .. } | Activity::Apologizing(_) => {}
            Activity::Playing { playback, .. } => {
                let playback = *playback;
                self.keep_typed(digit);
                desk.audio(self.caller.leg, AudioCommand::StopPlayback);
                self.playback_ended(desk, now, self.caller.leg, playback);
            }
            _ => self.keep_typed(digit),
        }
    }

    pub(crate) fn hears_keys(&self, leg: LegId) -> bool {
        let deaf = match &self.activity {
            Activity::Playing { barge_in, .. } => !barge_in,
            Activity::Leaving(leaving) => leaving.is_deaf(),
            Activity::Talking(_) | Activity::Apologizing(_) => true,
            _ => false,
        };
        leg == self.caller.leg && self.caller.state == CallerState::Answered && !deaf
    }

    pub(crate) fn keep_typed(&mut self, digit: char) {
        if self.typed.len() < TYPED_AHEAD_MAX {
            self.typed.push_back(digit);
        }
    }

    /// Feeds what was typed into the collector until it is content or the keys are used up.
    pub(crate) fn collect_typed(&mut self, desk: &mut Desk, now: Timestamp) {
        use crate::collect::Progress;
        let Activity::Collecting { collector, prompts, .. } = &mut self.activity else { return };
        let mut wait = None;
        while let Some(digit) = self.typed.pop_front() {
            if prompts.take().is_some() {
                desk.audio(self.caller.leg, AudioCommand::StopPlayback);
            }
            match collector.digit(digit) {
                Progress::Wait(next) => wait = Some(next),
                Progress::Complete(digits) => return self.collected(desk, now, digits),
            }
        }
        if let Some(next) = wait {
            desk.timers.set(crate::Timer::DigitTimeout(self.id), now + next);
        }
    }

    pub(crate) fn digit_timeout(&mut self, desk: &mut Desk, now: Timestamp) {
        match &self.activity {
            Activity::Collecting { collector, .. } => {
                let digits = collector.timeout();
                self.collected(desk, now, digits);
            }
            Activity::Leaving(_) => self.review_timeout(desk, now),
            _ => {}
        }
    }

    fn collected(&mut self, desk: &mut Desk, now: Timestamp, digits: String) {
        let Activity::Collecting { collector, place, .. } = std::mem::replace(&mut self.activity, Activity::Idle)
        else {
            return;
        };
        desk.timers.cancel(crate::Timer::DigitTimeout(self.id));
        let shown = if collector.is_secret() { "•".repeat(digits.chars().count()) } else { digits.clone() };
        desk.journal(now, Some(self.id), Fact::DigitsCollected { digits: shown, place: Some(place) });
        self.resume(desk, now, EffectResult::Digits(digits));
    }

    /// Is something of it not durable yet?
    pub(crate) fn waits_for_disk(&self) -> bool {
        !self.pending.is_empty() || self.draft.is_some()
    }

    /// Is everything said and stored?
    pub(crate) fn is_over(&self) -> bool {
        let kept = !self.waits_for_disk() && self.sending.is_quiet();
        self.end.as_ref().is_some_and(|end| end.recorded) && self.run.is_none() && kept
    }
}
