//! Marks inside of a WAV file: the `cue ` and `LIST adtl` chunks that audio editors show as markers.

use std::time::Duration;

/// The longest text of a mark.
const LABEL_MAX: usize = 200;

/// A WAV file of ours with marks behind its samples: offsets and what happened there.
pub fn with_marks<'m>(wav: &[u8], marks: impl IntoIterator<Item = (Duration, &'m str)>) -> Vec<u8> {
    let mut file = wav.to_vec();
    let Some(rate_hz) = wav.get(24..28).map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    else {
        return file;
    };
    let (mut points, mut labels, mut count) = (Vec::new(), b"adtl".to_vec(), 0_u32);
    for (at, what) in marks {
        count += 1;
        let sample = u32::try_from(at.as_micros() * u128::from(rate_hz) / 1_000_000).unwrap_or(u32::MAX);
        // Name, place, chunk, start of chunk, start of block, sample.
        for field in [count.to_le_bytes(), sample.to_le_bytes(), *b"data", [0; 4], [0; 4], sample.to_le_bytes()] {
            points.extend(field);
        }
        let text: String = what.chars().filter(|c| !c.is_control()).take(LABEL_MAX).collect();
        let mut label = count.to_le_bytes().to_vec();
        label.extend(text.bytes().chain([0]));
        chunk(&mut labels, *b"labl", &label);
    }
    if count == 0 {
        return file;
    }
    let mut cue = count.to_le_bytes().to_vec();
    cue.extend(points);
    if file.len() % 2 == 1 {
        file.push(0);
    }
    chunk(&mut file, *b"cue ", &cue);
    chunk(&mut file, *b"LIST", &labels);
    let size = u32::try_from(file.len() - 8).unwrap_or(u32::MAX);
    file[4..8].copy_from_slice(&size.to_le_bytes());
    file
}

/// Name, length, content, and a zero when the length is odd.
fn chunk(file: &mut Vec<u8>, name: [u8; 4], content: &[u8]) {
    file.extend(name);
    file.extend(u32::try_from(content.len()).unwrap_or(u32::MAX).to_le_bytes());
    file.extend(content);
    if content.len() % 2 == 1 {
        file.push(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_lie_behind_the_samples() {
        let wav = media::wav_file(2, 8000, &[7; 64_000]);
        let marks = [(Duration::from_millis(500), "hold"), (Duration::from_secs(1), "paused by anna")];
        let marked = with_marks(&wav, marks);
        assert_eq!(marked[8..wav.len()], wav[8..], "the samples stay where they are");
        let size = u32::from_le_bytes([marked[4], marked[5], marked[6], marked[7]]);
        assert_eq!(size as usize, marked.len() - 8);
        let behind = &marked[wav.len()..];
        assert_eq!((&behind[..4], behind[4], behind[8]), (&b"cue "[..], 4 + 2 * 24, 2));
        assert_eq!(behind[16..20], 4000_u32.to_le_bytes(), "half a second");
        let list = &behind[8 + 4 + 2 * 24..];
        assert_eq!(&list[..4], b"LIST");
        assert!(list.windows(5).any(|window| window == b"hold\0"));
        assert_eq!(with_marks(&wav, []), wav);
        assert_eq!(with_marks(b"short", []), b"short");
    }
}
