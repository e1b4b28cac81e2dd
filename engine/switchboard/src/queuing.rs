//! A caller in a queue: how his wait begins, and how it ends without an agent.

use std::collections::BTreeMap;
use std::time::Duration;

use acd::{Enqueue, LeaveReason, OfferId, Prefer, Who, WithdrawReason};
use model::{AgentId, Ender, Fact, HangupCause, LegId, QueueId, Timestamp};
use script::{EffectResult, QueueRequest};

use crate::bridge::Purpose;
use crate::call::{Activity, Call, CallerState, Left};
use crate::desk::{Desk, prompt};
use crate::holding::Hold;
use crate::offering::{Ring, Won};
use crate::owed::ErrandEnd;
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
    pub(crate) request: QueueRequest,
    entered: Timestamp,
    pub(crate) joined: Timestamp,
    pub(crate) rings: BTreeMap<LegId, Ring>,
    pub(crate) won: Option<Won>,
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

    /// The leg of the agent who has answered.
    pub(crate) fn agent_leg(&self) -> Option<LegId> {
        self.won.as_ref().map(|won| won.leg)
    }

    pub(crate) fn rings_for(&self, offer: OfferId) -> bool {
        self.rings.values().any(|ring| ring.offer == offer)
    }

    pub(crate) fn legs_of(&self, offer: OfferId) -> Vec<LegId> {
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
        let kept = self.left.take_if(|left| left.by_key && left.queue == queue).map(|left| left.joined);
        let credit = std::mem::take(&mut self.credit);
        let credited = (!credit.is_zero()).then(|| now.before(credit));
        let promised = self.promised_place(desk, now, &queue);
        let joined = wish.joined.or(kept).or(credited).or(promised);
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
            who: if self.errand.is_some() { Who::Errand } else { Who::Caller },
        };
        desk.centre.acd.enqueue(now, self.id, enqueue).map_err(|error| error.to_string())?;
        let language = &self.caller.language;
        let config = self.project.config.queues.get(&queue);
        let music = request.music.as_deref().or_else(|| config?.music.as_deref()).unwrap_or(MUSIC);
        let announce = config.map(|config| config.announce.clone()).unwrap_or_default();
        // Nobody is on the line yet who could hear anything.
        let hold = match self.caller.state {
            CallerState::NotCalled => Hold::new(now, Vec::new(), &Default::default()),
            _ => Hold::new(now, vec![prompt(&self.project, music, language)], &announce),
        };
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
        if let Err(text) = self.enter_queue(desk, now, wish) {
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

    /// The wait is over without an agent.
    pub(crate) fn left_queue(&mut self, desk: &mut Desk, now: Timestamp, waited: Duration, reason: LeaveReason) {
        if !matches!(self.activity, Activity::Queuing(_)) {
            return;
        }
        let Activity::Queuing(queuing) = std::mem::replace(&mut self.activity, Activity::Idle) else { return };
        let (queuing, word) = (*queuing, leave_word(reason));
        desk.timers.cancel(Timer::Announcement(self.id));
        self.waited += waited;
        self.left = Some(Left {
            queue: queuing.queue.clone(),
            joined: queuing.joined,
            request: queuing.request.clone(),
            by_key: matches!(reason, LeaveReason::ExitKey(_)),
        });
        let fact = Fact::QueueLeft { queue: queuing.queue.clone(), waited, reason: word.clone() };
        desk.journal(now, Some(self.id), fact);
        if self.caller.state == CallerState::NotCalled {
            return self.errand_failed(desk, now, ErrandEnd::NotServed);
        }
        desk.audio(queuing.waiter, crate::AudioCommand::StopPlayback);
        if let Some(sender) = queuing.sent_by {
            return self.return_to(desk, now, &sender, (queuing.waiter, queuing.purpose));
        }
        self.end_conversation_tape(desk);
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
        if let Some(lost) = lost {
            self.move_tape(desk, now, (lost, waiter));
        }
        desk.centre.stops_talking(waiter);
        if self.caller.state != CallerState::NotCalled {
            desk.audio(waiter, crate::AudioCommand::Part);
        }
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
