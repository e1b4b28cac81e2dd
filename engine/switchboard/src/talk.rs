//! Two legs talking: connection, hold and resume, transfers, and what follows when one hangs up.

use std::collections::BTreeSet;
use std::time::Duration;

use model::{AgentId, BridgeResult, Ender, Fact, HangupCause, LegFailure, LegId, QueueId, Timestamp};
use script::{Bridge, EffectResult, QueueRequest};

use crate::bridge::{Bridging, Purpose};
use crate::call::{Activity, Call, CallerState, Party, Rights};
use crate::command::{AudioCommand, LegCommand};
use crate::desk::{Desk, prompt};
use crate::queuing::Wish;

/// What a party hears while the other one holds.
const HOLD_MUSIC: &str = "hold/default";
/// How long a transferred call rings before it comes back.
const TRANSFER_RINGS_FOR: Duration = Duration::from_secs(30);

pub(crate) struct Talk {
    /// The two legs that hear each other.
    pub(crate) legs: [LegId; 2],
    since: Timestamp,
    purpose: Purpose,
    held_by: BTreeSet<LegId>,
    /// Who sent the caller away by a blind transfer that still rings.
    sender: Option<AgentId>,
    /// A blind transfer that rings.
    pub(crate) transfer: Option<Box<Bridging>>,
}

impl Talk {
    pub(crate) fn new(legs: [LegId; 2], since: Timestamp, purpose: Purpose) -> Self {
        Self { legs, since, purpose, held_by: BTreeSet::new(), sender: None, transfer: None }
    }

    pub(crate) fn into_purpose(self) -> Purpose {
        self.purpose
    }

    /// Nobody holds and nobody is being called.
    pub(crate) fn is_plain(&self) -> bool {
        self.held_by.is_empty() && self.transfer.is_none()
    }

    fn other(&self, leg: LegId) -> Option<LegId> {
        let [a, b] = self.legs;
        if leg == a { Some(b) } else { (leg == b).then_some(a) }
    }

    /// The fact that `leg` is out of the conversation.
    pub(crate) fn disconnected(&self, now: Timestamp, leg: LegId, cause: HangupCause) -> Fact {
        Fact::CallDisconnected { leg, talked: now - self.since, cause }
    }

    fn replace(&mut self, old: LegId, new: LegId) {
        for leg in &mut self.legs {
            if *leg == old {
                *leg = new;
            }
        }
        self.held_by.remove(&old);
    }
}

impl Call {
    /// Lets the waiter and `leg` hear each other.
    pub(crate) fn connect(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId) {
        self.cancel_bridge_timers(desk);
        let to = self.parties.get(&leg).map(|party| party.to.clone()).unwrap_or_default();
        match std::mem::replace(&mut self.activity, Activity::Idle) {
            Activity::Bridging(bridging) => self.connect_waiter(desk, now, leg, to, *bridging),
            Activity::Queuing(queuing) => self.connect_agent(desk, now, leg, *queuing),
            Activity::Talking(talk) => self.connect_transferred(desk, now, leg, to, *talk),
            other => self.activity = other,
        }
    }

    fn connect_waiter(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, to: String, bridging: Bridging) {
        let waiter = bridging.waiter;
        self.answer(desk);
        desk.audio(waiter, AudioCommand::Join { with: leg });
        desk.audio(leg, AudioCommand::Watch(Some(crate::VANISHED_AFTER)));
        desk.journal(now, Some(self.id), Fact::CallConnected { leg, to: to.clone() });
        self.history.connected = true;
        let handed_over = matches!(bridging.purpose, Purpose::Transfer(_));
        let purpose = match bridging.purpose {
            Purpose::Return(of) => *of,
            purpose => purpose,
        };
        self.activity = Activity::Talking(Box::new(Talk::new([waiter, leg], now, purpose)));
        self.note_talking(desk, [waiter, leg]);
        if handed_over {
            self.history.handed_over = true;
            desk.journal(now, Some(self.id), Fact::CallTransferred { leg, to });
            self.resume(desk, now, EffectResult::Word("done".into()));
        }
    }

    fn connect_transferred(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, to: String, mut talk: Talk) {
        let Some(bridging) = talk.transfer.take() else { return };
        let Purpose::Blind { by } = bridging.purpose else { return };
        let stays = bridging.waiter;
        talk.replace(by, leg);
        self.activity = Activity::Talking(Box::new(talk));
        self.note_talking(desk, [stays, leg]);
        desk.audio(stays, AudioCommand::Join { with: leg });
        desk.audio(leg, AudioCommand::Watch(Some(crate::VANISHED_AFTER)));
        desk.journal(now, Some(self.id), Fact::CallTransferred { leg, to });
        desk.leg(by, LegCommand::TransferDone { status: 200 });
        self.move_tape(desk, now, (by, stays));
        self.ask_again(desk, now);
        self.leave(desk, now, by, HangupCause::Transferred);
    }

    /// Nobody was connected. Gives what the flow shall be told, if it waits for it.
    pub(crate) fn end_bridging(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        result: BridgeResult,
    ) -> Option<EffectResult> {
        self.cancel_bridge_timers(desk);
        match std::mem::replace(&mut self.activity, Activity::Idle) {
            Activity::Bridging(bridging) => self.bridge_failed(desk, now, *bridging, result),
            Activity::Talking(mut talk) => {
                let bridging = talk.transfer.take();
                self.activity = Activity::Talking(talk);
                let bridging = bridging?;
                self.transfer_failed(desk, now, &bridging, result)
            }
            other => {
                self.activity = other;
                None
            }
        }
    }

    fn bridge_failed(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        bridging: Bridging,
        result: BridgeResult,
    ) -> Option<EffectResult> {
        if !matches!(self.caller.state, CallerState::Offered | CallerState::Ringing | CallerState::Gone) {
            desk.audio(bridging.waiter, AudioCommand::StopPlayback);
        }
        match bridging.purpose {
            Purpose::Flow(place) => {
                desk.journal(now, Some(self.id), Fact::BridgeEnded { result, place: Some(place) });
                Some(EffectResult::Bridged(result))
            }
            Purpose::Transfer(_) => Some(EffectResult::Word("failed".into())),
            Purpose::Return(of) => {
                self.end_conversation_tape(desk);
                let told = self.told(desk, now, *of, bridging.waiter);
                if told.is_none() {
                    self.end(desk, now, HangupCause::NoAnswer, Ender::Party);
                }
                told
            }
            Purpose::Direct => {
                self.refuse_caller(desk, sip_status(result));
                self.end(desk, now, HangupCause::NoAnswer, Ender::Party);
                None
            }
            Purpose::Fallback | Purpose::Queue(_) | Purpose::Blind { .. } => {
                self.end(desk, now, HangupCause::Error, Ender::Engine);
                None
            }
        }
    }

    fn transfer_failed(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        bridging: &Bridging,
        result: BridgeResult,
    ) -> Option<EffectResult> {
        let Purpose::Blind { by } = bridging.purpose else { return None };
        desk.leg(by, LegCommand::TransferDone { status: sip_status(result) });
        let fact = Fact::TransferFailed { to: bridging.wanted(), reason: result.to_string() };
        desk.journal(now, Some(self.id), fact);
        if desk.owners.get(&by) == Some(&self.id) {
            desk.audio(bridging.waiter, AudioCommand::Join { with: by });
            self.ask_again(desk, now);
            return None;
        }
        let Activity::Talking(talk) = &mut self.activity else { return None };
        let Some(sender) = talk.sender.take() else {
            // Whoever sent the call away has no phone of ours: the flow takes it back.
            self.stop_talking(desk, now, by, HangupCause::Transferred);
            return None;
        };
        let stays = bridging.waiter;
        let Activity::Talking(talk) = std::mem::replace(&mut self.activity, Activity::Idle) else { return None };
        desk.journal(now, Some(self.id), talk.disconnected(now, by, HangupCause::Transferred));
        self.move_tape(desk, now, (by, stays));
        self.return_to(desk, now, &sender, (stays, talk.into_purpose()));
        None
    }

    pub(crate) fn held(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId) {
        let language = self.caller.language.clone();
        let Activity::Talking(talk) = &mut self.activity else { return };
        let Some(other) = talk.other(leg) else { return };
        if talk.transfer.is_some() || !talk.held_by.insert(leg) {
            return;
        }
        desk.audio(leg, AudioCommand::Part);
        desk.play(other, vec![prompt(&self.project, HOLD_MUSIC, &language)], true);
        desk.audio(leg, AudioCommand::Watch(None));
        desk.journal(now, Some(self.id), Fact::CallHeld { leg });
    }

    pub(crate) fn resumed(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId) {
        let Activity::Talking(talk) = &mut self.activity else { return };
        let Some(other) = talk.other(leg) else { return };
        if !talk.held_by.remove(&leg) {
            return;
        }
        desk.audio(leg, AudioCommand::Watch(Some(crate::VANISHED_AFTER)));
        if talk.held_by.is_empty() && talk.transfer.is_none() {
            desk.audio(leg, AudioCommand::Join { with: other });
            self.ask_again(desk, now);
        }
        desk.journal(now, Some(self.id), Fact::CallResumed { leg });
    }

    /// REFER without Replaces: `leg` sends the other one to `to` and steps out once that answered.
    pub(crate) fn blind_transfer(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, to: String) {
        let stays = match &self.activity {
            Activity::Talking(talk) if talk.transfer.is_none() && self.may_transfer(leg) => talk.other(leg),
            _ => None,
        };
        let Some(stays) = stays else { return desk.leg(leg, LegCommand::TransferDone { status: 403 }) };
        let fact = Fact::TransferRequested { leg, to: to.clone(), attended: false };
        desk.journal(now, Some(self.id), fact);
        let sender = self.agent_on(leg);
        if let Some(queue) = crate::route::find_queue(&self.project.config, &to) {
            return self.transfer_to_queue(desk, now, (leg, stays), &queue, sender);
        }
        let request = Bridge::all(vec![to], TRANSFER_RINGS_FOR);
        let bridging = Bridging::new(request, Purpose::Blind { by: leg }, stays, desk, now);
        desk.audio(leg, AudioCommand::Part);
        if let Activity::Talking(talk) = &mut self.activity {
            talk.transfer = Some(Box::new(bridging));
            talk.sender = sender;
        }
        self.let_waiter_hear(desk, now);
        if let Some(result) = self.ring_more(desk, now)
            && let Some(told) = self.end_bridging(desk, now, result)
        {
            self.resume(desk, now, told);
        }
    }

    /// REFER to a queue: the other party waits there with everything known about the call, the wait so far included.
    fn transfer_to_queue(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        (leg, stays): (LegId, LegId),
        queue: &QueueId,
        sent_by: Option<AgentId>,
    ) {
        if desk.centre.acd.queue_load(now, queue).is_none() {
            return desk.leg(leg, LegCommand::TransferDone { status: 404 });
        }
        let Activity::Talking(talk) = std::mem::replace(&mut self.activity, Activity::Idle) else { return };
        desk.journal(now, Some(self.id), talk.disconnected(now, leg, HangupCause::Transferred));
        let purpose = talk.into_purpose();
        desk.audio(leg, AudioCommand::Part);
        desk.leg(leg, LegCommand::TransferDone { status: 200 });
        // An agent who is sent on waits like anybody else, and is busy meanwhile.
        if let Some(agent) = self.agent_on(stays).filter(|_| !desk.centre.is_engaged(stays)) {
            desk.centre.engage(now, stays, &agent);
        }
        self.end_service(desk, now, (Some(leg), HangupCause::Transferred));
        self.move_tape(desk, now, (leg, stays));
        desk.centre.stops_talking(stays);
        desk.journal(now, Some(self.id), Fact::CallTransferred { leg, to: queue.to_string() });
        self.leave(desk, now, leg, HangupCause::Transferred);
        let request = QueueRequest { queue: queue.to_string(), ..Default::default() };
        let joined = Some(now.before(self.waited));
        let wish = Wish { request, purpose, waiter: stays, joined, sent_by };
        if let Err(why) = self.enter_queue(desk, now, wish) {
            desk.journal(now, Some(self.id), Fact::Logged { text: why, place: None });
            self.end(desk, now, HangupCause::Error, Ender::Engine);
        }
    }

    /// The agent on a leg of this call.
    pub(crate) fn agent_on(&self, leg: LegId) -> Option<AgentId> {
        if leg == self.caller.leg {
            return self.caller.agent.clone();
        }
        self.parties.get(&leg).and_then(|party| party.agent.clone())
    }

    pub(crate) fn party_hung_up(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, cause: HangupCause) {
        match &mut self.activity {
            Activity::Bridging(bridging) if bridging.has(leg) => self.try_hung_up(desk, now, leg, cause),
            Activity::Queuing(queuing) if queuing.has(leg) => {
                desk.journal(now, Some(self.id), Fact::LegReleased { leg, cause });
                self.ring_over(desk, now, leg, LegFailure::Declined);
            }
            Activity::Queuing(queuing) if queuing.waiter == leg => {
                desk.forget_leg(leg);
                self.parties.remove(&leg);
                self.end(desk, now, cause, Ender::Caller);
            }
            Activity::Talking(talk) => {
                let rung = talk.transfer.as_ref().is_some_and(|transfer| transfer.has(leg));
                if rung {
                    return self.try_hung_up(desk, now, leg, cause);
                }
                let lost = cause == HangupCause::Vanished && talk.transfer.is_none();
                desk.forget_leg(leg);
                self.parties.remove(&leg);
                if lost && self.service.as_ref().is_some_and(|service| service.leg == leg) {
                    return self.agent_lost(desk, now, cause);
                }
                self.stop_talking(desk, now, leg, cause);
            }
            _ => {
                desk.forget_leg(leg);
                self.parties.remove(&leg);
            }
        }
    }

    /// `leg` is gone from the conversation: the flow goes on with the caller, or the call ends.
    pub(crate) fn stop_talking(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, cause: HangupCause) {
        let Activity::Talking(talk) = &mut self.activity else { return };
        let Some(other) = talk.other(leg) else { return };
        if let Some(transfer) = &talk.transfer {
            if transfer.purpose == (Purpose::Blind { by: leg }) {
                // The one who transfers may leave early; the transfer goes on.
                if self.service.as_ref().is_some_and(|service| service.leg == leg) {
                    self.end_service(desk, now, (Some(leg), cause));
                }
                return;
            }
            self.cancel_transfer(desk, now);
        }
        let Activity::Talking(talk) = std::mem::replace(&mut self.activity, Activity::Idle) else { return };
        let fact = talk.disconnected(now, leg, cause);
        desk.journal(now, Some(self.id), fact);
        self.end_service(desk, now, (Some(leg), cause));
        self.end_conversation_tape(desk);
        for leg in [leg, other] {
            desk.centre.stops_talking(leg);
        }
        if other == self.caller.leg && self.run.is_some() {
            desk.audio(other, AudioCommand::Part);
            desk.audio(other, AudioCommand::StopPlayback);
        }
        let by = if leg == self.caller.leg { Ender::Caller } else { Ender::Party };
        self.go_on_after(desk, now, (talk.purpose, other), (cause, by));
    }

    /// The one who waited for a transfer hung up: nobody needs to ring any more.
    fn cancel_transfer(&mut self, desk: &mut Desk, now: Timestamp) {
        self.cancel_bridge_timers(desk);
        let Activity::Talking(talk) = &mut self.activity else { return };
        let Some(transfer) = talk.transfer.take() else { return };
        for leg in transfer.legs() {
            desk.drop_leg(now, leg, HangupCause::Cancelled);
            self.parties.remove(&leg);
        }
        if let Purpose::Blind { by } = transfer.purpose {
            desk.leg(by, LegCommand::TransferDone { status: 487 });
        }
    }

    /// Takes a leg out of the call that somebody else replaces.
    pub(crate) fn leave(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, cause: HangupCause) {
        if self.service.as_ref().is_some_and(|service| service.leg == leg) {
            self.end_service(desk, now, (Some(leg), cause));
        }
        desk.drop_leg(now, leg, cause);
        self.parties.remove(&leg);
        if leg == self.caller.leg {
            self.caller.state = CallerState::Gone;
            self.history.handed_over = true;
            self.end_run();
        }
    }

    /// The leg that talks with `leg`, when this call is a plain conversation.
    pub(crate) fn talks_with(&self, leg: LegId) -> Option<LegId> {
        match &self.activity {
            Activity::Talking(talk) if talk.transfer.is_none() => talk.other(leg),
            _ => None,
        }
    }

    /// `new` takes the place of `old` in the conversation.
    pub(crate) fn take_over(&mut self, desk: &mut Desk, now: Timestamp, old: LegId, new: LegId, party: Party) {
        let Some(stays) = self.talks_with(old) else { return };
        if let Activity::Talking(talk) = &mut self.activity {
            talk.replace(old, new);
        }
        desk.owners.insert(new, self.id);
        desk.caps.adopt(new, self.id);
        let to = party.to.clone();
        // Whoever came here from a queue or another call is busy until this one is over.
        if let Some(agent) = party.agent.as_ref().filter(|_| !desk.centre.is_engaged(new)) {
            desk.centre.engage(now, new, agent);
        }
        self.parties.insert(new, party);
        self.note_talking(desk, [stays, new]);
        desk.audio(stays, AudioCommand::StopPlayback);
        desk.audio(stays, AudioCommand::Join { with: new });
        self.move_tape(desk, now, (old, stays));
        self.ask_again(desk, now);
        desk.audio(new, AudioCommand::Watch(Some(crate::VANISHED_AFTER)));
        desk.journal(now, Some(self.id), Fact::CallTransferred { leg: new, to });
        self.leave(desk, now, old, HangupCause::Transferred);
    }

    /// Gives a talking leg away to another call. This call is over.
    pub(crate) fn give_away(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId) -> Option<Party> {
        let other = self.talks_with(leg)?;
        let agent = self.caller.agent.clone();
        let itself = Party { to: self.caller.number.clone(), rights: self.caller.rights, agent };
        let party = self.parties.remove(&leg).unwrap_or(itself);
        if leg == self.caller.leg {
            self.caller.state = CallerState::Gone;
        }
        let Activity::Talking(talk) = std::mem::replace(&mut self.activity, Activity::Idle) else { return None };
        let fact = talk.disconnected(now, leg, HangupCause::Transferred);
        desk.journal(now, Some(self.id), fact);
        desk.audio(leg, AudioCommand::Part);
        self.leave(desk, now, other, HangupCause::Transferred);
        self.end(desk, now, HangupCause::Transferred, Ender::Party);
        Some(party)
    }

    /// May the far end of this leg ask for a transfer?
    pub(crate) fn may_transfer(&self, leg: LegId) -> bool {
        let party = self.parties.get(&leg).map(|party| party.rights);
        party.unwrap_or(self.caller.rights) == Rights::Inside
    }
}

fn sip_status(result: BridgeResult) -> u16 {
    match result {
        BridgeResult::Answered => 200,
        BridgeResult::Busy => 486,
        BridgeResult::NoAnswer => 480,
        BridgeResult::Declined => 603,
        BridgeResult::Failed => 404,
    }
}
