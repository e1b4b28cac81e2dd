//! strace beside a running server: what it asks of the system, in which order, and faults that the system pretends.

use std::ops::Range;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

use tempfile::TempDir;

use crate::{Project, Server, binary, clock, tools};

const PATIENCE: Duration = Duration::from_secs(20);
/// Longer than a page of SQLite, so that nothing that is written is cut.
const BYTES_SHOWN: &str = "8192";
const TRACE: &str = "trace";

/// How strace writes: all threads, paths of files, all bytes in hexadecimal digits.
fn writing_to(dir: &TempDir) -> Command {
    tools::require("strace", "strace");
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-xx", "-s", BYTES_SHOWN, "-o"]).arg(dir.path().join(TRACE));
    command
}

fn read(dir: &TempDir) -> String {
    std::fs::read_to_string(dir.path().join(TRACE)).unwrap_or_default()
}

/// A server whose system calls are written down from its first moment on.
pub struct Watched {
    /// The server.
    pub server: Server,
    dir: TempDir,
}

impl Watched {
    /// Serves a project; only these calls, `fdatasync,sendto`, cost time and are written down.
    pub fn serves(project: Project, calls: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut command = writing_to(&dir);
        command.args(["-D", "--seccomp-bpf", "-e", &format!("trace={calls}")]).arg(binary());
        Self { server: Server::start_by(project, command), dir }
    }

    /// Kills the server and gives what it did.
    pub fn ends(self) -> Trace {
        drop(self.server);
        let ended =
            clock::wait_for(PATIENCE, || read(&self.dir).ends_with("+++ killed by SIGKILL +++\n").then_some(()));
        assert!(ended.is_some(), "strace did not see the end of the server");
        Trace::of(&read(&self.dir))
    }
}

/// A strace that is attached to a server and makes its system calls fail; it lets go when dropped.
pub struct Strace {
    child: Child,
    printed: tools::Printed,
    dir: TempDir,
}

impl Strace {
    /// From now on these calls on these files fail: `fdatasync`, `EIO`. What is done to the files is written down.
    pub fn breaks(server: &Server, (calls, error): (&str, &str), files: &[PathBuf]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut command = writing_to(&dir);
        command.args(["-e", "trace=fdatasync,fsync,write,pwrite64", "-e", &format!("inject={calls}:error={error}")]);
        command.args(files.iter().flat_map(|file| ["-P".into(), file.clone()]));
        let (child, printed) = tools::start(command.args(["-p", &server.process().to_string()]));
        let strace = Self { child, printed, dir };
        let said = clock::wait_for(PATIENCE, || strace.says().contains("attached").then_some(()));
        assert!(said.is_some(), "strace may not attach: be root or set kernel.yama.ptrace_scope=0\n{}", strace.says());
        strace
    }

    fn says(&self) -> String {
        self.printed.lock().expect("readers do not panic").clone()
    }

    /// Lets the server go and gives what it saw.
    pub fn detaches(mut self) -> Trace {
        tools::terminate(&self.child);
        assert!(tools::ended(&mut self.child, PATIENCE).is_some(), "strace did not let go:\n{}", self.says());
        Trace::of(&read(&self.dir))
    }
}

impl Drop for Strace {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            tools::terminate(&self.child); // A killed strace would leave its faults behind.
            tools::ended(&mut self.child, PATIENCE);
        }
    }
}

/// System calls in the order they began.
#[derive(Debug, Default)]
pub struct Trace {
    /// All of them.
    pub calls: Vec<SystemCall>,
}

/// One system call. Lines of the trace are its clock: strace sees one thing at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemCall {
    /// `fdatasync`
    pub name: String,
    /// The file that its first argument stands for, `""` for what is none.
    pub file: String,
    /// What it wrote or sent.
    pub data: Vec<u8>,
    /// Where it sent it, 0 for what is no datagram.
    pub port: u16,
    /// Line on which it began.
    pub began: usize,
    /// Line on which it ended; none when it had not, or had failed.
    pub succeeded: Option<usize>,
    thread: String,
}

impl SystemCall {
    fn is_write_of(&self, file: &str, text: &str) -> bool {
        self.is_write_to(file) && self.data.windows(text.len()).any(|part| part == text.as_bytes())
    }

    /// Is it a sync of a file whose path ends like this?
    pub fn is_sync_of(&self, file: &str) -> bool {
        matches!(&*self.name, "fdatasync" | "fsync") && self.file.ends_with(file)
    }

    /// Did it write to a file whose path ends like this?
    pub fn is_write_to(&self, file: &str) -> bool {
        matches!(&*self.name, "pwrite64" | "write") && self.file.ends_with(file)
    }
}

impl Trace {
    fn of(text: &str) -> Self {
        let mut trace = Self::default();
        for (number, line) in text.lines().enumerate() {
            let Some((thread, rest)) = line.split_once(' ') else { continue };
            let rest = rest.trim_start();
            if rest.starts_with("<... ") {
                let began = trace.calls.iter_mut().rev().find(|call| call.thread == thread);
                if let Some(call) = began {
                    call.succeeded = succeeded(rest).then_some(number);
                }
            } else if let Some((name, arguments)) = rest.split_once('(') {
                trace.calls.push(SystemCall {
                    name: name.to_owned(),
                    file: between(arguments, "<", ">").map(text_of).unwrap_or_default(),
                    data: between(arguments, "\"", "\"").map(bytes_of).unwrap_or_default(),
                    port: between(arguments, "htons(", ")").and_then(|port| port.parse().ok()).unwrap_or(0),
                    began: number,
                    succeeded: (!rest.ends_with("<unfinished ...>") && succeeded(rest)).then_some(number),
                    thread: thread.to_owned(),
                });
            }
        }
        trace
    }

    /// Datagrams in the order they left.
    pub fn sent(&self) -> impl Iterator<Item = &SystemCall> {
        self.calls.iter().filter(|call| call.name == "sendto")
    }

    /// Was `text` written to a file and the file synced, all between these lines?
    ///
    /// # Errors
    /// What is missing.
    pub fn is_durable(&self, (file, text): (&str, &str), lines: Range<usize>) -> Result<(), String> {
        let writes = self.calls.iter().filter(|call| call.is_write_of(file, text) && call.began >= lines.start);
        let Some(written) = writes.filter_map(|call| call.succeeded).find(|line| lines.contains(line)) else {
            return Err(format!("lines {lines:?}: `{text}` was not written to {file}"));
        };
        self.synced(file, written).and_then(|synced| {
            let late = || format!("lines {lines:?}: `{text}` was synced afterwards, on line {synced}");
            lines.contains(&synced).then_some(()).ok_or_else(late)
        })
    }

    /// Was everything that was ever written to a file synced before the line `answered`? Gives the line of the sync.
    ///
    /// # Errors
    /// What is missing.
    pub fn whole_file(&self, file: &str, answered: usize) -> Result<usize, String> {
        let writes = self.calls.iter().filter(|call| call.is_write_to(file));
        let Some(written) = writes.map(|call| call.succeeded.unwrap_or(usize::MAX)).max() else {
            return Err(format!("{file} was never written"));
        };
        let synced = self.synced(file, written)?;
        let late = || format!("line {answered}: {file} was synced afterwards, on line {synced}");
        (synced < answered).then_some(synced).ok_or_else(late)
    }

    /// The first good sync of a file that began after a line: where it ended.
    fn synced(&self, file: &str, written: usize) -> Result<usize, String> {
        let syncs = self.calls.iter().filter(|call| call.is_sync_of(file) && call.began > written);
        let synced = syncs.filter_map(|call| call.succeeded).next();
        synced.ok_or_else(|| format!("{file} was not synced after line {written}"))
    }
}

fn succeeded(line: &str) -> bool {
    line.rsplit(" = ").next().is_some_and(|result| result.starts_with(|c: char| c.is_ascii_digit()))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

/// `\x41\x42` as bytes.
fn bytes_of(text: &str) -> Vec<u8> {
    text.split("\\x").filter_map(|digits| u8::from_str_radix(digits.get(..2)?, 16).ok()).collect()
}

fn text_of(text: &str) -> String {
    String::from_utf8_lossy(&bytes_of(text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const IN_ORDER: &str = r#"
7 pwrite64(4<\x2f\x61\x2d\x77\x61\x6c>, "\x72\x6f\x77", 3, 0) = 3
7 fdatasync(4<\x2f\x61\x2d\x77\x61\x6c> <unfinished ...>
8 sendto(3<\x73>, "\x6e\x6f", 2, 0, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("\x31")}, 16) = 2
7 <... fdatasync resumed>) = 0
8 sendto(3<\x73>, "\x6f\x6b", 2, 0, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("\x31")}, 16) = 2
"#;

    fn answers(trace: &Trace) -> Vec<Result<(), String>> {
        trace.sent().map(|call| trace.is_durable(("-wal", "row"), 0..call.began)).collect()
    }

    #[test]
    fn an_answer_before_the_end_of_the_sync_is_found_out() {
        let trace = Trace::of(IN_ORDER);
        let [early, late] = &trace.sent().collect::<Vec<_>>()[..] else { panic!("two datagrams: {trace:?}") };
        assert_eq!((&*early.data, early.port, &*late.data), (&b"no"[..], 9, &b"ok"[..]));
        let [early, late] = &answers(&trace)[..] else { panic!("two answers") };
        assert_eq!(early.as_ref().unwrap_err(), "lines 0..3: `row` was synced afterwards, on line 4");
        assert_eq!(late, &Ok(()));
    }

    #[test]
    fn a_sync_that_fails_or_comes_before_the_write_proves_nothing() {
        let failed = IN_ORDER.replace("resumed>) = 0", "resumed>) = -1 EIO (Input/output error) (INJECTED)");
        assert!(answers(&Trace::of(&failed)).iter().all(Result::is_err));
        let mut lines: Vec<&str> = IN_ORDER.lines().collect();
        let write = lines.remove(1);
        lines.insert(4, write);
        assert!(answers(&Trace::of(&lines.join("\n"))).iter().all(Result::is_err));
        let other = IN_ORDER.replace(r"\x72\x6f\x77", r"\x72\x6f\x76");
        assert!(answers(&Trace::of(&other)).iter().all(Result::is_err), "another row was written");
    }
}
