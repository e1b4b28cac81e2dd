//! Which files hold recorded audio, and how far each is: a row before the first frame, mended after a crash.

use std::time::Duration;

use model::{CallId, Entry, Fact, Message, Timestamp, WallTime, Work, WorkState};
use serde::{Deserialize, Serialize};

use crate::database::Transaction;
use crate::sql::{Row, Sql, sql};
use crate::word::{duration, from_word, micros, to_word};
use crate::{Store, StoreError};

const BY_CRASH: &str = "crash";

/// A recording that is being written, or whose process died: then its WAV header is out of date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRecording {
    /// The file, relative to the project; no two recordings share one.
    pub file: String,
    /// The call.
    pub call: CallId,
    /// What the flow calls it.
    pub name: String,
    /// Samples per second and channel.
    pub sample_rate_hz: u32,
    /// 1, or 2 for caller left and agent right.
    pub channels: u8,
    /// When it began.
    pub opened_at: WallTime,
    /// The box whose message it becomes.
    pub mailbox: Option<String>,
    /// The caller's number.
    pub from: String,
}

/// How far a recording is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingState {
    /// Being written, or left so by a crash.
    Open,
    /// Complete.
    Saved,
    /// Cut by a crash and mended.
    Interrupted,
    /// Nobody wants it: its file is deleted as soon as no message or mail names it.
    Discarded,
}

/// A recording as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingRow {
    /// The file, relative to the project.
    pub file: String,
    /// The call.
    pub call: CallId,
    /// What the flow calls it.
    pub name: String,
    /// How far it is.
    pub state: RecordingState,
    /// How much audio it holds; none while it is open.
    pub length: Option<Duration>,
    /// What ended it; none while it is open.
    pub ended_by: Option<String>,
}

impl Store {
    /// Commits the row of a recording; write the first frame only after this returns.
    pub async fn open_recording(&self, recording: &OpenRecording) -> Result<(), StoreError> {
        let insert = "INSERT INTO recordings (file, call_id, boot, name, sample_rate_hz, channels, state, opened_at, mailbox, caller) \
            VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $9)";
        let insert = sql(insert)
            .bind(&recording.file)
            .bind(recording.call.0.cast_signed())
            .bind(self.boot().0)
            .bind(&recording.name)
            .bind(i64::from(recording.sample_rate_hz))
            .bind(i64::from(recording.channels))
            .bind(recording.opened_at.0)
            .bind(&recording.mailbox)
            .bind(&recording.from);
        self.database().execute(insert).await?;
        Ok(())
    }

    /// Marks a recording as complete; its file must be synced before. The call's record follows from the journal.
    pub async fn close_recording(&self, file: &str, length: Duration, ended_by: &str) -> Result<(), StoreError> {
        match self.database().execute(end(file, RecordingState::Saved, length, ended_by)?).await? {
            0 => Err(StoreError::UnknownRecording { file: file.to_owned() }),
            _ => Ok(()),
        }
    }

    /// Marks a recording of a dead run as mended and, when it holds any audio, adds it to its call's journal and record.
    pub async fn recording_repaired(&self, file: &str, length: Duration, now: WallTime) -> Result<(), StoreError> {
        let unknown = || StoreError::UnknownRecording { file: file.to_owned() };
        let select = sql("SELECT * FROM recordings WHERE file = $1 AND state = 'open'").bind(file);
        let row = self.database().row(select).await?.ok_or_else(unknown)?;
        let recording = open_recording_from_row(&row)?;
        let (name, call) = (recording.name, Some(recording.call));
        let fact = Fact::RecordingSaved { name, file: recording.file, length, ended_by: BY_CRASH.to_owned() };
        let saved = Entry { at: Timestamp::ZERO, wall: now, call, fact };
        let entries: Vec<Entry> = Some(saved).filter(|_| !length.is_zero()).into_iter().collect();
        self.append_with(&entries, &Mended { file: file.to_owned(), length }).await
    }

    /// Does this recording lie in a box already, or did it once?
    pub async fn has_message(&self, file: &str) -> Result<bool, StoreError> {
        for state in [WorkState::Open, WorkState::Done] {
            let messages = self.work(Message::KIND, state).await?;
            if messages.iter().any(|unit| matches!(unit, Work::Message(message) if message.file == file)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// One recording by its file.
    pub async fn recording(&self, file: &str) -> Result<Option<RecordingRow>, StoreError> {
        let select = "SELECT * FROM recordings WHERE file = $1";
        let row = self.database().row(sql(select).bind(file)).await?;
        row.as_ref().map(recording_from_row).transpose()
    }

    /// The recordings of one call in the order they began.
    pub async fn recordings(&self, call: CallId) -> Result<Vec<RecordingRow>, StoreError> {
        let select = "SELECT * FROM recordings WHERE call_id = $1 ORDER BY opened_at, file";
        let rows = self.database().rows(sql(select).bind(call.0.cast_signed())).await?;
        rows.iter().map(recording_from_row).collect()
    }

    /// Recordings that dead runs left open.
    pub(crate) async fn open_recordings(&self) -> Result<Vec<OpenRecording>, StoreError> {
        let select = "SELECT * FROM recordings WHERE state = 'open' AND boot <> $1 ORDER BY opened_at, file";
        let rows = self.database().rows(sql(select).bind(self.boot().0)).await?;
        rows.iter().map(open_recording_from_row).collect()
    }
}

/// The row of a mended recording.
pub(crate) struct Mended {
    file: String,
    length: Duration,
}

impl Mended {
    pub(crate) async fn keep(&self, transaction: &mut Transaction) -> Result<(), StoreError> {
        let end = end(&self.file, RecordingState::Interrupted, self.length, BY_CRASH)?;
        if transaction.execute(end).await? == 0 {
            return Err(StoreError::UnknownRecording { file: self.file.clone() });
        }
        Ok(())
    }
}

fn end(file: &str, state: RecordingState, length: Duration, by: &str) -> Result<Sql, StoreError> {
    let update = "UPDATE recordings SET state = $1, length_us = $2, ended_by = $3 WHERE file = $4 AND state = 'open'";
    Ok(sql(update).bind(to_word(&state)?).bind(micros(length)).bind(by).bind(file))
}

fn recording_from_row(row: &Row) -> Result<RecordingRow, StoreError> {
    let file: String = row.get("file")?;
    let length: Option<i64> = row.get("length_us")?;
    Ok(RecordingRow {
        call: call_of(row)?,
        name: row.get("name")?,
        state: from_word(row.get("state")?, || format!("the recording {file}"))?,
        length: length.map(duration),
        ended_by: row.get("ended_by")?,
        file,
    })
}

fn open_recording_from_row(row: &Row) -> Result<OpenRecording, StoreError> {
    let sample_rate_hz: i64 = row.get("sample_rate_hz")?;
    let channels: i64 = row.get("channels")?;
    let file: String = row.get("file")?;
    let broken =
        |reason: &str| StoreError::Unreadable { what: format!("the recording {file}"), reason: reason.to_owned() };
    Ok(OpenRecording {
        call: call_of(row)?,
        name: row.get("name")?,
        sample_rate_hz: u32::try_from(sample_rate_hz).map_err(|_| broken("impossible sample rate"))?,
        channels: u8::try_from(channels).map_err(|_| broken("impossible number of channels"))?,
        opened_at: WallTime(row.get("opened_at")?),
        mailbox: row.get("mailbox")?,
        from: row.get("caller")?,
        file,
    })
}

fn call_of(row: &Row) -> Result<CallId, StoreError> {
    Ok(CallId(row.get::<i64>("call_id")?.cast_unsigned()))
}
