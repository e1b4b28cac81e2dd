//! How many calls a campaign may add now.

use script::config::OutgoingConfig;

/// What a campaign has on its hands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Load {
    /// Its calls, from the attempt that is being kept to the end of the conversation.
    pub(super) in_flight: usize,
    /// Those of them who may still need an agent.
    pub(super) unserved: usize,
    /// Calls placed within the last minute.
    pub(super) this_minute: usize,
    /// Free agents of the queue; none when the campaign has no queue.
    pub(super) free_agents: Option<usize>,
    /// Calls answered in 30 days.
    pub(super) answered: u64,
    /// Those of them who waited too long for an agent.
    pub(super) dropped: u64,
}

/// `at_once`, `per_minute` and, with a queue, free agents − calls in flight.
///
/// With `per_agent` above 1 more calls than agents are tried, but never more of them than may still be dropped:
/// `⌊cap · answered⌋ − dropped`. Over the cap it is strictly one call per free agent.
pub(super) fn room(campaign: &OutgoingConfig, load: Load) -> usize {
    let lines = (campaign.at_once as usize).saturating_sub(load.in_flight);
    let minute = (campaign.per_minute as usize).saturating_sub(load.this_minute);
    let agents = match (&campaign.queue, load.free_agents) {
        (None, _) => usize::MAX,
        (Some(_), free) => {
            let free = free.unwrap_or(0);
            let more = free * (campaign.per_agent_percent.max(100) as usize - 100) / 100;
            let bearable = load.answered * u64::from(campaign.drop_cap_basis_points) / 10_000;
            let bearable = usize::try_from(bearable.saturating_sub(load.dropped)).unwrap_or(usize::MAX);
            (free + more.min(bearable)).saturating_sub(load.unserved)
        }
    };
    lines.min(minute).min(agents)
}

#[cfg(test)]
mod tests {
    use super::super::testing::campaign;
    use super::*;

    #[test]
    fn a_message_is_bounded_by_calls_at_once_and_per_minute() {
        let debts = campaign(", at_once: 5, per_minute: 20");
        let load = Load { in_flight: 2, this_minute: 4, ..Load::default() };
        assert_eq!(room(&debts, load), 3);
        assert_eq!(room(&debts, Load { this_minute: 19, ..load }), 1);
        assert_eq!(room(&debts, Load { in_flight: 9, ..load }), 0);
    }

    #[test]
    fn with_a_queue_nobody_is_called_for_whom_no_agent_is_free() {
        let debts = campaign(", at_once: 50, per_minute: 100, queue: collections");
        let load = Load { free_agents: Some(4), unserved: 1, ..Load::default() };
        assert_eq!(room(&debts, load), 3);
        assert_eq!(room(&debts, Load { free_agents: Some(0), ..load }), 0);
        assert_eq!(room(&debts, Load { free_agents: None, ..load }), 0, "the queue is gone");
    }

    #[test]
    fn more_calls_than_agents_are_tried_only_while_drops_stay_below_the_cap() {
        let debts = campaign(", at_once: 50, per_minute: 100, queue: collections, per_agent: 1.5, drop_cap: 3%");
        let load = Load { free_agents: Some(10), answered: 200, dropped: 2, ..Load::default() };
        assert_eq!(room(&debts, load), 14, "6 of 200 may be dropped, 2 were");
        assert_eq!(room(&debts, Load { answered: 1000, ..load }), 15);
        assert_eq!(room(&debts, Load { dropped: 6, ..load }), 10, "at the cap: one per agent");
        assert_eq!(room(&debts, Load { answered: 0, dropped: 0, ..load }), 10, "nothing is known yet");
    }
}
