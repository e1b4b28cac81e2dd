//! The caller's mouth, ear and fingers: one session of a media worker with its own sockets.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use media::{
    Happened, Layout, PlayItem, Prompt, RECORDING_RATE_HZ, Recording, RecordingInlet, RecordingOutlet, Repeat,
    SessionKey, SessionStats, Sink, WavError, WavWriter, Worker, recording_pipe,
};
use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use model::{Codec, LegId, MediaSpec, PlaybackId, Ticket, Timestamp};

use crate::ports::PortPair;

/// Larger than any audio packet.
const PACKET_MAX: usize = 2048;
/// Pieces of 20 ms between two rounds of the loop: ten seconds.
const PIECES: usize = 500;
/// No recording is longer.
const RECORDING_MAX: Duration = Duration::from_secs(6 * 3600);

/// The audio of one call.
pub(super) struct Audio {
    worker: Worker,
    key: SessionKey,
    sockets: Pair,
    inlet: RecordingInlet,
    outlet: RecordingOutlet,
    tape: Option<WavWriter>,
    recording: Tape,
    voice: Option<Arc<Prompt>>,
    pub(super) codec: Option<Codec>,
}

#[derive(PartialEq, Eq)]
enum Tape {
    Idle,
    Running,
}

struct Pair {
    rtp: UdpSocket,
    rtcp: UdpSocket,
}

impl Sink for Pair {
    fn send(&mut self, _: SessionKey, to: SocketAddr, packet: &[u8]) {
        let _ = self.rtp.send_to(packet, to); // Lost like any other packet.
    }

    fn send_rtcp(&mut self, _: SessionKey, to: SocketAddr, packet: &[u8]) {
        let _ = self.rtcp.send_to(packet, to);
    }
}

impl Audio {
    /// Opens the session on two bound sockets.
    pub(super) fn open(
        now: Timestamp,
        ports: PortPair,
        registry: &Registry,
        (rtp_token, rtcp_token): (Token, Token),
    ) -> io::Result<Self> {
        let (mut rtp, mut rtcp) = (UdpSocket::from_std(ports.rtp), UdpSocket::from_std(ports.rtcp));
        registry.register(&mut rtp, rtp_token, Interest::READABLE)?;
        registry.register(&mut rtcp, rtcp_token, Interest::READABLE)?;
        let mut worker = Worker::new();
        let key = worker.open(now, LegId(1), rand::random());
        let (inlet, outlet) = recording_pipe(PIECES);
        Ok(Self {
            worker,
            key,
            sockets: Pair { rtp, rtcp },
            inlet,
            outlet,
            tape: None,
            recording: Tape::Idle,
            voice: None,
            codec: None,
        })
    }

    /// Records what is heard into a new file; one that is there is replaced.
    pub(super) fn record_to(&mut self, path: &Path) -> Result<(), WavError> {
        if path.is_file() {
            let io = |source| WavError::Io { path: path.to_owned(), source };
            std::fs::remove_file(path).map_err(io)?;
        }
        self.tape = Some(WavWriter::create(path, 1, RECORDING_RATE_HZ)?);
        Ok(())
    }

    /// Says this once the call is answered.
    pub(super) fn speak_with(&mut self, voice: Prompt) {
        self.voice = Some(Arc::new(voice));
    }

    /// What offer and answer agreed.
    pub(super) fn describe(&mut self, now: Timestamp, spec: MediaSpec) {
        self.codec = Some(spec.codec);
        self.worker.describe(now, self.key, spec);
        if self.tape.is_some() && self.recording == Tape::Idle {
            self.recording = Tape::Running;
            let sink = self.inlet.sink(Ticket(1));
            let (layout, max, silence) = (Layout::Mono, RECORDING_MAX, Duration::ZERO);
            self.worker.record(self.key, Recording { ticket: Ticket(1), layout, max, silence, sink });
        }
    }

    /// Begins to speak, if there is something to say.
    pub(super) fn speak(&mut self) {
        if let Some(voice) = self.voice.take() {
            self.worker.play(self.key, PlaybackId(1), vec![PlayItem::Prompt(voice)], Repeat::Once);
        }
    }

    /// Presses a key; false when the other side takes none.
    pub(super) fn press(&mut self, key: char) -> bool {
        self.worker.send_digit(self.key, key)
    }

    pub(super) fn receive_rtp(&mut self, now: Timestamp) {
        let mut buffer = [0; PACKET_MAX];
        while let Ok((length, from)) = self.sockets.rtp.recv_from(&mut buffer) {
            self.worker.handle_rtp(now, self.key, from, &mut buffer[..length], &mut self.sockets);
        }
    }

    pub(super) fn receive_rtcp(&mut self, now: Timestamp) {
        let mut buffer = [0; PACKET_MAX];
        while let Ok((length, from)) = self.sockets.rtcp.recv_from(&mut buffer) {
            self.worker.handle_rtcp(now, self.key, from, &buffer[..length]);
        }
    }

    /// Sends what is due and writes what was heard.
    pub(super) fn tick(&mut self, now: Timestamp) -> Result<(), WavError> {
        self.worker.tick(now, &mut self.sockets);
        self.write()
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.worker.next_due()
    }

    pub(super) fn poll_event(&mut self) -> Option<Happened> {
        self.worker.poll_event().map(|event| event.what)
    }

    pub(super) fn stats(&self) -> SessionStats {
        self.worker.stats(self.key).unwrap_or_default()
    }

    /// Ends the session; tells how much was recorded.
    pub(super) fn close(mut self, now: Timestamp) -> Result<Option<Duration>, WavError> {
        self.worker.close(now, self.key, &mut self.sockets);
        self.write()?;
        self.tape.map(WavWriter::finish).transpose()
    }

    fn write(&mut self) -> Result<(), WavError> {
        while let Some(piece) = self.outlet.try_next() {
            if let (Some(samples), Some(tape)) = (piece.samples(), &mut self.tape) {
                tape.append(samples)?;
            }
        }
        Ok(())
    }
}
