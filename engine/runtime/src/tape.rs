//! Recordings on the disk: one thread writes them all and makes them durable every second.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use media::{
    Layout, RECORDING_RATE_HZ, Recording, RecordingInlet, RecordingOutlet, RecordingSink, SinkFull, WavWriter,
    recording_pipe,
};
use model::{LegId, Ticket};
use script::config::Config;
use store::{OpenReport, Store, StoreError};

use crate::clock::Clock;
use crate::inbox::{Inbox, Post};
use crate::recordings::{self, Keys, RecordingError, SealedWriter};

/// Samples per second of every recording.
pub(crate) const SAMPLE_RATE_HZ: u32 = RECORDING_RATE_HZ;
/// Pieces of 20 ms between the audio threads and the disk: 20 s of 20 recordings.
const PIECES: usize = 20_000;
/// What a crash may cost (data-loss contract §5.2).
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// The recorder's front.
pub(crate) struct Tapes {
    inlet: RecordingInlet,
    orders: Sender<Order>,
}

/// What shall be recorded, and for how long.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) ticket: Ticket,
    pub(crate) layout: Layout,
    pub(crate) max: Duration,
    pub(crate) silence: Duration,
}

/// A file that is being written.
enum TapeFile {
    Plain(WavWriter),
    Sealed(SealedWriter),
}

impl TapeFile {
    fn create(path: &Path, layout: Layout, keys: &Keys) -> Result<Self, RecordingError> {
        if let Some(folder) = path.parent() {
            let io = |source| RecordingError::Io { path: folder.to_owned(), source };
            crate::files::create_private_folder(folder).map_err(io)?;
        }
        Ok(match keys.newest() {
            Some(key) => Self::Sealed(SealedWriter::create(path, layout.channels(), SAMPLE_RATE_HZ, key)?),
            None => Self::Plain(WavWriter::create(path, layout.channels(), SAMPLE_RATE_HZ)?),
        })
    }

    fn append(&mut self, samples: &[i16]) -> Result<(), RecordingError> {
        match self {
            TapeFile::Plain(writer) => Ok(writer.append(samples)?),
            TapeFile::Sealed(writer) => writer.append(samples),
        }
    }

    fn sync(&mut self) -> Result<(), RecordingError> {
        match self {
            TapeFile::Plain(writer) => Ok(writer.sync()?),
            TapeFile::Sealed(writer) => writer.sync(),
        }
    }

    fn finish(self) -> Result<Duration, RecordingError> {
        match self {
            TapeFile::Plain(writer) => Ok(writer.finish()?),
            TapeFile::Sealed(writer) => writer.finish(),
        }
    }
}

/// Set by the recorder when a file has failed.
type Fault = Arc<AtomicBool>;

/// Takes nothing more once its file has failed, so that who speaks is told at once and not when he has said it all.
struct Watched {
    sink: Box<dyn RecordingSink>,
    fault: Fault,
}

impl RecordingSink for Watched {
    fn append(&mut self, samples: &[i16]) -> Result<(), SinkFull> {
        if self.fault.load(Ordering::Relaxed) { Err(SinkFull) } else { self.sink.append(samples) }
    }

    fn finish(&mut self) {
        self.sink.finish();
    }
}

/// A recording that is not over.
struct Tape {
    /// None after a fault: what cannot be trusted is not written to any more.
    file: Option<TapeFile>,
    fault: Fault,
}

impl Tape {
    fn fails(&mut self, error: &RecordingError) {
        tracing::error!(%error, "a recording ends here");
        self.file = None;
        self.fault.store(true, Ordering::Relaxed);
    }
}

enum Order {
    Open { ticket: Ticket, path: PathBuf, layout: Layout, keys: Keys, fault: Fault },
    Close { ticket: Ticket, leg: LegId, length: Duration, ended_by: String },
}

impl Tapes {
    /// Starts the writing thread; closed files are reported to `post`.
    pub(crate) fn start(clock: Clock, post: Post) -> io::Result<Self> {
        let (inlet, outlet) = recording_pipe(PIECES);
        let (orders, inbox) = channel();
        let recorder = Recorder { outlet, inbox, clock, post, open: BTreeMap::new(), closing: Vec::new() };
        std::thread::Builder::new().name("recorder".into()).spawn(move || recorder.run())?;
        Ok(Self { inlet, orders })
    }

    /// A recording into a new file, sealed when there is a key.
    pub(crate) fn record(&self, path: PathBuf, keys: Keys, wanted: Wanted) -> Recording {
        let Wanted { ticket, layout, max, silence } = wanted;
        let fault = Fault::default();
        self.order(Order::Open { ticket, path, layout, keys, fault: fault.clone() });
        let sink = Box::new(Watched { sink: self.inlet.sink(ticket), fault });
        Recording { ticket, layout, max, silence, sink }
    }

    /// No more samples will come; [`Inbox::TapeClosed`] follows when the file is durable.
    pub(crate) fn close(&self, ticket: Ticket, leg: LegId, length: Duration, ended_by: String) {
        self.order(Order::Close { ticket, leg, length, ended_by });
    }

    fn order(&self, order: Order) {
        if self.orders.send(order).is_err() {
            tracing::error!("the recorder is gone");
        }
    }
}

struct Recorder {
    outlet: RecordingOutlet,
    inbox: Receiver<Order>,
    clock: Clock,
    post: Post,
    open: BTreeMap<Ticket, Tape>,
    closing: Vec<(Ticket, LegId, Duration, String)>,
}

impl Recorder {
    fn run(mut self) {
        const LOOK_UP: Duration = Duration::from_millis(20);
        let mut sync_at = self.clock.now() + SYNC_EVERY;
        loop {
            let piece = self.outlet.next_within(LOOK_UP);
            let ended = self.take_orders();
            for piece in piece.into_iter().chain(std::iter::from_fn(|| self.outlet.try_next())).collect::<Vec<_>>() {
                if let Some(samples) = piece.samples() {
                    self.with(piece.ticket, |writer| writer.append(samples));
                }
            }
            self.close_files();
            if self.clock.now() >= sync_at {
                sync_at = self.clock.now() + SYNC_EVERY;
                let tickets: Vec<Ticket> = self.open.keys().copied().collect();
                for ticket in tickets {
                    self.with(ticket, TapeFile::sync);
                }
            }
            if ended && self.open.is_empty() {
                return;
            }
        }
    }

    /// True when nobody will order anything more.
    fn take_orders(&mut self) -> bool {
        loop {
            match self.inbox.try_recv() {
                Ok(Order::Open { ticket, path, layout, keys, fault }) => {
                    let mut tape = Tape { file: None, fault };
                    match TapeFile::create(&path, layout, &keys) {
                        Ok(file) => tape.file = Some(file),
                        Err(error) => tape.fails(&error),
                    }
                    self.open.insert(ticket, tape);
                }
                Ok(Order::Close { ticket, leg, length, ended_by }) => {
                    self.closing.push((ticket, leg, length, ended_by));
                }
                Err(error) => return error == std::sync::mpsc::TryRecvError::Disconnected,
            }
        }
    }

    fn with(&mut self, ticket: Ticket, act: impl FnOnce(&mut TapeFile) -> Result<(), RecordingError>) {
        let Some(tape) = self.open.get_mut(&ticket) else { return };
        if let Some(Err(error)) = tape.file.as_mut().map(act) {
            tape.fails(&error);
        }
    }

    /// Everything that was recorded before the order is in the pipe already, so the file is complete.
    fn close_files(&mut self) {
        for (ticket, leg, length, ended_by) in std::mem::take(&mut self.closing) {
            let writer = self.open.remove(&ticket).and_then(|tape| tape.file);
            let (length, ended_by) = match writer.map(TapeFile::finish) {
                Some(Ok(length)) => (length, ended_by),
                Some(Err(error)) => {
                    tracing::error!(%error, "a recording could not be closed");
                    (length, "failed".to_owned())
                }
                None => (length, "failed".to_owned()),
            };
            self.post.send(Inbox::TapeClosed { leg, ticket, length, ended_by });
        }
    }
}

/// Mends what a crash left behind. Gives the number of recordings.
pub(crate) async fn repair(
    store: &Store,
    (root, config): (&Path, &Config),
    report: &OpenReport,
    clock: Clock,
) -> Result<usize, StoreError> {
    let keys = Keys::new(&config.recording.keys);
    for open in &report.open_recordings {
        let path = root.join(&open.file);
        let length = match recordings::repair(&path, &keys) {
            Ok(length) => length,
            Err(error) => {
                tracing::warn!(%error, "a recording of a dead run holds nothing");
                Duration::ZERO
            }
        };
        crate::cut_messages::deliver(store, config, open, length, clock.wall()).await?;
        if crate::cut_messages::is_told(store, open).await? {
            store.close_recording(&open.file, length, "crash").await?;
        } else {
            store.recording_repaired(&open.file, length, clock.wall()).await?;
        }
    }
    Ok(report.open_recordings.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbox::post_box;

    #[test]
    fn a_file_that_cannot_be_written_takes_no_more_samples() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("taken.wav"), "").unwrap();
        let (post, letters) = post_box();
        let tapes = Tapes::start(Clock::start(), post).unwrap();
        let (ticket, layout) = (Ticket(1), Layout::Mono);
        let wanted = Wanted { ticket, layout, max: Duration::from_secs(60), silence: Duration::ZERO };
        let mut recording = tapes.record(folder.path().join("taken.wav"), Keys::default(), wanted);
        let refused = (0..1_000).any(|_| {
            std::thread::sleep(Duration::from_millis(5));
            recording.sink.append(&[0; 160]).is_err()
        });
        assert!(refused, "a recording without a file goes on");
        tapes.close(ticket, LegId(1), Duration::from_secs(1), "failed".to_owned());
        let Ok(Inbox::TapeClosed { ended_by, .. }) = letters.wait(Duration::from_secs(20)) else {
            panic!("the tape was not closed");
        };
        assert_eq!(ended_by, "failed");
    }

    #[test]
    fn a_recording_of_both_sides_is_a_file_of_two_channels() {
        let folder = tempfile::tempdir().unwrap();
        let (post, letters) = post_box();
        let tapes = Tapes::start(Clock::start(), post).unwrap();
        for (ticket, layout) in [(Ticket(1), Layout::Mono), (Ticket(2), Layout::Stereo)] {
            let path = folder.path().join(format!("recordings/{}.wav", ticket.0));
            let wanted = Wanted { ticket, layout, max: Duration::from_secs(60), silence: Duration::ZERO };
            let mut recording = tapes.record(path.clone(), Keys::default(), wanted);
            let frame: Vec<i16> = (0..160 * layout.channels()).map(|n| n as i16).collect();
            (0..50).for_each(|_| recording.sink.append(&frame).unwrap());
            recording.sink.finish();
            tapes.close(ticket, LegId(1), Duration::from_secs(1), "stopped".to_owned());
            let Ok(Inbox::TapeClosed { length, ended_by, .. }) = letters.wait(Duration::from_secs(20)) else {
                panic!("the tape was not closed");
            };
            assert_eq!((length, &*ended_by), (Duration::from_secs(1), "stopped"));
            let bytes = std::fs::read(path).unwrap();
            assert_eq!(bytes[22..24], layout.channels().to_le_bytes());
            assert_eq!(bytes[40..44], (16_000 * u32::from(layout.channels())).to_le_bytes());
            assert_eq!(bytes[44..48], [0, 0, 1, 0]);
            assert_eq!(bytes.len(), 44 + 16_000 * usize::from(layout.channels()));
        }
    }
}
