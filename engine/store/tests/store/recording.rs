//! Recordings: a row before the first frame, mended after a crash.

use std::time::Duration;

use callwright_store::{OpenRecording, RecordingState, StoreError};
use model::{CallId, Message, WorkState};

use super::*;

fn recording(file: &str) -> OpenRecording {
    OpenRecording {
        file: file.into(),
        call: CallId(1),
        name: "message".into(),
        sample_rate_hz: 8000,
        channels: 1,
        opened_at: wall(2),
        mailbox: None,
        from: String::new(),
    }
}

#[tokio::test]
async fn a_finished_recording_is_not_repaired() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    store.open_recording(&recording("1.wav")).await.unwrap();
    store.close_recording("1.wav", Duration::from_secs(4), "silence").await.unwrap();
    drop(store);
    let (store, report) = shelf.open(10).await;
    assert_eq!(report.open_recordings, []);
    let row = store.recording("1.wav").await.unwrap().unwrap();
    assert_eq!((row.state, row.length), (RecordingState::Saved, Some(Duration::from_secs(4))));
}

#[tokio::test]
async fn a_recording_cut_by_a_crash_is_reported_mended_and_listed() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    store.append(&[entry(1, 1, arrived())]).await.unwrap();
    store.open_recording(&recording("1.wav")).await.unwrap();
    store.open_recording(&recording("empty.wav")).await.unwrap();
    drop(store);

    let (store, report) = shelf.open(10).await;
    assert_eq!(report.open_recordings, [recording("1.wav"), recording("empty.wav")]);
    store.recording_repaired("1.wav", Duration::from_secs(3), wall(11)).await.unwrap();
    store.recording_repaired("empty.wav", Duration::ZERO, wall(11)).await.unwrap();
    store.recording_repaired("1.wav", Duration::from_secs(3), wall(12)).await.unwrap_err();
    assert_eq!(store.call(CallId(1)).await.unwrap().unwrap().recordings, ["1.wav"]);
    assert_eq!(store.journal(CallId(1)).await.unwrap().len(), 3, "the second repair left no fact");
    let rows = store.recordings(CallId(1)).await.unwrap();
    assert!(
        rows.iter().all(|row| row.state == RecordingState::Interrupted && row.ended_by.as_deref() == Some("crash"))
    );

    drop(store);
    let (_, report) = shelf.open(20).await;
    assert_eq!(report.open_recordings, []);
}

#[tokio::test]
async fn two_recordings_cannot_share_a_file_and_an_unknown_one_cannot_end() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    store.open_recording(&recording("1.wav")).await.unwrap();
    store.open_recording(&recording("1.wav")).await.unwrap_err();
    let error = store.close_recording("2.wav", Duration::ZERO, "silence").await.unwrap_err();
    assert!(matches!(error, StoreError::UnknownRecording { .. }), "{error}");
}

#[tokio::test]
async fn mending_makes_no_message_whoever_starts_the_server_does() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    store.append(&[entry(1, 1, arrived())]).await.unwrap();
    store.open_recording(&OpenRecording { mailbox: Some("desk".into()), ..recording("1.wav") }).await.unwrap();
    drop(store);
    let (store, _) = shelf.open(10).await;
    store.recording_repaired("1.wav", Duration::from_secs(3), wall(11)).await.unwrap();
    assert_eq!(store.work(Message::KIND, WorkState::Open).await.unwrap(), []);
    assert_eq!(store.journal(CallId(1)).await.unwrap().len(), 3, "its recording alone is told");
}
