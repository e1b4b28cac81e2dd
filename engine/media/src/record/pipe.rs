//! From the media worker to the thread that writes files: a bounded queue that never blocks the worker.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use model::Ticket;

use super::{RecordingSink, SinkFull};
use crate::codec::FRAME_SAMPLES_MAX;

/// A part of one of the recordings that share a pipe.
#[derive(Debug, Clone)]
pub struct RecordingPiece {
    /// Whose.
    pub ticket: Ticket,
    count: u16,
    samples: [i16; FRAME_SAMPLES_MAX],
}

impl RecordingPiece {
    /// Samples to append; none when the recording is complete.
    pub fn samples(&self) -> Option<&[i16]> {
        (self.count > 0).then(|| &self.samples[..usize::from(self.count)])
    }
}

/// The worker's end: a sink for one recording.
pub struct RecordingInlet {
    sender: SyncSender<RecordingPiece>,
    ticket: Ticket,
}

/// The writer's end.
pub struct RecordingOutlet {
    receiver: Receiver<RecordingPiece>,
}

/// A pipe that holds `pieces` of 20 ms (650 bytes each) of all its recordings together.
pub fn recording_pipe(pieces: usize) -> (RecordingInlet, RecordingOutlet) {
    let (sender, receiver) = sync_channel(pieces);
    (RecordingInlet { sender, ticket: Ticket(0) }, RecordingOutlet { receiver })
}

impl RecordingInlet {
    /// A sink for another recording through the same pipe.
    pub fn sink(&self, ticket: Ticket) -> Box<dyn RecordingSink> {
        Box::new(Self { sender: self.sender.clone(), ticket })
    }

    fn put(&self, samples: &[i16]) -> Result<(), SinkFull> {
        let count = samples.len().min(FRAME_SAMPLES_MAX);
        let mut piece = RecordingPiece { ticket: self.ticket, count: count as u16, samples: [0; FRAME_SAMPLES_MAX] };
        piece.samples[..count].copy_from_slice(&samples[..count]);
        match self.sender.try_send(piece) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(SinkFull),
        }
    }
}

impl RecordingSink for RecordingInlet {
    fn append(&mut self, samples: &[i16]) -> Result<(), SinkFull> {
        self.put(samples)
    }

    fn finish(&mut self) {
        // A full pipe loses this word; the writer also hears of the end through the event.
        let _ = self.put(&[]);
    }
}

impl RecordingOutlet {
    /// Waits for the next piece; none when the time is up or every inlet is gone.
    pub fn next_within(&self, patience: Duration) -> Option<RecordingPiece> {
        self.receiver.recv_timeout(patience).ok()
    }

    /// The next piece that is there already.
    pub fn try_next(&self) -> Option<RecordingPiece> {
        self.receiver.try_recv().ok()
    }
}
