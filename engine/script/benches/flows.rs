//! What starting a flow, using a verb and waiting cost.

use std::sync::Arc;

use callwright_script::{CallerCard, EffectResult, Flow, Sources, Step};

fn main() {
    waiting_flows();
    divan::main();
}

fn flow(text: &str) -> Flow {
    let project: Sources = [("main.rhai".to_owned(), Arc::from(text))].into();
    let library: Sources = [("menu.rhai".to_owned(), Arc::from(include_str!("../../../stdlib/menu.rhai")))].into();
    Flow::compile("main.rhai", &project, &library).expect("the flow compiles")
}

const OFFICE: &str = "import \"std/menu\" as menu;
    let customer = lookup(\"customers\", caller.number);
    if customer?.vip == true { bridge(\"201\"); }
    switch menu::ask(\"main\", #{ keys: [\"1\", \"2\"] }) { \"1\" => queue(\"a\"), _ => voicemail(\"b\") }";

/// Starts a flow up to its first verb and drops it.
#[divan::bench]
fn start_and_drop(bencher: divan::Bencher<'_, '_>) {
    let flow = flow(OFFICE);
    bencher.bench_local(|| flow.start(CallerCard::default()));
}

/// One verb, from one suspension to the next.
#[divan::bench]
fn verb(bencher: divan::Bencher<'_, '_>) {
    let flow = flow("loop { wait(1.seconds); }");
    let (mut run, _) = flow.start(CallerCard::default());
    bencher.bench_local(|| {
        let step = run.resume(EffectResult::Done);
        if !matches!(step, Step::Effect(..)) {
            run = flow.start(CallerCard::default()).0;
        }
    });
}

/// Prints the resident memory of 5,000 flows that wait in a menu.
#[expect(clippy::print_stdout, reason = "a benchmark reports to the terminal")]
fn waiting_flows() {
    const RUNS: usize = 5_000;
    let flow = flow(OFFICE);
    let before = resident_kib();
    let runs: Vec<_> = (0..RUNS)
        .map(|_| {
            let (mut run, _) = flow.start(CallerCard::default());
            let step = run.resume(EffectResult::Value(serde_json::Value::Null));
            assert!(matches!(step, Step::Effect(..)));
            run
        })
        .collect();
    let each = (resident_kib() - before) as f64 / RUNS as f64;
    println!("{RUNS} flows waiting in a menu: {each:.1} KiB resident each");
    drop(runs);
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or(0)
}
