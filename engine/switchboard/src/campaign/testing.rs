//! A small vocabulary for tests of campaigns.

use script::config::{Config, OutgoingConfig};

pub(super) fn config(more: &str) -> Config {
    let text = format!(
        "time_zone: UTC\n\
         dial: [{{ to: \"sip:*@a.example\" }}]\n\
         queues: {{ collections: {{}} }}\n\
         outgoing:\n  debts: {{ flow: debts.rhai, show: \"100\"{more} }}\n"
    );
    let read = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    Config::parse("callwright.yaml", &text, &|_| None, &read).expect("it is well written")
}

pub(super) fn campaign(more: &str) -> OutgoingConfig {
    config(more).outgoing.remove("debts").expect("it is there")
}
