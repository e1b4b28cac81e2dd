//! Calls back that the published version cannot place: they are kept and shown with the reason, and go on as soon as a
//! version can place them.

use std::collections::BTreeMap;

use model::{CallbackId, CallbackState, CallbackTask, Errand, Fact, Timestamp};
use script::config::Config;

use crate::board::Switchboard;
use crate::callbacks::is_due;
use crate::owed::Doubt;
use crate::route::has_way_out;

impl Switchboard {
    /// Every call back is looked at again soon.
    pub(crate) fn doubt_callbacks(&mut self, now: Timestamp, doubt: Doubt) {
        self.desk.owed.doubt = self.desk.owed.doubt.max(doubt);
        self.look_at_callbacks_soon(now);
    }

    /// May this call back be placed now, by the published version and the customer's clock?
    pub(crate) fn could_place(&self, now: Timestamp, id: CallbackId) -> bool {
        let task = self.desk.owed.callbacks.get(&id);
        self.published().zip(task).is_some_and(|(project, task)| {
            obstacle(&project.config, task).is_none() && is_due(&project.config, task, self.wall(now))
        })
    }

    /// Finds those whose queue or way out a version took away, and those to whom it gave it back.
    pub(crate) fn look_for_stuck(&mut self, now: Timestamp) {
        let Some(project) = self.project.clone() else { return };
        let doubt = std::mem::take(&mut self.desk.owed.doubt);
        if doubt == Doubt::None {
            return;
        }
        let owed = &self.desk.owed;
        let waits = |task: &&CallbackTask| {
            matches!(task.state, CallbackState::Waiting | CallbackState::Stuck)
                && !owed.live.contains_key(&Errand::Callback(task.id))
        };
        let mut changed: Vec<CallbackTask> = Vec::new();
        let mut told: BTreeMap<String, usize> = BTreeMap::new();
        for task in owed.callbacks.values().filter(waits) {
            let was = (task.state == CallbackState::Stuck).then_some(&task.result);
            let is = obstacle(&project.config, task);
            if let Some(why) = is.as_ref().filter(|why| doubt == Doubt::Version || was != Some(*why)) {
                *told.entry(why.clone()).or_default() += 1;
            }
            if was != is.as_ref() {
                let state = if is.is_some() { CallbackState::Stuck } else { CallbackState::Waiting };
                changed.push(CallbackTask { state, result: is.unwrap_or_default(), ..task.clone() });
            }
        }
        for task in changed {
            self.desk.owed.callbacks.insert(task.id, task.clone());
            self.desk.change_callback(now, None, task);
        }
        for (why, count) in told {
            let text = format!("calls back that are stuck: {count}, {why}; `callwright callbacks` lists them");
            self.desk.journal(now, None, Fact::Logged { text, place: None });
        }
    }
}

/// Why a version cannot place it, however long it waits.
fn obstacle(config: &Config, task: &CallbackTask) -> Option<String> {
    if !config.queues.contains_key(&task.queue) {
        return Some(format!("no queue is called `{}`", task.queue));
    }
    if !config.callbacks.permits(&task.number) {
        return Some("`callbacks:` does not permit the number".to_owned());
    }
    (!has_way_out(config, &task.number)).then(|| "no rule of `dial:` allows the number".to_owned())
}
