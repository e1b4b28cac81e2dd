//! Reference values from independent sources, and what must hold for any parameters.

use proptest::prelude::*;

use super::*;

fn traffic(agents: u32, calls_per_hour: f64, handle: u64) -> Traffic {
    Traffic { agents, calls_per_hour, handle_time: Duration::from_secs(handle) }
}

#[track_caller]
fn assert_close(what: &str, got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "{what}: {got} instead of {expected}");
}

#[test]
fn b_and_c_of_seven_erlang_on_ten_agents() {
    assert_close("B", erlang_b(10, 7.0), 0.078_740_9, 5e-8);
    assert_close("C", erlang_c(10, 7.0).unwrap(), 0.221_731_2, 5e-8);
}

#[test]
fn c_agrees_with_the_reference() {
    // Agents, calls an hour, handle time, P(wait), ASA, share answered in 20 s.
    let rows = [
        (14, 200.0, 180, 0.174_132, 7.8359, 0.888_350),
        (12, 200.0, 180, 0.449_388, 40.4449, 0.640_158),
        (11, 200.0, 180, 0.682_118, 122.7813, 0.389_614),
        (55, 1000.0, 180, 0.384_547, 13.8437, 0.779_365),
        (100, 1800.0, 180, 0.216_940, 3.9049, 0.928_585),
        (3, 30.0, 240, 0.444_444, 106.6667, 0.591_091),
    ];
    for (agents, calls, handle, p_wait, asa, level) in rows {
        let got = traffic(agents, calls, handle).patient(Duration::from_secs(20)).unwrap();
        assert_close("P(wait)", got.p_wait, p_wait, 6e-7);
        assert_close("ASA", got.asa_seconds, asa, 6e-5);
        assert_close("service level", got.service_level, level, 6e-7);
    }
    assert_close("occupancy", traffic(12, 200.0, 180).patient(Duration::ZERO).unwrap().occupancy, 0.8333, 5e-5);
}

#[test]
fn a_agrees_with_the_reference() {
    // Agents, calls an hour, handle time, patience, P(wait), P(abandon), Wq, answered and abandoned in 20 s.
    let rows = [
        (12, 200.0, 180, 60, [0.240_426, 0.075_902, 4.554_108, 0.860_301, 0.051_402]),
        (10, 200.0, 180, 120, [0.496_853, 0.137_464, 16.495_659, 0.639_941, 0.065_041]),
        (10, 200.0, 180, 60, [0.423_418, 0.157_527, 9.451_612, 0.718_010, 0.097_220]),
        (50, 1000.0, 180, 120, [0.470_406, 0.061_991, 7.438_875, 0.807_073, 0.048_239]),
        (9, 200.0, 180, 180, [0.667_180, 0.179_317, 32.277_072, 0.455_470, 0.063_529]),
    ];
    for (agents, calls, handle, patience, expected) in rows {
        let got = traffic(agents, calls, handle).impatient(Duration::from_secs(patience), Duration::from_secs(20));
        let got = [got.p_wait, got.p_abandon, got.average_wait_seconds, got.answered_within, got.abandoned_within];
        for (what, (got, expected)) in ["P(wait)", "P(abandon)", "Wq", "answered in time", "abandoned in time"]
            .iter()
            .zip(got.iter().zip(expected))
        {
            assert_close(what, *got, expected, 6e-7);
        }
    }
}

#[test]
fn too_much_work_is_said_and_not_computed() {
    let unstable = traffic(10, 200.0, 180).patient(Duration::from_secs(20)).unwrap_err();
    assert_eq!(unstable, Unstable { load: 10.0, agents: 10 });
    assert!(unstable.to_string().starts_with("10.00 Erlang are too much for 10 agents"));
    assert!(erlang_c(0, 0.0).is_err());
}

#[test]
fn without_agents_everybody_hangs_up() {
    let got = traffic(0, 60.0, 180).impatient(Duration::from_secs(30), Duration::from_secs(30));
    assert_close("P(abandon)", got.p_abandon, 1.0, 1e-12);
    assert_close("Wq", got.average_wait_seconds, 30.0, 1e-9);
    assert_close("abandoned in time", got.abandoned_within, 1.0 - (-1.0_f64).exp(), 1e-12);
}

#[test]
fn when_nobody_calls_nobody_waits() {
    let got = traffic(3, 0.0, 180).impatient(Duration::from_secs(30), Duration::from_secs(20));
    assert_eq!((got.p_wait, got.p_abandon, got.average_wait_seconds, got.answered_within), (0.0, 0.0, 0.0, 1.0));
}

/// Ten agents and a hundred times too much work: weights that overflow unless they are scaled.
#[test]
fn a_flood_is_computed_too() {
    let got = traffic(10, 20_000.0, 180).impatient(Duration::from_secs(600), Duration::from_secs(20));
    // Fluid limit: what the agents cannot do hangs up.
    assert_close("P(abandon)", got.p_abandon, 1.0 - 200.0 / 20_000.0, 1e-6);
    assert_close("Wq", got.average_wait_seconds, 600.0 * 0.99, 1e-3);
    assert_close("occupancy", got.occupancy, 1.0, 1e-9);
}

fn any_traffic() -> impl Strategy<Value = Traffic> {
    (1_u32..120, 0.05_f64..2.0, 10_u64..900).prop_map(|(agents, share, handle)| {
        let calls_per_hour = f64::from(agents) * share * 3600.0 / handle as f64;
        traffic(agents, calls_per_hour, handle)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_becomes_c_when_patience_is_endless(traffic in any_traffic(), within in 0_u64..120) {
        prop_assume!(traffic.load() < 0.9 * f64::from(traffic.agents));
        let within = Duration::from_secs(within);
        let c = traffic.patient(within).unwrap();
        let a = traffic.impatient(Duration::from_secs(1_000_000_000), within);
        prop_assert!((a.p_wait - c.p_wait).abs() < 1e-5, "{a:?} {c:?}");
        prop_assert!((a.average_wait_seconds - c.asa_seconds).abs() < 1e-3 * c.asa_seconds.max(1e-3), "{a:?} {c:?}");
        prop_assert!((a.answered_within - c.service_level).abs() < 1e-5, "{a:?} {c:?}");
        prop_assert!((a.occupancy - c.occupancy).abs() < 1e-5, "{a:?} {c:?}");
    }

    #[test]
    fn one_agent_more_helps_everybody(traffic in any_traffic(), patience in 1_u64..1200, within in 0_u64..120) {
        let (patience, within) = (Duration::from_secs(patience), Duration::from_secs(within));
        let few = traffic.impatient(patience, within);
        let more = Traffic { agents: traffic.agents + 1, ..traffic }.impatient(patience, within);
        prop_assert!(more.p_wait <= few.p_wait + 1e-12);
        prop_assert!(more.p_abandon <= few.p_abandon + 1e-12);
        prop_assert!(more.average_wait_seconds <= few.average_wait_seconds + 1e-9);
        prop_assert!(more.answered_within >= few.answered_within - 1e-12);
        prop_assert!(more.occupancy <= few.occupancy + 1e-12);
    }

    #[test]
    fn shares_are_shares_and_nobody_is_lost(traffic in any_traffic(), patience in 1_u64..1200, within in 0_u64..600) {
        let patience = Duration::from_secs(patience);
        let got = traffic.impatient(patience, Duration::from_secs(within));
        for share in [got.p_wait, got.p_abandon, got.answered_within, got.abandoned_within, got.occupancy] {
            prop_assert!((-1e-12..=1.0 + 1e-12).contains(&share), "{got:?}");
        }
        prop_assert!(got.abandoned_within <= got.p_abandon + 1e-9, "{got:?}");
        let at_last = traffic.impatient(patience, Duration::from_secs(1_000_000));
        prop_assert!((at_last.answered_within + at_last.abandoned_within - 1.0).abs() < 1e-9, "{at_last:?}");
        prop_assert!((at_last.abandoned_within - got.p_abandon).abs() < 1e-9, "{at_last:?}");
    }
}
