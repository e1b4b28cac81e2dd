//! Ten callers, three queues behind a menu, four agents of whom three behave badly once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use callwright_tests::{Answering, Call, Phone, clock};

use super::Centre;
use crate::vocabulary::{hear_each_other, hears, seconds};

/// Key in the menu of each caller.
const KEYS: [&str; 10] = ["1", "2", "3", "1", "2", "3", "1", "2", "3", "1"];

/// What an agent does with the first call that rings; the others are answered.
fn at_first(agent: &str) -> Answering {
    match agent {
        "ben" => Answering::refuse(486),
        "carl" => Answering::ring_forever(),
        "dora" => Answering::refuse(603),
        _ => Answering::after(seconds(0)),
    }
}

fn number(caller: usize) -> String {
    format!("+4930900{caller}")
}

struct Day<'a> {
    callers: &'a [Call],
    talked: Mutex<Vec<usize>>,
    done: AtomicUsize,
}

/// Takes calls until everybody has talked.
fn works(phone: &Phone, day: &Day<'_>) {
    let end = clock::now() + seconds(60);
    while day.done.load(Ordering::Relaxed) < KEYS.len() && clock::now() < end {
        let Some(desk) = phone.rings_within(seconds(1)) else { continue };
        phone.when_called(Answering::after(seconds(0)));
        let up = clock::wait_for(seconds(10), || {
            (desk.is_up() || !desk.ends_within(seconds(0)).is_empty()).then(|| desk.is_up())
        });
        if up != Some(true) {
            continue;
        }
        let from = desk.invite().header("From").unwrap_or_default();
        let caller = (0..KEYS.len()).find(|caller| from.contains(&number(*caller))).expect("the caller's number");
        day.talked.lock().unwrap().push(caller);
        hear_each_other(&day.callers[caller], &desk, 200 + 2 * caller as u64);
        desk.hangs_up();
        day.done.fetch_add(1, Ordering::Relaxed);
    }
}

/// The first offer of each call, by queue: the callers in the order in which the queue asked for them.
fn order_of_offers(log: &str) -> BTreeMap<String, Vec<u64>> {
    let (mut queues, mut order, mut seen) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
    for line in log.lines().filter_map(|line| line.split_once(" call ")).map(|(_, line)| line) {
        let (Some(call), Some((what, rest))) = (
            line.split(' ').next().and_then(|n| n.parse().ok()),
            line.split_once(' ').and_then(|l| l.1.split_once(' ')),
        ) else {
            continue;
        };
        if what == "queued" {
            let queue: String = rest.trim_start_matches("in ").split(',').next().unwrap_or_default().into();
            queues.insert(call, queue);
        }
        if what == "offered" && seen.insert(call) {
            order.entry(queues[&call].clone()).or_insert_with(Vec::new).push(call);
        }
    }
    order
}

#[test]
fn ten_callers_in_three_queues_each_talk_once_and_nobody_is_lost() {
    let centre = Centre::open();
    let callers: Vec<Call> = (0..KEYS.len()).map(|caller| centre.chooses(KEYS[caller], &number(caller))).collect();
    let phones: Vec<Phone> =
        ["anna", "ben", "carl", "dora"].iter().map(|name| centre.agent_who(name, at_first(name))).collect();
    let day = Day { callers: &callers, talked: Mutex::default(), done: AtomicUsize::new(0) };
    std::thread::scope(|scope| {
        for phone in &phones {
            scope.spawn(|| works(phone, &day));
        }
    });
    for call in &callers {
        hears(call, "goodbye");
        call.ends_with("bye");
    }
    let mut talked = day.talked.into_inner().unwrap();
    talked.sort_unstable();
    assert_eq!(talked, (0..KEYS.len()).collect::<Vec<_>>(), "each caller talked once");
    for call in 1..=KEYS.len() {
        centre.says(&format!("call {call} ended answered by the flow"));
    }
    for (queue, calls) in order_of_offers(&centre.server.log()) {
        assert!(calls.is_sorted(), "{queue} asked for {calls:?}");
    }
    for reason in ["ended: busy", "ended: no answer", "ended: declined"] {
        centre.says(reason);
    }
    assert_eq!(centre.count("repaired"), 0);
}
