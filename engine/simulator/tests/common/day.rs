//! Days as a few lines of YAML, on projects as a few lines of configuration.

use std::sync::Arc;

use callwright_simulator::day::{Day, DayResult, Watch};
use script::{Diagnostics, Project, SourceTree};

use super::outside;

/// One queue, one line.
pub(crate) const ONE_LINE: &str = "queue(\"q\");\n";

/// Anna, Ben, and queues without anything special.
const CONFIG: &str = r#"
name: Day
language: en
time_zone: Europe/Berlin
sip: { listen: [udp:127.0.0.1:5060] }
numbers: { "100": main.rhai, default: main.rhai }
trunks:
  provider: { address: sip.provider.example, allow_from: [198.51.100.0/24] }
agents:
  anna: { name: Anna, extension: "201", password: example-anna, queues: [q] }
  ben:  { name: Ben, extension: "202", password: example-ben, queues: [q, second] }
queues:
  q: {}
  second: { wrap_up: 10s }
directories:
  customers: { csv: customers.csv, key: phone }
"#;

pub(crate) struct Centre {
    pub(crate) project: Arc<Project>,
    pub(crate) files: SourceTree,
}

impl Centre {
    pub(crate) fn with_flow(flow: &str) -> Self {
        Self::new(CONFIG, flow)
    }

    pub(crate) fn new(config: &str, flow: &str) -> Self {
        let files = SourceTree::default()
            .with("callwright.yaml", config)
            .with("main.rhai", flow)
            .with("customers.csv", "phone,name\n+4930111,Ada\n+4930222,Bob\n")
            .with("history.csv", "start,src,talked\n08:00:10,+4930111,30\n2026-01-05 08:00:05,+4930222,1m\n")
            .with("empty.csv", "start\n");
        Self { project: super::compile(&files), files }
    }

    pub(crate) fn try_day(&self, text: &str) -> Result<Day, String> {
        Day::read("busy.day.yaml", text, &self.project, &self.files).map_err(|list| {
            let sources = [("busy.day.yaml".into(), text.into())].into();
            Diagnostics { list, sources }.render(false)
        })
    }

    pub(crate) fn day(&self, text: &str) -> Day {
        self.try_day(text).unwrap_or_else(|found| panic!("\n{found}"))
    }

    pub(crate) fn run(&self, text: &str) -> DayResult {
        let day = self.day(text);
        self.run_seed(&day, day.seed)
    }

    pub(crate) fn run_seed(&self, day: &Day, seed: u64) -> DayResult {
        let result = day.run(&self.project, seed, Watch { trace: true, audit: true }, outside());
        assert_eq!(result.broken, Vec::<String>::new());
        result
    }
}
