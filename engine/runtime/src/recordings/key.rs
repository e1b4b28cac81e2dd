//! The keys of a project: the first one seals, all of them open.

use std::fmt;
use std::sync::Arc;

use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use script::config::RecordingKey;

/// A key that recordings are sealed with.
#[derive(Clone)]
pub struct SealingKey {
    key: RecordingKey,
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({})", self.name())
    }
}

impl SealingKey {
    /// The key's name in the header of files: the beginning of its hash, from which nobody learns the key.
    pub(super) fn id(&self) -> [u8; 8] {
        let mut id = [0; 8];
        let hash = blake3::derive_key("Callwright 2026-11-22 name of a recording key", self.key.expose());
        id.copy_from_slice(&hash[..8]);
        id
    }

    /// The key's name as people write it.
    pub fn name(&self) -> String {
        name_of(&self.id())
    }

    pub(super) fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.key.expose().into())
    }
}

/// The name of a key that a header holds.
pub(super) fn name_of(id: &[u8; 8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The keys of a project, the newest first; none means that recordings are plain WAV files.
#[derive(Debug, Clone, Default)]
pub struct Keys(Arc<[SealingKey]>);

impl Keys {
    /// As `recording:` has them.
    pub fn new(keys: &[RecordingKey]) -> Self {
        Self(keys.iter().map(|key| SealingKey { key: key.clone() }).collect())
    }

    /// What new recordings are sealed with.
    pub fn newest(&self) -> Option<&SealingKey> {
        self.0.first()
    }

    /// The key that a header names.
    pub(super) fn find(&self, id: &[u8; 8]) -> Option<&SealingKey> {
        self.0.iter().find(|key| key.id() == *id)
    }
}
