//! Many sessions and the 20 ms wheel that moves them.

use std::net::SocketAddr;
use std::time::Duration;

use model::{Codec, LegId, MediaSpec, PlaybackId, Timestamp};
use rtp_types::RtpPacketMut;

use crate::dtmf::Source;
use crate::event::{MediaEvent, RecordingEnd, SessionKey, Sink};
use crate::hearing::{Voice, WideWanted};
use crate::incoming::SessionStats;
use crate::outgoing::Outgoing;
use crate::playlist::{PlayItem, Player, Repeat};
use crate::record::Recording;
use crate::session::{Content, Events, Session};

/// Slices of the wheel: sessions are spread over them, so that packets do not leave in bursts.
const SLOTS: usize = 10;
/// One slice.
const SLOT: Duration = Duration::from_millis(2);
/// A worker that was held up for longer leaves out what it missed instead of sending a burst.
const LAG_MAX: Duration = Duration::from_millis(60);
/// Bits of a key that say the place; the rest tells generations apart.
const PLACE_BITS: u32 = 16;

/// Moves the audio of many legs. Pure: packets and time come in, packets and events go out.
///
/// After every input drain [`Worker::poll_event`]; call [`Worker::tick`] at [`Worker::next_due`].
#[derive(Default)]
pub struct Worker {
    places: Vec<Place>,
    free: Vec<u32>,
    slots: [Vec<SessionKey>; SLOTS],
    slot: usize,
    due: Option<Timestamp>,
    events: Events,
}

/// A session between two workers: its stream goes on where it stopped.
pub struct Detached(Box<Session>);

#[derive(Default)]
struct Place {
    generation: u32,
    session: Option<Box<Session>>,
}

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
        self.part(key);
        self.stop_recording(key);
        if let Some(session) = self.session(key) {
            session.farewell(now, out);
        }
        self.unsettle(key);
    }

    /// Takes a session out, for [`Worker::attach`] of another worker with the same clock. It is parted
    /// from its partner; what it plays and records goes on over there. None when there is no such session.
    pub fn detach(&mut self, key: SessionKey) -> Option<Detached> {
        self.part(key);
        self.unsettle(key).map(Detached)
    }

    /// Goes on with a session of another worker, under a key of this one.
    pub fn attach(&mut self, detached: Detached) -> SessionKey {
        self.settle(detached.0)
    }

    /// Finds a place and a slot of the wheel.
    fn settle(&mut self, mut session: Box<Session>) -> SessionKey {
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(Place::default());
            self.places.len() as u32 - 1
        });
        assert!(place < 1 << PLACE_BITS, "a worker has fewer legs than there are ports");
        let slot = (0..SLOTS).min_by_key(|slot| self.slots[*slot].len()).unwrap_or(0);
        let holder = &mut self.places[place as usize];
        let key = SessionKey(holder.generation << PLACE_BITS | place);
        session.key = key;
        holder.session = Some(session);
        self.slots[slot].push(key);
        key
    }

    /// Frees the place of a session; its key is not used again soon.
    fn unsettle(&mut self, key: SessionKey) -> Option<Box<Session>> {
        let place = key.0 & ((1 << PLACE_BITS) - 1);
        let holder = self.places.get_mut(place as usize)?;
        let session = holder.session.take_if(|session| session.key == key)?;
        holder.generation = holder.generation.wrapping_add(1) & (u32::MAX >> PLACE_BITS);
        self.free.push(place);
        for slot in &mut self.slots {
            slot.retain(|other| *other != key);
        }
        Some(session)
    }

    /// What offer and answer agreed; the stream we send goes on with its numbers.
    pub fn describe(&mut self, now: Timestamp, key: SessionKey, spec: MediaSpec) {
        if let Some(session) = self.session(key) {
            session.describe(now, spec);
        }
    }

    /// Plays items in order; a playback that is running ends without a word.
    pub fn play(&mut self, key: SessionKey, playback: PlaybackId, items: Vec<PlayItem>, repeat: Repeat) {
        let player = Player::new(playback, items, repeat);
        let Some(session) = self.session(key) else {
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
        if let Some(session) = self.session(key) {
            session.stop();
        }
    }

    /// Sends a digit to the leg as RFC 4733 events; false when it is no key, too many wait, or the
    /// other side knows no events.
    pub fn send_digit(&mut self, key: SessionKey, digit: char) -> bool {
        self.session(key).is_some_and(|session| session.push_digit(digit))
    }

    /// Lets two legs hear each other; what they play stops, former partners are parted.
    pub fn join(&mut self, a: SessionKey, b: SessionKey) {
        if a == b || self.session(a).is_none() || self.session(b).is_none() {
            return;
        }
        self.part(a);
        self.part(b);
        for (key, peer) in [(a, b), (b, a)] {
            if let Some(session) = self.session(key) {
                session.stop();
                session.peer = Some(peer);
            }
        }
    }

    /// Stops passing audio between a leg and its partner.
    pub fn part(&mut self, key: SessionKey) {
        let peer = self.session(key).and_then(|session| {
            session.fed_at = None;
            session.peer.take()
        });
        if let Some(peer) = peer.and_then(|peer| self.session(peer)) {
            peer.peer = None;
            peer.fed_at = None;
        }
    }

    /// Records a leg; a recording that is running ends as stopped.
    pub fn record(&mut self, key: SessionKey, recording: Recording) {
        let (places, events) = (&mut self.places, &mut self.events);
        if let Some(session) = find(places, key) {
            session.record(recording, events);
        }
    }

    /// Ends a recording; its end is reported.
    pub fn stop_recording(&mut self, key: SessionKey) {
        let (places, events) = (&mut self.places, &mut self.events);
        if let Some(session) = find(places, key) {
            session.end_recording(RecordingEnd::Stopped, events);
        }
    }

    /// A digit that signalling brought (SIP INFO).
    pub fn info_digit(&mut self, now: Timestamp, key: SessionKey, digit: char) {
        let (places, events) = (&mut self.places, &mut self.events);
        if let Some(session) = find(places, key) {
            session.tell_digit(now, Source::Info, digit.to_ascii_uppercase(), events);
        }
    }

    /// Tells once when no RTP came for this long; hold does not count, nor a party that never sent any.
    /// None stops watching.
    pub fn watch(&mut self, now: Timestamp, key: SessionKey, patience: Option<Duration>) {
        if let Some(session) = self.session(key) {
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
        let peer = find(places, key).and_then(|session| session.peer);
        let needs = peer.and_then(|peer| find(places, peer)).map(|peer| peer.needs_of_party());
        let Some(session) = find(places, key) else {
            return;
        };
        let Some(content) = session.accept(now, from, packet, events) else {
            return;
        };
        if let Content::Audio(codec) = content {
            session.listen(now, codec, packet, needs);
        }
        let spoken = session.speaks(now);
        if let Some(peer) = peer.and_then(|peer| find(places, peer)) {
            relay(now, peer, spoken, content, packet, out);
        }
    }

    /// Takes an RTCP packet.
    pub fn handle_rtcp(&mut self, now: Timestamp, key: SessionKey, from: SocketAddr, packet: &[u8]) {
        if let Some(session) = self.session(key) {
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
        let place = self.places.get((key.0 & ((1 << PLACE_BITS) - 1)) as usize)?;
        let session = place.session.as_ref().filter(|session| session.key == key)?;
        Some(SessionStats { sent: u64::from(session.outgoing.packets), ..session.incoming.stats })
    }

    fn tick_session(&mut self, now: Timestamp, key: SessionKey, out: &mut impl Sink) {
        let (places, events) = (&mut self.places, &mut self.events);
        let Some(session) = find(places, key) else {
            return;
        };
        session.tick(now, events, out);
        if !session.is_listening() {
            return;
        }
        let peer = session.peer;
        let wide = peer
            .and_then(|peer| find(places, peer))
            .is_some_and(|peer| peer.needs_of_party().codec == Some(Codec::G722));
        let Some(session) = find(places, key) else {
            return;
        };
        let mut voice = Voice::SILENCE;
        let wide = if wide { WideWanted::Yes } else { WideWanted::No };
        session.hear(now, wide, &mut voice, events);
        let spoken = session.speaks(now);
        if let Some(peer) = peer.and_then(|peer| find(places, peer)) {
            peer.hear_party(now, spoken, &voice, out);
        }
    }

    fn session(&mut self, key: SessionKey) -> Option<&mut Session> {
        find(&mut self.places, key)
    }
}

fn find(places: &mut [Place], key: SessionKey) -> Option<&mut Session> {
    let place = places.get_mut((key.0 & ((1 << PLACE_BITS) - 1)) as usize)?;
    place.session.as_deref_mut().filter(|session| session.key == key)
}

/// Passes a packet on to the joined party, when it can go as it is.
fn relay(
    now: Timestamp,
    to: &mut Session,
    spoken: Option<Codec>,
    content: Content,
    bytes: &mut [u8],
    out: &mut impl Sink,
) {
    let (Some(spec), Some(destination), true) = (&to.spec, to.destination(), to.takes_from_peer()) else {
        return;
    };
    let payload_type = match content {
        Content::Audio(codec) if codec == spec.codec => spec.payload_type,
        Content::Event => match spec.telephone_event {
            Some(payload_type) => payload_type,
            None => return,
        },
        Content::Audio(_) | Content::Noise => return,
    };
    let Ok(mut packet) = RtpPacketMut::parse(bytes) else {
        return;
    };
    // Beside a transcoded voice, whose numbers are ours, an event gets numbers of ours as well.
    let transcoded = content == Content::Event && spoken.is_some_and(|codec| codec != spec.codec);
    if transcoded {
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
