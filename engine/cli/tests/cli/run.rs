//! `callwright run`, called by `callwright call`.

use std::io::{BufRead as _, BufReader};
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Stdio};

use model::{AgentId, Entry, Fact, Timestamp, WallTime};
use store::{Store, StoredAgent};

use crate::vocabulary::{Finished, callwright, command, folder, project};

/// A running server; ended when dropped.
struct Server {
    child: Child,
    greeting: String,
    address: String,
}

impl Server {
    /// Serves a project and reads what it says until it is serving.
    fn start(folder: &Path, port: u16) -> Self {
        let mut command = command(folder, &["run"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut greeting = String::new();
        while !greeting.contains("Ctrl-C") {
            let Some(Ok(line)) = lines.next() else { panic!("it ended after: {greeting}") };
            greeting.push_str(&line);
            greeting.push('\n');
        }
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, greeting, address: format!("127.0.0.1:{port}") }
    }

    fn call(&self, folder: &Path, number: &str, arguments: &[&str]) -> Finished {
        let uri = format!("sip:{number}@{}", self.address);
        callwright(folder, &[&["call", &uri], arguments].concat())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn shop(port: u16) -> tempfile::TempDir {
    let config = format!(
        "name: Shop\nsip: {{ listen: [\"udp:127.0.0.1:{port}\", \"tcp:127.0.0.1:{port}\"] }}\n\
         trunks: {{ here: {{ allow_from: [127.0.0.0/8] }} }}\n\
         numbers: {{ \"*97\": busy.rhai, \"100\": main.rhai, \"101\": busy.rhai }}\n"
    );
    let main = "answer();\nlet key = collect(#{ max: 1, first: 10.seconds });\ntag(\"key\", key);\nplay(\"goodbye\");\nhangup();\n";
    project(&[("callwright.yaml", &config), ("main.rhai", main), ("busy.rhai", "reject(\"busy\");\n")])
}

#[test]
fn a_call_is_answered_heard_and_kept() {
    let port = free_port();
    let shop = shop(port);
    let server = Server::start(shop.path(), port);
    assert!(server.greeting.contains("serving Shop, version "), "{}", server.greeting);
    assert!(server.greeting.contains(&format!("callwright call sip:100@127.0.0.1:{port}")), "{}", server.greeting);

    for transport in ["udp", "tcp"] {
        let kept = format!("heard-{transport}.wav");
        let wishes = ["--press", "w500ms 7", "--record", &kept, "--transport", transport, "--json"];
        let done = server.call(shop.path(), "100", &wishes);
        assert_eq!(done.code, 0, "{done:?}");
        let json = done.json();
        assert_eq!((&json["answered"], &json["pressed"]), (&true.into(), &"7".into()));
        assert_eq!(json["end"], "they_hung_up", "{json}");
        assert!(json["packets_heard"].as_u64().unwrap() > 20, "{json}");
        assert!(std::fs::metadata(shop.path().join(&kept)).unwrap().len() > 8_000);
    }

    let refused = server.call(shop.path(), "101", &[]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.out.contains("486"), "{refused:?}");

    let calls = kept_calls(shop.path(), 3);
    let list = calls.json();
    assert_eq!(list[0]["digits"][0], "7");
    let call = list[0]["call"].to_string();
    let trace = callwright(shop.path(), &["trace", &call]);
    assert!(trace.out.contains("pressed 7 (main.rhai:2)"), "{trace:?}");
    let table = callwright(shop.path(), &["calls"]);
    assert!(table.out.starts_with("call  arrived"), "{table:?}");
    assert_eq!(callwright(shop.path(), &["trace", "999"]).code, 2);
}

/// The journal is written a moment after the call.
fn kept_calls(folder: &Path, ended: usize) -> Finished {
    for _ in 0..100 {
        let calls = callwright(folder, &["calls", "--json"]);
        if calls.out.matches("\"outcome\"").count() >= ended {
            return calls;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{ended} calls did not end: {:?}", callwright(folder, &["calls"]));
}

#[test]
fn an_agent_calls_with_his_account() {
    let port = free_port();
    let config = format!(
        "name: Shop\nsip: {{ listen: [\"udp:127.0.0.1:{port}\"] }}\nnumbers: {{ \"100\": main.rhai }}\n\
         agents: {{ anna: {{ extension: \"201\", password: anna-secret }} }}\n"
    );
    let shop = project(&[("callwright.yaml", &config), ("main.rhai", "play(\"goodbye\");\nhangup();\n")]);
    let server = Server::start(shop.path(), port);
    let wishes = |password| ["--user", "201", "--password", password];
    let done = server.call(shop.path(), "100", &wishes("anna-secret"));
    assert_eq!(done.code, 0, "{done:?}");
    let refused = server.call(shop.path(), "100", &wishes("wrong-secret"));
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(!format!("{done:?}{refused:?}").contains("-secret"), "{done:?} {refused:?}");
}

#[test]
fn a_project_that_fails_its_own_tests_is_served_and_says_so() {
    let port = free_port();
    let shop = shop(port);
    let test = "flow: main.rhai\ntests:\n  - name: never\n    from: \"1\"\n    steps:\n      - hears: beep\n";
    std::fs::write(shop.path().join("main.test.yaml"), test).unwrap();
    let server = Server::start(shop.path(), port);
    assert!(server.greeting.contains("main.test.yaml:"), "{}", server.greeting);
    assert!(server.greeting.contains("fails its own tests"), "{}", server.greeting);
    assert_eq!(server.call(shop.path(), "100", &["--press", "1"]).code, 0);
}

#[test]
fn a_broken_project_is_not_served() {
    let broken =
        project(&[("callwright.yaml", "name: Shop\nnumbers: { default: main.rhai }\n"), ("main.rhai", "plya();\n")]);
    let done = callwright(broken.path(), &["run"]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.err.contains("main.rhai:1:1"), "{done:?}");
    assert_eq!(callwright(folder().path(), &["run", "nowhere"]).code, 2);
}

fn state_of(agent: &str, state: &str, reason: &str) -> Entry {
    let (agent, reason, at) = (AgentId::parse(agent).unwrap(), reason.into(), String::new());
    let fact = Fact::AgentStateChanged { agent, state: state.into(), reason, at };
    Entry { at: Timestamp::ZERO, wall: WallTime(1), call: None, fact }
}

/// What agents do, as far as the store knows, when all of it was written after `since`.
fn agent_states(folder: &Path, since: WallTime) -> Vec<String> {
    let rows = stored_agents(folder).into_iter().filter(|row| row.since > since);
    rows.map(|row| format!("{} {} {}", row.agent, row.state, row.reason)).collect()
}

#[test]
fn agents_stay_on_duty_through_kill_9() {
    let port = free_port();
    let config = format!(
        "name: Shop\nsip: {{ listen: [\"udp:127.0.0.1:{port}\"] }}\nnumbers: {{ \"100\": main.rhai }}\n\
         queues: {{ sales: {{}} }}\nagents:\n  anna: {{ extension: \"201\", password: anna-secret, queues: [sales] }}\n  \
         ben: {{ extension: \"202\", password: ben-secret, queues: [sales] }}\n"
    );
    let shop = project(&[("callwright.yaml", &config), ("main.rhai", "queue(\"sales\");\n")]);
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio.block_on(async {
        let (store, _) = Store::open("sqlite:callwright.db", shop.path(), WallTime(1)).await.unwrap();
        store.append(&[state_of("anna", "ready", ""), state_of("ben", "not_ready", "lunch")]).await.unwrap();
    });
    // Each life writes down anew what it took over from the one before.
    let mut before = WallTime(1);
    for life in 0..2 {
        let server = Server::start(shop.path(), port);
        let kept = (0..100).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            agent_states(shop.path(), before) == ["anna ready ", "ben not_ready lunch"]
        });
        assert!(kept, "life {life}: {:?}", agent_states(shop.path(), before));
        before = stored_agents(shop.path()).into_iter().map(|row| row.since).max().unwrap();
        drop(server); // SIGKILL
    }
}

fn stored_agents(folder: &Path) -> Vec<StoredAgent> {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio.block_on(async {
        let store = Store::open_to_read("sqlite:callwright.db", folder).await.unwrap();
        store.agent_states().await.unwrap()
    })
}
