//! A project folder as one immutable, checked value.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// Longest text file of a project; flows are pages, not books.
pub const SOURCE_BYTES_MAX: usize = 200 * 1024;
/// Most files in a project, sounds included.
pub const FILES_MAX: usize = 1000;

/// A project's files by project-relative path with `/` between the parts. The shell reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceTree {
    files: BTreeMap<String, SourceFile>,
}

/// One file of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceFile {
    /// Configuration, flow, directory, calendar: the bytes themselves.
    Bytes(Arc<[u8]>),
    /// A sound: only what tells one version from another.
    Sound {
        /// Its length.
        bytes: u64,
        /// Hash of its content (BLAKE3).
        hash: [u8; 32],
    },
}

impl SourceTree {
    /// Adds a file, or replaces it.
    pub fn insert(&mut self, path: impl Into<String>, file: SourceFile) {
        self.files.insert(path.into(), file);
    }

    /// Adds a text file; what tests and embedded projects use.
    #[must_use]
    pub fn with(mut self, path: &str, text: &str) -> Self {
        self.insert(path, SourceFile::Bytes(text.as_bytes().into()));
        self
    }

    /// All files by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SourceFile)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// The text of a file; none when it is missing, a sound or not UTF-8.
    pub fn text(&self, path: &str) -> Option<&str> {
        match self.files.get(path)? {
            SourceFile::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            SourceFile::Sound { .. } => None,
        }
    }

    /// Is there such a file?
    pub fn contains(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }
}

/// What comes with Callwright: the standard library and the shipped sounds.
#[derive(Debug, Clone, Default)]
pub struct Shipped {
    /// `std/menu` → its source.
    pub stdlib: BTreeMap<String, String>,
    /// Paths such as `sounds/ru/goodbye.wav`.
    pub sounds: Vec<String>,
}

/// Where secrets come from; the shell reads environment and files.
#[derive(Clone, Copy)]
pub struct Secrets<'a> {
    /// `env:NAME`
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// `file:path`
    pub read: &'a dyn Fn(&str) -> io::Result<String>,
}
