//! WAV files that survive a crash: samples are only appended, the sizes in the header are put right
//! at the end, or by [`repair_wav`] after a crash.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// RIFF, `fmt ` and the head of `data`.
const HEADER_BYTES: u64 = 44;
/// Samples are written in pieces of about a second.
const BUFFER_BYTES: usize = 16 * 1024;

/// Why a recording cannot be written or repaired.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// The system refused.
    #[error("cannot write recording `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not one of our recordings.
    #[error("`{}` is not a recording of ours: {reason}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// Appends 16-bit samples to a WAV file. Nothing is durable before [`WavWriter::sync`].
pub struct WavWriter {
    path: PathBuf,
    file: File,
    buffer: Vec<u8>,
    written: u64,
    channels: u16,
    rate_hz: u32,
}

impl WavWriter {
    /// Creates the file; one that exists already is an error, so that no recording is overwritten.
    pub fn create(path: &Path, channels: u16, rate_hz: u32) -> Result<Self, WavError> {
        let io = |source| WavError::Io { path: path.to_owned(), source };
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(io)?;
        file.write_all(&header(channels, rate_hz, 0)).map_err(io)?;
        let buffer = Vec::with_capacity(BUFFER_BYTES + 1024);
        Ok(Self { path: path.to_owned(), file, buffer, written: 0, channels, rate_hz })
    }

    /// Appends samples, channels interleaved.
    pub fn append(&mut self, samples: &[i16]) -> Result<(), WavError> {
        self.buffer.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        if self.buffer.len() >= BUFFER_BYTES { self.flush() } else { Ok(()) }
    }

    /// Makes everything appended so far durable; the header is still that of an empty file.
    pub fn sync(&mut self) -> Result<(), WavError> {
        self.flush()?;
        self.file.sync_data().map_err(|source| self.failed(source))
    }

    /// How much was appended.
    pub fn length(&self) -> Duration {
        length(self.written + self.buffer.len() as u64, self.channels, self.rate_hz)
    }

    /// Puts the header right, makes the file durable and tells its length.
    pub fn finish(mut self) -> Result<Duration, WavError> {
        self.flush()?;
        let header = header(self.channels, self.rate_hz, self.written);
        rewrite_header(&mut self.file, &header).map_err(|source| self.failed(source))?;
        Ok(self.length())
    }

    fn flush(&mut self) -> Result<(), WavError> {
        let buffer = std::mem::take(&mut self.buffer);
        let result = self.file.write_all(&buffer);
        self.written += buffer.len() as u64;
        self.buffer = buffer;
        self.buffer.clear();
        result.map_err(|source| self.failed(source))
    }

    fn failed(&self, source: std::io::Error) -> WavError {
        WavError::Io { path: self.path.clone(), source }
    }
}

/// Makes a recording readable that a crash left behind, and tells its length.
///
/// Half a sample at the end is cut off. Right sizes stay as they are, so repairing twice is harmless.
pub fn repair_wav(path: &Path) -> Result<Duration, WavError> {
    let io = |source| WavError::Io { path: path.to_owned(), source };
    let foreign = |reason| WavError::Foreign { path: path.to_owned(), reason };
    let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(io)?;
    let size = file.metadata().map_err(io)?.len();
    if size < HEADER_BYTES {
        return Err(foreign("it is shorter than a header"));
    }
    let mut head = [0; HEADER_BYTES as usize];
    file.read_exact(&mut head).map_err(io)?;
    let channels = u16::from_le_bytes([head[22], head[23]]);
    let rate_hz = u32::from_le_bytes([head[24], head[25], head[26], head[27]]);
    if !matches!(channels, 1 | 2) || !(8000..=48_000).contains(&rate_hz) {
        return Err(foreign("its format is not ours"));
    }
    let like = header(channels, rate_hz, 0);
    let same = |range: std::ops::Range<usize>| head[range.clone()] == like[range];
    if !same(0..4) || !same(8..40) {
        return Err(foreign("its header is not ours"));
    }
    let block = u64::from(channels) * 2;
    let data = (size - HEADER_BYTES) / block * block;
    file.set_len(HEADER_BYTES + data).map_err(io)?;
    rewrite_header(&mut file, &header(channels, rate_hz, data)).map_err(io)?;
    Ok(length(data, channels, rate_hz))
}

fn rewrite_header(file: &mut File, header: &[u8]) -> std::io::Result<()> {
    file.sync_data()?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(header)?;
    file.sync_all()
}

fn length(bytes: u64, channels: u16, rate_hz: u32) -> Duration {
    let per_second = u64::from(rate_hz) * u64::from(channels) * 2;
    Duration::from_micros(bytes * 1_000_000 / per_second.max(1))
}

/// A whole WAV file of 16-bit samples as they lie in one, channels interleaved.
pub fn wav_file(channels: u16, rate_hz: u32, samples: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(HEADER_BYTES as usize + samples.len());
    file.extend_from_slice(&header(channels, rate_hz, samples.len() as u64));
    file.extend_from_slice(samples);
    file
}

/// The 44 bytes before the samples; sizes beyond 4 GiB are written as the largest.
fn header(channels: u16, rate_hz: u32, data_bytes: u64) -> [u8; HEADER_BYTES as usize] {
    let data = u32::try_from(data_bytes).unwrap_or(u32::MAX - 36).min(u32::MAX - 36);
    let block = channels * 2;
    let mut header = [0; HEADER_BYTES as usize];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"RIFF");
    put(4, &(data + 36).to_le_bytes());
    put(8, b"WAVEfmt ");
    put(16, &16_u32.to_le_bytes());
    put(20, &1_u16.to_le_bytes());
    put(22, &channels.to_le_bytes());
    put(24, &rate_hz.to_le_bytes());
    put(28, &(rate_hz * u32::from(block)).to_le_bytes());
    put(32, &block.to_le_bytes());
    put(34, &16_u16.to_le_bytes());
    put(36, b"data");
    put(40, &data.to_le_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(count: usize) -> Vec<i16> {
        (0..count).map(|n| n as i16).collect()
    }

    #[test]
    fn a_finished_recording_is_read_by_an_independent_reader() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.wav");
        let mut writer = WavWriter::create(&path, 2, 8000).unwrap();
        writer.append(&sound(40_000)).unwrap();
        writer.sync().unwrap();
        writer.append(&sound(8000)).unwrap();
        assert_eq!(writer.finish().unwrap(), Duration::from_secs(3));
        let reader = hound::WavReader::open(&path).unwrap();
        assert_eq!((reader.spec().channels, reader.duration()), (2, 24_000));
        let samples: Vec<i16> = reader.into_samples().map(Result::unwrap).collect();
        assert_eq!(samples, [sound(40_000), sound(8000)].concat());
        assert!(WavWriter::create(&path, 1, 8000).is_err(), "a recording is never overwritten");
    }

    #[test]
    fn a_recording_that_a_crash_cut_short_is_repaired() {
        for (channels, torn) in [(1, &[7][..]), (2, &[7]), (2, &[7; 2]), (2, &[7; 3])] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("one.wav");
            let mut writer = WavWriter::create(&path, channels, 8000).unwrap();
            writer.append(&sound(16_000 * usize::from(channels))).unwrap();
            writer.sync().unwrap();
            drop(writer);
            OpenOptions::new().append(true).open(&path).unwrap().write_all(torn).unwrap();
            for _ in 0..2 {
                assert_eq!(repair_wav(&path).unwrap(), Duration::from_secs(2));
                let reader = hound::WavReader::open(&path).unwrap();
                assert_eq!((reader.spec().channels, reader.duration()), (channels, 16_000));
                let samples: Vec<i16> = reader.into_samples().map(Result::unwrap).collect();
                assert_eq!(samples, sound(16_000 * usize::from(channels)));
            }
        }
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.wav");
        for content in [&b"short"[..], &[0x55; 500]] {
            std::fs::write(&path, content).unwrap();
            assert!(repair_wav(&path).is_err());
            assert_eq!(std::fs::read(&path).unwrap(), content);
        }
    }
}
