//! Conversations on tape: announced first, one file through hold and transfer, silent where it was paused, sealed.

use std::process::Command;

use callwright_tests::{Answering, Call, Phone, Project, Server, binary, clock, likeness, tools, wav};

use crate::vocabulary::{hear_each_other, hears, never_heard, seconds, voice};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

struct Desk {
    server: Server,
    anna: Phone,
    ben: Phone,
}

impl Desk {
    fn open(keys: &str) -> Self {
        let project = Project::named("recorded").with("KEYS", keys).with_secret("RECORDING_KEY", KEY);
        let server = Server::start(project);
        let (anna, ben) = (server.agent("anna", "201"), server.agent("ben", "202"));
        anna.when_called(Answering::ring_forever());
        ben.when_called(Answering::ring_forever());
        Self { server, anna, ben }
    }

    /// Somebody calls, hears the announcement and talks to Anna; both are recorded.
    fn talking(&self) -> (Call, Call) {
        let call = self.server.phone("caller").dials("700");
        hears(&call, "whisper");
        let desk = self.anna.rings();
        desk.picks_up();
        self.says("recording `conversation` started");
        (call, desk)
    }

    fn says(&self, text: &str) {
        assert!(self.server.says(text, seconds(10)), "the journal does not say `{text}`");
    }

    /// A command of the terminal; gives whether it succeeded and what it said.
    fn command(&self, words: &[&str], key: Option<&str>) -> (bool, String) {
        let mut command = Command::new(binary());
        command.args(words).arg(self.server.project.dir()).env("NO_COLOR", "1").env_remove("RECORDING_KEY");
        if let Some(key) = key {
            command.env("RECORDING_KEY", key);
        }
        let done = tools::run(&mut command, seconds(20));
        (done.code == Some(0), done.text)
    }

    fn files(&self, end: &str) -> Vec<std::path::PathBuf> {
        let mut files = self.server.project.files(end);
        files.retain(|file| file.to_string_lossy().contains("conversation"));
        files
    }
}

/// The loudest sample.
fn loudest(samples: &[i16]) -> u16 {
    samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or_default()
}

#[test]
fn one_file_tells_the_whole_call_and_is_silent_where_it_was_paused() {
    let desk = Desk::open("");
    let (call, agent) = desk.talking();
    hear_each_other(&call, &agent, 301);
    agent.presses("*9");
    desk.says("recording paused by anna");
    let card = voice(303);
    call.says(&card);
    agent.hears("the number of the card", &card);
    agent.presses("*9");
    desk.says("recording resumed by anna");
    agent.reinvites(callwright_tests::Direction::SendOnly);
    desk.says("held by leg");
    agent.reinvites(callwright_tests::Direction::SendRecv);
    desk.says("resumed by leg");
    assert_eq!(agent.refers(&format!("sip:202@{}", desk.server.address()), None), 202);
    let other = desk.ben.rings();
    other.picks_up();
    desk.says("transferred to 202");
    hear_each_other(&call, &other, 305);
    call.hangs_up();
    desk.says("recording `conversation` saved");
    let files = desk.files("wav");
    assert_eq!(files.len(), 1, "{files:?}");
    let [caller, agents] = &wav::load_channels(&files[0])[..] else { panic!("two channels") };
    for (channel, seed) in [(caller, 301), (agents, 302), (caller, 305), (agents, 306)] {
        let found = likeness(channel, &voice(seed));
        assert!(found.score > 0.7, "voice {seed}: {found:?}");
    }
    let announced = likeness(agents, &Project::prompt("whisper"));
    assert!(announced.score < 0.7, "the announcement comes before the first sample: {announced:?}");
    assert!(likeness(caller, &card).score < 0.7, "the card was kept");
    let (fine, listed) = desk.command(&["recording", "list", "--json", "1"], None);
    assert!(fine, "{listed}");
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap_or_else(|error| panic!("{error}: {listed}"));
    let mark = |what: &str| {
        let found = listed[0]["marks"].as_array().unwrap().iter().find(|mark| mark["what"] == what);
        let at = &found.unwrap_or_else(|| panic!("no `{what}` in {listed}"))["at"];
        (at["secs"].as_u64().unwrap() * 8000 + at["nanos"].as_u64().unwrap() / 125_000) as usize
    };
    for what in ["connected to anna", "hold", "back from hold", "transferred to 202"] {
        mark(what);
    }
    let (paused, resumed) = (mark("paused by anna"), mark("resumed by anna"));
    assert!(resumed > paused + 8000, "{listed}");
    // The journal's clock and the file's first sample are a tick or two apart.
    for channel in [caller, agents] {
        assert_eq!(loudest(&channel[paused + 1600..resumed]), 0, "something is heard in the pause");
    }
    let (fine, trace) = desk.command(&["trace", "1"], None);
    let place = |text: &str| trace.find(text).unwrap_or_else(|| panic!("no `{text}` in\n{trace}"));
    assert!(fine && place("`whisper` finished") < place("recording `conversation` started"));
}

#[test]
fn whoever_declines_is_served_and_not_recorded() {
    let desk = Desk::open("");
    let call = desk.server.phone("caller").dials("700");
    call.is_answered().presses("9");
    let agent = desk.anna.rings();
    agent.picks_up();
    hear_each_other(&call, &agent, 311);
    desk.says("recording declined with 9");
    never_heard(&agent, "whisper");
    call.hangs_up();
    agent.ends_with("bye");
    assert!(desk.files("wav").is_empty() && !desk.server.log().contains("recording `conversation` started"));
}

#[test]
fn a_sealed_file_says_nothing_without_its_key_and_everything_with_it() {
    let desk = Desk::open("env:RECORDING_KEY");
    let (call, agent) = desk.talking();
    hear_each_other(&call, &agent, 321);
    call.hangs_up();
    desk.says("recording `conversation` saved");
    assert!(desk.files("wav").is_empty());
    let files = desk.files("sealed");
    let [file] = &files[..] else { panic!("one file: {files:?}") };
    let bytes = std::fs::read(file).unwrap();
    assert_eq!(bytes[..6], *b"CWSEAL");
    let samples: Vec<i16> = bytes.chunks_exact(4).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    assert!(likeness(&samples, &voice(321)).score < 0.5, "a voice is heard in the sealed file");
    let output = desk.server.project.dir().join("out.wav");
    let output = output.to_str().unwrap();
    let (fine, said) = desk.command(&["recording", "export", "1", "--output", output], None);
    assert!(!fine && said.contains("was sealed with the key"), "{said}");
    let (fine, said) = desk.command(&["recording", "export", "1", "--output", output], Some(KEY));
    assert!(fine, "{said}");
    let [caller, agents] = &wav::load_channels(output)[..] else { panic!("two channels") };
    for (channel, seed) in [(caller, 321), (agents, 322)] {
        let found = likeness(channel, &voice(seed));
        assert!(found.score > 0.7, "voice {seed}: {found:?}");
    }
    let evaluate = ["evaluate", "1", "--form", "quality", "--by", "boris", "--answers", "greeting=3,solved=yes"];
    let (fine, said) = desk.command(&evaluate, None);
    assert!(fine && said.contains("90 %"), "{said}");
    let listed = || desk.command(&["evaluate", "1"], None).1;
    let kept = clock::wait_for(seconds(5), || listed().contains("evaluated by boris with quality, 90 %").then_some(()));
    assert!(kept.is_some(), "{}", listed());
}
