//! Who hears whom: two joined legs, and supervisors who listen, whisper or join in.
//!
//! A leg hears the party it is joined with, its own supervisor who whispers or joins in, and the
//! party's supervisor who joins in. A supervisor hears the agent and whatever the agent hears. Only legs
//! that hear more than the party get a mix; all others are relayed to as if nobody were there.
//!
//! Every leg pulls its voice once in 20 ms and keeps it until its next turn; whoever mixes takes the
//! latest of each voice in his own turn, so that every frame is heard exactly once.

use model::Codec;

use crate::event::SessionKey;
use crate::hearing::{Voice, WideWanted};
use crate::places::Places;
use crate::session::Session;

/// How a supervisor takes part in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supervision {
    /// Hears both, is heard by nobody.
    Listen,
    /// Is heard by the agent alone.
    Whisper,
    /// Is heard by both.
    Join,
}

/// Who supervises a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Supervisor {
    pub(crate) key: SessionKey,
    pub(crate) how: Supervision,
}

/// What a leg hears of others in 20 ms.
pub(crate) enum Heard {
    /// The party's packets, passed on or transcoded; nobody needs to know more.
    Relayed,
    /// The same, and this is what they sound like.
    Noted(Voice),
    /// Several voices, to be sent.
    Mixed(Voice),
}

/// May a joined leg be sent the party's packets, or is it sent a mix?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ear {
    Open,
    Mixed,
}

/// Does anybody but the party need a leg's voice as samples?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overheard {
    No,
    Yes,
}

/// The leg that another one is joined with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Party {
    pub(crate) key: SessionKey,
    pub(crate) codec: Option<Codec>,
    pub(crate) ear: Ear,
}

/// Which packets may go to the party as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passing {
    /// Audio of the same codec, and events with it.
    All,
    /// Beside a transcoded or mixed voice, whose numbers are ours, an event gets numbers of ours as well.
    Events,
}

impl Party {
    /// While the leg speaks in a codec, or in none.
    pub(crate) fn passing(self, spoken: Option<Codec>) -> Passing {
        let transcoded = spoken.is_some_and(|codec| Some(codec) != self.codec);
        if transcoded || self.ear == Ear::Mixed { Passing::Events } else { Passing::All }
    }
}

/// Who needs a leg's voice, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Audience {
    pub(crate) party: Option<Party>,
    pub(crate) overheard: Overheard,
    pub(crate) wide: WideWanted,
}

impl Audience {
    /// Of a leg's voice.
    pub(crate) fn of(places: &Places, key: SessionKey) -> Self {
        let nobody = Self { party: None, overheard: Overheard::No, wide: WideWanted::No };
        let Some(session) = places.get(key) else {
            return nobody;
        };
        let peer = session.peer.and_then(|peer| places.get(peer));
        let party = peer.map(|peer| Party { key: peer.key, codec: peer.codec(), ear: ear_of(peer, Some(session)) });
        let agent = session.supervises.and_then(|agent| places.get(agent));
        let supervisors = [session.supervisor, peer.and_then(|peer| peer.supervisor)];
        let whispers = agent.and_then(|agent| agent.supervisor).is_some_and(|own| own.how != Supervision::Listen);
        let recorded = peer.is_some_and(Session::records_both);
        let overheard = whispers || recorded || supervisors.iter().any(Option::is_some);
        let party_wide = party.is_some_and(|party| party.codec == Some(Codec::G722));
        if !overheard {
            let wide = if party_wide { WideWanted::Yes } else { WideWanted::No };
            return Self { party, wide, ..nobody };
        }
        let agents_party = agent.and_then(|agent| agent.peer).and_then(|peer| places.get(peer));
        let colleague = agents_party.and_then(|party| party.supervisor);
        let listening = [supervisors[0], supervisors[1], colleague].into_iter().flatten();
        let listening = listening.filter_map(|supervisor| places.get(supervisor.key));
        let mut listeners = listening.chain(agent).chain(agents_party);
        let wide = party_wide || listeners.any(|listener| listener.codec() == Some(Codec::G722));
        let wide = if wide { WideWanted::Yes } else { WideWanted::No };
        Self { party, overheard: Overheard::Yes, wide }
    }
}

/// What a leg hears in its turn. Mixes only for who needs a mix, or records what he hears.
pub(crate) fn heard_by(places: &Places, key: SessionKey) -> Heard {
    let Some(session) = places.get(key) else {
        return Heard::Relayed;
    };
    let peer = session.peer.and_then(|peer| places.get(peer));
    match ear_of(session, peer) {
        Ear::Mixed => Heard::Mixed(mix(places, session)),
        Ear::Open if session.records_both() => Heard::Noted(mix(places, session)),
        Ear::Open => Heard::Relayed,
    }
}

fn ear_of(session: &Session, peer: Option<&Session>) -> Ear {
    let own = session.supervisor.is_some_and(|own| own.how != Supervision::Listen);
    let partys = peer.and_then(|peer| peer.supervisor).is_some_and(|partys| partys.how == Supervision::Join);
    if session.supervises.is_some() || own || partys { Ear::Mixed } else { Ear::Open }
}

fn mix(places: &Places, session: &Session) -> Voice {
    let sources = match session.supervises.and_then(|agent| places.get(agent)) {
        Some(agent) => {
            let [party, _himself, partys] = sources_of(places, agent);
            [Some(agent.key), party, partys]
        }
        None => sources_of(places, session),
    };
    let mut mixed = Voice::SILENCE;
    for source in sources.into_iter().flatten() {
        if let Some(said) = places.get(source).and_then(|source| source.said.as_deref()) {
            mixed.add(said);
        }
    }
    mixed
}

/// The party, the own supervisor as far as he is heard, and the party's.
fn sources_of(places: &Places, session: &Session) -> [Option<SessionKey>; 3] {
    let own = session.supervisor.filter(|own| own.how != Supervision::Listen);
    let peer = session.peer.and_then(|peer| places.get(peer));
    let partys = peer.and_then(|peer| peer.supervisor).filter(|partys| partys.how == Supervision::Join);
    [session.peer, own.map(|own| own.key), partys.map(|partys| partys.key)]
}
