//! Calls back: booked by flows, kept durably, placed when it is their turn.
//!
//! A call back ages from the moment its caller joined the queue; while nobody answers it, ageing pauses. Calls back
//! never take more than a share of the agents while callers wait, and callers never more than the rest.

use std::time::Duration;

use model::{
    CallId, CallbackId, CallbackOrder, CallbackState, CallbackTask, Errand, Fact, LegFailure, QueueId, Reached, Ticket,
    Timestamp, WallTime, Work,
};
use script::config::{CallbackConfig, Config};
use script::{Callback, EffectResult, QueueRequest, ShowNumber};

use crate::board::Switchboard;
use crate::bridge::Purpose;
use crate::call::{Activity, Call, CallerState};
use crate::desk::Desk;
use crate::owed::{After, Doubt, ErrandEnd};
use crate::placing::{Outgoing, Then};
use crate::queuing::Wish;
use crate::timer::Timer;

/// How often somebody looks whether one is due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// No agent could take it, or the store did not answer: it is tried again after this.
const SOON: Duration = Duration::from_secs(30);
/// Nobody is called back later than this (30 days).
const AHEAD_MAX: Duration = Duration::from_secs(30 * 24 * 3600);
/// A call back does not lose patience.
pub(crate) const FOR_EVER: Duration = Duration::from_secs(366 * 24 * 3600);

impl Switchboard {
    /// A promise of an earlier life. The process died while it was dialled: that attempt counts.
    pub(crate) fn restore_callback(&mut self, mut task: CallbackTask, now: Timestamp) {
        if task.state == CallbackState::Dialing {
            let end = ErrandEnd::NotReached(model::LegFailure::Failed);
            let id = task.id;
            "crash".clone_into(&mut task.result);
            self.desk.owed.callbacks.insert(id, task);
            return self.callback_over(now, id, &end);
        }
        self.desk.owed.callbacks.insert(task.id, task);
    }

    /// Takes back what is promised to a number; only who talks already talks on. Gives how many it were.
    pub fn cancel_callbacks(&mut self, now: Timestamp, number: &str) -> i64 {
        let done = cancel_callbacks(&mut self.desk, now, number);
        self.settle(now);
        if let EffectResult::Number(count) = done { count } else { 0 }
    }

    /// What is promised and not done, the next one first.
    pub fn callbacks_json(&self) -> serde_json::Value {
        let mut open: Vec<&CallbackTask> = self.desk.owed.callbacks.values().collect();
        open.sort_by_key(|task| (task.next_at, task.id));
        serde_json::json!({ "callbacks": open })
    }

    /// Looks again in a second while there is one.
    pub(crate) fn look_at_callbacks_soon(&mut self, now: Timestamp) {
        if self.desk.timers.is_set(Timer::Callbacks) {
            return;
        }
        if !self.desk.owed.is_idle() || self.has_message_work() {
            self.desk.timers.set(Timer::Callbacks, now + LOOK_EVERY);
        }
    }

    /// Places the calls back whose turn it is.
    pub(crate) fn look_at_callbacks(&mut self, now: Timestamp) {
        self.desk.keep_unkept();
        let lost = std::mem::take(&mut self.desk.owed.lost);
        self.restore_lost(now, lost);
        if self.draining {
            return self.look_at_callbacks_soon(now);
        }
        self.offer_messages(now);
        self.look_for_stuck(now);
        let Some(project) = self.project.clone() else { return };
        let wall = self.wall(now);
        self.withdraw_callbacks(now, |task| !is_due(&project.config, task, wall));
        let owed = &self.desk.owed;
        let free = |task: &&CallbackTask| {
            task.state == CallbackState::Waiting
                && !owed.live.contains_key(&Errand::Callback(task.id))
                && !owed.online.contains_key(&task.id)
                && !owed.is_changing(task.id)
                && is_due(&project.config, task, wall)
                && !self.desk.campaigns.keeps(&task.number)
                && !crate::route::is_cut_off(&project.config, &self.desk, &task.number)
        };
        let mut due: Vec<CallbackTask> = owed.callbacks.values().filter(free).cloned().collect();
        due.sort_by_key(|task| (task.joined.0 - task.priority * 1_000_000, task.id));
        for task in due {
            if self.has_line(now, &project.config, &task.number)
                && self.has_room(now, &task.queue, task.order, project.config.callbacks.share)
            {
                self.begin_callback(now, task, &project.config.callbacks);
            }
        }
        self.look_at_callbacks_soon(now);
    }

    /// Takes out of their queues those who need no call now: nobody's telephone has rung for them yet.
    fn withdraw_callbacks(&mut self, now: Timestamp, unwanted: impl Fn(&CallbackTask) -> bool) {
        let tasks = self.desk.owed.callbacks.values().filter(|task| unwanted(task));
        let ids: Vec<CallbackId> = tasks.map(|task| task.id).collect();
        for id in ids {
            withdraw(&mut self.desk, now, id);
        }
        self.settle(now);
    }

    /// Will there be a line for one more call to this number, besides those that are promised one?
    fn has_line(&mut self, now: Timestamp, config: &Config, number: &str) -> bool {
        let Some(rule) = config.dial_rule_for(number) else { return true };
        let dialled = |call: &CallId| self.calls.get(call).is_some_and(|call| call.history.dialled);
        let promised = self.desk.owed.live.iter();
        let promised =
            promised.filter(|(errand, call)| matches!(errand, Errand::Callback(_)) && !dialled(call)).count();
        self.desk.caps.room(now, &config.trunks, rule) > promised
    }

    /// May one more call back, or message, of this queue be given to an agent now?
    ///
    /// Agent first: a share of the agents may wait for it at its place among the callers, and while nobody else waits
    /// every free agent. Customer first: an agent must be free for it, and for everybody who waits already.
    pub(crate) fn has_room(&self, now: Timestamp, queue: &QueueId, order: CallbackOrder, share: u32) -> bool {
        let acd = &self.desk.centre.acd;
        let Some(load) = acd.queue_load(now, queue) else { return false };
        let live = self.desk.owed.live_errands(queue);
        let queued = live.iter().filter(|call| acd.position(**call).is_some()).count();
        let callers = load.waiting.saturating_sub(queued);
        match order {
            CallbackOrder::CustomerFirst => {
                let served = |call: &CallId| self.calls.get(call).is_some_and(|call| call.history.connected);
                let unserved = live.iter().filter(|call| !served(call)).count();
                load.agents_free > unserved + callers
            }
            CallbackOrder::AgentFirst => {
                let share = (load.agents_on_duty * share as usize / 100).max(1).min(load.agents_on_duty);
                live.len() < share || (callers == 0 && load.agents_free > queued)
            }
        }
    }

    fn begin_callback(&mut self, now: Timestamp, mut task: CallbackTask, config: &CallbackConfig) {
        let wish = wish(&self.desk, now, &task);
        let order = task.order;
        let outgoing = |task: &CallbackTask, attempt, then| Outgoing {
            errand: Errand::Callback(task.id),
            number: task.number.clone(),
            name: task.name.clone(),
            language: Some(task.language.clone()),
            show: config.show.clone().map_or(ShowNumber::Caller, ShowNumber::Number),
            tags: task.tags.clone(),
            attempt,
            ring_for: config.ring_for,
            then,
        };
        match order {
            CallbackOrder::AgentFirst => {
                let outgoing = outgoing(&task, task.attempts + 1, Then::Agent);
                self.queue_errand(now, outgoing, |waiter| Wish { waiter, ..wish });
            }
            CallbackOrder::CustomerFirst => {
                task.state = CallbackState::Dialing;
                task.attempts += 1;
                task.result.clear();
                let outgoing = outgoing(&task, task.attempts, Then::Queue(Box::new(wish)));
                self.desk.owed.live.insert(Errand::Callback(task.id), CallId(0));
                self.desk.owed.callbacks.insert(task.id, task.clone());
                self.desk.keep_then(vec![Work::Callback(task)], After::Place(Box::new(outgoing)));
            }
        }
    }

    /// The promise of an errand is gone: whoever has not answered yet is not bothered.
    pub(crate) fn call_off(&mut self, now: Timestamp, id: CallbackId) {
        let Some(call) = self.desk.owed.live.get(&Errand::Callback(id)).copied() else { return };
        self.with_call(now, call, |call, desk| {
            if call.caller.state != CallerState::Answered {
                call.errand_failed(desk, now, ErrandEnd::NotServed);
            }
        });
    }

    /// An attempt is over: done, later again, or given up.
    pub(crate) fn callback_over(&mut self, now: Timestamp, id: CallbackId, end: &ErrandEnd) {
        let config = self.project.as_ref().map(|project| project.config.callbacks.clone()).unwrap_or_default();
        let wall = self.wall(now);
        let Some(mut task) = self.desk.owed.callbacks.remove(&id) else { return };
        let anew = self.desk.owed.open_callback(&task.number, &task.queue).is_some();
        let crashed = task.result == "crash";
        let undialled = end.is_undialled();
        if undialled && task.state == CallbackState::Dialing {
            task.attempts = task.attempts.saturating_sub(1);
        }
        let (again, result) = match end {
            ErrandEnd::Over { reached: Reached::Talked, .. } => (None, "answered".to_owned()),
            ErrandEnd::NotKept => (Some(SOON), "not kept".into()),
            ErrandEnd::NotServed => (Some(SOON), "no agent".into()),
            ErrandEnd::NotReached(LegFailure::NoLine) => (Some(SOON), "no line".into()),
            ErrandEnd::NotReached(_) if crashed => (Some(config.wait_after(task.attempts)), "crash".into()),
            ErrandEnd::NotReached(failure) => (Some(config.wait_after(task.attempts)), failure.to_string()),
            ErrandEnd::Over { .. } => (Some(config.wait_after(task.attempts)), "hung up".into()),
        };
        let used_up = task.attempts >= config.attempts && !undialled;
        task.state = match again {
            None => CallbackState::Done,
            // Meanwhile he was promised another call, which is not to be a second one.
            Some(_) if anew => CallbackState::Cancelled,
            Some(_) if used_up => CallbackState::GaveUp,
            Some(_) => CallbackState::Waiting,
        };
        if let Some(wait) = again {
            task.next_at = wall + wait;
            // Nobody was there to be served: that time does not count as waiting.
            if !undialled {
                task.joined = task.joined + wait;
            }
        }
        task.result = result;
        if task.state == CallbackState::Waiting {
            self.desk.owed.callbacks.insert(id, task.clone());
        }
        self.desk.change_callback(now, None, task);
        self.doubt_callbacks(now, Doubt::Promise);
    }
}

impl Desk {
    /// The row of an attempt that is about to be made for an agent who waits; none for other errands.
    pub(crate) fn callback_attempt(&mut self, errand: &Errand) -> Option<Work> {
        let Errand::Callback(id) = errand else { return None };
        let task = self.owed.callbacks.get_mut(id)?;
        task.state = CallbackState::Dialing;
        task.attempts += 1;
        task.result.clear();
        Some(Work::Callback(task.clone()))
    }

    /// Keeps a call back as it is now, and writes down what became of it.
    pub(crate) fn change_callback(&mut self, now: Timestamp, call: Option<CallId>, task: CallbackTask) {
        let (callback, state, attempts, result) = (task.id, task.state, task.attempts, task.result.clone());
        self.journal(now, call, Fact::CallbackChanged { callback, state, attempts, result });
        self.keep_surely(vec![Work::Callback(task)]);
    }

    /// The store has taken a promise, or not: the flow hears it.
    pub(crate) fn callback_booked(&mut self, now: Timestamp, call: CallId, task: CallbackTask) {
        let at = (task.next_at > task.booked_at).then_some(task.next_at);
        let (callback, number, queue) = (task.id, task.number.clone(), task.queue.clone());
        self.journal(now, Some(call), Fact::CallbackBooked { callback, number, queue, at });
        self.owed.callbacks.insert(callback, task);
    }
}

impl Call {
    /// `callback(#{ queue: "support" })`
    pub(crate) fn book_callback(&mut self, desk: &mut Desk, now: Timestamp, wanted: &Callback) -> Option<EffectResult> {
        match self.new_callback(desk, now, wanted) {
            Ok(task) => {
                let work = vec![Work::Callback(task.clone())];
                let ticket = desk.keep_then(work, After::Booked { call: self.id, task: Box::new(task) });
                self.activity = Activity::Keeping { ticket, words: ["booked", "refused"] };
                None
            }
            Err(why) => {
                let text = format!("no callback: {why}");
                desk.journal(now, Some(self.id), Fact::Logged { text, place: None });
                Some(EffectResult::Word("refused".into()))
            }
        }
    }

    fn new_callback(&self, desk: &mut Desk, now: Timestamp, wanted: &Callback) -> Result<CallbackTask, String> {
        let config = &self.project.config;
        let queue = QueueId::parse(&wanted.queue).ok().filter(|queue| config.queues.contains_key(queue));
        // A version that was published meanwhile may have no such queue: nobody would call.
        let queue = queue.filter(|queue| desk.centre.acd.queue_load(now, queue).is_some());
        let queue = queue.ok_or_else(|| format!("no queue is called `{}`", wanted.queue.escape_debug()))?;
        let number = wanted.number.as_deref().unwrap_or(&self.caller.number);
        let number = model::plain(number);
        crate::route::resolve_outside(config, desk, &number).map_err(|no_route| no_route.why)?;
        if number.starts_with("sip") || !config.callbacks.permits(&number) {
            return Err(format!("`callbacks:` does not permit {number}"));
        }
        let wall = desk.wall(now);
        let next_at = match &wanted.at {
            Some(at) => {
                moment(config, at).filter(|at| *at <= wall + AHEAD_MAX).ok_or("it is more than 30 days ahead")?
            }
            None => wall,
        };
        let left = self.left.as_ref().filter(|left| left.queue == queue);
        let joined = left.filter(|_| wanted.keep_place).map_or(wall, |left| wall.before(now - left.joined));
        let card = self.run.as_ref().map(|run| run.card().clone());
        // One promise for each number and queue: the newest words count, the old place stays.
        let open = desk.owed.open_callback(&number, &queue);
        let (id, joined, attempts) = match open {
            Some(open) => (open.id, joined.min(open.joined), open.attempts),
            None => (desk.owed.new_callback(), joined, 0),
        };
        Ok(CallbackTask {
            id,
            name: if config.numbering.same(&number, &self.caller.number) {
                self.caller.name.clone()
            } else {
                String::new()
            },
            number,
            language: self.caller.language.clone(),
            queue,
            priority: left.map_or(0, |left| left.request.priority),
            skills: left.map(|left| left.request.skills.clone()).unwrap_or_default(),
            joined: next_at.max(wall).before(wall.since(joined)),
            order: wanted.order.unwrap_or(config.callbacks.order),
            tags: card.map(|card| card.tags).unwrap_or_default(),
            booked_by: self.id,
            booked_at: wall,
            attempts,
            next_at: next_at.max(wall),
            state: CallbackState::Waiting,
            result: String::new(),
        })
    }

    /// The store's answer to something that the flow waits for.
    pub(crate) fn work_stored(&mut self, desk: &mut Desk, now: Timestamp, ticket: Ticket, kept: bool) {
        let Activity::Keeping { ticket: waits, words } = self.activity else { return };
        if waits == ticket {
            self.activity = Activity::Idle;
            self.resume(desk, now, EffectResult::Word(words[usize::from(!kept)].into()));
        }
    }

    /// Whoever was promised a call and rings himself waits at the place that was kept for him.
    pub(crate) fn promised_place(&self, desk: &mut Desk, now: Timestamp, queue: &QueueId) -> Option<Timestamp> {
        if self.errand.is_some() || self.caller.number.is_empty() {
            return None;
        }
        let wall = desk.wall(now);
        let of_caller = |task: &&CallbackTask| desk.owed.numbering.same(&task.number, &self.caller.number);
        let mine = |task: &&CallbackTask| task.queue == *queue && of_caller(task);
        let task = desk.owed.callbacks.values().filter(mine).min_by_key(|task| (task.joined, task.id))?;
        let (id, joined) = (task.id, task.joined);
        // Is he being called just now, he has his place all the same.
        let _ = withdraw(desk, now, id);
        desk.owed.online.insert(id, self.id);
        Some(now.before(wall.since(joined)))
    }

    /// He talks to an agent: nobody needs to call him any more.
    pub(crate) fn taken_over(&self, desk: &mut Desk, now: Timestamp) {
        let mine = desk.owed.online.iter().find(|(_, call)| **call == self.id).map(|(id, _)| *id);
        let Some(id) = mine else { return };
        desk.owed.online.remove(&id);
        if let Some(mut task) = desk.owed.callbacks.remove(&id) {
            task.state = CallbackState::TakenOver;
            "he rang first".clone_into(&mut task.result);
            desk.change_callback(now, Some(self.id), task);
            desk.owed.called_off.push_back(id);
        }
    }
}

/// Makes sure that nobody is called for it now. False when it is too late: he is being called, or has answered.
fn withdraw(desk: &mut Desk, now: Timestamp, id: CallbackId) -> bool {
    let waits = desk.owed.callbacks.get(&id).is_some_and(|task| task.state == CallbackState::Waiting);
    if let Some(call) = desk.owed.live.get(&Errand::Callback(id)).filter(|_| waits) {
        // When an agent has just answered it is out of the queue, and ends before the customer is dialled.
        let _ = desk.centre.acd.withdraw(now, *call, acd::LeaveReason::Withdrawn);
    }
    waits
}

/// Shall the customer of this errand be dialled now, when an agent has been found for him?
pub(crate) fn is_wanted(config: &Config, desk: &Desk, now: Timestamp, errand: &Errand) -> bool {
    let Errand::Callback(id) = errand else { return true };
    let task = desk.owed.callbacks.get(id).filter(|_| !desk.owed.online.contains_key(id));
    task.is_some_and(|task| is_due(config, task, desk.wall(now)))
}

/// Takes back what is promised to a number, even while his telephone rings.
pub(crate) fn cancel_callbacks(desk: &mut Desk, now: Timestamp, number: &str) -> EffectResult {
    let open = desk.owed.callbacks.values().filter(|task| desk.owed.numbering.same(&task.number, number));
    let ids: Vec<CallbackId> = open.map(|task| task.id).collect();
    for id in &ids {
        if !withdraw(desk, now, *id) {
            desk.owed.called_off.push_back(*id);
        }
        if let Some(mut task) = desk.owed.callbacks.remove(id) {
            task.state = CallbackState::Cancelled;
            "taken back".clone_into(&mut task.result);
            desk.change_callback(now, None, task);
        }
    }
    EffectResult::Number(i64::try_from(ids.len()).unwrap_or(i64::MAX))
}

/// May he be called at this moment?
pub(crate) fn is_due(config: &Config, task: &CallbackTask, wall: WallTime) -> bool {
    let zone = config.callbacks.zone_of(&task.number, &config.time_zone);
    let awake = config.callbacks.calendar(config).is_none_or(|hours| hours.is_open_at(wall, zone));
    task.next_at <= wall && awake
}

fn wish(desk: &Desk, now: Timestamp, task: &CallbackTask) -> Wish {
    let request = QueueRequest {
        queue: task.queue.to_string(),
        priority: task.priority,
        skills: task.skills.clone(),
        max_wait: Some(FOR_EVER),
        ..QueueRequest::default()
    };
    let joined = now.before(desk.wall(now).since(task.joined));
    Wish { request, purpose: Purpose::Direct, waiter: model::LegId(0), joined: Some(joined), sent_by: None }
}

/// `2026-11-23 10:00` by the project's clock, `2026-11-23T10:00:00+10:00` by that of its offset.
fn moment(config: &Config, text: &str) -> Option<WallTime> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(WallTime(at.as_microsecond()));
    }
    let local: jiff::civil::DateTime = text.parse().ok()?;
    let at = config.time_zone.to_timestamp(local).ok()?;
    Some(WallTime(at.as_microsecond()))
}
