//! The same story live and in virtual time gives the same journal, apart from times and addresses.

use std::process::Command;
use std::time::Duration;

use callwright_tests::{Answering, Project, binary, tools};

use super::Centre;
use crate::vocabulary::{hears, seconds};

const STORY: &str = r#"
agents: { anna: { answers_after: 1s, talks_for: 2s } }
tests:
  - name: story
    from: "+4930101"
    to: "700"
    steps:
      - hears: menu
      - waits: 2s
      - presses: "1"
      - talks_to: anna
      - hears: goodbye
"#;

/// What the journal says of one call, without times, versions and addresses.
fn facts(trace: &str) -> Vec<String> {
    let lines = trace.lines().filter_map(|line| line.split_once(" call 1 ")).map(|(_, fact)| fact);
    lines.map(|fact| without_source(fact).split(' ').map(plain).collect::<Vec<_>>().join(" ")).collect()
}

/// A simulated call comes by no trunk.
fn without_source(fact: &str) -> &str {
    if fact.starts_with("arrived") { fact.split(" by ").next().unwrap_or(fact) } else { fact }
}

fn plain(word: &str) -> &str {
    let bare = word.trim_matches(|c| matches!(c, '(' | ')' | ',' | ';' | ':'));
    let time = bare.ends_with('s') && bare.starts_with(|c: char| c.is_ascii_digit());
    let version = bare.len() == 12 && bare.chars().all(|c| c.is_ascii_hexdigit());
    let address = bare.starts_with("sip:");
    if time || version || address { "…" } else { word }
}

fn simulated() -> Vec<String> {
    let project = Project::named("centre").with("NEAR", "127.0.0.1:9");
    std::fs::write(project.dir().join("story.test.yaml"), STORY).unwrap();
    let mut command = Command::new(binary());
    let command = command.arg("test").arg(project.dir()).arg("--trace").env("NO_COLOR", "1");
    let done = tools::run(command.envs(project.environment()), seconds(30));
    assert_eq!(done.code, Some(0), "{}", done.text);
    facts(&done.text)
}

fn live() -> Vec<String> {
    let centre = Centre::open();
    let anna = centre.agent_who("anna", Answering::after(seconds(1)));
    let call = centre.calls("700", "+4930101");
    hears(&call, "menu");
    call.presses("1");
    let desk = anna.rings();
    desk.is_answered();
    std::thread::sleep(Duration::from_secs(2));
    desk.hangs_up();
    hears(&call, "goodbye");
    call.ends_with("bye");
    centre.says("call 1 ended");
    facts(&centre.server.log())
}

#[test]
fn a_call_lived_and_a_call_simulated_are_the_same_story() {
    assert_eq!(live(), simulated());
}
