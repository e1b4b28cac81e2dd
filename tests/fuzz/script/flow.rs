//! Flows: compiling and running within the limits, every verb answered with something.
//!
//! The first byte seeds the answers, the rest is the script.

#![no_main]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use model::BridgeResult;
use script::{CallerCard, Effect, EffectResult, Flow, Sources, Step};

const STEPS_MAX: usize = 40;

static LIBRARY: LazyLock<Sources> = LazyLock::new(|| {
    let menu = include_str!("../../../stdlib/menu.rhai");
    let hours = include_str!("../../../stdlib/hours.rhai");
    [("menu.rhai", menu), ("hours.rhai", hours)].map(|(name, text)| (name.to_owned(), Arc::from(text))).into()
});

fuzz_target!(|data: &[u8]| {
    let Some((seed, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let project = Sources::from([("main.rhai".to_owned(), Arc::from(text))]);
    let Ok(flow) = Flow::compile("main.rhai", &project, &LIBRARY) else { return };
    let (mut run, mut step) = flow.start(caller());
    for number in 0..STEPS_MAX {
        step = match step {
            Step::Effect(effect, _) => run.resume(answer(&effect, usize::from(*seed) + number)),
            Step::Failed(failure) => {
                assert_ne!(failure.code, "engine-failure", "{failure:?}");
                break;
            }
            Step::Finished | Step::Ended => break,
        };
    }
    drop(run);
    if flow.has_after_call() {
        let outcome = BTreeMap::from([("outcome".to_owned(), serde_json::json!("answered"))]);
        drop(flow.start_after_call(caller(), &outcome));
    }
});

fn caller() -> CallerCard {
    CallerCard {
        number: "+4930111111".into(),
        dialed: "+4930222222".into(),
        language: "en".into(),
        id: 1,
        attempt: 1,
        ..CallerCard::default()
    }
}

/// An answer that fits the effect, mostly.
fn answer(effect: &Effect, chance: usize) -> EffectResult {
    match (chance % 16, effect) {
        (15, _) => EffectResult::HungUp,
        (14, _) => EffectResult::Refused("not in this project".into()),
        (_, Effect::Collect(_)) => EffectResult::Digits(["", "1", "4711", "0"][chance % 4].into()),
        (_, Effect::Record(record)) => EffectResult::Recorded {
            file: format!("recordings/{}.wav", record.name),
            length: Duration::from_secs(3),
            ended_by: "silence".into(),
        },
        (_, Effect::Bridge(_)) => EffectResult::Bridged(BridgeResult::ALL[chance % BridgeResult::ALL.len()]),
        (_, Effect::Now) => EffectResult::Text("2026-03-02T09:00:00+01:00".into()),
        (_, Effect::Opens(_) | Effect::CallbackTime { .. }) => EffectResult::Text(["", "2026-03-02T08:00:00+01:00"][chance % 2].into()),
        (_, Effect::Open(_)) => EffectResult::Bool(chance % 2 == 0),
        (_, Effect::Random { low, .. }) => EffectResult::Number(*low),
        (_, Effect::Lookup(_)) => {
            EffectResult::Value(serde_json::json!({ "vip": true, "balance": -12.5, "orders": [1, 2] }))
        }
        (_, Effect::Queue(_) | Effect::Transfer(_) | Effect::Voicemail(_) | Effect::Callback(_)) => {
            EffectResult::Word(["timed_out", "done", "saved", "booked"][chance % 4].into())
        }
        _ => EffectResult::Done,
    }
}
