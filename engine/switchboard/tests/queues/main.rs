//! Callers in queues: who rings, who hears what, who is told.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "../common/mod.rs"]
mod common;

mod waiting;
mod working;

use callwright_switchboard::LegEvent;
use common::{Desk, agent};
use model::LegId;

pub(crate) const CONFIG: &str = r#"
trunks: { near: { address: sip.near.example, allow_from: [198.51.100.0/24], share_card: true } }
dial: [ { to: "+4915*", through: [near] } ]
queues:
  sales: { ring_for: 20s, wrap_up: 10s, max_wait: 1m, record: true }
  help:  { extension: "600", whisper: welcome, connect_tone: true, announce: { position: on_change } }
agents:
  anna: { extension: "201", password: example-anna, pin: "4711", queues: [sales, help] }
  ben:  { extension: "202", password: example-ben, queues: [sales, help] }
"#;

pub(crate) fn desk(flow: &str) -> Desk {
    Desk::new(CONFIG, flow)
}

pub(crate) const SALES: &str = "log(queue(\"sales\")); hangup();";
pub(crate) const HELP: &str = "log(queue(\"help\", #{ exit_keys: \"0\" })); hangup();";

/// A caller who is answered and waits.
pub(crate) fn caller_waits(desk: &mut Desk) -> LegId {
    let caller = desk.call();
    desk.leg(caller, LegEvent::Answered);
    caller
}
