//! Many sessions and the 20 ms wheel that moves them.

use std::net::SocketAddr;
use std::time::Duration;

use model::{LegId, MediaSpec, PlaybackId, Timestamp};
use rtp_types::RtpPacketMut;

use crate::circle::{self, Audience, Ear, Overheard, Passing, Supervision};
use crate::dtmf::Source;
use crate::event::{MediaEvent, RecordingEnd, SessionKey, Sink};
use crate::hearing::Voice;
use crate::incoming::SessionStats;
use crate::link;
use crate::outgoing::Outgoing;
use crate::places::Places;
use crate::playlist::{PlayItem, Player, Repeat};
use crate::record::{Hush, Recording};
use crate::session::{Content, Events, Session};

/// Slices of the wheel: sessions are spread over them, so that packets do not leave in bursts.
const SLOTS: usize = 10;
/// One slice of the wheel: how long after a session's packet the next session's may leave.
pub const SLOT: Duration = Duration::from_millis(2);
/// A worker that was held up for longer leaves out what it missed instead of sending a burst.
const LAG_MAX: Duration = Duration::from_millis(60);
/// Moves the audio of many legs. Pure: packets and time come in, packets and events go out.
///
/// After every input drain [`Worker::poll_event`]; call [`Worker::tick`] at [`Worker::next_due`].
#[derive(Default)]
pub struct Worker {
    places: Places,
    slots: [Vec<SessionKey>; SLOTS],
    slot: usize,
    due: Option<Timestamp>,
    events: Events,
}

/// A session between two workers: its stream goes on where it stopped.
pub struct Detached(Box<Session>);

impl Worker {
    /// A worker without sessions.
    pub fn new() -> Self {
        Self { events: Events::with_capacity(256), ..Self::default() }
    }

    /// Opens a session for a leg. `seed` is the chance behind SSRC, first sequence number and
    /// first timestamp (RFC 3550 §5.1).
    pub fn open(&mut self, now: Timestamp, leg: LegId, seed: u64) -> SessionKey {
        let (a, b) = (scramble(seed), scramble(seed ^ 0x9E37_79B9_7F4A_7C15));
        // The first sequence number leaves room before its wrap, for old implementations.
        let outgoing = Outgoing::new(a as u32, (a >> 33) as u16, b as u32);
        self.settle(Box::new(Session::new(now, SessionKey(0), leg, outgoing)))
    }

    /// Ends a session with an RTCP farewell.
    pub fn close(&mut self, now: Timestamp, key: SessionKey, out: &mut impl Sink) {
        link::leave(&mut self.places, key);
        self.stop_recording(key);
        if let Some(session) = self.places.get_mut(key) {
            session.farewell(now, out);
        }
        self.unsettle(key);
    }

    /// Takes a session out, for [`Worker::attach`] of another worker with the same clock. It is parted
    /// from partner and supervisor; what it plays and records goes on over there. None when there is no such session.
    pub fn detach(&mut self, key: SessionKey) -> Option<Detached> {
        link::leave(&mut self.places, key);
        self.unsettle(key).map(Detached)
    }

    /// Goes on with a session of another worker, under a key of this one.
    pub fn attach(&mut self, detached: Detached) -> SessionKey {
        self.settle(detached.0)
    }

    /// Finds a place and a slot of the wheel.
    fn settle(&mut self, session: Box<Session>) -> SessionKey {
        let slot = (0..SLOTS).min_by_key(|slot| self.slots[*slot].len()).unwrap_or(0);
        let key = self.places.settle(session);
        self.slots[slot].push(key);
        key
    }

    /// Frees the place of a session; its key is not used again soon.
    fn unsettle(&mut self, key: SessionKey) -> Option<Box<Session>> {
        let session = self.places.unsettle(key)?;
        for slot in &mut self.slots {
            slot.retain(|other| *other != key);
        }
        Some(session)
    }

    /// What offer and answer agreed; the stream we send goes on with its numbers.
    pub fn describe(&mut self, now: Timestamp, key: SessionKey, spec: MediaSpec) {
        if let Some(session) = self.places.get_mut(key) {
            session.describe(now, spec);
        }
    }

    /// Plays items in order; a playback that is running ends without a word.
    pub fn play(&mut self, key: SessionKey, playback: PlaybackId, items: Vec<PlayItem>, repeat: Repeat) {
        let player = Player::new(playback, items, repeat);
        let Some(session) = self.places.get_mut(key) else {
            return;
        };
        if player.is_over() {
            let leg = session.leg;
            session.stop();
            let how = model::PlaybackEnd::Finished;
            let what = crate::event::Happened::PlaybackEnded { playback, how };
            self.events.push_back(MediaEvent { leg, what });
        } else {
            session.play(player);
        }
    }

    /// Stops what is playing; no event follows.
    pub fn stop(&mut self, key: SessionKey) {
        if let Some(session) = self.places.get_mut(key) {
            session.stop();
        }
    }

    /// Sends a digit to the leg as RFC 4733 events; false when it is no key, too many wait, or the
    /// other side knows no events.
    pub fn send_digit(&mut self, key: SessionKey, digit: char) -> bool {
        self.places.get_mut(key).is_some_and(|session| session.push_digit(digit))
    }

    /// Lets two legs hear each other; what they play stops, former partners are parted.
    pub fn join(&mut self, a: SessionKey, b: SessionKey) {
        link::join(&mut self.places, a, b);
    }

    /// Stops passing audio between a leg and its partner; a supervisor's part in a conversation ends.
    pub fn part(&mut self, key: SessionKey) {
        link::part(&mut self.places, key);
    }

    /// Lets a supervisor's leg take part in the conversation of `of`, an agent's leg; what it plays stops, and a
    /// former partner is parted. Called again it changes the manner. It follows `of` from partner to partner
    /// until it is parted, joined, detached or closed, or `of` is detached or closed.
    ///
    /// An agent has one supervisor, the latest; the one before hears nothing more. Who supervises cannot
    /// be supervised: nothing happens then. Parties that play something hear that instead.
    pub fn supervise(&mut self, key: SessionKey, of: SessionKey, how: Supervision) {
        link::supervise(&mut self.places, key, of, how);
    }

    /// Records a leg; a recording that is running ends as stopped.
    pub fn record(&mut self, key: SessionKey, recording: Recording) {
        let (places, events) = (&mut self.places, &mut self.events);
        if let Some(session) = places.get_mut(key) {
            session.record(recording, events);
        }
    }

    /// Ends a recording; its end is reported.
    pub fn stop_recording(&mut self, key: SessionKey) {
        let (places, events) = (&mut self.places, &mut self.events);
        if let Some(session) = places.get_mut(key) {
            session.end_recording(RecordingEnd::Stopped, events);
        }
    }

    /// Keeps voices out of the recording that is running, or lets them in again; it stays as long as the call.
    pub fn hush_recording(&mut self, key: SessionKey, hush: Hush) {
        if let Some(recorder) = self.places.get_mut(key).and_then(|session| session.recorder.as_mut()) {
            match hush {
                Hush::Begin => recorder.pause(),
                Hush::End => recorder.resume(),
            }
        }
    }

    /// A digit that signalling brought (SIP INFO).
    pub fn info_digit(&mut self, now: Timestamp, key: SessionKey, digit: char) {
        let (places, events) = (&mut self.places, &mut self.events);
        if let Some(session) = places.get_mut(key) {
            session.tell_digit(now, Source::Info, digit.to_ascii_uppercase(), events);
        }
    }

    /// Tells once when no RTP came for this long; hold does not count, nor a party that never sent any.
    /// None stops watching.
    pub fn watch(&mut self, now: Timestamp, key: SessionKey, patience: Option<Duration>) {
        if let Some(session) = self.places.get_mut(key) {
            session.watch(now, patience);
        }
    }

    /// Takes an RTP packet; for a joined leg it is rewritten in place and sent on at once.
    pub fn handle_rtp(
        &mut self,
        now: Timestamp,
        key: SessionKey,
        from: SocketAddr,
        packet: &mut [u8],
        out: &mut impl Sink,
    ) {
        let (places, events) = (&mut self.places, &mut self.events);
        let audience = Audience::of(places, key);
        let Some(session) = places.get_mut(key) else {
            return;
        };
        let Some(content) = session.accept(now, from, packet, events) else {
            return;
        };
        if let Content::Audio(codec) = content {
            session.listen(now, codec, packet, audience);
        }
        let spoken = session.speaks(now);
        if let Some(party) = audience.party
            && let Some(session) = places.get_mut(party.key)
        {
            relay(now, session, party.passing(spoken), content, packet, out);
        }
    }

    /// Takes an RTCP packet.
    pub fn handle_rtcp(&mut self, now: Timestamp, key: SessionKey, from: SocketAddr, packet: &[u8]) {
        if let Some(session) = self.places.get_mut(key) {
            session.handle_rtcp(now, from, packet);
        }
    }

    /// Sends what is due.
    pub fn tick(&mut self, now: Timestamp, out: &mut impl Sink) {
        let mut due = self.due.unwrap_or(now);
        while now.since(due) > LAG_MAX {
            due += SLOT * SLOTS as u32;
        }
        while due <= now {
            let slot = self.slot;
            for index in 0..self.slots[slot].len() {
                let key = self.slots[slot][index];
                self.tick_session(now, key, out);
            }
            self.slot = (slot + 1) % SLOTS;
            due += SLOT;
        }
        self.due = Some(due);
    }

    /// When [`Worker::tick`] has something to do; none while there are no sessions.
    pub fn next_due(&self) -> Option<Timestamp> {
        let first = self.due.unwrap_or(Timestamp::ZERO);
        (0..SLOTS)
            .find(|ahead| !self.slots[(self.slot + ahead) % SLOTS].is_empty())
            .map(|ahead| first + SLOT * ahead as u32)
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<MediaEvent> {
        self.events.pop_front()
    }

    /// What a session has received, refused and sent.
    pub fn stats(&self, key: SessionKey) -> Option<SessionStats> {
        let session = self.places.get(key)?;
        Some(SessionStats { sent: u64::from(session.outgoing.packets), ..session.incoming.stats })
    }

    fn tick_session(&mut self, now: Timestamp, key: SessionKey, out: &mut impl Sink) {
        let (places, events) = (&mut self.places, &mut self.events);
        let heard = circle::heard_by(places, key);
        let audience = Audience::of(places, key);
        let Some(session) = places.get_mut(key) else {
            return;
        };
        session.tick(now, &heard, events, out);
        if audience.overheard == Overheard::No {
            session.said = None;
        }
        if !session.is_listening() && session.said.is_none() {
            return;
        }
        let mut voice = Voice::SILENCE;
        session.hear(now, audience.wide, &mut voice, events);
        let spoken = session.speaks(now);
        if audience.overheard == Overheard::Yes {
            session.keep_said(&voice);
        }
        if let Some(party) = audience.party
            && party.ear == Ear::Open
            && let Some(party) = places.get_mut(party.key)
        {
            party.hear_party(now, spoken, &voice, out);
        }
    }
}

/// Passes a packet on to the joined party, when it can go as it is.
fn relay(now: Timestamp, to: &mut Session, passing: Passing, content: Content, bytes: &mut [u8], out: &mut impl Sink) {
    let (Some(spec), Some(destination), true) = (&to.spec, to.destination(), to.takes_from_peer()) else {
        return;
    };
    let payload_type = match (content, passing) {
        (Content::Audio(codec), Passing::All) if codec == spec.codec => spec.payload_type,
        (Content::Event, _) => match spec.telephone_event {
            Some(payload_type) => payload_type,
            None => return,
        },
        (Content::Audio(_) | Content::Noise, _) => return,
    };
    let Ok(mut packet) = RtpPacketMut::parse(bytes) else {
        return;
    };
    if passing == Passing::Events {
        to.outgoing.pass_event(&mut packet, payload_type);
        out.send(to.key, destination, bytes);
    } else if to.outgoing.relay(now, &mut packet, payload_type) {
        to.fed_at = Some(now);
        out.send(to.key, destination, bytes);
    }
}

/// SplitMix64: spreads a seed over all bits.
const fn scramble(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
