//! What the simulator asks of the world: how long sounds last, and rows of directories.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use runtime::{Directories, ShippedFiles};
use script::Project;
use script::prompts::{PromptFile, PromptOrigin};
use serde_json::Value;
use simulator::Outside;

use crate::embedded;

/// The files behind a project, for dry runs.
pub(crate) struct Backstage {
    root: PathBuf,
    shipped: ShippedFiles,
    directories: Directories,
    lengths: Mutex<BTreeMap<Arc<str>, Option<Duration>>>,
}

impl Backstage {
    /// Reads the directories of a project; what cannot be read is said and found empty.
    pub(crate) fn open(root: &Path, project: &Project) -> Self {
        let (directories, faults) = Directories::load(root, project);
        for fault in faults {
            crate::screen::remark(format_args!("warning: {fault}"));
        }
        Self { root: root.to_owned(), shipped: embedded::shipped(), directories, lengths: Mutex::default() }
    }

    /// Lets the simulator ask.
    pub(crate) fn with<R>(&self, act: impl FnOnce(Outside<'_>) -> R) -> R {
        act(self.questions().outside())
    }

    /// What the simulator may ask, for as long as somebody holds it.
    pub(crate) fn questions(&self) -> Questions<'_> {
        Questions {
            length: Box::new(|file| self.length(file)),
            lookup: Box::new(|_, directory, key| self.directories.find(directory, key)),
        }
    }

    fn length(&self, file: &PromptFile) -> Option<Duration> {
        let mut lengths = self.lengths.lock().unwrap_or_else(PoisonError::into_inner);
        let measure = || match file.origin {
            PromptOrigin::Project => media::prompt_duration(&self.root.join(&*file.path)).ok(),
            PromptOrigin::Shipped => wav_length(self.shipped.get(&file.path)?),
        };
        *lengths.entry(file.path.clone()).or_insert_with(measure)
    }
}

type Length<'b> = Box<dyn Fn(&PromptFile) -> Option<Duration> + Sync + 'b>;
type Lookup<'b> = Box<dyn Fn(&Project, &str, &str) -> Value + Sync + 'b>;

/// The questions of one project's simulation.
pub(crate) struct Questions<'b> {
    length: Length<'b>,
    lookup: Lookup<'b>,
}

impl Questions<'_> {
    /// As the simulator takes them.
    pub(crate) fn outside(&self) -> Outside<'_> {
        Outside { length: &*self.length, lookup: &*self.lookup }
    }
}

/// How long a WAV file lasts by its header; the shipped sounds are all of this kind.
fn wav_length(bytes: &[u8]) -> Option<Duration> {
    let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (mut at, mut bytes_per_second) = (12, None);
    loop {
        let (name, size) = (bytes.get(at..at + 4)?, number(at + 4)?);
        match name {
            b"fmt " => bytes_per_second = number(at + 16),
            b"data" => {
                let rate = bytes_per_second.filter(|rate| *rate > 0)?;
                return Some(Duration::from_secs_f64(f64::from(size) / f64::from(rate)));
            }
            _ => {}
        }
        at = at.checked_add(8)?.checked_add(size as usize)?.next_multiple_of(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_sound_has_a_length() {
        for (path, bytes) in embedded::shipped().iter().filter(|(path, _)| path.ends_with(".wav")) {
            let length = wav_length(bytes).unwrap_or_else(|| panic!("{path} has no length"));
            assert!(length > Duration::from_millis(50) && length < Duration::from_secs(600), "{path}: {length:?}");
        }
        assert_eq!(wav_length(b"RIFF"), None);
        assert_eq!(wav_length(&[0xFF; 64]), None);
    }
}
