//! Reading a recording, sealed or not, as a WAV file in memory.

use std::path::Path;

use super::key::{Keys, name_of};
use super::{HEADER_BYTES, Header, RecordingError, frames, is_sealed};

/// A recording in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// A whole WAV file.
    pub wav: Vec<u8>,
    /// Is its end there?
    pub whole: Whole,
}

/// Is a recording as long as it once was?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// Its end is there.
    Yes,
    /// A crash, or somebody, has cut its end off. Plain files do not tell.
    Cut,
}

/// The bytes of a recording as a WAV file, whatever it is kept as: for playing, sending and listening.
///
/// # Errors
/// When the file cannot be read, its key is not there or it was changed.
pub fn read(path: &Path, keys: &Keys) -> Result<Vec<u8>, RecordingError> {
    open(path, keys).map(|opened| opened.wav)
}

/// The same, and whether its end is there.
///
/// # Errors
/// When the file cannot be read, its key is not there or it was changed.
pub fn open(path: &Path, keys: &Keys) -> Result<Opened, RecordingError> {
    let sealed = is_sealed(path)?;
    let bytes = std::fs::read(path).map_err(|source| RecordingError::Io { path: path.to_owned(), source })?;
    if !sealed {
        return Ok(Opened { wav: bytes, whole: Whole::Yes });
    }
    let header =
        Header::from_bytes(&bytes).map_err(|reason| RecordingError::Foreign { path: path.to_owned(), reason })?;
    let key = keys
        .find(&header.key)
        .ok_or_else(|| RecordingError::NoKey { path: path.to_owned(), id: name_of(&header.key) })?;
    let mut samples = Vec::with_capacity(bytes.len());
    let (mut whole, mut read) = (Whole::Cut, HEADER_BYTES);
    for frame in frames(&bytes[HEADER_BYTES..]) {
        let tampered = || RecordingError::Tampered { path: path.to_owned(), frame: frame.number };
        if whole == Whole::Yes {
            return Err(tampered()); // Nothing comes after the last frame.
        }
        samples.extend(frame.opened(header, key).ok_or_else(tampered)?);
        read += super::HEAD_BYTES + frame.sealed.len();
        if frame.is_last() {
            whole = Whole::Yes;
        }
    }
    if whole == Whole::Yes && read < bytes.len() {
        return Err(RecordingError::Foreign { path: path.to_owned(), reason: "something lies behind its end" });
    }
    Ok(Opened { wav: media::wav_file(header.channels, header.rate_hz, &samples), whole })
}
