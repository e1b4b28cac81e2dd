//! A switchboard whose commands are read as text.
#![allow(clippy::unwrap_used, dead_code, reason = "a test may fail; not every file uses everything")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use callwright_switchboard::{
    AudioCommand, AudioEvent, AudioItem, Command, Contact, LegCommand, LegEvent, Offered, StoreCommand, Switchboard,
};
use expect_test::{Expect, expect};
use model::{AgentId, LegId, PlaybackEnd, PlaybackId, Source, Ticket, Timestamp, Work};
use script::{AgentRequest, Project, Secrets, Shipped, SourceFile, SourceTree};

/// What every office here has; each test says what else.
const OFFICE: &str = r#"
name: Desk
language: en
time_zone: Europe/Berlin
sip: { listen: [udp:127.0.0.1:5060] }
numbers: { "100": main.rhai }
"#;

/// The files of an office with one flow and one prompt.
pub(crate) fn tree(more: &str, flow: &str) -> SourceTree {
    let config = format!("{OFFICE}{more}");
    let mut tree = SourceTree::default().with("callwright.yaml", &config).with("main.rhai", flow);
    tree.insert("sounds/en/welcome.wav", SourceFile::Sound { bytes: 1, hash: [0; 32] });
    tree
}

pub(crate) fn project(more: &str, flow: &str) -> Arc<Project> {
    compiled(&tree(more, flow))
}

pub(crate) fn compiled(tree: &SourceTree) -> Arc<Project> {
    let none = |_: &str| None;
    let nothing = |_: &str| Ok(String::new());
    match Project::compile(tree, &Shipped::default(), Secrets { env: &none, read: &nothing }) {
        Ok(project) => Arc::new(project),
        Err(found) => panic!("\n{}", found.render(false)),
    }
}

pub(crate) fn agent(name: &str) -> AgentId {
    AgentId::parse(name).unwrap()
}

/// A switchboard, its clock, and the commands that it gave.
pub(crate) struct Desk {
    pub(crate) board: Switchboard,
    pub(crate) now: Timestamp,
    pub(crate) said: String,
    /// Cards of the calls that were placed, one header field a line.
    pub(crate) cards: Vec<String>,
    /// What the store was asked to keep, the oldest first, whether it answered or not.
    pub(crate) kept: Vec<Work>,
    /// Tickets that the store has not answered.
    pub(crate) asked: Vec<u64>,
}

impl Desk {
    pub(crate) fn new(more: &str, flow: &str) -> Self {
        Self::of(&tree(more, flow))
    }

    pub(crate) fn of(tree: &SourceTree) -> Self {
        let mut desk = Self {
            board: Switchboard::new(1, 1),
            now: Timestamp::ZERO,
            said: String::new(),
            cards: Vec::new(),
            kept: Vec::new(),
            asked: Vec::new(),
        };
        desk.board.publish(desk.now, compiled(tree));
        for agent in ["anna", "ben"] {
            let contact = Contact { uri: format!("sip:{agent}@phone") };
            desk.board.handle_phones(desk.now, AgentId::parse(agent).unwrap(), vec![contact]);
        }
        desk.drain();
        desk.said.clear();
        desk
    }

    pub(crate) fn offered(&mut self, source: Source, to: &str, replaces: Option<LegId>) -> LegId {
        let leg = self.board.new_leg();
        let (from, name, headers) = ("+4930111".to_owned(), String::new(), BTreeMap::new());
        let offered = Offered { source, from, name, to: to.to_owned(), headers, replaces };
        self.leg(leg, LegEvent::Offered(Box::new(offered)));
        leg
    }

    pub(crate) fn offered_with(&mut self, source: Source, to: &str, fields: &[(&str, &str)]) -> LegId {
        let leg = self.board.new_leg();
        let headers = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (from, name) = ("+4930222".to_owned(), String::new());
        let offered = Offered { source, from, name, to: to.to_owned(), headers, replaces: None };
        self.leg(leg, LegEvent::Offered(Box::new(offered)));
        leg
    }

    pub(crate) fn call(&mut self) -> LegId {
        self.offered(Source::Local, "100", None)
    }

    pub(crate) fn leg(&mut self, leg: LegId, event: LegEvent) {
        self.board.handle_leg(self.now, leg, event);
        self.drain();
    }

    pub(crate) fn audio(&mut self, leg: LegId, event: AudioEvent) {
        self.board.handle_audio(self.now, leg, event);
        self.drain();
    }

    /// Another version goes live.
    pub(crate) fn publish(&mut self, tree: &SourceTree) {
        self.board.publish(self.now, compiled(tree));
        self.drain();
    }

    pub(crate) fn stored(&mut self, ticket: u64, kept: bool) {
        self.asked.retain(|asked| *asked != ticket);
        self.board.handle_stored(self.now, Ticket(ticket), kept);
        self.drain();
    }

    pub(crate) fn ended(&mut self, leg: LegId, playback: u64) {
        let playback = PlaybackId(playback);
        self.audio(leg, AudioEvent::PlaybackEnded { playback, how: PlaybackEnd::Finished });
    }

    pub(crate) fn seconds(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.board.handle_timeout(self.now);
        self.drain();
    }

    /// An agent says that he takes calls.
    pub(crate) fn ready(&mut self, name: &str) {
        assert!(self.board.handle_agent(self.now, &agent(name), &AgentRequest::Ready { at: None }));
        self.drain();
    }

    /// One key after the other.
    pub(crate) fn keys(&mut self, leg: LegId, keys: &str) {
        keys.chars().for_each(|key| self.audio(leg, AudioEvent::Digit(key)));
    }

    /// So much time, second by second.
    pub(crate) fn passes(&mut self, seconds: u64) {
        (0..seconds).for_each(|_| self.seconds(1));
    }

    pub(crate) fn drain(&mut self) {
        while let Some(command) = self.board.poll_command() {
            if let Command::Store { ticket, what } = &command {
                self.asked.push(ticket.0);
                if let StoreCommand::Keep(work) = what {
                    self.kept.extend(work.iter().cloned());
                }
            }
            if let Command::Leg(_, LegCommand::Dial(dial)) = &command {
                self.cards.push(dial.card.iter().map(|(name, value)| format!("{name}: {value}\n")).collect());
            }
            let line = match command {
                Command::Leg(leg, command) => format!("leg {leg}: {}", signal(command)),
                Command::Audio(leg, command) => format!("audio {leg}: {}", sound(command)),
                Command::Store { ticket, what } => format!("store {ticket}: {}", row(what)),
                Command::Ask { request, .. } => format!("ask {} {}", request.method, request.url),
                Command::Lamp(agent, lamp) => format!("lamp of {agent}: {} new, {} old", lamp.new, lamp.old),
                Command::Lookup { ticket, directory, key, .. } => format!("lookup {ticket}: {directory} {key}"),
                Command::Journal(entry) => format!("    {entry}"),
                Command::VersionUnused(_) => "version unused".to_owned(),
            };
            self.said.push_str(&line);
            self.said.push('\n');
        }
        assert_eq!(self.board.audit(), Vec::<String>::new());
    }

    /// Facts since the last look, without times and versions.
    #[expect(clippy::needless_pass_by_value, reason = "reads like the expect! that it takes")]
    pub(crate) fn expect_journal(&mut self, expected: Expect) {
        let said = std::mem::take(&mut self.said);
        let facts = said.lines().filter_map(|line| line.strip_prefix("    ")?.split_once(' '));
        let plain = |fact: &str| fact.split(", version ").next().unwrap_or_default().to_owned();
        let facts = facts.filter(|(_, fact)| !fact.ends_with(" published"));
        let facts: String = facts.map(|(_, fact)| plain(fact) + "\n").collect();
        expected.assert_eq(&facts);
    }

    /// Commands since the last look, without the journal.
    #[expect(clippy::needless_pass_by_value, reason = "reads like the expect! that it takes")]
    pub(crate) fn expect(&mut self, expected: Expect) {
        let said = std::mem::take(&mut self.said);
        let commands: String =
            said.lines().filter(|line| !line.starts_with(' ')).map(|line| format!("{line}\n")).collect();
        expected.assert_eq(&commands);
    }
}

fn signal(command: LegCommand) -> String {
    match command {
        LegCommand::Dial(dial) => format!("dial {:?} as {:?}", dial.callee, dial.show),
        LegCommand::Reject { status, retry_after: Some(seconds) } => {
            assert!((5..=30).contains(&seconds));
            format!("reject {status}, retry later")
        }
        other => format!("{other:?}"),
    }
}

fn sound(command: AudioCommand) -> String {
    match command {
        AudioCommand::Play { playback, items, looped } => {
            let items: Vec<String> = items.into_iter().map(item).collect();
            format!("play {playback}: {}{}", items.join(" "), if looped { " again and again" } else { "" })
        }
        other => format!("{other:?}"),
    }
}

fn item(item: AudioItem) -> String {
    match item {
        AudioItem::Recording { file } => format!("recording {file}"),
        AudioItem::Prompt { name, file } => format!("{name} ({})", file.map_or("missing".into(), |file| file.path)),
        other => format!("{other:?}"),
    }
}

fn row(what: StoreCommand) -> String {
    match what {
        StoreCommand::OpenRecording { file, .. } => format!("open {file}"),
        StoreCommand::Keep(work) => {
            let units = work.iter().map(|unit| format!("{} {}", unit.kind(), unit.id()));
            format!("keep {}", units.collect::<Vec<_>>().join(", "))
        }
        StoreCommand::DiscardRecording { file } => format!("discard {file}"),
        StoreCommand::CloseRecording { file, ended_by, .. } => format!("close {file}, {ended_by}"),
    }
}
