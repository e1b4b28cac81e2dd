//! Callers who waited in a queue when the process died: a call back or a line in the journal, by the queue's policy.

use model::{CallId, CallbackId, CallbackState, CallbackTask, Fact, QueueId, Timestamp, WallTime};
use script::config::AfterCrash;

use crate::board::Switchboard;
use crate::owed::After;

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

impl Switchboard {
    /// Those who waited when the last process died, after [`Switchboard::restore_work`] and the first version.
    pub fn restore_lost(&mut self, now: Timestamp, lost: impl IntoIterator<Item = LostCaller>) {
        for caller in lost {
            match self.promise_to(now, &caller) {
                None => self.note_lost(now, &caller, None),
                Some(task) => {
                    let work = vec![model::Work::Callback(task.clone())];
                    let task = Box::new(task);
                    self.desk.keep_then(work, After::Promised { caller: Box::new(caller), task });
                }
            }
        }
        self.settle(now);
    }

    /// The store has the promise to somebody who was lost, or shall be asked again: only then it is told.
    pub(crate) fn lost_promised(&mut self, now: Timestamp, caller: LostCaller, task: CallbackTask, kept: bool) {
        if kept {
            self.note_lost(now, &caller, Some(task.id));
            self.desk.callback_booked(now, caller.call, task);
        } else {
            self.desk.owed.lost.push(caller);
        }
        self.look_at_callbacks_soon(now);
    }

    fn note_lost(&mut self, now: Timestamp, caller: &LostCaller, callback: Option<CallbackId>) {
        let waited = self.wall(now).since(caller.joined);
        let (number, queue) = (caller.number.clone(), caller.queue.clone());
        self.desk.journal(now, Some(caller.call), Fact::CallerLost { number, queue, waited, callback });
    }

    /// The call back that the queue's policy promises him; none when he is only listed.
    fn promise_to(&mut self, now: Timestamp, caller: &LostCaller) -> Option<CallbackTask> {
        let project = self.project.clone()?;
        let config = &project.config;
        let promised = config.queues.get(&caller.queue)?.after_crash == AfterCrash::Callback;
        let number = &caller.number;
        let reachable = crate::route::resolve_outside(config, &self.desk, number).is_ok();
        let known = self.desk.owed.open_callback(number, &caller.queue).is_some();
        if !promised || !reachable || known || !config.callbacks.permits(number) {
            return None;
        }
        let wall = self.wall(now);
        Some(CallbackTask {
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
        })
    }
}
