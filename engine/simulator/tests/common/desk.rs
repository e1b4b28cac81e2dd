//! A small office whose flow each test writes: callers, phones, and the trace they leave.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use callwright_simulator::{Answer, FakeDirectories, Habits, Limit, People, World};
use expect_test::Expect;
use model::{AgentId, LegId, Source, WallTime};
use script::{Project, SourceTree};
use switchboard::LegEvent;

use super::outside;

/// Anna and Ben have phones, the mobile +4915… is reached by a trunk.
pub(crate) const CONFIG: &str = r#"
name: Desk
language: en
time_zone: Europe/Berlin
sip: { listen: [udp:127.0.0.1:5060] }
numbers: { "100": main.rhai, default: main.rhai }
trunks:
  provider: { address: sip.provider.example, allow_from: [198.51.100.0/24] }
  spare: { address: sip.spare.example, allow_from: [198.51.101.0/24] }
dial:
  - { to: "+4915*", through: [provider, spare], at_once: 2, per_minute: 30 }
agents:
  anna: { name: Anna, extension: "201", password: example-anna }
  ben:  { name: Ben, extension: "202", password: example-ben }
  cleo: { name: Cleo, extension: "203", password: example-cleo }
calendars:
  office: { hours: "Mon-Fri 09:00-18:00" }
directories:
  customers: { csv: customers.csv, key: phone }
fallback: ben
"#;

/// Monday 2026-03-02 10:00 in Berlin.
pub(crate) const MONDAY: WallTime = WallTime(1_772_442_000_000_000);

pub(crate) fn project(flow: &str) -> Arc<Project> {
    let tree = SourceTree::default()
        .with("callwright.yaml", CONFIG)
        .with("main.rhai", flow)
        .with("customers.csv", "phone,name\n");
    super::compile(&tree)
}

pub(crate) fn answers_after(seconds: u64) -> Habits {
    Habits { talks_for: None, ..Habits::who(Answer::After(Duration::from_secs(seconds))) }
}

pub(crate) fn who(answer: Answer) -> Habits {
    Habits { talks_for: None, ..Habits::who(answer) }
}

pub(crate) struct Desk {
    pub(crate) world: World<'static>,
    pub(crate) project: Arc<Project>,
    shown: usize,
}

impl Desk {
    /// Everybody ignores his phone unless told otherwise.
    pub(crate) fn new<const N: usize>(flow: &str, people: [(&str, Habits); N]) -> Self {
        let project = project(flow);
        let mut world = World::new(7, MONDAY, outside());
        // A forgotten call lives four hours, and the books are compared every second.
        world.set_limit(Limit { events: 100_000 });
        world.publish(project.clone());
        let known: BTreeMap<String, Habits> =
            people.into_iter().map(|(name, habits)| (name.to_owned(), habits)).collect();
        world.populate(&project, People { known, others: who(Answer::Ignores) });
        let shown = world.journal().len();
        Self { world, project, shown }
    }

    pub(crate) fn directories(&mut self, directories: FakeDirectories) {
        self.world.set_directories(directories);
    }

    pub(crate) fn calls(&mut self) -> LegId {
        self.world.call_in("+4930111", "100", Source::Local)
    }

    pub(crate) fn agent_dials(&mut self, agent: &str, number: &str) -> LegId {
        let source = Source::Agent(AgentId::parse(agent).unwrap());
        self.world.call_in(agent, number, source)
    }

    pub(crate) fn seconds(&mut self, seconds: u64) {
        self.world.advance(Duration::from_secs(seconds));
        self.must_agree();
    }

    pub(crate) fn does(&mut self, leg: LegId, event: LegEvent) {
        self.world.phone_does(leg, event);
        self.must_agree();
    }

    pub(crate) fn finish(&mut self) {
        while self.world.step() {
            self.must_agree();
        }
        assert_eq!(self.world.board().calls().count(), 0, "every call comes to its end");
    }

    /// The leg that was dialled last for `who`.
    pub(crate) fn leg_of(&self, who: &str) -> LegId {
        let dialled = self.world.journal().iter().rev().find_map(|entry| match &entry.fact {
            model::Fact::LegDialed { leg, to, .. } if to == who => Some(*leg),
            _ => None,
        });
        dialled.unwrap_or_else(|| panic!("nobody dialled {who}"))
    }

    /// The trace since the last look.
    pub(crate) fn trace(&mut self) -> String {
        let version = self.project.version.to_string();
        let entries = &self.world.journal()[self.shown..];
        let text: String = entries.iter().map(|entry| format!("{entry}\n")).collect();
        self.shown = self.world.journal().len();
        text.replace(&version, "VERSION")
    }

    #[expect(clippy::needless_pass_by_value, reason = "reads like the expect! that it takes")]
    pub(crate) fn expect(&mut self, expected: Expect) {
        let trace = self.trace();
        expected.assert_eq(&trace);
    }

    fn must_agree(&self) {
        assert_eq!(self.world.board().audit(), Vec::<String>::new());
    }
}
