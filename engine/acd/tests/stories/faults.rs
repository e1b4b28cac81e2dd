//! Days on which things go wrong: lost messages, phones that vanish, reloads, answers that cross. A day that breaks a
//! rule is shrunk by `proptest` to the shortest one that still does, and the failure prints it as a story.

use std::collections::BTreeSet;

use acd::{Enqueue, Prefer};
use proptest::collection::{btree_set, vec};
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::{Just, Strategy as Generator};

use crate::desk::{agent_id, queue_id, seconds};
use crate::random_days::{AGENTS, QUEUES, project};
use crate::world::{Arrival, Fault, World};

/// With everybody in the configuration from the beginning.
fn full(variant: u64) -> acd::AcdConfig {
    project(variant & !(1 << 50))
}

fn arrivals() -> impl Generator<Value = Vec<Arrival>> {
    let wishes = (
        0..QUEUES.len(),
        0..4_u8,
        prop_oneof![3 => Just(0), 1 => Just(30)],
        proptest::option::weighted(0.2, 0..6_usize),
    );
    let arrival = (0..300_u64, 5..200_u64, 1..90_u64, wishes).prop_map(
        |(at_s, patience_s, talks_s, (queue, skill, priority_s, prefer))| Arrival {
            at_s,
            patience_s,
            talks_s,
            request: Enqueue {
                priority_s,
                skills: if skill > 1 { [("s".to_owned(), skill)].into() } else { Default::default() },
                prefer: prefer.iter().map(|n| Prefer { agent: agent_id(AGENTS[*n]), wait: seconds(20) }).collect(),
                ..Enqueue::new(queue_id(QUEUES[queue]))
            },
        },
    );
    vec(arrival, 1..40)
}

fn faults() -> impl Generator<Value = Vec<(u64, Fault)>> {
    let vanishes = (0..AGENTS.len(), 1..120_u64)
        .prop_map(|(agent, back_after_s)| Fault::Vanishes { agent: AGENTS[agent], back_after_s });
    let reload = any::<u64>().prop_map(|variant| Fault::Reload(Box::new(project(variant))));
    vec((0..300_u64, prop_oneof![3 => vanishes, 1 => reload]), 0..6)
}

const LONGEST_DAY_S: u64 = 4 * 3600;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lost_messages_vanished_agents_and_reloads_lose_no_caller_and_hold_no_agent(
        variant in any::<u64>(),
        arrivals in arrivals(),
        faults in faults(),
        lost in btree_set(0..300_usize, 0..20),
    ) {
        let day = World::new(full(variant), arrivals, faults, lost).run(seconds(LONGEST_DAY_S));
        prop_assert!(day.is_ok(), "{}", day.unwrap_err());
    }

    #[test]
    fn without_lost_messages_there_is_nothing_to_repair(variant in any::<u64>(), arrivals in arrivals()) {
        let mut world = World::new(full(variant), arrivals, Vec::new(), BTreeSet::new());
        let day = world.run(seconds(LONGEST_DAY_S));
        prop_assert!(day.is_ok(), "{}", day.unwrap_err());
        prop_assert_eq!(world.repairs, Vec::<String>::new());
    }
}
