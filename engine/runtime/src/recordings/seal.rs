//! Writing a sealed recording: a frame each second, each with a seal of its own.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chacha20poly1305::AeadInPlace;

use super::key::SealingKey;
use super::{HEAD_BYTES, Header, LAST, RecordingError, TAG_BYTES};

/// Samples wait for the next second, or until there are this many bytes of them.
const BUFFER_BYTES: usize = 64 * 1024;

/// Appends 16-bit samples to a sealed file. Nothing is durable before [`SealedWriter::sync`].
pub(crate) struct SealedWriter {
    path: PathBuf,
    file: File,
    header: Header,
    key: SealingKey,
    buffer: Vec<u8>,
    frames: u64,
    pcm_bytes: u64,
}

impl SealedWriter {
    /// Creates the file; one that exists already is an error, so that no recording is overwritten.
    pub(crate) fn create(path: &Path, channels: u16, rate_hz: u32, key: &SealingKey) -> Result<Self, RecordingError> {
        let io = |source| RecordingError::Io { path: path.to_owned(), source };
        let header = Header { channels, rate_hz, key: key.id(), nonce: rand::random() };
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(io)?;
        file.write_all(&header.to_bytes()).map_err(io)?;
        let buffer = Vec::with_capacity(BUFFER_BYTES + 1024);
        Ok(Self { path: path.to_owned(), file, header, key: key.clone(), buffer, frames: 0, pcm_bytes: 0 })
    }

    /// Appends samples, channels interleaved.
    pub(crate) fn append(&mut self, samples: &[i16]) -> Result<(), RecordingError> {
        self.buffer.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        if self.buffer.len() >= BUFFER_BYTES { self.write(0) } else { Ok(()) }
    }

    /// Seals what was appended and makes it durable.
    pub(crate) fn sync(&mut self) -> Result<(), RecordingError> {
        if !self.buffer.is_empty() {
            self.write(0)?;
        }
        self.file.sync_data().map_err(|source| self.failed(source))
    }

    /// Writes the last frame, makes the file durable and tells its length.
    pub(crate) fn finish(mut self) -> Result<Duration, RecordingError> {
        self.write(LAST)?;
        self.file.sync_all().map_err(|source| self.failed(source))?;
        Ok(self.header.length(self.pcm_bytes))
    }

    fn write(&mut self, mark: u32) -> Result<(), RecordingError> {
        self.frames += 1;
        self.pcm_bytes += self.buffer.len() as u64;
        let frame = sealed(self.header, &self.key, self.frames, (mark, std::mem::take(&mut self.buffer)));
        let written = self.file.write_all(&frame);
        self.buffer = frame;
        self.buffer.clear();
        written.map_err(|source| self.failed(source))
    }

    fn failed(&self, source: std::io::Error) -> RecordingError {
        RecordingError::Io { path: self.path.clone(), source }
    }
}

/// A frame as it lies in the file.
pub(super) fn sealed(header: Header, key: &SealingKey, number: u64, (mark, samples): (u32, Vec<u8>)) -> Vec<u8> {
    let mut sealed = samples;
    let head = mark | u32::try_from(sealed.len() + TAG_BYTES).expect("a frame is shorter than a megabyte");
    let (nonce, with) = (header.nonce_of(number), header.sealed_with(head));
    let tag = key.cipher().encrypt_in_place_detached(&nonce, &with, &mut sealed);
    let tag = tag.expect("a frame is shorter than what the cipher takes");
    let mut frame = Vec::with_capacity(HEAD_BYTES + sealed.len() + TAG_BYTES);
    frame.extend_from_slice(&head.to_le_bytes());
    frame.extend_from_slice(&sealed);
    frame.extend_from_slice(&tag);
    frame
}
