//! `callwright.yaml`: a configuration or complaints with a place, never a panic; secrets stay masked.

#![no_main]

use std::collections::BTreeMap;
use std::io;

use libfuzzer_sys::fuzz_target;
use script::Diagnostics;
use script::config::{Config, mask_secrets};

const FILE: &str = "callwright.yaml";
const SECRET: &str = "hunter2-canary";

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let env = |name: &str| (name == "TRUNK_PASSWORD").then(|| SECRET.to_owned());
    let read_secret = |_: &str| Err(io::Error::from(io::ErrorKind::NotFound));
    match Config::parse(FILE, text, &env, &read_secret) {
        Ok(config) => {
            assert!(!format!("{config:?}").contains(SECRET), "a secret can be printed");
            for target in ["+4930111111", "sip:desk@office", "201", ""] {
                let _ = config.dial_rule_for(target);
            }
        }
        Err(complaints) => {
            assert!(!complaints.is_empty(), "refused without a reason");
            let sources = BTreeMap::from([(FILE.into(), mask_secrets(text).into())]);
            let _ = Diagnostics { list: complaints, sources }.render(false);
        }
    }
});
