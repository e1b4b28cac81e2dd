//! Callers who waited in a queue when the process died: a call back or a line in the journal, by the queue's policy.

use std::collections::BTreeMap;

use model::{CallId, CallbackId, CallbackState, CallbackTask, Fact, QueueId, Timestamp, WallTime};
use script::config::AfterCrash;

use crate::board::Switchboard;
use crate::owed::{After, Doubt};

/// Somebody who waited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostCaller {
    /// The call that died.
    pub call: CallId,
    /// His number, `""` when withheld.
    pub number: String,
    /// Where he waited.
    pub queue: QueueId,
    /// From when his place counted.
    pub joined: WallTime,
}

/// What somebody who was lost may expect.
enum Promise {
    /// He is listed, and no more.
    None,
    /// He was promised a call back before.
    Stands(CallbackId),
    /// He shall be called back, once that is on the disk.
    New(Box<CallbackTask>),
}

impl Switchboard {
    /// Those who waited when the last process died, after [`Switchboard::restore_work`] and the first version.
    pub fn restore_lost(&mut self, now: Timestamp, lost: impl IntoIterator<Item = LostCaller>) {
        // Whoever was on two lines waits for one call back, at the older of his places.
        let mut people: BTreeMap<(QueueId, String), Vec<LostCaller>> = BTreeMap::new();
        for caller in lost {
            people.entry((caller.queue.clone(), caller.number.clone())).or_default().push(caller);
        }
        for mut calls in people.into_values() {
            calls.sort_by_key(|caller| (caller.joined, caller.call));
            match self.promise_to(now, &calls[0]) {
                Promise::None => calls.iter().for_each(|caller| self.note_lost(now, caller, None)),
                Promise::Stands(id) => calls.iter().for_each(|caller| self.note_lost(now, caller, Some(id))),
                Promise::New(task) => {
                    let work = vec![model::Work::Callback((*task).clone())];
                    self.desk.keep_then(work, After::Promised { calls, task });
                }
            }
        }
        self.settle(now);
    }

    /// The store has the promise to somebody who was lost, or shall be asked again: only then it is told.
    pub(crate) fn lost_promised(&mut self, now: Timestamp, calls: Vec<LostCaller>, task: CallbackTask, kept: bool) {
        if kept {
            calls.iter().for_each(|caller| self.note_lost(now, caller, Some(task.id)));
            self.desk.callback_booked(now, task.booked_by, task);
        } else {
            self.desk.owed.lost.extend(calls);
        }
        self.doubt_callbacks(now, Doubt::Promise);
    }

    fn note_lost(&mut self, now: Timestamp, caller: &LostCaller, callback: Option<CallbackId>) {
        let waited = self.wall(now).since(caller.joined);
        let (number, queue) = (caller.number.clone(), caller.queue.clone());
        self.desk.journal(now, Some(caller.call), Fact::CallerLost { number, queue, waited, callback });
    }

    /// The call back that the queue's policy promises him.
    fn promise_to(&mut self, now: Timestamp, caller: &LostCaller) -> Promise {
        let Some(project) = self.project.clone() else { return Promise::None };
        let config = &project.config;
        let number = &caller.number;
        if let Some(open) = self.desk.owed.open_callback(number, &caller.queue) {
            return Promise::Stands(open.id);
        }
        let promised = config.queues.get(&caller.queue).is_some_and(|queue| queue.after_crash == AfterCrash::Callback);
        let reachable = crate::route::resolve_outside(config, &self.desk, number).is_ok();
        if !promised || !reachable || !config.callbacks.permits(number) {
            return Promise::None;
        }
        let wall = self.wall(now);
        Promise::New(Box::new(CallbackTask {
            id: self.desk.owed.new_callback(),
            number: number.clone(),
            name: String::new(),
            language: config.language.clone(),
            queue: caller.queue.clone(),
            priority: 0,
            skills: Default::default(),
            joined: caller.joined,
            order: config.callbacks.order,
            tags: Default::default(),
            booked_by: caller.call,
            booked_at: wall,
            attempts: 0,
            next_at: wall,
            state: CallbackState::Waiting,
            result: String::new(),
        }))
    }
}
