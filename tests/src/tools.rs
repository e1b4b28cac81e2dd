//! Programs beside ours: started, bounded, ended by their own handle.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::clock;

/// How long the output of a program that has ended is waited for.
const READERS_END: Duration = Duration::from_secs(2);

/// Text that a running program prints.
pub type Printed = Arc<Mutex<String>>;

/// What a program did.
#[derive(Debug)]
pub struct Finished {
    /// Exit code; none when it was killed after its time.
    pub code: Option<i32>,
    /// Standard output and error.
    pub text: String,
}

/// Runs a program for at most `limit`, then kills it.
pub fn run(command: &mut Command, limit: Duration) -> Finished {
    let (mut child, printed) = start(command);
    let status = ended(&mut child, limit);
    if status.is_none() {
        let _ = child.kill();
        let _ = child.wait();
    }
    // Its readers end with it; somebody whom it started may keep its output open.
    clock::wait_for(READERS_END, || (Arc::strong_count(&printed) == 1).then_some(()));
    let text = printed.lock().expect("readers do not panic").clone();
    Finished { code: status.and_then(|s| s.code()), text }
}

/// Starts a program whose output is collected.
pub fn start(command: &mut Command) -> (Child, Printed) {
    let name = command.get_program().to_string_lossy().into_owned();
    let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
    let printed = Printed::default();
    if let Some(output) = child.stdout.take() {
        collect(output, printed.clone());
    }
    if let Some(output) = child.stderr.take() {
        collect(output, printed.clone());
    }
    (child, printed)
}

/// Waits for the end of a program.
pub fn ended(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    clock::wait_for(patience, || child.try_wait().ok().flatten())
}

/// Sends SIGTERM to one process that we started.
pub fn terminate(child: &Child) {
    let status = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(status.is_ok_and(|s| s.success()), "kill -TERM {}", child.id());
}

/// Panics with the package to install when a program is not there: a test that needs it must not pass without it.
pub fn require(program: &str, package: &str) {
    let found = std::env::var_os("PATH")
        .is_some_and(|paths| std::env::split_paths(&paths).any(|dir| dir.join(program).is_file()));
    assert!(found, "`{program}` is missing: install it with `apt-get install {package}`");
}

fn collect(mut from: impl Read + Send + 'static, into: Printed) {
    std::thread::spawn(move || {
        let mut buffer = [0; 4_096];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            into.lock().expect("readers do not panic").push_str(&String::from_utf8_lossy(&buffer[..length]));
        }
    });
}
