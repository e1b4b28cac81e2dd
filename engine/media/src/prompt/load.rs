//! Reading prompts: WAV, MP3, FLAC and Ogg Vorbis, and raw telephone formats by their extension.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;
use std::time::Duration;

use model::Codec;
use rubato::audioadapter_buffers::owned::InterleavedOwned;
use rubato::{Fft, FixedSync, Resampler};
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

use super::Prompt;
use crate::codec::Decoder;

/// The longest prompt: ten minutes are 14 MB of payload.
pub const PROMPT_LENGTH_MAX: Duration = Duration::from_secs(600);
/// No file of ten minutes is larger: 48 kHz, stereo, 32 bits.
const FILE_BYTES_MAX: u64 = 240 << 20;

/// Samples resampled at once. Divided by every usual ratio it stays even, so that the filter's delay
/// is a whole number of samples.
const CHUNK: usize = 1152;

/// Why a prompt cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// The file is not there or not readable.
    #[error("cannot read prompt `{name}`: {source}")]
    Unreadable {
        /// Its path.
        name: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The bytes are no audio that we know.
    #[error("cannot decode prompt `{name}`: {reason}; WAV, MP3, FLAC and Ogg Vorbis work")]
    Undecodable {
        /// Its path.
        name: String,
        /// What the decoder said.
        reason: String,
    },
    /// It is longer than [`PROMPT_LENGTH_MAX`].
    #[error("prompt `{name}` is longer than {} minutes; split it", PROMPT_LENGTH_MAX.as_secs() / 60)]
    TooLong {
        /// Its path.
        name: String,
    },
    /// There is not one sample in it.
    #[error("prompt `{name}` is empty")]
    Empty {
        /// Its path.
        name: String,
    },
}

/// Samples of one channel at the file's own rate.
struct Audio {
    samples: Vec<f32>,
    rate_hz: u32,
}

/// Reads a prompt from a file; slow, so not for a media worker.
pub fn load_prompt(path: &Path) -> Result<Prompt, PromptError> {
    let name = path.display().to_string();
    let bytes = read_file(path, &name)?;
    read_prompt(&name, bytes)
}

/// Reads a prompt from bytes; the extension of `name` helps to tell the format.
pub fn read_prompt(name: &str, bytes: Vec<u8>) -> Result<Prompt, PromptError> {
    let audio = decode(name, bytes)?;
    if audio.samples.is_empty() {
        return Err(PromptError::Empty { name: name.to_owned() });
    }
    let narrow = resample(name, &audio, 8000)?;
    let mut wide = resample(name, &audio, 16_000)?;
    wide.resize(narrow.len() * 2, 0);
    Ok(Prompt::from_samples(name, &narrow, &wide))
}

/// How long a prompt plays, without resampling it.
pub fn prompt_duration(path: &Path) -> Result<Duration, PromptError> {
    let name = path.display().to_string();
    let audio = decode(&name, read_file(path, &name)?)?;
    Ok(Duration::from_secs_f64(audio.samples.len() as f64 / f64::from(audio.rate_hz)))
}

fn read_file(path: &Path, name: &str) -> Result<Vec<u8>, PromptError> {
    let unreadable = |source| PromptError::Unreadable { name: name.to_owned(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(PromptError::TooLong { name: name.to_owned() });
    }
    Ok(bytes)
}

fn decode(name: &str, bytes: Vec<u8>) -> Result<Audio, PromptError> {
    let extension = Path::new(name).extension().and_then(|text| text.to_str()).unwrap_or("");
    match extension.to_ascii_lowercase().as_str() {
        "ulaw" | "ul" | "pcmu" => decode_raw(name, Codec::Pcmu, &bytes),
        "alaw" | "al" | "pcma" => decode_raw(name, Codec::Pcma, &bytes),
        "g722" => decode_raw(name, Codec::G722, &bytes),
        "sln" => {
            let samples = bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
            check_length(name, bytes.len() / 2, 8000)?;
            Ok(Audio { samples: samples.map(to_float).collect(), rate_hz: 8000 })
        }
        extension => decode_guarded(name, extension, bytes),
    }
}

fn decode_raw(name: &str, codec: Codec, bytes: &[u8]) -> Result<Audio, PromptError> {
    let rate_hz = codec.sample_rate_hz();
    let mut samples = vec![0; bytes.len() * (rate_hz as usize / 8000)];
    check_length(name, samples.len(), rate_hz)?;
    let count = Decoder::new(codec).decode(bytes, &mut samples);
    samples.truncate(count);
    Ok(Audio { samples: samples.into_iter().map(to_float).collect(), rate_hz })
}

/// Some broken headers make the decoder overflow; a file must not end the process.
fn decode_guarded(name: &str, extension: &str, mut bytes: Vec<u8>) -> Result<Audio, PromptError> {
    clamp_wav_sizes(&mut bytes);
    std::panic::catch_unwind(|| decode_container(name, extension, bytes)).unwrap_or_else(|_| {
        let reason = "its header makes no sense".to_owned();
        Err(PromptError::Undecodable { name: name.to_owned(), reason })
    })
}

/// Speech programs that write to a pipe promise 2 GiB of samples: sizes become those of the file.
fn clamp_wav_sizes(bytes: &mut [u8]) {
    if bytes.len() < 12 || !bytes.starts_with(b"RIFF") || &bytes[8..12] != b"WAVE" {
        return;
    }
    let whole = u32::try_from(bytes.len() - 8).unwrap_or(u32::MAX);
    bytes[4..8].copy_from_slice(&whole.to_le_bytes());
    let mut at = 12;
    while let Some(&[a, b, c, d]) = bytes.get(at + 4..at + 8) {
        let size = u32::from_le_bytes([a, b, c, d]) as usize;
        let rest = bytes.len() - (at + 8);
        if size > rest {
            let clamped = u32::try_from(rest).unwrap_or(u32::MAX);
            bytes[at + 4..at + 8].copy_from_slice(&clamped.to_le_bytes());
            return;
        }
        at += 8 + size + size % 2;
    }
}

fn decode_container(name: &str, extension: &str, bytes: Vec<u8>) -> Result<Audio, PromptError> {
    let undecodable = |reason: String| PromptError::Undecodable { name: name.to_owned(), reason };
    let mut hint = Hint::new();
    hint.with_extension(extension);
    let stream = MediaSourceStream::new(Box::new(Cursor::new(bytes)), Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(|error| undecodable(error.to_string()))?;
    let track = format.default_track(TrackType::Audio).ok_or_else(|| undecodable("no audio in it".into()))?;
    let track_id = track.id;
    let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
    let parameters = parameters.ok_or_else(|| undecodable("its codec is not described".into()))?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(|error| undecodable(error.to_string()))?;
    let mut audio = Audio { samples: Vec::new(), rate_hz: 0 };
    let mut interleaved: Vec<f32> = Vec::new();
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            // A file that is cut short, or whose header promises more than there is, ends here.
            Ok(None) | Err(SymphoniaError::IoError(_)) => break,
            Err(error) => return Err(undecodable(error.to_string())),
        };
        if packet.track_id != track_id {
            continue;
        }
        let decoded = match decoder.decode(&packet) {
            Ok(decoded) => decoded,
            Err(SymphoniaError::IoError(_) | SymphoniaError::DecodeError(_)) => continue,
            Err(error) => return Err(undecodable(error.to_string())),
        };
        let channels = decoded.spec().channels().count().max(1);
        audio.rate_hz = decoded.spec().rate();
        decoded.copy_to_vec_interleaved(&mut interleaved);
        audio.samples.extend(interleaved.chunks_exact(channels).map(|all| all.iter().sum::<f32>() / channels as f32));
        check_length(name, audio.samples.len(), audio.rate_hz)?;
    }
    if !audio.samples.is_empty() && !(1000..=384_000).contains(&audio.rate_hz) {
        return Err(undecodable(format!("its sample rate of {} Hz is out of range", audio.rate_hz)));
    }
    Ok(audio)
}

fn check_length(name: &str, samples: usize, rate_hz: u32) -> Result<(), PromptError> {
    if samples as u64 > PROMPT_LENGTH_MAX.as_secs() * u64::from(rate_hz) {
        return Err(PromptError::TooLong { name: name.to_owned() });
    }
    Ok(())
}

fn resample(name: &str, audio: &Audio, rate_hz: u32) -> Result<Vec<i16>, PromptError> {
    if audio.rate_hz == rate_hz {
        return Ok(audio.samples.iter().copied().map(to_integer).collect());
    }
    let undecodable = |reason: String| PromptError::Undecodable { name: name.to_owned(), reason };
    let mut resampler = Fft::<f32>::new(audio.rate_hz as usize, rate_hz as usize, CHUNK, 1, FixedSync::Both)
        .map_err(|error| undecodable(error.to_string()))?;
    let count = audio.samples.len();
    // Float files may hold NaN, infinities and absurd values, which the transform must not meet.
    let samples: Vec<f32> =
        audio.samples.iter().map(|s| if s.is_finite() { s.clamp(-1.0, 1.0) } else { 0.0 }).collect();
    let input = InterleavedOwned::new_from(samples, 1, count).map_err(|error| undecodable(error.to_string()))?;
    let output = resampler.process_all(&input, count, None).map_err(|error| undecodable(error.to_string()))?;
    Ok(output.take_data().into_iter().map(to_integer).collect())
}

fn to_float(sample: i16) -> f32 {
    f32::from(sample) / 32768.0
}

fn to_integer(sample: f32) -> i16 {
    (sample * 32768.0).round().clamp(-32768.0, 32767.0) as i16
}
