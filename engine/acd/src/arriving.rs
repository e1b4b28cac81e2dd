//! Inputs about callers: they come, step out and in, press keys, hang up, are taken out.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use model::{CallId, Timestamp};

use crate::acd::Acd;
use crate::caller::{Caller, Patience, Presence};
use crate::estimate::Predictions;
use crate::line::Rank;
use crate::{AcdError, Enqueue, Event, LeaveReason, Place, Prefer, Timer, WithdrawReason};

impl Acd {
    /// A caller begins to wait; a full or deserted queue lets him leave at once, with the event that says so.
    pub fn enqueue(&mut self, now: Timestamp, call: CallId, request: Enqueue) -> Result<(), AcdError> {
        let queue = self.queue_index(&request.queue)?;
        if self.callers.contains_key(&call) || self.talks.contains_key(&call) {
            return Err(AcdError::AlreadyHere(call));
        }
        let known = |prefer: &Prefer| Some((*self.agent_ids.get(&prefer.agent)?, prefer.wait));
        let prefer: Vec<(usize, Duration)> = request.prefer.iter().filter_map(known).collect();
        self.queues[queue].counts.offered += 1;
        if let Some(reason) = self.refusal(queue, &prefer) {
            self.queues[queue].counts.left(reason, request.who);
            let id = self.queues[queue].id.clone();
            self.events.push_back(Event::CallLeft { call, queue: id, waited: Duration::ZERO, reason });
            return Ok(());
        }
        let kept = request
            .number
            .as_deref()
            .filter(|number| !number.is_empty())
            .and_then(|number| self.queues[queue].take_place(number, now));
        let place = if kept.is_some() || request.joined.is_some() { Place::Kept } else { Place::New };
        let joined = kept.or(request.joined).map_or(now, |earlier| earlier.min(now));
        let priority = i64::from(request.priority_s) + i64::from(self.queues[queue].config.priority_s);
        let rank = Rank::new(joined, priority, call);
        let caller = Caller {
            rank,
            queue,
            entered: now,
            joined,
            max_wait: request.max_wait,
            priority_s: request.priority_s,
            skills: Arc::new(request.skills),
            stage: 0,
            prefer,
            exit_keys: request.exit_keys,
            number: request.number.filter(|number| !number.is_empty()),
            steps: 0,
            presence: Presence::Here,
            patience: Patience::Lasts,
            offers: Vec::new(),
            ring_together: 1,
            tried: BTreeSet::new(),
            predictions: Predictions::default(),
            who: request.who,
        };
        let position = self.queues[queue].line.position(rank);
        self.callers.insert(call, caller);
        self.queues[queue].line.insert(rank);
        self.predict(now, call, position);
        let id = self.queues[queue].id.clone();
        self.events.push_back(Event::CallQueued { call, queue: id, position, place });
        self.watch_patience(call);
        self.schedule_widening(call);
        self.begin_stage(now, call);
        self.index(now, call);
        self.settle(now);
        Ok(())
    }

    fn refusal(&self, queue: usize, prefer: &[(usize, Duration)]) -> Option<LeaveReason> {
        let awaited = prefer.iter().any(|(agent, _)| self.agents[*agent].standing.on_duty());
        let queue = &self.queues[queue];
        let full = queue.config.max_waiting.is_some_and(|max| queue.line.len() >= max as usize);
        let deserted = queue.config.no_agents_after == Some(Duration::ZERO) && queue.on_duty() == 0 && !awaited;
        match (full, deserted) {
            (true, _) => Some(LeaveReason::Full),
            (_, true) => Some(LeaveReason::NoAgents),
            _ => None,
        }
    }

    /// Waits for the preferred agent of this stage, or goes on when he is not on duty.
    pub(crate) fn begin_stage(&mut self, now: Timestamp, call: CallId) {
        let Some(caller) = self.callers.get_mut(&call) else { return };
        let on_duty = |agent: &usize| self.agents[*agent].standing.on_duty();
        while caller.prefer.get(caller.stage).is_some_and(|(agent, _)| !on_duty(agent)) {
            caller.stage += 1;
        }
        match caller.prefer.get(caller.stage) {
            Some((_, wait)) => self.timers.set(Timer::PreferEnd(call), now + *wait),
            None => {
                self.timers.cancel(&Timer::PreferEnd(call));
                self.watch_for_agents(now, call);
            }
        }
    }

    /// The caller hung up: while waiting he abandoned the queue, in conversation he ended it. Others are ignored.
    pub fn caller_hung_up(&mut self, now: Timestamp, call: CallId) {
        if let Some(caller) = self.remove_caller(now, call) {
            let waited = now.since(caller.entered);
            let queue = &mut self.queues[caller.queue];
            queue.counts.abandoned(waited, &queue.config, caller.who);
            if let Some(number) = caller.number {
                queue.keep_place(number, caller.joined, now);
            }
            self.events.push_back(Event::CallAbandoned { call, queue: queue.id.clone(), waited });
            self.settle(now);
        } else {
            self.call_ended(now, call);
        }
    }

    /// Takes a waiting caller out, for a voicemail, a callback or from outside.
    pub fn withdraw(&mut self, now: Timestamp, call: CallId, reason: LeaveReason) -> Result<(), AcdError> {
        if !self.callers.contains_key(&call) {
            return Err(AcdError::NotWaiting(call));
        }
        self.leave(now, call, reason);
        self.settle(now);
        Ok(())
    }

    /// A waiting caller pressed a key, during whatever he hears; an exit key makes him leave.
    pub fn digit_pressed(&mut self, now: Timestamp, call: CallId, digit: char) -> Result<(), AcdError> {
        let caller = self.callers.get(&call).ok_or(AcdError::NotWaiting(call))?;
        if caller.exit_keys.contains(digit) {
            self.leave(now, call, LeaveReason::ExitKey(digit));
            self.settle(now);
        }
        Ok(())
    }

    /// The caller listens to something else and cannot be connected; his place goes on ageing.
    pub fn caller_stepped_out(&mut self, now: Timestamp, call: CallId) -> Result<(), AcdError> {
        self.set_presence(now, call, Presence::Away)
    }

    /// The caller is back where he was.
    pub fn caller_stepped_in(&mut self, now: Timestamp, call: CallId) -> Result<(), AcdError> {
        self.set_presence(now, call, Presence::Here)
    }

    fn set_presence(&mut self, now: Timestamp, call: CallId, presence: Presence) -> Result<(), AcdError> {
        let caller = self.callers.get(&call).ok_or(AcdError::NotWaiting(call))?;
        if caller.presence == presence {
            return Ok(());
        }
        self.events.push_back(match presence {
            Presence::Away => Event::CallerSteppedOut { call },
            Presence::Here => {
                let position = self.queues[caller.queue].line.position(caller.rank);
                Event::CallerSteppedIn { call, position }
            }
        });
        self.unindex(call);
        if let Some(caller) = self.callers.get_mut(&call) {
            caller.presence = presence;
        }
        self.withdraw_all(now, call, WithdrawReason::CallerSteppedOut);
        self.wait_on(now, call);
        self.settle(now);
        Ok(())
    }

    pub(crate) fn leave(&mut self, now: Timestamp, call: CallId, reason: LeaveReason) {
        let Some(caller) = self.remove_caller(now, call) else { return };
        let waited = now.since(caller.entered);
        let queue = &mut self.queues[caller.queue];
        queue.counts.left(reason, caller.who);
        self.events.push_back(Event::CallLeft { call, queue: queue.id.clone(), waited, reason });
    }

    /// Forgets a caller, his timers and his offers.
    pub(crate) fn remove_caller(&mut self, now: Timestamp, call: CallId) -> Option<Caller> {
        self.unindex(call);
        self.withdraw_all(now, call, WithdrawReason::CallerLeft);
        let caller = self.callers.remove(&call)?;
        self.queues[caller.queue].line.remove(caller.rank);
        for timer in [Timer::PreferEnd, Timer::Widen, Timer::RingMore, Timer::NoAgents, Timer::MaxWait] {
            self.timers.cancel(&timer(call));
        }
        Some(caller)
    }
}
