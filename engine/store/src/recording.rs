//! Which files hold recorded audio, and how far each is: a row before the first frame, mended after a crash.

use std::time::Duration;

use model::{CallId, Entry, Fact, Timestamp, WallTime};
use serde::{Deserialize, Serialize};

use crate::sql::{Row, sql};
use crate::word::{duration, from_word, micros, to_word};
use crate::{Store, StoreError};

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
        self.end_recording(file, RecordingState::Saved, length, ended_by).await
    }

    /// Marks a recording of a dead run as mended and, when it holds any audio, adds it to its call's journal and record.
    pub async fn recording_repaired(&self, file: &str, length: Duration, now: WallTime) -> Result<(), StoreError> {
        const ENDED_BY: &str = "crash";
        let row = self.recording(file).await?.ok_or_else(|| StoreError::UnknownRecording { file: file.to_owned() })?;
        if !length.is_zero() {
            let name = row.name;
            let file = file.to_owned();
            let fact = Fact::RecordingSaved { name, file, length, ended_by: ENDED_BY.to_owned() };
            self.append(&[Entry { at: Timestamp::ZERO, wall: now, call: Some(row.call), fact }]).await?;
        }
        self.end_recording(file, RecordingState::Interrupted, length, ENDED_BY).await
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

    async fn end_recording(
        &self,
        file: &str,
        state: RecordingState,
        length: Duration,
        by: &str,
    ) -> Result<(), StoreError> {
        let update =
            "UPDATE recordings SET state = $1, length_us = $2, ended_by = $3 WHERE file = $4 AND state = 'open'";
        let update = sql(update).bind(to_word(&state)?).bind(micros(length)).bind(by).bind(file);
        match self.database().execute(update).await? {
            0 => Err(StoreError::UnknownRecording { file: file.to_owned() }),
            _ => Ok(()),
        }
    }
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
