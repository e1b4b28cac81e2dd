//! A supervisor listens, whispers and joins: who hears whom.

use callwright_tests::{Answering, Call, Phone, clock};

use super::Centre;
use crate::vocabulary::{hear_each_other, hears, seconds, voice};

/// A client talks to Anna, and Dora's phone is on the line with a code.
struct Conversation {
    client: Call,
    agent: Call,
    supervisor: Call,
}

impl Conversation {
    fn with(centre: &Centre, dora: &Phone, code: &str) -> Self {
        let anna = centre.agent_who("anna", Answering::at_once());
        let client = centre.calls("720", "+4930101");
        let agent = anna.rings();
        centre.says(" connected to anna");
        let supervisor = dora.dials(&*format!("{code}201"));
        supervisor.is_answered();
        Self { client, agent, supervisor }
    }

    /// Everybody says something in turn; whom each of them hears, as `client agent supervisor`.
    fn hear(&self, seed: u64, expected: [&str; 3]) {
        let voices = [0, 1, 2].map(|offset| voice(seed + offset));
        let sides = [&self.client, &self.agent, &self.supervisor];
        let before = sides.map(|side| side.audio().heard().len());
        for (side, voice) in sides.iter().zip(&voices) {
            side.says(voice);
        }
        let names = ["client", "agent", "supervisor"];
        let found = || {
            [0, 1, 2].map(|side: usize| {
                let heard = sides[side].audio().heard();
                let since = &heard[before[side].min(heard.len())..];
                let alike = |place: &usize| callwright_tests::likeness(since, &voices[*place]).score > 0.75;
                let found: Vec<&str> = (0..3).filter(alike).map(|place| names[place]).collect();
                found.join(" ")
            })
        };
        clock::wait_for(seconds(10), || (found() == expected).then_some(()));
        // What somebody should not hear would be there by now.
        std::thread::sleep(std::time::Duration::from_millis(700));
        assert_eq!(found(), expected);
    }
}

#[test]
fn who_listens_whispers_and_joins_is_heard_by_nobody_the_agent_and_both() {
    let centre = Centre::open();
    let dora = centre.agent("dora");
    let talk = Conversation::with(&centre, &dora, "*51");
    centre.says("204 began to listen to anna");
    talk.hear(181, ["agent", "client", "client agent"]);
    talk.supervisor.presses("2");
    centre.says("204 began to whisper to anna");
    talk.hear(184, ["agent", "client supervisor", "client agent"]);
    talk.supervisor.presses("3");
    centre.says("204 began to join to anna");
    talk.hear(187, ["agent supervisor", "client supervisor", "client agent"]);
    talk.supervisor.presses("1");
    talk.supervisor.hangs_up();
    centre.says("204 left the conversation of anna");
    hear_each_other(&talk.client, &talk.agent, 190);
    talk.client.hangs_up();
    talk.agent.ends_with("bye");
}

#[test]
fn the_supervisors_call_ends_with_the_conversation() {
    let centre = Centre::open();
    let dora = centre.agent("dora");
    let talk = Conversation::with(&centre, &dora, "*52");
    centre.says("204 began to whisper to anna");
    talk.agent.hangs_up();
    talk.client.ends_with("bye");
    talk.supervisor.ends_with("bye");
    centre.says("204 left the conversation of anna");
}

#[test]
fn who_is_no_supervisor_hears_nothing() {
    let centre = Centre::open();
    let carl = centre.agent("carl");
    let talk = Conversation::with(&centre, &carl, "*51");
    hears(&talk.supervisor, "agent-not-allowed");
    talk.supervisor.ends_with("bye");
    assert_eq!(centre.count("began to listen"), 0);
    talk.client.hangs_up();
}
