//! The audio threads: each owns the sockets and sessions of its legs and a 20 ms wheel.

mod handover;
mod sockets;
#[cfg(test)]
mod tests;
mod thread;

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use media::{MediaEvent, PlayItem, Repeat, Supervision};
use mio::{Poll, Token, Waker};
use model::{LegId, MediaSpec, PlaybackId};

use crate::clock::Clock;
use crate::ports::PortPair;
use handover::{Arrival, Handover};
use thread::AudioThread;

/// Wakes a thread that sleeps in `poll`.
const WAKE: Token = Token(usize::MAX);

/// What an audio thread is told.
pub(crate) enum AudioJob {
    Open { leg: LegId, ports: PortPair, seed: u64 },
    Close { leg: LegId },
    Describe { leg: LegId, spec: MediaSpec },
    Play { leg: LegId, playback: PlaybackId, items: Vec<PlayItem>, repeat: Repeat },
    Stop { leg: LegId },
    Record { leg: LegId, recording: Box<media::Recording> },
    StopRecording { leg: LegId },
    Hush { leg: LegId, hush: media::Hush },
    Join { leg: LegId, with: LegId },
    Part { leg: LegId },
    Supervise { leg: LegId, of: LegId, how: Supervision },
    Watch { leg: LegId, patience: Option<std::time::Duration> },
    InfoDigit { leg: LegId, digit: char },
    Leave(Handover),
    Expect(LegId),
    Arrive(LegId, Option<Box<Arrival>>),
    Halt,
}

/// A running audio thread.
pub(crate) struct AudioHandle {
    line: AudioLine,
    thread: Option<JoinHandle<()>>,
}

/// The way to an audio thread.
#[derive(Clone)]
pub(crate) struct AudioLine {
    jobs: Sender<AudioJob>,
    waker: Arc<Waker>,
}

impl AudioLine {
    fn send(&self, job: AudioJob) {
        // A thread that is gone has been halted; nobody listens any more.
        if self.jobs.send(job).is_ok()
            && let Err(error) = self.waker.wake()
        {
            tracing::error!(%error, "an audio thread cannot be woken");
        }
    }
}

impl AudioHandle {
    /// Starts a thread; its events go to `events`.
    ///
    /// # Errors
    /// When the system has no more threads or file descriptors.
    pub(crate) fn start(
        name: &str,
        clock: Clock,
        events: impl Fn(MediaEvent) + Send + 'static,
    ) -> std::io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let (jobs, inbox) = channel();
        let builder = std::thread::Builder::new().name(name.to_owned());
        let thread = builder.spawn(move || AudioThread::new(poll, inbox, clock, events).run())?;
        Ok(Self { line: AudioLine { jobs, waker }, thread: Some(thread) })
    }

    pub(crate) fn send(&self, job: AudioJob) {
        self.line.send(job);
    }

    /// Moves a leg with its sockets to another thread; jobs sent to that one from now on wait for it.
    pub(crate) fn move_leg(&self, leg: LegId, to: &AudioHandle) {
        to.send(AudioJob::Expect(leg));
        self.send(AudioJob::Leave(Handover::new(leg, to.line.clone())));
    }
}

impl Drop for AudioHandle {
    fn drop(&mut self) {
        self.send(AudioJob::Halt);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("an audio thread panicked");
        }
    }
}
