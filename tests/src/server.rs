//! The real binary, serving one project.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::OnceLock;
use std::time::Duration;

use crate::tools::{Printed, ended, start, terminate};
use crate::{Phone, Project, clock};

const NOBODY: &str = "127.0.0.1:9";
const START_LIMIT: Duration = Duration::from_secs(30);
const CLOCK_TICKS_PER_SECOND: f64 = 100.0; // USER_HZ of every Linux.

/// `callwright run` on a project; killed when dropped, its log shown when the test panics.
pub struct Server {
    /// The copy that it serves.
    pub project: Project,
    child: Child,
    printed: Printed,
}

impl Server {
    /// Serves `tests/projects/<name>`.
    pub fn of(name: &str) -> Self {
        Self::start(Project::named(name))
    }

    /// Serves a project and waits until it answers.
    pub fn start(project: Project) -> Self {
        Self::start_by(project, Command::new(binary()))
    }

    /// The same through another program, to which `run` and the folder are given.
    pub(crate) fn start_by(project: Project, command: Command) -> Self {
        let project = project.with("DESK", NOBODY); // Unless the test has a desk.
        let (child, printed) = launch(&project, command);
        let mut server = Self { project, child, printed };
        server.wait_until_serving();
        server
    }

    fn wait_until_serving(&mut self) {
        let said = clock::wait_for(START_LIMIT, || {
            let gone = self.child.try_wait().ok().flatten();
            assert!(gone.is_none(), "the server ended at once with {gone:?}:\n{}", self.log());
            self.log().contains("serving").then_some(())
        });
        assert!(said.is_some(), "the server did not say that it is serving:\n{}", self.log());
        let code = Phone::udp("probe", self.address()).asks_options();
        assert_eq!(code, 200, "OPTIONS to a serving server:\n{}", self.log());
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.project.address()
    }

    /// Everything that it printed so far.
    pub fn log(&self) -> String {
        self.printed.lock().expect("readers do not panic").clone()
    }

    /// Waits for a text in its log.
    pub fn says(&self, text: &str, patience: Duration) -> bool {
        clock::wait_for(patience, || self.log().contains(text).then_some(())).is_some()
    }

    /// A telephone over UDP at this server, from a trunk's address.
    pub fn phone(&self, user: &str) -> Phone {
        Phone::udp(user, self.address())
    }

    /// The phone of an agent of the test projects, registered.
    pub fn agent(&self, name: &str, extension: &str) -> Phone {
        let password = Project::password(&format!("{}_PASSWORD", name.to_ascii_uppercase()));
        let phone = Phone::with_password(extension, &password, self.address());
        phone.registers();
        phone
    }

    /// SIGTERM.
    pub fn terminates(&self) {
        terminate(&self.child);
    }

    /// Waits for its end.
    pub fn ends_within(&mut self, patience: Duration) -> Option<ExitStatus> {
        ended(&mut self.child, patience)
    }

    /// `kill -9`, then the same project again on the same ports.
    pub fn crashes_and_restarts(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let (child, printed) = launch(&self.project, Command::new(binary()));
        (self.child, self.printed) = (child, printed);
        self.wait_until_serving();
    }

    /// The id of the process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// CPU seconds of the process so far, user and system.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let after_name = stat.rsplit(") ").next().unwrap_or_default();
        let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok());
        ticks.sum::<f64>() / CLOCK_TICKS_PER_SECOND
    }

    /// Resident memory, KiB.
    pub fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)
    }

    /// Is the process alive?
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let tail = log.char_indices().rev().nth(8_000).map_or(0, |(at, _)| at);
            report(&format!("--- the server's log ---\n{}", &log[tail..]));
        }
    }
}

#[expect(clippy::print_stderr, reason = "a failing test shows the server's log")]
fn report(text: &str) {
    eprintln!("{text}");
}

fn launch(project: &Project, mut command: Command) -> (Child, Printed) {
    command.arg("run").arg(project.dir()).current_dir(project.dir()).env("NO_COLOR", "1");
    start(command.envs(&project.environment))
}

/// The binary under test: `CALLWRIGHT_BIN`, or the workspace's own, built if it is not there.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| match std::env::var_os("CALLWRIGHT_BIN") {
        Some(path) => PathBuf::from(path),
        None => build(),
    })
}

/// Asks cargo every time: a fresh build costs a moment, a stale binary a wrong result.
fn build() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the workspace");
    let profile: &[&str] = if cfg!(debug_assertions) { &[] } else { &["--release"] };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--package", "callwright-cli"]).args(profile).current_dir(root);
    let status = command.status().expect("cargo can be started");
    assert!(status.success(), "callwright cannot be built");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
    target.join(if cfg!(debug_assertions) { "debug" } else { "release" }).join("callwright")
}
