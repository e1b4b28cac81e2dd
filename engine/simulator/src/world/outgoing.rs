//! Calls that the switchboard places itself: whoever is called experiences them as a caller does.

use model::{CallId, LegId};
use serde_json::Value;
use switchboard::CampaignRequest;

use super::World;

impl World<'_> {
    /// Somebody is called by us: he is the first party of the call.
    pub(super) fn placed(&mut self, call: CallId, leg: LegId) {
        self.calls.insert(leg, call);
        self.callers.insert(call, leg);
        self.placed.insert(call);
        self.moments.insert(leg, Vec::new());
    }

    /// He is there: legs that are dialled from now on are other people's.
    pub(super) fn reached(&mut self, call: CallId) {
        self.placed.remove(&call);
    }

    /// The next trunk is tried: he is reached on another leg.
    pub(super) fn dialled_again(&mut self, call: CallId, leg: LegId) {
        let first = self.callers.get(&call).copied();
        let Some(first) = first.filter(|first| *first != leg && self.placed.contains(&call)) else { return };
        if self.phones.contains_key(&first) {
            return;
        }
        self.calls.remove(&first);
        self.moments.remove(&first);
        self.placed(call, leg);
    }

    /// Asks something of a campaign.
    ///
    /// # Errors
    /// What the switchboard answers.
    pub fn campaign(&mut self, name: &str, request: &CampaignRequest) -> Result<(), String> {
        let done = self.board.ask_campaign(self.now, name, request);
        self.carry_out();
        done.map(drop)
    }

    /// How far campaigns are, as `callwright campaign --json` shows it.
    pub fn campaigns(&self) -> Value {
        self.board.campaigns_json(self.now)
    }
}
