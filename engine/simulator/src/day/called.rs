//! What people do whom a campaign calls: decided before each call, by their number and the attempt.

use model::{CallId, LegId, Timestamp};
use switchboard::CampaignRequest;

use super::caller::Caller;
use super::draw::{luck, stream};
use super::fate::{Fate, Person};
use super::run::{Errand, Run};
use crate::habits::{Answer, Habits};

impl Run<'_, '_> {
    /// The day's campaigns call from its first moment on.
    pub(super) fn start_campaigns(&mut self) {
        for called in &self.day.campaigns {
            if let Err(refusal) = self.world.campaign(&called.campaign, &CampaignRequest::Start) {
                self.broken.push(refusal);
            }
        }
    }

    /// An attempt begins: now it is decided whether the telephone will be answered.
    pub(super) fn will_be_called(&mut self, campaign: &str, number: &str, attempt: u32) {
        let Some(called) = self.day.campaigns.iter().find(|called| called.campaign == campaign) else { return };
        let mut rng = stream(self.seed, "called", &[code(number), u64::from(attempt)]);
        let (answers, after) = (luck(&mut rng), luck(&mut rng));
        let answer = match answers.0 {
            share if share < called.answers => Answer::After(called.answers_after.time(after)),
            share if share < called.answers + called.busy => Answer::Busy,
            _ => Answer::Ignores,
        };
        self.world.set_habits(number, Habits { talks_for: None, ..Habits::who(answer) });
    }

    pub(super) fn placed(&mut self, call: CallId, campaign: &str, number: &str, attempt: u32) {
        let Some(called) = self.day.campaigns.iter().find(|called| called.campaign == campaign) else { return };
        let number_code = code(number);
        let person =
            Person { row: called.row, nth: number_code, attempt: u64::from(attempt), number: Some(number.to_owned()) };
        self.reached.insert(call, person);
    }

    /// Somebody answers: from now on he behaves like a caller.
    pub(super) fn called_answers(&mut self, leg: LegId, call: CallId, now: Timestamp) {
        let Some(person) = self.reached.remove(&call) else { return };
        let fate = Fate::of(&person, &self.day.callers[person.row], self.seed);
        if let Some(late) = fate.hangs_up {
            self.agenda.plan(now + late, Errand::LeavesMenu(leg));
        }
        let mut caller = Caller::new(person, fate, now);
        caller.call = Some(call);
        self.callers.insert(leg, caller);
        self.legs.insert(call, leg);
        self.look_at_keys(leg);
    }
}

/// A number of its own for every telephone number.
fn code(number: &str) -> u64 {
    let hash = blake3::hash(number.as_bytes());
    u64::from_le_bytes(hash.as_bytes()[..8].try_into().expect("a hash has 32 bytes"))
}
