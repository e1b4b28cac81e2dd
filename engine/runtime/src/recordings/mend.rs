//! Mending what a crash left behind.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use super::key::Keys;
use super::seal::sealed;
use super::{HEAD_BYTES, HEADER_BYTES, Header, LAST, RecordingError, frames, is_sealed};

/// Makes a recording of a dead run readable, and tells its length. A torn frame is cut off; with the key, so is
/// everything from the first frame that a power failure spoilt, and the end is marked. Mending twice is harmless.
///
/// # Errors
/// When the file cannot be read or written, or is none of ours.
pub fn repair(path: &Path, keys: &Keys) -> Result<Duration, RecordingError> {
    if !is_sealed(path)? {
        return Ok(media::repair_wav(path)?);
    }
    let io = |source| RecordingError::Io { path: path.to_owned(), source };
    let bytes = std::fs::read(path).map_err(io)?;
    let header =
        Header::from_bytes(&bytes).map_err(|reason| RecordingError::Foreign { path: path.to_owned(), reason })?;
    let key = keys.find(&header.key);
    let (mut good, mut pcm_bytes, mut count, mut ended) = (HEADER_BYTES, 0, 0, false);
    for frame in frames(&bytes[HEADER_BYTES..]) {
        if ended || key.is_some_and(|key| frame.opened(header, key).is_none()) {
            break;
        }
        good += HEAD_BYTES + frame.sealed.len();
        pcm_bytes += frame.pcm_bytes();
        (count, ended) = (frame.number, frame.is_last());
    }
    let mut file = OpenOptions::new().write(true).open(path).map_err(io)?;
    file.set_len(good as u64).map_err(io)?;
    if let (Some(key), false) = (key, ended) {
        use std::io::{Seek, SeekFrom, Write};
        let last = sealed(header, key, count + 1, (LAST, Vec::new()));
        file.seek(SeekFrom::End(0)).and_then(|_| file.write_all(&last)).map_err(io)?;
    }
    file.sync_all().map_err(io)?;
    Ok(header.length(pcm_bytes))
}
