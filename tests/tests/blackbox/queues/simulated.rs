//! The same story live and in virtual time gives the same journal, apart from times and addresses.

use std::process::Command;

use callwright_tests::{Answering, Call, Project, binary, tools};

use super::Centre;
use crate::vocabulary::{hears, seconds};

/// Who calls and what he does until he waits in the queue of sales.
const BEGINNING: &str = r#"
tests:
  - name: story
    from: "+4930101"
    to: "700"
    steps:
      - hears: menu
      - waits: 2s
      - presses: "1"
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

/// The story in virtual time.
fn simulated(agents: &str, steps: &[&str]) -> Vec<String> {
    let project = Project::named("centre").with("NEAR", "127.0.0.1:9");
    let steps: String = steps.iter().map(|step| format!("      - {step}\n")).collect();
    let story = format!("agents: {agents}\n{BEGINNING}{steps}");
    std::fs::write(project.dir().join("story.test.yaml"), story).unwrap();
    let mut command = Command::new(binary());
    let command = command.arg("test").arg(project.dir()).arg("--trace").env("NO_COLOR", "1");
    let done = tools::run(command.envs(project.environment()), seconds(30));
    assert_eq!(done.code, Some(0), "{}", done.text);
    facts(&done.text)
}

/// Its beginning on the telephone.
fn begins(centre: &Centre) -> Call {
    let call = centre.calls("700", "+4930101");
    hears(&call, "menu");
    call.presses("1");
    call
}

fn told(centre: &Centre) -> Vec<String> {
    centre.says("call 1 ended");
    facts(&centre.server.log())
}

#[test]
fn an_agent_answers_talks_and_hangs_up() {
    let centre = Centre::open();
    let anna = centre.agent_who("anna", Answering::after(seconds(1)));
    let call = begins(&centre);
    let desk = anna.rings();
    desk.is_answered();
    std::thread::sleep(seconds(2));
    desk.hangs_up();
    hears(&call, "goodbye");
    call.ends_with("bye");
    let agents = "{ anna: { answers_after: 1s, talks_for: 2s } }";
    assert_eq!(told(&centre), simulated(agents, &["talks_to: anna", "hears: goodbye"]));
}

#[test]
fn the_first_agent_is_busy_and_the_second_answers() {
    let centre = Centre::open();
    let _anna = centre.agent_who("anna", Answering::refuse(486));
    let ben = centre.agent_who("ben", Answering::after(seconds(1)));
    let call = begins(&centre);
    ben.rings().is_answered();
    centre.says(" connected to ben");
    call.hangs_up();
    let agents = "{ anna: { busy: true }, ben: { answers_after: 1s, talks_for: 1m } }";
    assert_eq!(told(&centre), simulated(agents, &["talks_to: ben", "hangs_up"]));
}

#[test]
fn the_agent_ignores_the_phone_until_the_caller_gives_up() {
    let centre = Centre::open();
    let anna = centre.agent("anna");
    let call = begins(&centre);
    // It rings for two seconds, rests for one, and rings again.
    anna.rings().ends_with("cancelled");
    let again = anna.rings();
    call.hangs_up();
    again.ends_with("cancelled");
    assert_eq!(told(&centre), simulated("{ anna: { ignores: true } }", &["waits: 4s", "hangs_up"]));
}
