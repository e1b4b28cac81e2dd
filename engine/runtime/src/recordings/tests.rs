use std::path::PathBuf;

use script::config::RecordingKey;

use super::*;

fn keys(bytes: &[u8]) -> Keys {
    Keys::new(&bytes.iter().map(|byte| RecordingKey::new([*byte; 32])).collect::<Vec<_>>())
}

/// Three seconds of two channels, synced each second, and no end when `crashed`.
fn sealed_file(folder: &tempfile::TempDir, key: &Keys, end: &str) -> PathBuf {
    let path = folder.path().join(format!("{end}.sealed"));
    let mut writer = SealedWriter::create(&path, 2, 8000, key.newest().unwrap()).unwrap();
    for second in 0..3_i16 {
        writer.append(&[second; 16_000]).unwrap();
        writer.sync().unwrap();
    }
    if end == "whole" {
        assert_eq!(writer.finish().unwrap(), Duration::from_secs(3));
    }
    path
}

fn samples(wav: &[u8]) -> Vec<i16> {
    assert_eq!((&wav[..4], &wav[8..16]), (&b"RIFF"[..], &b"WAVEfmt "[..]));
    assert_eq!(wav.len(), 44 + u32::from_le_bytes([wav[40], wav[41], wav[42], wav[43]]) as usize);
    wav[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

fn spoken(seconds: i16) -> Vec<i16> {
    (0..seconds).flat_map(|second| [second; 16_000]).collect()
}

#[test]
fn what_was_sealed_is_read_with_the_key_and_with_no_other() {
    let (folder, key) = (tempfile::tempdir().unwrap(), keys(&[1]));
    let path = sealed_file(&folder, &key, "whole");
    let opened = open(&path, &key).unwrap();
    assert_eq!((samples(&opened.wav), opened.whole), (spoken(3), Whole::Yes));
    let error = read(&path, &keys(&[2])).unwrap_err().to_string();
    assert!(error.contains(&key.newest().unwrap().name()), "{error}");
    assert!(matches!(read(&path, &Keys::default()), Err(RecordingError::NoKey { .. })));
    let bytes = std::fs::read(&path).unwrap();
    let plain = [2_u8, 0, 2, 0, 2, 0, 2, 0];
    assert!(!bytes.windows(8).any(|window| window == plain), "a sample is written as it was said");
}

#[test]
fn old_recordings_stay_readable_when_the_key_changes() {
    let folder = tempfile::tempdir().unwrap();
    let old = sealed_file(&folder, &keys(&[1]), "whole");
    assert_eq!(samples(&read(&old, &keys(&[2, 1])).unwrap()), spoken(3));
    let new = folder.path().join("new.sealed");
    SealedWriter::create(&new, 1, 8000, keys(&[2, 1]).newest().unwrap()).unwrap().finish().unwrap();
    assert!(read(&new, &keys(&[1])).is_err() && read(&new, &keys(&[2])).is_ok());
}

#[test]
fn a_file_that_a_crash_cut_is_readable_up_to_the_last_whole_second() {
    let (folder, key) = (tempfile::tempdir().unwrap(), keys(&[1]));
    let path = sealed_file(&folder, &key, "crashed");
    let whole = std::fs::read(&path).unwrap();
    let frame = HEAD_BYTES + 32_000 + TAG_BYTES;
    assert_eq!(whole.len(), HEADER_BYTES + 3 * frame);
    for (cut, seconds) in [(0, 3), (1, 2), (frame - 1, 2), (frame, 2), (frame + 5, 1), (3 * frame, 0)] {
        std::fs::write(&path, &whole[..whole.len() - cut]).unwrap();
        let opened = open(&path, &key).unwrap();
        assert_eq!((samples(&opened.wav), opened.whole), (spoken(seconds), Whole::Cut), "{cut} bytes less");
        for _ in 0..2 {
            assert_eq!(repair(&path, &key).unwrap(), Duration::from_secs(seconds.unsigned_abs().into()), "{cut}");
            let mended = open(&path, &key).unwrap();
            assert_eq!((samples(&mended.wav), mended.whole), (spoken(seconds), Whole::Yes), "{cut}");
        }
    }
    for tail in [&[0; 4000][..], &[0x55; 100], &[0xff; 4]] {
        std::fs::write(&path, [&whole[..], tail].concat()).unwrap();
        assert_eq!(repair(&path, &key).unwrap(), Duration::from_secs(3));
        assert_eq!(samples(&read(&path, &key).unwrap()), spoken(3));
    }
    std::fs::write(&path, &whole[..whole.len() - 7]).unwrap();
    assert_eq!(repair(&path, &Keys::default()).unwrap(), Duration::from_secs(2), "lengths are known without a key");
    assert_eq!(samples(&read(&path, &key).unwrap()), spoken(2));
}

#[test]
fn every_change_is_noticed() {
    let (folder, key) = (tempfile::tempdir().unwrap(), keys(&[1]));
    let path = sealed_file(&folder, &key, "whole");
    let whole = std::fs::read(&path).unwrap();
    let frame = HEAD_BYTES + 32_000 + TAG_BYTES;
    let mut changed: Vec<Vec<u8>> = Vec::new();
    // One bit of header, length, samples, seal and end; what only shortens the file is told as cut.
    for at in [9, 13, 17, 25, HEADER_BYTES + 10, HEADER_BYTES + frame - 1, HEADER_BYTES + frame + 500, whole.len() - 1]
    {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        changed.push(bytes);
    }
    let (first, second) = (HEADER_BYTES..HEADER_BYTES + frame, HEADER_BYTES + frame..HEADER_BYTES + 2 * frame);
    changed
        .push([&whole[..HEADER_BYTES], &whole[second.clone()], &whole[first.clone()], &whole[second.end..]].concat());
    changed.push([&whole[..first.end], &whole[second.end..]].concat());
    changed.push([&whole[..], &whole[first.clone()]].concat());
    changed.push([&whole[..], &[1, 2, 3]].concat());
    let other = SealedWriter::create(&folder.path().join("other"), 2, 8000, key.newest().unwrap());
    drop(other);
    let other = std::fs::read(folder.path().join("other")).unwrap();
    changed.push([&other[..], &whole[HEADER_BYTES..]].concat());
    for (number, bytes) in changed.into_iter().enumerate() {
        std::fs::write(&path, bytes).unwrap();
        assert!(open(&path, &key).is_err(), "change {number} was not noticed");
    }
    std::fs::write(&path, &whole[..whole.len() - HEAD_BYTES - TAG_BYTES]).unwrap();
    assert_eq!(open(&path, &key).unwrap().whole, Whole::Cut, "an end that is missing is told");
}

#[test]
fn no_file_makes_it_panic() {
    let (folder, key) = (tempfile::tempdir().unwrap(), keys(&[1]));
    let path = folder.path().join("noise.sealed");
    let mut state = 3_u32;
    for length in 0..400 {
        let noise = (0..length).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        });
        std::fs::write(&path, MAGIC.into_iter().chain(noise).collect::<Vec<u8>>()).unwrap();
        let _ = (open(&path, &key), repair(&path, &key));
    }
}

#[test]
fn plain_recordings_are_read_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plain.wav");
    let mut writer = media::WavWriter::create(&path, 2, 8000).unwrap();
    writer.append(&spoken(3)).unwrap();
    writer.finish().unwrap();
    assert_eq!(samples(&read(&path, &keys(&[1])).unwrap()), spoken(3));
    assert_eq!(repair(&path, &Keys::default()).unwrap(), Duration::from_secs(3));
}
