//! Changes of who hears whom.

use crate::circle::{Supervision, Supervisor};
use crate::event::SessionKey;
use crate::places::Places;

/// Lets two legs hear each other and nobody else, but their supervisors.
pub(crate) fn join(places: &mut Places, a: SessionKey, b: SessionKey) {
    if a == b || places.get(a).is_none() || places.get(b).is_none() {
        return;
    }
    part(places, a);
    part(places, b);
    for (key, peer) in [(a, b), (b, a)] {
        if let Some(session) = places.get_mut(key) {
            session.stop();
            session.peer = Some(peer);
        }
    }
}

/// Takes a leg away from its party, or a supervisor from his agent.
pub(crate) fn part(places: &mut Places, key: SessionKey) {
    let Some(session) = places.get_mut(key) else {
        return;
    };
    session.fed_at = None;
    let (peer, agent) = (session.peer.take(), session.supervises.take());
    if let Some(peer) = peer.and_then(|peer| places.get_mut(peer)) {
        peer.peer = None;
        peer.fed_at = None;
    }
    if let Some(agent) = agent.and_then(|agent| places.get_mut(agent)) {
        agent.supervisor = None;
    }
}

/// Takes a leg away from everybody, its supervisor included.
pub(crate) fn leave(places: &mut Places, key: SessionKey) {
    part(places, key);
    let supervisor = places.get_mut(key).and_then(|session| session.supervisor.take());
    if let Some(supervisor) = supervisor.and_then(|supervisor| places.get_mut(supervisor.key)) {
        supervisor.supervises = None;
    }
}

/// Lets a leg take part in the conversation of another one, in place of whoever did so before.
pub(crate) fn supervise(places: &mut Places, key: SessionKey, of: SessionKey, how: Supervision) {
    let Some(agent) = places.get(of).filter(|agent| agent.supervises.is_none() && key != of) else {
        return;
    };
    let before = agent.supervisor.map(|supervisor| supervisor.key);
    if places.get(key).is_none() {
        return;
    }
    if before != Some(key) {
        part(places, key);
        if let Some(replaced) = before.and_then(|before| places.get_mut(before)) {
            replaced.supervises = None;
        }
        if let Some(session) = places.get_mut(key) {
            session.stop();
            session.supervises = Some(of);
        }
    }
    if let Some(agent) = places.get_mut(of) {
        agent.supervisor = Some(Supervisor { key, how });
    }
}
