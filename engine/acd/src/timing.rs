//! What happens by itself: leases and wrap-ups end, searches widen, patience runs out.

use std::time::Duration;

use model::{CallId, Timestamp};

use crate::acd::Acd;
use crate::caller::Patience;
use crate::{AgentState, Event, LeaveReason, OfferFailure, Timer, WidenStep};

/// A caller whom others than his queue's agents may take is looked at again after so long at the earliest.
const LOOK_AGAIN_MIN: Duration = Duration::from_secs(1);

impl Acd {
    /// Lets everything happen that is due by now.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        while let Some(timer) = self.timers.pop_due(now) {
            self.fire(now, timer);
            self.settle(now);
        }
    }

    fn fire(&mut self, now: Timestamp, timer: Timer) {
        match timer {
            Timer::RingTimeout(agent) => {
                let state = self.agent_ids.get(&agent).map(|index| self.agents[*index].state.clone());
                if let Some(AgentState::Reserved { offer, .. }) = state {
                    self.fail(now, offer, OfferFailure::NoAnswer);
                }
            }
            Timer::WrapUpEnd(agent) => {
                if let Some(index) = self.agent_ids.get(&agent).copied() {
                    self.end_wrap_up(now, index);
                }
            }
            Timer::BackOffEnd(agent) => {
                if let Some(index) = self.agent_ids.get(&agent).copied() {
                    self.restand(now, index);
                }
            }
            Timer::PreferEnd(call) => self.next_stage(now, call),
            Timer::Widen(call) => self.widen(now, call),
            Timer::RingMore(call) => self.ring_more(now, call),
            Timer::NoAgents(call) => self.desert(now, call),
            Timer::MaxWait(call) => self.patience_over(now, call),
        }
    }

    fn patience_over(&mut self, now: Timestamp, call: CallId) {
        self.unindex(call);
        let Some(caller) = self.callers.get_mut(&call) else { return };
        caller.patience = Patience::Over;
        self.wait_on(now, call);
    }

    /// Nobody of his queue has been on duty for too long: the caller leaves, unless somebody else may still take him.
    fn desert(&mut self, now: Timestamp, call: CallId) {
        let Some(caller) = self.callers.get(&call) else { return };
        let config = &self.queues[caller.queue].config;
        let added = config.widen.iter().take(caller.steps).filter_map(|widen| match &widen.step {
            WidenStep::AddQueue(queue) => self.queue_ids.get(queue),
            _ => None,
        });
        let helped = added.into_iter().any(|queue| self.queues[*queue].on_duty() > 0);
        if helped || caller.awaited().is_some() || !caller.offers.is_empty() {
            let again = config.no_agents_after.unwrap_or_default().max(LOOK_AGAIN_MIN);
            self.timers.set(Timer::NoAgents(call), now + again);
        } else {
            self.leave(now, call, LeaveReason::NoAgents);
        }
    }

    /// The longest wait counts from the entry, by the caller's own limit or the queue's present one.
    pub(crate) fn watch_patience(&mut self, call: CallId) {
        let Some(caller) = self.callers.get(&call) else { return };
        let max_wait = caller.max_wait.or(self.queues[caller.queue].config.max_wait);
        match (caller.patience, max_wait) {
            (Patience::Lasts, Some(max_wait)) => self.timers.set(Timer::MaxWait(call), caller.entered + max_wait),
            _ => self.timers.cancel(&Timer::MaxWait(call)),
        }
    }

    fn ring_more(&mut self, now: Timestamp, call: CallId) {
        self.unindex(call);
        let Some(caller) = self.callers.get_mut(&call) else { return };
        caller.ring_together += 1;
        let every = self.queues[caller.queue].config.ring_more_every;
        self.timers.set(Timer::RingMore(call), now + every);
        self.index(now, call);
    }

    /// Takes the due step of widening; the place stays.
    fn widen(&mut self, now: Timestamp, call: CallId) {
        self.unindex(call);
        let Some(caller) = self.callers.get_mut(&call) else { return };
        let waited = now.since(caller.joined);
        let due = |steps: usize| self.queues[caller.queue].config.widen.get(steps).filter(|step| step.after <= waited);
        while let Some(widen) = due(caller.steps) {
            caller.steps += 1;
            self.events.push_back(Event::SearchWidened { call, step: widen.step.clone() });
        }
        self.schedule_widening(call);
        self.index(now, call);
    }

    /// Sets the timer of the next step; a caller who brought his place along has the steps he waited for already.
    pub(crate) fn schedule_widening(&mut self, call: CallId) {
        let Some(caller) = self.callers.get(&call) else { return };
        match self.queues[caller.queue].config.widen.get(caller.steps) {
            Some(step) => self.timers.set(Timer::Widen(call), caller.joined + step.after),
            None => self.timers.cancel(&Timer::Widen(call)),
        }
    }

    /// A caller's patience with an empty queue ends `no_agents_after` its last agent left, or the caller came.
    pub(crate) fn watch_for_agents(&mut self, now: Timestamp, call: CallId) {
        let Some(caller) = self.callers.get(&call) else { return };
        let queue = &self.queues[caller.queue];
        match (queue.config.no_agents_after, queue.deserted_since) {
            (Some(after), Some(since)) => {
                let at = since.max(caller.entered) + after;
                self.timers.set(Timer::NoAgents(call), at.max(now));
            }
            _ => self.timers.cancel(&Timer::NoAgents(call)),
        }
    }

    /// The first agent of a queue came on duty, or the last one left.
    pub(crate) fn watch_desertion(&mut self, now: Timestamp, index: usize) {
        let queue = &mut self.queues[index];
        let deserted = queue.on_duty() == 0;
        if deserted == queue.deserted_since.is_some() {
            return;
        }
        queue.deserted_since = deserted.then_some(now);
        if queue.config.no_agents_after.is_some() {
            let calls: Vec<CallId> = queue.line.iter().map(|rank| rank.call).collect();
            calls.into_iter().for_each(|call| self.watch_for_agents(now, call));
        }
    }
}
