//! A PostgreSQL of the tests' own, in a temporary folder on a Unix socket; it ends with the process.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) struct Server {
    programs: PathBuf,
    folder: PathBuf,
    databases: AtomicU32,
    /// Ends the server when our end of its pipe closes, however this process ends.
    _warden: Child,
}

impl Server {
    /// The one that all tests of this process share, each with its own database.
    pub(crate) fn shared() -> &'static Server {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(Server::start)
    }

    /// One for a test that stops it.
    pub(crate) fn start() -> Self {
        let programs = programs();
        let folder = tempfile::tempdir().unwrap().keep();
        if is_root() {
            must(Command::new("chown").arg("postgres").arg(&folder)); // The server refuses to be root.
        }
        let data = folder.join("data");
        let mut initdb = unprivileged(&programs.join("initdb"));
        must(
            initdb.args(["-U", "callwright", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D"]).arg(&data),
        );
        let warden = warden(&programs, &folder);
        let server = Self { programs, folder, databases: AtomicU32::new(0), _warden: warden };
        server.go_on();
        server
    }

    /// The URL of a new, empty database.
    pub(crate) fn database(&self) -> String {
        let name = format!("calls{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut psql = Command::new(self.programs.join("psql"));
        psql.arg("-qh").arg(&self.folder).args(["-U", "callwright", "-d", "postgres"]);
        must(psql.args(["-c", &format!("CREATE DATABASE {name}")]));
        format!("postgres://callwright@localhost/{name}?host={}", self.folder.display())
    }

    /// Stops it as a power cut does.
    pub(crate) fn cut(&self) {
        must(self.pg_ctl().args(["-m", "immediate", "stop"]));
    }

    /// Starts it (again).
    pub(crate) fn go_on(&self) {
        // Nobody pulls the plug of the machine; a killed server keeps what it wrote without syncing it.
        let options = format!(
            "-c listen_addresses= -c unix_socket_directories={} -c max_connections=80 -c fsync=off -c shared_buffers=16MB",
            self.folder.display()
        );
        must(self.pg_ctl().args(["-w", "-o", &options, "-l"]).arg(self.folder.join("log")).arg("start"));
    }

    /// Sends a signal to the server's processes of clients and to the server itself.
    pub(crate) fn signal(&self, signal: &str) {
        let pid = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap();
        let children = Command::new("ps").args(["-o", "pid=", "--ppid", pid]).output().unwrap();
        let children = String::from_utf8(children.stdout).unwrap();
        must(Command::new("kill").arg(format!("-{signal}")).arg(pid).args(children.split_whitespace()));
    }

    fn pg_ctl(&self) -> Command {
        let mut pg_ctl = unprivileged(&self.programs.join("pg_ctl"));
        pg_ctl.arg("-D").arg(self.folder.join("data"));
        pg_ctl
    }
}

/// The newest installed release, which distributions keep out of `PATH`.
fn programs() -> PathBuf {
    let releases = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let release = |folder: PathBuf| folder.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    let newest = releases.map(|entry| entry.path()).max_by_key(|folder| release(folder.clone()));
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let mut places = newest.map(|folder| folder.join("bin")).into_iter().chain(std::env::split_paths(&folders));
    places
        .find(|folder| folder.join("initdb").is_file())
        .expect("the store's tests need PostgreSQL; install it with `apt-get install postgresql`")
}

/// Waits for the end of its standard input, then stops the server and removes its folder.
fn warden(programs: &Path, folder: &Path) -> Child {
    let end = "trap '' INT TERM; read -r _; \
        if [ \"$(id -u)\" = 0 ]; then set -- \"$1\" \"$2\" runuser -u postgres --; else set -- \"$1\" \"$2\"; fi; \
        programs=$1; folder=$2; shift 2; \
        \"$@\" \"$programs/pg_ctl\" -D \"$folder/data\" -m immediate stop; rm -rf \"$folder\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", end, "warden"]).arg(programs).arg(folder);
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|us| std::os::unix::fs::MetadataExt::uid(&us) == 0)
}

fn unprivileged(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

fn must(command: &mut Command) {
    let done = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).current_dir("/").status();
    assert!(done.as_ref().is_ok_and(std::process::ExitStatus::success), "{command:?}: {done:?}");
}
