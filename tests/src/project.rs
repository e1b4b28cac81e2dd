//! Copies of projects in temporary folders, with ports and sounds of their own.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use crate::wav;

/// Prompts that every test project has; each is another melody.
const PROMPTS: [&str; 31] = [
    "welcome",
    "menu",
    "right",
    "wrong",
    "saved",
    "goodbye",
    "technical-problem",
    "menu-invalid",
    "version-a",
    "version-b",
    "version-broken",
    "whisper",
    "result-answered",
    "result-busy",
    "result-no-answer",
    "result-declined",
    "result-failed",
    "confirm",
    "closed",
    "one-moment-please",
    "music",
    "hold/default",
    "queue-position-2",
    "queue-youarenext",
    "queue-reporthold",
    "agent-accept-press-1",
    "agent-incorrect",
    "agent-loginok",
    "agent-not-allowed",
    "agent-not-ready",
    "agent-pass",
];
const BLOCK: u16 = 400; // Ports of one server: SIP first, then RTP and RTCP of 199 legs.
const FIRST_BLOCK: u16 = 10_000;
const BLOCKS: u16 = 55; // Up to 32,000: the kernel hands out ports from 32,768 on.

static NEXT_BLOCK: AtomicU16 = AtomicU16::new(0);

/// A project on disk that is removed when dropped.
pub struct Project {
    dir: TempDir,
    /// Held for as long as its ports are.
    _blocks: Vec<File>,
    address: SocketAddr,
    words: BTreeMap<String, String>,
    /// Set for the server, for `env:` in the configuration.
    pub(crate) environment: BTreeMap<String, String>,
}

impl Project {
    /// A copy of `tests/projects/<name>` with free ports, an own store and melodies as prompts.
    pub fn named(name: &str) -> Self {
        Self::copy_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("projects").join(name), FIRST_BLOCK_RTP)
    }

    /// The same on another disk.
    pub fn named_on(disk: &Path, name: &str) -> Self {
        let dir = tempfile::Builder::new().prefix("callwright-test-").tempdir_in(disk).expect("a temporary folder");
        Self::copy_into(dir, &Path::new(env!("CARGO_MANIFEST_DIR")).join("projects").join(name), FIRST_BLOCK_RTP)
    }

    /// A copy of any folder with room for `legs` RTP sockets.
    pub fn copy_of(source: &Path, legs: u16) -> Self {
        let dir = tempfile::Builder::new().prefix("callwright-test-").tempdir().expect("a temporary folder");
        Self::copy_into(dir, source, legs)
    }

    fn copy_into(dir: TempDir, source: &Path, legs: u16) -> Self {
        copy_folder(source, dir.path());
        let (address, ports, blocks) = free_ports(legs);
        let file = dir.path().join("callwright.yaml");
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        std::fs::write(&file, with_ports(&text, address, &ports)).expect("the copy can be written");
        let sounds = dir.path().join("sounds/en");
        std::fs::create_dir_all(sounds.join("hold")).expect("the copy can be written");
        for prompt in PROMPTS {
            wav::save(sounds.join(format!("{prompt}.wav")), &Self::prompt(prompt));
        }
        wav::save(sounds.join("long.wav"), &Self::prompt("long"));
        let secrets = ["ANNA_PASSWORD", "BEN_PASSWORD", "CARL_PASSWORD", "DORA_PASSWORD", "EMMA_PASSWORD"];
        let environment = secrets.iter().map(|n| ((*n).to_owned(), Self::password(n))).collect();
        Self { dir, _blocks: blocks, address, words: BTreeMap::new(), environment }
    }

    /// The secret of `ANNA_PASSWORD` and its like.
    pub fn password(variable: &str) -> String {
        format!("secret-of-{}", variable.to_ascii_lowercase())
    }

    /// What a prompt of the test projects sounds like: 1 s, `long` 30 s.
    pub fn prompt(name: &str) -> Vec<i16> {
        let seed = name.bytes().fold(7_u64, |hash, byte| hash.wrapping_mul(1_099_511_628_211) ^ u64::from(byte));
        wav::melody(seed, Duration::from_secs(if name == "long" { 30 } else { 1 }))
    }

    /// Replaces `@NAME@` in configuration and flows.
    pub fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.words.insert(format!("@{name}@"), value.to_string());
        for file in files_under(self.dir.path()) {
            let kind = file.extension().and_then(|e| e.to_str()).unwrap_or_default();
            if !matches!(kind, "yaml" | "rhai" | "csv") {
                continue;
            }
            let mut text = std::fs::read_to_string(&file).expect("projects are text");
            for (word, value) in &self.words {
                text = text.replace(word, value);
            }
            std::fs::write(&file, text).expect("the copy can be written");
        }
        self
    }

    /// Another secret that the server finds in its environment.
    #[must_use]
    pub fn with_secret(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Changes a file of the project as an editor does: writes beside it and renames.
    pub fn edit(&self, file: &str, change: impl FnOnce(String) -> String) {
        let path = self.dir.path().join(file);
        let text = std::fs::read_to_string(&path).expect("the file is there");
        let beside = self.dir.path().join(format!(".{file}.swp"));
        std::fs::write(&beside, change(text)).expect("the copy can be written");
        std::fs::rename(&beside, &path).expect("the copy can be written");
    }

    /// With another sound under a name, a melody as [`Project::prompt`] gives it.
    #[must_use]
    pub fn with_prompt(self, name: &str) -> Self {
        wav::save(self.dir.path().join(format!("sounds/en/{name}.wav")), &Self::prompt(name));
        self
    }

    /// Its folder.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The secrets that its configuration names.
    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// Where its server will listen, UDP and TCP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// All its files with this extension, newest last.
    pub fn files(&self, extension: &str) -> Vec<PathBuf> {
        let wanted = |file: &PathBuf| file.extension().is_some_and(|e| e == extension);
        let mut files: Vec<PathBuf> = files_under(self.dir.path()).into_iter().filter(wanted).collect();
        files.sort_by_key(|file| file.metadata().and_then(|m| m.modified()).ok());
        files
    }
}

const FIRST_BLOCK_RTP: u16 = BLOCK - 2;

/// Tests of other processes on this machine leave a block alone while its file is locked.
fn lock(block: u16) -> Option<File> {
    let user = std::fs::metadata("/proc/self").map_or(0, |own| std::os::unix::fs::MetadataExt::uid(&own));
    let folder = std::env::temp_dir().join(format!("callwright-test-ports-{user}"));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let file = File::create(folder.join(block.to_string())).expect("a file of its own");
    file.try_lock().is_ok().then_some(file)
}

/// A free SIP address and an RTP range of `legs` ports and more.
fn free_ports(legs: u16) -> (SocketAddr, String, Vec<File>) {
    let blocks = (legs + 2).div_ceil(BLOCK);
    let start = (std::process::id() % u32::from(BLOCKS)) as u16;
    for _ in 0..BLOCKS {
        let block = (start + NEXT_BLOCK.fetch_add(blocks, Ordering::Relaxed)) % BLOCKS;
        if block + blocks > BLOCKS {
            continue;
        }
        let Some(held) = (block..block + blocks).map(lock).collect::<Option<Vec<_>>>() else { continue };
        let first = FIRST_BLOCK + block * BLOCK;
        let last = first + blocks * BLOCK - 1;
        let free = |port| UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
        if free(first) && free(first + 2) && free(last) && TcpListener::bind((Ipv4Addr::LOCALHOST, first)).is_ok() {
            return (SocketAddr::from((Ipv4Addr::LOCALHOST, first)), format!("{}-{last}", first + 2), held);
        }
    }
    panic!("no {BLOCK} free ports between {FIRST_BLOCK} and 32000");
}

/// The configuration with the top-level keys `sip`, `rtp` and `store` replaced.
fn with_ports(text: &str, address: SocketAddr, ports: &str) -> String {
    let (mut kept, mut skipping) = (Vec::new(), false);
    for line in text.lines() {
        let top_level = line.starts_with(|c: char| c.is_ascii_alphabetic());
        if top_level {
            skipping = ["sip:", "rtp:", "store:"].iter().any(|key| line.starts_with(key));
        }
        if !skipping {
            kept.push(line);
        }
    }
    format!(
        "{}\nsip: {{ listen: [\"udp:{address}\", \"tcp:{address}\"] }}\nrtp: {{ ports: {ports} }}\nstore: sqlite:callwright.db\n",
        kept.join("\n")
    )
}

fn copy_folder(from: &Path, to: &Path) {
    let entries = std::fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    for entry in entries.map_while(Result::ok) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).expect("the copy can be written");
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).expect("the copy can be written");
        }
    }
}

fn files_under(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().map_while(Result::ok) {
        match entry.path() {
            path if path.is_dir() => files.extend(files_under(&path)),
            path => files.push(path),
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_replaced_and_the_rest_is_kept() {
        let text = "name: x\nsip:\n  listen: [a]\nrtp: { ports: 1-2 }\nnumbers: { default: main.rhai }\n";
        let changed = with_ports(text, "127.0.0.1:7000".parse().unwrap(), "7002-7099");
        assert_eq!(
            changed,
            "name: x\nnumbers: { default: main.rhai }\nsip: { listen: [\"udp:127.0.0.1:7000\", \"tcp:127.0.0.1:7000\"] }\n\
             rtp: { ports: 7002-7099 }\nstore: sqlite:callwright.db\n"
        );
    }

    #[test]
    fn two_projects_share_no_port() {
        let (one, two) = (free_ports(100), free_ports(100));
        assert_ne!((one.0, one.1), (two.0, two.1));
    }
}
