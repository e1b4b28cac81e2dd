//! An offer: an agent's telephones ring as legs of the caller's call; the first answer is connected.

use std::time::Duration;

use acd::{OfferFailure, OfferId, WithdrawReason};
use model::{AgentId, Fact, HangupCause, LegFailure, LegId, PlaybackId, Timestamp};
use script::ShowNumber;

use crate::bridge::CONFIRM_WITHIN;
use crate::call::{Activity, Call, CallerState};
use crate::command::{AudioItem, Tone};
use crate::desk::{BETWEEN_ROUNDS, Desk, prompt};
use crate::place::Shown;
use crate::route::at_work;
use crate::service::Service;
use crate::timer::Timer;

pub(crate) struct Ring {
    pub(crate) offer: OfferId,
    pub(crate) agent: AgentId,
    stage: Stage,
}

#[derive(PartialEq, Eq)]
enum Stage {
    /// Whoever answers is the agent.
    Ringing,
    /// Whoever answers must press the key: a mobile's voicemail never does.
    RingingElsewhere,
    Confirming,
}

/// The agent's leg that will be connected, and what plays on it first.
pub(crate) struct Won {
    pub(crate) leg: LegId,
    playback: Option<PlaybackId>,
    then: Then,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Tone,
    Connect,
}

impl Call {
    /// The queue core offers this call to an agent: his telephones ring.
    pub(crate) fn offered(&mut self, desk: &mut Desk, now: Timestamp, agent: &AgentId, offer: OfferId) {
        let Activity::Queuing(queuing) = &self.activity else { return };
        let queue = queuing.queue.clone();
        let why = desk.centre.acd.decision_of(offer).map(acd::Decision::why);
        let fact = Fact::OfferMade { queue: queue.clone(), agent: agent.clone(), why: why.unwrap_or_default() };
        desk.journal(now, Some(self.id), fact);
        let elsewhere = desk.centre.post(agent).is_some();
        let route = match at_work(&self.project, desk, agent) {
            Ok(route) => route,
            Err(no_route) => {
                desk.journal(now, Some(self.id), Fact::Logged { text: no_route.why, place: None });
                let _ = desk.centre.acd.offer_failed(now, offer, OfferFailure::Unreachable);
                return;
            }
        };
        let to = agent.to_string();
        // The first group only: a queue has other agents to try.
        for callee in route.groups.into_iter().take(1).flatten() {
            let shown = Shown { number: &ShowNumber::Caller, queue: Some(&queue) };
            let placed = self.place(desk, now, &to, callee, route.rule.as_ref(), shown);
            let (Ok(leg), Activity::Queuing(queuing)) = (placed, &mut self.activity) else { continue };
            let stage = if elsewhere { Stage::RingingElsewhere } else { Stage::Ringing };
            queuing.rings.insert(leg, Ring { offer, agent: agent.clone(), stage });
        }
        let rings = matches!(&self.activity, Activity::Queuing(queuing) if queuing.rings_for(offer));
        if !rings {
            let _ = desk.centre.acd.offer_failed(now, offer, OfferFailure::NotPlaced);
        }
    }

    /// Does this leg ring for an agent of a queue?
    pub(crate) fn rings_agent(&self, leg: LegId) -> bool {
        matches!(&self.activity, Activity::Queuing(queuing) if queuing.has(leg))
    }

    pub(crate) fn agent_answered(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId) {
        let (id, project, language) = (self.id, self.project.clone(), self.project.config.language.clone());
        let Activity::Queuing(queuing) = &mut self.activity else { return };
        let Some(ring) = queuing.rings.get_mut(&leg) else { return };
        desk.journal(now, Some(id), Fact::LegAnswered { leg, to: ring.agent.to_string() });
        if ring.stage != Stage::RingingElsewhere {
            return self.accept(desk, now, leg);
        }
        ring.stage = Stage::Confirming;
        desk.centre.acd.offer_extended(ring.offer, now + CONFIRM_WITHIN);
        desk.timers.set(Timer::ConfirmTimeout(id, leg), now + CONFIRM_WITHIN);
        let whisper = self.whisper();
        let mut items: Vec<AudioItem> = whisper.iter().map(|name| prompt(&project, name, &language)).collect();
        items.push(prompt(&project, "agent-accept-press-1", &language));
        items.push(AudioItem::Silence(BETWEEN_ROUNDS));
        desk.play(leg, items, true);
    }

    /// A key on an agent's leg: whoever works elsewhere takes the call with 1.
    pub(crate) fn agent_digit(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, digit: char) {
        let Activity::Queuing(queuing) = &self.activity else { return };
        let confirming = queuing.rings.get(&leg).is_some_and(|ring| ring.stage == Stage::Confirming);
        if confirming && digit == '1' {
            desk.journal(now, Some(self.id), Fact::LegConfirmed { leg });
            self.accept(desk, now, leg);
        }
    }

    /// Whoever answered presses nothing: it was a voicemail, or he does not want the call.
    pub(crate) fn agent_confirms_nothing(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId) {
        let Activity::Queuing(queuing) = &self.activity else { return };
        if queuing.rings.get(&leg).is_some_and(|ring| ring.stage == Stage::Confirming) {
            desk.drop_leg(now, leg, HangupCause::NoAnswer);
            self.ring_over(desk, now, leg, LegFailure::NoAnswer);
        }
    }

    fn accept(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId) {
        let Activity::Queuing(queuing) = &mut self.activity else { return };
        let Some(ring) = queuing.rings.get(&leg) else { return };
        let (offer, confirmed) = (ring.offer, ring.stage == Stage::Confirming);
        desk.timers.cancel(Timer::ConfirmTimeout(self.id, leg));
        if desk.centre.acd.offer_accepted(now, offer).is_err() {
            queuing.rings.remove(&leg);
            self.parties.remove(&leg);
            return desk.drop_leg(now, leg, HangupCause::AnsweredElsewhere);
        }
        let others: Vec<LegId> = queuing.legs_of(offer).into_iter().filter(|other| *other != leg).collect();
        queuing.rings.retain(|_, ring| ring.offer != offer);
        // Who pressed the key has heard the whisper.
        let then = if confirmed { Then::Connect } else { Then::Tone };
        queuing.won = Some(Won { leg, playback: None, then });
        for other in others {
            desk.drop_leg(now, other, HangupCause::AnsweredElsewhere);
            self.parties.remove(&other);
        }
    }

    /// The queue core connects this call to the agent who answered.
    pub(crate) fn served(&mut self, desk: &mut Desk, now: Timestamp, agent: AgentId, waited: Duration) {
        self.stop_announcing(desk);
        self.silence_others(desk, now);
        self.taken_over(desk, now);
        let whisper = self.whisper();
        let Activity::Queuing(queuing) = &mut self.activity else { return };
        let Some(won) = &mut queuing.won else { return };
        let (leg, queue, waiter) = (won.leg, queuing.queue.clone(), queuing.waiter);
        self.waited += waited;
        self.history.connected |= self.caller.state != CallerState::NotCalled;
        let sent_by = queuing.sent_by.clone();
        self.service = Some(Service {
            queue: queue.clone(),
            agent: agent.clone(),
            leg,
            since: now,
            joined: queuing.joined,
            request: queuing.request.clone(),
            sent_by,
        });
        if waiter == self.caller.leg {
            desk.centre.last_agents.note(&self.caller.number, &agent);
        }
        if let Some(run) = &self.run {
            run.set_tag("agent", agent.as_str().into());
            run.set_tag("queue", queue.as_str().into());
        }
        desk.journal(now, Some(self.id), Fact::QueueAnswered { queue: queue.clone(), agent, waited });
        let config = self.project.config.queues.get(&queue);
        let language = &self.project.config.language;
        let mut names = if won.then == Then::Connect { Vec::new() } else { whisper };
        if config.is_some_and(|config| config.whisper_wait) {
            let seconds = waited.as_secs().to_string();
            names.push("queue-reporthold".into());
            names.extend(speech::say(speech::Kind::Duration, &seconds, language).unwrap_or_default());
        }
        let both = self.caller.state != CallerState::NotCalled;
        won.then = if both && config.is_some_and(|config| config.connect_tone) { Then::Tone } else { Then::Connect };
        if names.is_empty() {
            return self.after_whisper(desk, now);
        }
        won.playback =
            Some(desk.play(leg, names.iter().map(|name| prompt(&self.project, name, language)).collect(), false));
    }

    /// One agent has answered: everybody else's phones fall silent, before the wait is forgotten.
    fn silence_others(&mut self, desk: &mut Desk, now: Timestamp) {
        let Activity::Queuing(queuing) = &mut self.activity else { return };
        for leg in std::mem::take(&mut queuing.rings).into_keys() {
            desk.drop_leg(now, leg, HangupCause::AnsweredElsewhere);
            self.parties.remove(&leg);
        }
    }

    /// What the agent hears before he is connected, besides the wait.
    fn whisper(&self) -> Vec<String> {
        let Activity::Queuing(queuing) = &self.activity else { return Vec::new() };
        let config = self.project.config.queues.get(&queuing.queue);
        let own = config.and_then(|config| config.whisper.clone());
        queuing.request.whisper.clone().or(own).into_iter().collect()
    }

    fn after_whisper(&mut self, desk: &mut Desk, now: Timestamp) {
        let Activity::Queuing(queuing) = &mut self.activity else { return };
        let Some(won) = &mut queuing.won else { return };
        if won.then == Then::Connect {
            let leg = won.leg;
            return self.connect(desk, now, leg);
        }
        won.then = Then::Connect;
        won.playback = Some(desk.play(won.leg, vec![AudioItem::Tone(Tone::Beep)], false));
        desk.play(queuing.waiter, vec![AudioItem::Tone(Tone::Beep)], false);
    }

    /// Something that a waiting caller or his agent heard is over.
    pub(crate) fn queue_playback_ended(&mut self, desk: &mut Desk, now: Timestamp, playback: PlaybackId) {
        let Activity::Queuing(queuing) = &self.activity else { return };
        if queuing.hold.is_saying(playback) {
            self.play_music(desk);
        } else if queuing.won.as_ref().is_some_and(|won| won.playback == Some(playback)) {
            self.after_whisper(desk, now);
        }
    }

    /// An agent's leg is over without a connection.
    pub(crate) fn ring_over(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, failure: LegFailure) {
        desk.forget_leg(leg);
        desk.timers.cancel(Timer::ConfirmTimeout(self.id, leg));
        self.parties.remove(&leg);
        let Activity::Queuing(queuing) = &mut self.activity else { return };
        if queuing.won.as_ref().is_some_and(|won| won.leg == leg) {
            return self.agent_lost(desk, now, HangupCause::Normal);
        }
        let Some(ring) = queuing.rings.remove(&leg) else { return };
        // A person who refuses at one of his phones refuses at all of them.
        let rings_on = queuing.rings_for(ring.offer);
        if failure == LegFailure::Declined || !rings_on {
            let _ = desk.centre.acd.offer_failed(now, ring.offer, offer_failure(failure));
        }
    }

    /// An offer ended without this agent: his phones fall silent.
    pub(crate) fn offer_over(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        agent: &AgentId,
        (offer, reason): (OfferId, WithdrawReason),
    ) {
        let legs = match &mut self.activity {
            Activity::Queuing(queuing) => {
                let legs = queuing.legs_of(offer);
                queuing.rings.retain(|_, ring| ring.offer != offer);
                legs
            }
            // Somebody else answered.
            Activity::Talking(_) => Vec::new(),
            _ => return,
        };
        for leg in legs {
            desk.drop_leg(now, leg, release_cause(reason));
            self.parties.remove(&leg);
        }
        let fact = Fact::OfferEnded { agent: agent.clone(), reason: reason.to_string() };
        desk.journal(now, Some(self.id), fact);
    }
}

fn offer_failure(failure: LegFailure) -> OfferFailure {
    match failure {
        LegFailure::Busy => OfferFailure::Busy,
        LegFailure::Declined => OfferFailure::Declined,
        LegFailure::NoAnswer => OfferFailure::NoAnswer,
        LegFailure::NotAllowed | LegFailure::NoLine => OfferFailure::NotPlaced,
        LegFailure::NotFound | LegFailure::Unreachable | LegFailure::Failed => OfferFailure::Unreachable,
    }
}

fn release_cause(reason: WithdrawReason) -> HangupCause {
    match reason {
        WithdrawReason::Failed(_) => HangupCause::NoAnswer,
        WithdrawReason::AnsweredElsewhere => HangupCause::AnsweredElsewhere,
        _ => HangupCause::Cancelled,
    }
}
