//! A disk of a few megabytes that a test may fill: a tmpfs of its own.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::tools;

const PATIENCE: Duration = Duration::from_secs(20);

/// A mounted disk; gone when dropped. Whatever serves from it must be dropped first.
pub struct SmallDisk {
    dir: TempDir,
}

impl SmallDisk {
    /// Mounts one.
    ///
    /// # Errors
    /// What is missing: only root may mount.
    pub fn of_megabytes(size: u32) -> Result<Self, String> {
        let dir = tempfile::Builder::new().prefix("callwright-disk-").tempdir().expect("a temporary folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}m,mode=700"), "tmpfs"]).arg(dir.path());
        let done = tools::run(&mut mount, PATIENCE);
        if done.code == Some(0) {
            Ok(Self { dir })
        } else {
            Err(format!("root is needed, who may mount a tmpfs: {}", done.text.trim()))
        }
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    /// Takes all room that is left.
    pub fn fills(&self) {
        let mut file = File::options().append(true).create(true).open(self.ballast()).expect("a file of its own");
        let end = loop {
            if let Err(error) = file.write_all(&[7; 4_096]) {
                break error;
            }
        };
        assert_eq!(end.kind(), ErrorKind::StorageFull, "{end}");
    }

    /// Gives the room back.
    pub fn has_room_again(&self) {
        std::fs::remove_file(self.ballast()).expect("it was filled");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let mut command = Command::new("umount");
        let _ = tools::run(command.arg("-l").arg(self.path()), PATIENCE);
    }
}
