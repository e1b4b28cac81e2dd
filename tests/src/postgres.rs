//! A PostgreSQL of our own: started in a temporary folder, stopped as rudely as a test wants.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::tools;

const PATIENCE: Duration = Duration::from_secs(60);

/// A running server; stopped and removed when dropped.
pub struct Postgres {
    dir: TempDir,
    bin: PathBuf,
    port: u16,
}

impl Postgres {
    /// Starts one. Debian's package `postgresql` is needed.
    pub fn start() -> Self {
        let dir = tempfile::Builder::new().prefix("callwright-postgres-").tempdir().expect("a temporary folder");
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).expect("the folder is ours");
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = free.local_addr().expect("it is bound").port();
        drop(free);
        let server = Self { dir, bin: binaries(), port };
        let data = server.data();
        server.run("initdb", &["--auth=trust", "--username=callwright", "--encoding=UTF8", "--no-sync", "-D", &data]);
        server.start_again();
        server
    }

    /// An empty database; gives its address for `store:`.
    pub fn database(&self, name: &str) -> String {
        let port = self.port.to_string();
        self.run("createdb", &["-h", "127.0.0.1", "-p", &port, "-U", "callwright", name]);
        format!("postgres://callwright@127.0.0.1:{}/{name}", self.port)
    }

    /// What a question gives, one line a row.
    pub fn asks(&self, database: &str, question: &str) -> String {
        let port = self.port.to_string();
        self.run("psql", &["-h", "127.0.0.1", "-p", &port, "-U", "callwright", "-d", database, "-At", "-c", question])
    }

    /// Starts it after [`Postgres::stops`].
    pub fn start_again(&self) {
        let options = format!("-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''", self.port);
        let log = self.dir.path().join("log").display().to_string();
        self.run("pg_ctl", &["-D", &self.data(), "-w", "-l", &log, "-o", &options, "start"]);
    }

    /// Cuts every connection without a word to its clients.
    pub fn stops(&self) {
        self.run("pg_ctl", &["-D", &self.data(), "-w", "-m", "immediate", "stop"]);
    }

    fn data(&self) -> String {
        self.dir.path().join("data").display().to_string()
    }

    /// A program of PostgreSQL, which refuses to serve as root.
    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let path = self.bin.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        let done = tools::run(command.args(arguments).current_dir(self.dir.path()), PATIENCE);
        assert_eq!(done.code, Some(0), "{program}: {}", done.text);
        done.text.trim().to_owned()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut command = Command::new(if is_root() { "runuser" } else { "env" });
        if is_root() {
            command.args(["-u", "postgres", "--"]);
        }
        let stop = command.arg(self.bin.join("pg_ctl")).args(["-D", &self.data(), "-m", "immediate", "stop"]);
        let _ = tools::run(stop, PATIENCE); // It may be stopped already.
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

/// Debian keeps them out of the path, one folder for each version.
fn binaries() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    found.retain(|bin| bin.join("initdb").exists());
    found.sort();
    found.pop().unwrap_or_else(|| {
        assert!(Path::new("/usr/bin/initdb").exists(), "PostgreSQL is missing: apt-get install postgresql");
        "/usr/bin".into()
    })
}
