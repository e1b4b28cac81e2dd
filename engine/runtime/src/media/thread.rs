//! One audio thread: sleeps until a packet, a job or the next slice of the wheel.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

use media::{MediaEvent, SLOT, SessionKey, Worker};
use mio::{Events, Poll};
use model::LegId;

use super::handover::{Arrival, Handover};
use super::sockets::{Readable, Sockets};
use super::{AudioJob, WAKE};
use crate::clock::Clock;
use crate::ports::PortPair;

/// Larger than any audio packet; what is longer is not ours.
const PACKET_MAX: usize = 2048;
/// Without sessions there is nothing to do but listen for jobs.
const IDLE: Duration = Duration::from_secs(1);

pub(super) struct AudioThread<E> {
    poll: Poll,
    inbox: Receiver<AudioJob>,
    clock: Clock,
    events: E,
    worker: Worker,
    sockets: Sockets,
    keys: BTreeMap<LegId, SessionKey>,
    /// Legs that other threads hand over.
    expected: BTreeSet<LegId>,
    /// Jobs in their order, while a leg is expected. A leg leaves in no time, and no job overtakes another.
    held: VecDeque<AudioJob>,
}

impl<E: Fn(MediaEvent)> AudioThread<E> {
    pub(super) fn new(poll: Poll, inbox: Receiver<AudioJob>, clock: Clock, events: E) -> Self {
        let (worker, sockets) = (Worker::new(), Sockets::default());
        let (keys, expected, held) = (BTreeMap::new(), BTreeSet::new(), VecDeque::new());
        Self { poll, inbox, clock, events, worker, sockets, keys, expected, held }
    }

    pub(super) fn run(mut self) {
        let mut ready = Events::with_capacity(1024);
        let mut buffer = [0; PACKET_MAX];
        loop {
            let patience = self.patience();
            if let Err(error) = self.poll.poll(&mut ready, Some(patience))
                && error.kind() != std::io::ErrorKind::Interrupted
            {
                tracing::error!(%error, "an audio thread cannot poll");
            }
            for event in &ready {
                if event.token() != WAKE
                    && let Some(readable) = self.sockets.readable(event.token())
                {
                    self.receive(readable, &mut buffer);
                }
            }
            if self.take_jobs().is_break() {
                return;
            }
            self.worker.tick(self.clock.now(), &mut self.sockets);
            self.tell_events();
        }
    }

    /// How long to wait in the poll. With many sessions each slice of the wheel has something to send: packets and
    /// jobs wait for the next one, at most 2 ms, and are taken together instead of waking the thread one by one.
    fn patience(&self) -> Duration {
        let until_due = self.worker.next_due().map_or(IDLE, |due| self.clock.until(due));
        if until_due > SLOT {
            return until_due;
        }
        std::thread::sleep(until_due);
        Duration::ZERO
    }

    fn tell_events(&mut self) {
        while let Some(event) = self.worker.poll_event() {
            (self.events)(event);
        }
    }

    fn receive(&mut self, readable: Readable, buffer: &mut [u8]) {
        while let Some((length, from)) = self.sockets.receive(readable, buffer) {
            let now = self.clock.now();
            let packet = &mut buffer[..length];
            match readable {
                Readable::Rtp(key) => self.worker.handle_rtp(now, key, from, packet, &mut self.sockets),
                Readable::Rtcp(key) => self.worker.handle_rtcp(now, key, from, packet),
            }
        }
    }

    fn take_jobs(&mut self) -> std::ops::ControlFlow<()> {
        loop {
            match self.inbox.try_recv() {
                Ok(AudioJob::Halt) | Err(TryRecvError::Disconnected) => return std::ops::ControlFlow::Break(()),
                Ok(job) => self.take(job),
                Err(TryRecvError::Empty) => return std::ops::ControlFlow::Continue(()),
            }
        }
    }

    fn take(&mut self, job: AudioJob) {
        if let AudioJob::Arrive(leg, arrival) = job {
            self.arrive(leg, arrival);
        } else {
            self.held.push_back(job);
        }
        while self.expected.is_empty()
            && let Some(job) = self.held.pop_front()
        {
            self.work(job);
        }
    }

    fn work(&mut self, job: AudioJob) {
        let now = self.clock.now();
        match job {
            AudioJob::Open { leg, ports, seed } => self.open(leg, ports, seed),
            AudioJob::Close { leg } => self.close(leg),
            AudioJob::Describe { leg, spec } => self.with(leg, |worker, key| worker.describe(now, key, spec)),
            AudioJob::Play { leg, playback, items, repeat } => {
                self.with(leg, |worker, key| worker.play(key, playback, items, repeat));
            }
            AudioJob::Stop { leg } => self.with(leg, Worker::stop),
            AudioJob::Record { leg, recording } => self.with(leg, |worker, key| worker.record(key, *recording)),
            AudioJob::StopRecording { leg } => self.with(leg, Worker::stop_recording),
            AudioJob::Hush { leg, hush } => self.with(leg, |worker, key| worker.hush_recording(key, hush)),
            AudioJob::Join { leg, with } => self.with_both(leg, with, Worker::join),
            AudioJob::Supervise { leg, of, how } => {
                self.with_both(leg, of, |worker, key, of| worker.supervise(key, of, how));
            }
            AudioJob::Part { leg } => self.with(leg, Worker::part),
            AudioJob::Watch { leg, patience } => self.with(leg, |worker, key| worker.watch(now, key, patience)),
            AudioJob::InfoDigit { leg, digit } => self.with(leg, |worker, key| worker.info_digit(now, key, digit)),
            AudioJob::Leave(handover) => self.leave(handover),
            AudioJob::Expect(leg) => {
                self.expected.insert(leg);
            }
            AudioJob::Arrive(leg, arrival) => self.arrive(leg, arrival),
            AudioJob::Halt => {}
        }
    }

    fn with(&mut self, leg: LegId, act: impl FnOnce(&mut Worker, SessionKey)) {
        if let Some(key) = self.keys.get(&leg) {
            act(&mut self.worker, *key);
        }
    }

    fn with_both(&mut self, one: LegId, other: LegId, act: impl FnOnce(&mut Worker, SessionKey, SessionKey)) {
        if let (Some(one), Some(other)) = (self.keys.get(&one), self.keys.get(&other)) {
            act(&mut self.worker, *one, *other);
        }
    }

    fn open(&mut self, leg: LegId, ports: PortPair, seed: u64) {
        let key = self.worker.open(self.clock.now(), leg, seed);
        if let Err(error) = self.sockets.insert(self.poll.registry(), key, ports) {
            tracing::error!(%leg, %error, "a leg has no audio: its sockets cannot be watched");
        }
        self.keys.insert(leg, key);
    }

    fn leave(&mut self, handover: Handover) {
        let Some(key) = self.keys.remove(&handover.leg()) else {
            return;
        };
        let sockets = self.sockets.release(self.poll.registry(), key);
        // What it told here comes before what it tells there.
        self.tell_events();
        if let Some(session) = self.worker.detach(key) {
            handover.keep(Arrival { session, sockets });
        }
    }

    fn arrive(&mut self, leg: LegId, arrival: Option<Box<Arrival>>) {
        self.expected.remove(&leg);
        let Some(arrival) = arrival else {
            return;
        };
        let key = self.worker.attach(arrival.session);
        self.keys.insert(leg, key);
        if let Some(pair) = arrival.sockets
            && let Err(error) = self.sockets.adopt(self.poll.registry(), key, pair)
        {
            tracing::error!(%leg, %error, "a leg has no audio: its sockets cannot be watched");
        }
    }

    fn close(&mut self, leg: LegId) {
        if let Some(key) = self.keys.remove(&leg) {
            self.worker.close(self.clock.now(), key, &mut self.sockets);
            self.sockets.remove(key);
        }
    }
}
