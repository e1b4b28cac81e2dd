//! Messages that a process was recording when it died: at the next start they lie in their boxes, and are mailed.

use std::time::Duration;

use model::{Entry, Fact, Timestamp, WallTime};
use script::config::Config;
use store::{OpenRecording, Store, StoreError};
use switchboard::{CutMessage, message_of_dead_run};

/// Makes the message of a recording that a dead run left open, unless it has one already. The recording's row is
/// closed after this, so that a start that dies here is made up for by the next one.
pub(crate) async fn deliver(
    store: &Store,
    config: &Config,
    open: &OpenRecording,
    length: Duration,
    now: WallTime,
) -> Result<(), StoreError> {
    let Some(mailbox) = open.mailbox.clone() else { return Ok(()) };
    if store.has_message(&open.file).await? {
        return Ok(());
    }
    let (id, _) = store.next_work_ids().await?;
    let (call, from, file, left_at) = (open.call, open.from.clone(), open.file.clone(), open.opened_at);
    let cut = CutMessage { mailbox, call, from, file, length, left_at };
    let Some((work, facts)) = message_of_dead_run(config, cut, id, now) else { return Ok(()) };
    store.keep(&work, now).await?;
    let entry = |fact: Fact| Entry { at: Timestamp::ZERO, wall: now, call: Some(open.call), fact };
    store.append(&facts.into_iter().map(entry).collect::<Vec<_>>()).await
}

/// Was this recording written into the journal by the run that died?
pub(crate) async fn is_told(store: &Store, open: &OpenRecording) -> Result<bool, StoreError> {
    let journal = store.journal(open.call).await?;
    Ok(journal.iter().any(|entry| matches!(&entry.fact, Fact::RecordingSaved { file, .. } if *file == open.file)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]
    use model::{CallId, Message, Work, WorkState};

    use super::*;

    #[tokio::test]
    async fn a_cut_message_lies_in_its_box_once() {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open("sqlite:test.db", folder.path(), WallTime(1)).await.unwrap();
        let text = "boxes: { desk: { email: desk@clinic.example } }";
        let config = Config::parse("callwright.yaml", text, &|_| None, &|_| Ok(String::new())).unwrap();
        let open = |file: &str, mailbox: Option<&str>| OpenRecording {
            file: file.to_owned(),
            call: CallId(7),
            name: "desk".to_owned(),
            sample_rate_hz: 8000,
            channels: 1,
            opened_at: WallTime(5),
            mailbox: mailbox.map(str::to_owned),
            from: "+4930111".to_owned(),
        };
        let seconds = Duration::from_secs;
        let rows = [
            (open("recordings/7-1-desk.wav", Some("desk")), seconds(9)),
            (open("recordings/7-1-desk.wav", Some("desk")), seconds(9)),
            (open("recordings/7-2-desk.wav", Some("desk")), Duration::from_millis(900)),
            (open("recordings/7-3-note.wav", None), seconds(9)),
        ];
        for (row, length) in &rows {
            deliver(&store, &config, row, *length, WallTime(9)).await.unwrap();
        }
        let found = store.work(Message::KIND, WorkState::Open).await.unwrap();
        let [Work::Message(message)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((message.mailbox.as_str(), message.from.as_str(), message.length), ("desk", "+4930111", seconds(9)));
        let mails = store.work(model::Delivery::KIND, WorkState::Open).await.unwrap();
        assert_eq!(mails.iter().map(Work::id).collect::<Vec<_>>(), ["message-1-5"]);
        assert!(!is_told(&store, &rows[0].0).await.unwrap());
    }
}
