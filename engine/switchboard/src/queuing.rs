//! A caller in a queue: every offer rings an agent as legs of this call; the first answer is connected.

use std::collections::BTreeMap;
use std::time::Duration;

use acd::{Enqueue, LeaveReason, OfferFailure, OfferId, Prefer, WithdrawReason};
use model::{AgentId, Ender, Fact, HangupCause, LegFailure, LegId, PlaybackId, QueueId, Timestamp};
use script::{EffectResult, QueueRequest, ShowNumber};

use crate::bridge::{CONFIRM_WITHIN, Purpose};
use crate::call::{Activity, Call};
use crate::command::{AudioItem, Tone};
use crate::desk::{BETWEEN_ROUNDS, Desk, prompt};
use crate::holding::Hold;
use crate::place::Shown;
use crate::route::at_work;
use crate::service::Service;
use crate::timer::Timer;

/// What callers hear in a queue that names no music.
const MUSIC: &str = "hold/default";

pub(crate) struct Queuing {
    pub(crate) queue: QueueId,
    pub(crate) purpose: Purpose,
    /// The leg that waits.
    pub(crate) waiter: LegId,
    /// Who sent the caller here, when an agent did: the call returns to him if nobody answers.
    pub(crate) sent_by: Option<AgentId>,
    pub(crate) hold: Hold,
    request: QueueRequest,
    entered: Timestamp,
    joined: Timestamp,
    rings: BTreeMap<LegId, Ring>,
    won: Option<Won>,
}

struct Ring {
    offer: OfferId,
    agent: AgentId,
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
struct Won {
    leg: LegId,
    playback: Option<PlaybackId>,
    then: Then,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Tone,
    Connect,
}

/// A wish to wait, before it is granted.
pub(crate) struct Wish {
    pub(crate) request: QueueRequest,
    pub(crate) purpose: Purpose,
    pub(crate) waiter: LegId,
    /// A place won earlier.
    pub(crate) joined: Option<Timestamp>,
    pub(crate) sent_by: Option<AgentId>,
}

impl Queuing {
    pub(crate) fn has(&self, leg: LegId) -> bool {
        self.rings.contains_key(&leg) || self.won.as_ref().is_some_and(|won| won.leg == leg)
    }

    /// No agent has answered yet.
    pub(crate) fn is_waiting(&self) -> bool {
        self.won.is_none()
    }

    pub(crate) fn rings_for(&self, offer: OfferId) -> bool {
        self.rings.values().any(|ring| ring.offer == offer)
    }

    fn legs_of(&self, offer: OfferId) -> Vec<LegId> {
        self.rings.iter().filter(|(_, ring)| ring.offer == offer).map(|(leg, _)| *leg).collect()
    }
}

impl Call {
    /// Begins to wait. What comes of it is told by the queue core's events.
    ///
    /// # Errors
    /// The queue does not exist.
    pub(crate) fn start_queue(&mut self, desk: &mut Desk, now: Timestamp, wish: Wish) -> Result<(), String> {
        let request = &wish.request;
        let Ok(queue) = QueueId::parse(&request.queue) else {
            return Err(format!("no queue is called `{}`", request.queue.escape_debug()));
        };
        // Whoever left to listen to something and returns has his place still.
        let kept = self.left.take_if(|(left, _)| *left == queue).map(|(_, joined)| joined);
        let credit = std::mem::take(&mut self.credit);
        let credited = (!credit.is_zero()).then(|| now.before(credit));
        let joined = wish.joined.or(kept).or(credited);
        let own = wish.waiter == self.caller.leg && !self.caller.number.is_empty();
        let enqueue = Enqueue {
            queue: queue.clone(),
            priority_s: i32::try_from(request.priority.clamp(-86_400, 86_400)).unwrap_or_default(),
            skills: request.skills.clone(),
            prefer: self.preferred(desk, now, request),
            max_wait: request.max_wait,
            exit_keys: request.exit_keys.clone(),
            number: own.then(|| self.caller.number.clone()),
            joined,
        };
        desk.centre.acd.enqueue(now, self.id, enqueue).map_err(|error| error.to_string())?;
        let language = &self.caller.language;
        let config = self.project.config.queues.get(&queue);
        let music = request.music.as_deref().or_else(|| config?.music.as_deref()).unwrap_or(MUSIC);
        let announce = config.map(|config| config.announce.clone()).unwrap_or_default();
        let hold = Hold::new(now, vec![prompt(&self.project, music, language)], &announce);
        self.activity = Activity::Queuing(Box::new(Queuing {
            queue,
            purpose: wish.purpose,
            waiter: wish.waiter,
            sent_by: wish.sent_by,
            hold,
            request: wish.request,
            entered: now,
            joined: joined.unwrap_or(now),
            rings: BTreeMap::new(),
            won: None,
        }));
        Ok(())
    }

    /// A phone dialled a queue's extension; there is no flow.
    pub(crate) fn wait_without_flow(&mut self, desk: &mut Desk, now: Timestamp, queue: &QueueId) {
        let request = QueueRequest { queue: queue.to_string(), ..Default::default() };
        let waiter = self.caller.leg;
        self.answer(desk);
        let wish = Wish { request, purpose: Purpose::Direct, waiter, joined: None, sent_by: None };
        if let Err(text) = self.start_queue(desk, now, wish) {
            desk.journal(now, Some(self.id), Fact::Logged { text, place: None });
            self.end(desk, now, HangupCause::Error, Ender::Engine);
        }
    }

    /// A customer record may name somebody who is gone: that is no reason to fail.
    fn preferred(&self, desk: &mut Desk, now: Timestamp, request: &QueueRequest) -> Vec<Prefer> {
        let mut found = Vec::new();
        for preferred in &request.prefer {
            let agent = match preferred.agent.as_str() {
                "last" => desk.centre.last_agents.of(&self.caller.number).cloned(),
                name => crate::route::find_agent(&self.project.config, name),
            };
            match agent.filter(|agent| desk.centre.acd.agent(now, agent).is_some()) {
                Some(agent) => found.push(Prefer { agent, wait: preferred.wait }),
                None if preferred.agent == "last" => {}
                None => {
                    let text = format!("no agent `{}` to prefer", preferred.agent.escape_debug());
                    desk.journal(now, Some(self.id), Fact::Logged { text, place: None });
                }
            }
        }
        found
    }

    /// The queue took the caller in.
    pub(crate) fn queued(&mut self, desk: &mut Desk, now: Timestamp, position: usize, kept: bool) {
        let id = self.id;
        let Activity::Queuing(queuing) = &mut self.activity else { return };
        queuing.joined = desk.centre.acd.joined(id).unwrap_or(queuing.joined);
        let (queue, place) = (queuing.queue.clone(), queuing.purpose.place().cloned());
        desk.journal(now, Some(self.id), Fact::CallQueued { queue, position, kept, place });
        self.play_music(desk);
        self.announce(desk, now);
        // Keys behind the one that leaves are for whatever comes next.
        while let Some(digit) = self.typed.pop_front() {
            self.queue_digit(desk, now, digit);
            if desk.centre.acd.position(self.id).is_none() {
                break;
            }
        }
    }

    /// Exit keys work during whatever the caller hears.
    pub(crate) fn queue_digit(&mut self, desk: &mut Desk, now: Timestamp, digit: char) {
        // A caller whose agent has answered has nothing to leave any more.
        let _ = desk.centre.acd.digit_pressed(now, self.id, digit);
    }

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
        let whisper = self.whisper();
        let Activity::Queuing(queuing) = &mut self.activity else { return };
        let Some(won) = &mut queuing.won else { return };
        let (leg, queue, waiter) = (won.leg, queuing.queue.clone(), queuing.waiter);
        self.waited += waited;
        self.history.connected = true;
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
        won.then = if config.is_some_and(|config| config.connect_tone) { Then::Tone } else { Then::Connect };
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

    /// The wait is over without an agent.
    pub(crate) fn left_queue(&mut self, desk: &mut Desk, now: Timestamp, waited: Duration, reason: LeaveReason) {
        if !matches!(self.activity, Activity::Queuing(_)) {
            return;
        }
        let Activity::Queuing(queuing) = std::mem::replace(&mut self.activity, Activity::Idle) else { return };
        let (queuing, word) = (*queuing, leave_word(reason));
        desk.timers.cancel(Timer::Announcement(self.id));
        self.waited += waited;
        if let LeaveReason::ExitKey(_) = reason {
            self.left = Some((queuing.queue.clone(), queuing.joined));
        }
        let fact = Fact::QueueLeft { queue: queuing.queue.clone(), waited, reason: word.clone() };
        desk.journal(now, Some(self.id), fact);
        desk.audio(queuing.waiter, crate::AudioCommand::StopPlayback);
        if let Some(sender) = queuing.sent_by {
            return self.return_to(desk, now, &sender, (queuing.waiter, queuing.purpose));
        }
        match queuing.purpose {
            Purpose::Queue(_) if self.run.is_some() => self.resume(desk, now, EffectResult::Word(word)),
            purpose => {
                let end = (HangupCause::NoAnswer, Ender::Engine);
                self.go_on_after(desk, now, (purpose, queuing.waiter), end);
            }
        }
    }

    /// The wait ends because the call does: by the caller, or by somebody else.
    pub(crate) fn abandon_queue(&mut self, desk: &mut Desk, now: Timestamp, by: Ender) {
        let Activity::Queuing(queuing) = &self.activity else { return };
        if queuing.is_waiting() {
            let reason = if by == Ender::Caller { "abandoned" } else { "withdrawn" };
            let waited = now - queuing.entered;
            let fact = Fact::QueueLeft { queue: queuing.queue.clone(), waited, reason: reason.into() };
            desk.journal(now, Some(self.id), fact);
        }
        let agents: BTreeMap<OfferId, AgentId> =
            queuing.rings.values().map(|ring| (ring.offer, ring.agent.clone())).collect();
        for agent in agents.into_values() {
            let reason = WithdrawReason::CallerLeft.to_string();
            desk.journal(now, Some(self.id), Fact::OfferEnded { agent, reason });
        }
        match by {
            Ender::Caller => desk.centre.acd.caller_hung_up(now, self.id),
            _ => {
                let _ = desk.centre.acd.withdraw(now, self.id, LeaveReason::Withdrawn);
            }
        }
    }

    /// The agent was lost before or during the conversation: the caller gets his old place back.
    pub(crate) fn agent_lost(&mut self, desk: &mut Desk, now: Timestamp, cause: HangupCause) {
        let (purpose, waiter) = match std::mem::replace(&mut self.activity, Activity::Idle) {
            Activity::Queuing(queuing) => (queuing.purpose, queuing.waiter),
            Activity::Talking(talk) => {
                let lost = self.service.as_ref().map(|service| service.leg);
                let waiter = talk.legs.into_iter().find(|leg| Some(*leg) != lost).unwrap_or(self.caller.leg);
                desk.journal(now, Some(self.id), talk.disconnected(now, lost.unwrap_or(waiter), cause));
                (talk.into_purpose(), waiter)
            }
            other => return self.activity = other,
        };
        let lost = self.service.as_ref().map(|service| service.leg);
        let Some(service) = self.end_service(desk, now, (lost, cause)) else { return };
        self.stop_tape(desk);
        desk.centre.stops_talking(waiter);
        desk.audio(waiter, crate::AudioCommand::Part);
        let (joined, sent_by) = (Some(service.joined), service.sent_by);
        let wish = Wish { request: service.request, purpose, waiter, joined, sent_by };
        if let Err(text) = self.start_queue(desk, now, wish) {
            // A reload has removed the queue: the flow decides what comes next.
            desk.journal(now, Some(self.id), Fact::Logged { text, place: None });
            match self.run {
                Some(_) => self.resume(desk, now, EffectResult::Word("withdrawn".into())),
                None => self.end(desk, now, cause, Ender::Engine),
            }
        }
    }
}

fn offer_failure(failure: LegFailure) -> OfferFailure {
    match failure {
        LegFailure::Busy => OfferFailure::Busy,
        LegFailure::Declined => OfferFailure::Declined,
        LegFailure::NoAnswer => OfferFailure::NoAnswer,
        LegFailure::NotAllowed => OfferFailure::NotPlaced,
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

/// The word that `queue` gives.
fn leave_word(reason: LeaveReason) -> String {
    match reason {
        LeaveReason::TimedOut => "timed_out".into(),
        LeaveReason::Full => "full".into(),
        LeaveReason::NoAgents => "no_agents".into(),
        LeaveReason::ExitKey(key) => format!("exit:{key}"),
        LeaveReason::Callback => "callback".into(),
        LeaveReason::Withdrawn | LeaveReason::Voicemail | LeaveReason::QueueRemoved => "withdrawn".into(),
    }
}
