//! Inputs about offers: an offer is a lease; it is accepted once, fails, or is withdrawn.

use model::{CallId, Timestamp};

use crate::acd::Acd;
use crate::agent::Intent;
use crate::caller::{Caller, Offer, Patience, Talk};
use crate::{
    AcdError, AgentState, Event, LeaveReason, NotReadyReason, OfferFailure, OfferId, Party, ReadyFor, Timer,
    WithdrawReason,
};

impl Acd {
    /// An agent answered. The first one gets the call; later ones get `OfferOver` and are to be hung up.
    pub fn offer_accepted(&mut self, now: Timestamp, offer: OfferId) -> Result<(), AcdError> {
        let Offer { call, agent } = self.offers.remove(&offer).ok_or(AcdError::OfferOver(offer))?;
        self.unindex(call);
        if let Some(caller) = self.callers.get_mut(&call) {
            caller.offers.retain(|other| *other != offer);
        }
        self.timers.cancel(&Timer::RingTimeout(self.agents[agent].id.clone()));
        self.agents[agent].failures = 0;
        self.agents[agent].day.calls += 1;
        self.set_state(now, agent, AgentState::Talking { with: Party::Caller(call), since: now });
        let caller = self.callers.get(&call).expect("an offer has a caller");
        let waited = now.since(caller.entered);
        let queue = &mut self.queues[caller.queue];
        queue.counts.answered(waited, &queue.config, caller.who);
        queue.estimators.learn(&caller.predictions, waited);
        self.talks.insert(call, Talk { agent, queue: caller.queue, since: now });
        let (queue, agent) = (queue.id.clone(), self.agents[agent].id.clone());
        self.events.push_back(Event::CallConnected { call, queue, agent, offer, waited });
        self.withdraw_all(now, call, WithdrawReason::AnsweredElsewhere);
        self.remove_caller(now, call);
        self.settle(now);
        Ok(())
    }

    /// The agent's phone did not answer; he is left alone for a while, the caller keeps his place.
    pub fn offer_failed(&mut self, now: Timestamp, offer: OfferId, failure: OfferFailure) -> Result<(), AcdError> {
        if !self.offers.contains_key(&offer) {
            return Err(AcdError::OfferOver(offer));
        }
        self.fail(now, offer, failure);
        self.settle(now);
        Ok(())
    }

    /// The agent picked up and is still to confirm: the lease lasts until `until`. Offers that are over are ignored.
    pub fn offer_extended(&mut self, offer: OfferId, until: Timestamp) {
        let Some(agent) = self.offers.get(&offer).map(|offer| offer.agent) else { return };
        let agent = &mut self.agents[agent];
        if let AgentState::Reserved { ring_until, .. } = &mut agent.state
            && *ring_until < until
        {
            *ring_until = until;
            self.timers.set(Timer::RingTimeout(agent.id.clone()), until);
        }
    }

    pub(crate) fn fail(&mut self, now: Timestamp, offer: OfferId, failure: OfferFailure) {
        let Some((call, index)) = self.close_offer(offer, WithdrawReason::Failed(failure)) else { return };
        if let Some(caller) = self.callers.get_mut(&call) {
            caller.tried.insert(index);
        }
        let pause = match failure {
            OfferFailure::Busy => self.back_off.busy,
            OfferFailure::Declined => self.back_off.declined,
            OfferFailure::NoAnswer => self.back_off.no_answer,
            OfferFailure::Unreachable | OfferFailure::NotPlaced => self.back_off.unreachable,
        };
        let failures_max = self.back_off.failures_max;
        let agent = &mut self.agents[index];
        agent.failures += u32::from(failure != OfferFailure::NotPlaced);
        if agent.failures >= failures_max && failure != OfferFailure::NotPlaced {
            agent.failures = 0;
            agent.intent = Some(Intent::NotReady(NotReadyReason::Unanswered));
        } else {
            agent.not_before = now + pause;
            self.timers.set(Timer::BackOffEnd(agent.id.clone()), agent.not_before);
        }
        self.rest(now, index);
        self.back_to_line(now, call);
    }

    /// Ends a lease without penalty; the agent rests or does what he asked for.
    pub(crate) fn release(&mut self, now: Timestamp, offer: OfferId, reason: WithdrawReason) {
        if let Some((call, agent)) = self.close_offer(offer, reason) {
            self.rest(now, agent);
            self.back_to_line(now, call);
        }
    }

    /// Ends all leases of a call without penalty; the caller is not entered anywhere.
    pub(crate) fn withdraw_all(&mut self, now: Timestamp, call: CallId, reason: WithdrawReason) {
        let offers = self.callers.get(&call).map(|caller| caller.offers.clone()).unwrap_or_default();
        for offer in offers {
            if let Some((_, agent)) = self.close_offer(offer, reason) {
                self.rest(now, agent);
            }
        }
    }

    fn close_offer(&mut self, offer: OfferId, reason: WithdrawReason) -> Option<(CallId, usize)> {
        let Offer { call, agent } = self.offers.remove(&offer)?;
        self.unindex(call);
        if let Some(caller) = self.callers.get_mut(&call) {
            caller.offers.retain(|other| *other != offer);
            if caller.offers.is_empty() {
                caller.ring_together = 1;
                self.timers.cancel(&Timer::RingMore(call));
            }
        }
        let id = self.agents[agent].id.clone();
        self.timers.cancel(&Timer::RingTimeout(id.clone()));
        self.events.push_back(Event::OfferWithdrawn { call, agent: id, offer, reason });
        Some((call, agent))
    }

    /// After an offer ended: the caller waits on at his old place, or leaves when that was his last chance.
    fn back_to_line(&mut self, now: Timestamp, call: CallId) {
        self.wait_on(now, call);
        let deserted = |caller: &Caller| self.queues[caller.queue].deserted_since.is_some();
        if self.callers.get(&call).is_some_and(deserted) {
            self.watch_for_agents(now, call);
        }
    }

    /// A caller who has been taken out of the index waits on, or leaves because his last chance is gone.
    pub(crate) fn wait_on(&mut self, now: Timestamp, call: CallId) {
        let Some(caller) = self.callers.get(&call) else { return };
        if caller.patience == Patience::Over && caller.offers.is_empty() {
            self.leave(now, call, LeaveReason::TimedOut);
        } else {
            self.index(now, call);
        }
    }

    /// The conversation is over; the agent wraps up. Calls that are not in conversation are ignored.
    pub fn call_ended(&mut self, now: Timestamp, call: CallId) {
        let Some(talk) = self.end_talk(now, call) else { return };
        let wrap_up = self.queues[talk.queue].config.wrap_up;
        self.agents[talk.agent].idle_since = now;
        self.agents[talk.agent].last_queue = talk.queue;
        if self.agents[talk.agent].ready_for == ReadyFor::OneCall {
            let one_call = Intent::NotReady(NotReadyReason::OneCall);
            self.agents[talk.agent].intent.get_or_insert(one_call);
        }
        if wrap_up.is_zero() {
            self.rest(now, talk.agent);
        } else {
            let until = now + wrap_up;
            self.timers.set(Timer::WrapUpEnd(self.agents[talk.agent].id.clone()), until);
            self.set_state(now, talk.agent, AgentState::WrapUp { call, until });
        }
        self.settle(now);
    }

    pub(crate) fn end_talk(&mut self, now: Timestamp, call: CallId) -> Option<Talk> {
        let talk = self.talks.remove(&call)?;
        let talked = now.since(talk.since);
        self.queues[talk.queue].counts.talked(talked);
        let agent = self.agents[talk.agent].id.clone();
        self.events.push_back(Event::ConversationEnded { call, agent, talked });
        Some(talk)
    }
}
