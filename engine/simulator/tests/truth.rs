//! The simulator tells the truth: days that queueing theory can calculate come out as it says.
//!
//! Every quantity must lie within three standard errors of the formula, over twenty seeds.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::time::Duration;

use callwright_simulator::day::{DayResult, Runs, Watch, run_all};
use callwright_simulator::erlang::Traffic;
use callwright_simulator::statistics::Estimate;
use common::day::{Centre, ONE_LINE};
use common::outside;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SEEDS: usize = 20;
const ERRORS_MAX: f64 = 3.0;
/// What counts as answered in time.
const WITHIN: Duration = Duration::from_secs(20);

/// A queue of Erlang's: agents, calls an hour, handle time and patience in seconds.
#[derive(Debug, Clone, Copy)]
struct Line {
    agents: u32,
    per_hour: u32,
    handle: u32,
    patience: Option<u32>,
    /// Until the line is as full as it usually is.
    warm_up_hours: u32,
    hours: u32,
}

fn runs(line: Line) -> Vec<DayResult> {
    let Line { agents, per_hour, handle, warm_up_hours, hours, .. } = line;
    let patience = line.patience.map(|seconds| format!(", patience: {{ mean: {seconds}s }}")).unwrap_or_default();
    let centre = Centre::with_flow(ONE_LINE);
    let day = centre.day(&format!(
        "runs_for: {}h\nwarm_up: {warm_up_hours}h\n\
         callers: [{{ to: \"100\", per_hour: {per_hour}, talks: {{ mean: {handle}s }}{patience} }}]\n\
         agents: [{{ count: {agents}, queues: [q] }}]\n",
        warm_up_hours + hours
    ));
    let runs = Runs { day: &day, project: &centre.project, outside: outside(), first_seed: 1000, count: SEEDS };
    run_all(&[runs], Watch::default(), &|| ()).remove(0)
}

fn must_agree(line: Line, what: &str, truth: f64, runs: &[DayResult], value: impl Fn(&DayResult) -> Option<f64>) {
    let values: Vec<f64> = runs.iter().filter_map(value).collect();
    let estimate = Estimate::of(&values).unwrap();
    let errors = estimate.errors_from(truth).unwrap();
    assert!(
        errors <= ERRORS_MAX,
        "{line:?}: {what} is {:.6} ± {:.6}, theory says {truth:.6}: {errors:.1} standard errors away",
        estimate.mean,
        estimate.standard_error.unwrap(),
    );
}

fn credit(run: &DayResult) -> Option<f64> {
    run.figures.whole.service_levels.get("sl_credit").copied().flatten()
}

/// Nobody gives up: Erlang C.
fn waits_for_ever(line: Line, asa: f64, level: f64) {
    let runs = runs(line);
    for run in &runs {
        assert_eq!(run.broken, Vec::<String>::new());
    }
    let load = f64::from(line.per_hour) * f64::from(line.handle) / 3600.0 / f64::from(line.agents);
    must_agree(line, "the speed of answer", asa, &runs, |run| run.figures.whole.asa_seconds);
    must_agree(line, "the service level", level, &runs, |run| run.figures.whole.service_level);
    must_agree(line, "the occupancy", load, &runs, |run| run.figures.whole.occupancy);
}

/// Callers give up: Erlang A.
fn gives_up(line: Line, abandoned: f64, wait: f64, level: f64, abandoned_in_time: f64) {
    let runs = runs(line);
    for run in &runs {
        assert_eq!(run.broken, Vec::<String>::new());
    }
    must_agree(line, "the abandon rate", abandoned, &runs, |run| run.figures.whole.abandon_rate);
    must_agree(line, "the average wait", wait, &runs, |run| run.figures.whole.average_wait_seconds);
    must_agree(line, "the service level", level, &runs, |run| run.figures.whole.service_level);
    let in_time = |run: &DayResult| Some(credit(run)? - run.figures.whole.service_level?);
    must_agree(line, "abandoned in time", abandoned_in_time, &runs, in_time);
}

fn line(agents: u32, per_hour: u32, handle: u32, patience: Option<u32>) -> Line {
    // About a thousand calls each: enough for narrow intervals, few enough for every commit.
    let hours = (1000 / per_hour).max(2);
    // A small line takes long to fill, one whose callers give up does not.
    let warm_up_hours = if patience.is_some() || per_hour >= 1000 { 1 } else { 3 };
    Line { agents, per_hour, handle, patience, warm_up_hours, hours }
}

#[test]
fn patient_callers_wait_as_long_as_erlang_c_says() {
    waits_for_ever(line(14, 200, 180, None), 7.8359, 0.888_350);
    waits_for_ever(line(12, 200, 180, None), 40.4449, 0.640_158);
    waits_for_ever(line(3, 30, 240, None), 106.6667, 0.591_091);
}

#[test]
fn a_line_that_is_almost_full_waits_as_long_as_erlang_c_says() {
    waits_for_ever(Line { warm_up_hours: 8, hours: 12, ..line(11, 200, 180, None) }, 122.7813, 0.389_614);
}

#[test]
fn big_centres_wait_as_long_as_erlang_c_says() {
    waits_for_ever(line(55, 1000, 180, None), 13.8437, 0.779_365);
    waits_for_ever(line(100, 1800, 180, None), 3.9049, 0.928_585);
}

#[test]
fn impatient_callers_give_up_as_erlang_a_says() {
    gives_up(line(12, 200, 180, Some(60)), 0.075_902, 4.554_108, 0.860_301, 0.051_402);
    gives_up(line(10, 200, 180, Some(120)), 0.137_464, 16.495_659, 0.639_941, 0.065_041);
    gives_up(line(10, 200, 180, Some(60)), 0.157_527, 9.451_612, 0.718_010, 0.097_220);
    gives_up(line(50, 1000, 180, Some(120)), 0.061_991, 7.438_875, 0.807_073, 0.048_239);
    gives_up(line(9, 200, 180, Some(180)), 0.179_317, 32.277_072, 0.455_470, 0.063_529);
}

#[test]
fn random_lines_agree_with_the_formulas() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for _ in 0..3 {
        let (agents, handle): (u32, u32) = (rng.random_range(2..30), rng.random_range(60..300));
        let occupancy: f64 = rng.random_range(0.5..0.85);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand at most")]
        let per_hour = (f64::from(agents) * occupancy * 3600.0 / f64::from(handle)) as u32;
        let patience = rng.random_range(30..240);
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        let traffic = Traffic { agents, calls_per_hour: f64::from(per_hour), handle_time: seconds(handle) };
        let patient = traffic.patient(WITHIN).unwrap();
        waits_for_ever(line(agents, per_hour, handle, None), patient.asa_seconds, patient.service_level);
        let theory = traffic.impatient(seconds(patience), WITHIN);
        gives_up(
            line(agents, per_hour, handle, Some(patience)),
            theory.p_abandon,
            theory.average_wait_seconds,
            theory.answered_within,
            theory.abandoned_within,
        );
    }
}
