//! Recordings at rest: plain WAV files, or sealed ones when the project has a key. docs/recordings.md has the format.

mod cue;
mod key;
mod mend;
mod open;
mod seal;
#[cfg(test)]
mod tests;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chacha20poly1305::{AeadInPlace, Tag, XNonce};

pub use cue::with_marks;
pub use key::{Keys, SealingKey};
pub use mend::repair;
pub use open::{Opened, Whole, open, read};
pub(crate) use seal::SealedWriter;

/// What a sealed file begins with; the last byte is the version of the format.
const MAGIC: [u8; 8] = *b"CWSEAL\0\x01";
/// Magic, channels, bytes of nothing, rate, key's name, the file's own part of every nonce.
const HEADER_BYTES: usize = 8 + 2 + 2 + 4 + 8 + 16;
/// Length and last-frame mark in front of every frame.
const HEAD_BYTES: usize = 4;
/// Poly1305's proof behind every frame.
const TAG_BYTES: usize = 16;
/// The mark of the last frame, in the length's highest bit.
const LAST: u32 = 1 << 31;
/// A frame holds a second; a disk that was slow for half a minute still fits.
const FRAME_MAX: usize = 1 << 20;

/// Why a recording cannot be written, read or mended.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The system refused.
    #[error("recording `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The plain file is none of ours.
    #[error(transparent)]
    Wav(#[from] media::WavError),
    /// The sealed file is none of ours.
    #[error("`{}` is no sealed recording: {reason}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Nobody gave the key that it was sealed with.
    #[error("`{}` was sealed with the key {id}, which `recording: {{ keys: […] }}` does not have", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
        /// The key's name.
        id: String,
    },
    /// Somebody has changed it, or the disk has.
    #[error("`{}` was changed after it was written: second {frame} does not fit its seal", path.display())]
    Tampered {
        /// The file.
        path: PathBuf,
        /// Which frame, from 1.
        frame: u64,
    },
}

/// The header of a sealed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header {
    channels: u16,
    rate_hz: u32,
    key: [u8; 8],
    nonce: [u8; 16],
}

impl Header {
    fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..10].copy_from_slice(&self.channels.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.rate_hz.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.key);
        bytes[24..].copy_from_slice(&self.nonce);
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, &'static str> {
        let Some(bytes) = bytes.first_chunk::<HEADER_BYTES>() else { return Err("it is shorter than a header") };
        let (mut key, mut nonce) = ([0; 8], [0; 16]);
        key.copy_from_slice(&bytes[16..24]);
        nonce.copy_from_slice(&bytes[24..]);
        let header = Self {
            channels: u16::from_le_bytes([bytes[8], bytes[9]]),
            rate_hz: u32::from_le_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]),
            key,
            nonce,
        };
        let ours = header.to_bytes() == *bytes;
        if ours && matches!(header.channels, 1 | 2) && (8000..=48_000).contains(&header.rate_hz) {
            Ok(header)
        } else {
            Err("its header is not ours")
        }
    }

    fn length(self, pcm_bytes: u64) -> Duration {
        let per_second = u64::from(self.rate_hz) * u64::from(self.channels) * 2;
        Duration::from_micros(pcm_bytes * 1_000_000 / per_second.max(1))
    }

    /// Every frame has a nonce of its own: the file's random part, then the frame's number.
    fn nonce_of(self, frame: u64) -> XNonce {
        let mut nonce = [0; 24];
        nonce[..16].copy_from_slice(&self.nonce);
        nonce[16..].copy_from_slice(&frame.to_le_bytes());
        nonce.into()
    }

    /// What the seal of a frame covers beside its samples: whose file it is, and whether it is the last.
    fn sealed_with(self, head: u32) -> [u8; HEADER_BYTES + HEAD_BYTES] {
        let mut bytes = [0; HEADER_BYTES + HEAD_BYTES];
        bytes[..HEADER_BYTES].copy_from_slice(&self.to_bytes());
        bytes[HEADER_BYTES..].copy_from_slice(&head.to_le_bytes());
        bytes
    }
}

/// One frame as it lies in the file, still sealed.
struct Frame<'a> {
    number: u64,
    head: u32,
    sealed: &'a [u8],
}

impl Frame<'_> {
    fn is_last(&self) -> bool {
        self.head & LAST != 0
    }

    fn pcm_bytes(&self) -> u64 {
        (self.sealed.len() - TAG_BYTES) as u64
    }

    /// The samples, when nobody has changed them.
    fn opened(&self, header: Header, key: &SealingKey) -> Option<Vec<u8>> {
        let (samples, tag) = self.sealed.split_at(self.sealed.len() - TAG_BYTES);
        let mut samples = samples.to_vec();
        let (nonce, with) = (header.nonce_of(self.number), header.sealed_with(self.head));
        key.cipher().decrypt_in_place_detached(&nonce, &with, &mut samples, Tag::from_slice(tag)).ok()?;
        Some(samples)
    }
}

/// The whole frames of a file's body, in order; what a crash tore is left out.
fn frames(body: &[u8]) -> impl Iterator<Item = Frame<'_>> {
    let (mut rest, mut number) = (body, 0);
    std::iter::from_fn(move || {
        let head = u32::from_le_bytes(*rest.first_chunk::<HEAD_BYTES>()?);
        let length = (head & !LAST) as usize;
        if !(TAG_BYTES..=FRAME_MAX).contains(&length) {
            return None;
        }
        let sealed = rest.get(HEAD_BYTES..HEAD_BYTES + length)?;
        rest = &rest[HEAD_BYTES + length..];
        number += 1;
        Some(Frame { number, head, sealed })
    })
}

/// Does the file begin as sealed ones do?
fn is_sealed(path: &Path) -> Result<bool, RecordingError> {
    let io = |source| RecordingError::Io { path: path.to_owned(), source };
    let mut begin = Vec::with_capacity(MAGIC.len());
    std::fs::File::open(path).map_err(io)?.take(MAGIC.len() as u64).read_to_end(&mut begin).map_err(io)?;
    Ok(begin == MAGIC)
}
