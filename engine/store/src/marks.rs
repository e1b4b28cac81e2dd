//! What happened when in a recording, derived from the journal of its call.

use std::time::Duration;

use model::{Entry, Fact, Timestamp};
use serde::Serialize;

/// A recording of a call and the moments in it that matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MarkedRecording {
    /// The file, relative to the project.
    pub file: String,
    /// What the flow, or the engine, calls it.
    pub name: String,
    /// How long it is; none while it is open, or when it failed.
    pub length: Option<Duration>,
    /// In the order they happened.
    pub marks: Vec<Mark>,
}

/// A moment in a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// From the beginning of the file.
    pub at: Duration,
    /// What happened.
    pub what: String,
}

/// The recordings of a call with their marks; `journal` is the call's own, in its order.
pub fn marked_recordings(journal: &[Entry]) -> Vec<MarkedRecording> {
    let mut found: Vec<(Timestamp, MarkedRecording)> = Vec::new();
    let mut talks_to: Option<&str> = None;
    for entry in journal {
        match &entry.fact {
            Fact::RecordingStarted { name, file } => {
                // The first agent is connected while the row is on its way to the disk.
                let connected = talks_to.map(|to| Mark { at: Duration::ZERO, what: format!("connected to {to}") });
                let marks = connected.into_iter().collect();
                let (file, name) = (file.clone(), name.clone());
                found.push((entry.at, MarkedRecording { file, name, length: None, marks }));
            }
            Fact::RecordingSaved { file, length, .. } => {
                if let Some((_, recording)) = found.iter_mut().find(|(_, recording)| recording.file == *file) {
                    recording.length = Some(*length);
                }
            }
            Fact::CallConnected { to, .. } => talks_to = Some(to),
            Fact::CallDisconnected { .. } => talks_to = None,
            _ => {}
        }
        let Some(what) = words(&entry.fact) else { continue };
        for (began, recording) in found.iter_mut().filter(|(_, recording)| recording.length.is_none()) {
            recording.marks.push(Mark { at: entry.at - *began, what: what.clone() });
        }
    }
    found.into_iter().map(|(_, recording)| recording).collect()
}

/// What a mark says about a fact; none for facts that nobody looks for in a recording.
fn words(fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::CallConnected { to, .. } => format!("connected to {to}"),
        Fact::CallDisconnected { .. } => "disconnected".into(),
        Fact::CallHeld { .. } => "hold".into(),
        Fact::CallResumed { .. } => "back from hold".into(),
        Fact::TransferRequested { to, .. } => format!("transfer to {to}"),
        Fact::CallTransferred { to, .. } => format!("transferred to {to}"),
        Fact::TransferFailed { to, .. } => format!("transfer to {to} failed"),
        Fact::CallQueued { queue, .. } => format!("waiting in {queue}"),
        Fact::RecordingPaused { by } => format!("paused by {by}"),
        Fact::RecordingResumed { by } => format!("resumed by {by}"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use model::{CallId, HangupCause, LegId, QueueId, WallTime};

    use super::*;

    #[test]
    fn marks_are_offsets_from_the_beginning_of_the_file() {
        let leg = LegId(2);
        let file = || "recordings/1-1-conversation.wav".to_owned();
        let (second, queue) =
            (|n: u64| Timestamp::from_micros(n * 1_000_000), QueueId::parse("sales").expect("a name"));
        let facts = [
            (1, Fact::CallQueued { queue: queue.clone(), position: 1, kept: false, place: None }),
            (10, Fact::CallConnected { leg, to: "anna".into() }),
            (11, Fact::RecordingStarted { name: "conversation".into(), file: file() }),
            (20, Fact::CallHeld { leg }),
            (25, Fact::CallResumed { leg }),
            (30, Fact::RecordingPaused { by: "anna".into() }),
            (40, Fact::RecordingResumed { by: "the time limit".into() }),
            (50, Fact::CallDisconnected { leg, talked: Duration::from_secs(40), cause: HangupCause::Transferred }),
            (50, Fact::CallTransferred { leg, to: "help".into() }),
            (55, Fact::CallConnected { leg: LegId(3), to: "ben".into() }),
            (
                60,
                Fact::RecordingSaved {
                    name: "conversation".into(),
                    file: file(),
                    length: Duration::from_secs(49),
                    ended_by: "hangup".into(),
                },
            ),
            (61, Fact::CallQueued { queue, position: 1, kept: false, place: None }),
        ];
        let entry = |(at, fact)| Entry { at: second(at), wall: WallTime(0), call: Some(CallId(1)), fact };
        let journal: Vec<Entry> = facts.into_iter().map(entry).collect();
        let [recording] = &marked_recordings(&journal)[..] else { panic!("one recording") };
        let marks: Vec<String> = recording.marks.iter().map(|mark| format!("{:?} {}", mark.at, mark.what)).collect();
        assert_eq!(recording.length, Some(Duration::from_secs(49)));
        assert_eq!(
            marks,
            [
                "0ns connected to anna",
                "9s hold",
                "14s back from hold",
                "19s paused by anna",
                "29s resumed by the time limit",
                "39s disconnected",
                "39s transferred to help",
                "44s connected to ben",
            ]
        );
    }
}
