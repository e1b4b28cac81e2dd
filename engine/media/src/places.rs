//! Where sessions live: a key names a place and the generation of who lives there.

use crate::event::SessionKey;
use crate::session::Session;

/// Bits of a key that say the place; the rest tells generations apart.
const PLACE_BITS: u32 = 16;

/// The sessions of a worker.
#[derive(Default)]
pub(crate) struct Places {
    places: Vec<Place>,
    free: Vec<u32>,
}

#[derive(Default)]
struct Place {
    generation: u32,
    session: Option<Box<Session>>,
}

impl Places {
    /// Takes a session in and gives it a key.
    pub(crate) fn settle(&mut self, mut session: Box<Session>) -> SessionKey {
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(Place::default());
            self.places.len() as u32 - 1
        });
        assert!(place < 1 << PLACE_BITS, "a worker has fewer legs than there are ports");
        let holder = &mut self.places[place as usize];
        let key = SessionKey(holder.generation << PLACE_BITS | place);
        session.key = key;
        holder.session = Some(session);
        key
    }

    /// Frees the place of a session; its key is not used again soon.
    pub(crate) fn unsettle(&mut self, key: SessionKey) -> Option<Box<Session>> {
        let holder = self.places.get_mut(place_of(key))?;
        let session = holder.session.take_if(|session| session.key == key)?;
        holder.generation = holder.generation.wrapping_add(1) & (u32::MAX >> PLACE_BITS);
        self.free.push(place_of(key) as u32);
        Some(session)
    }

    pub(crate) fn get(&self, key: SessionKey) -> Option<&Session> {
        let session = self.places.get(place_of(key))?.session.as_deref();
        session.filter(|session| session.key == key)
    }

    pub(crate) fn get_mut(&mut self, key: SessionKey) -> Option<&mut Session> {
        let session = self.places.get_mut(place_of(key))?.session.as_deref_mut();
        session.filter(|session| session.key == key)
    }
}

fn place_of(key: SessionKey) -> usize {
    (key.0 & ((1 << PLACE_BITS) - 1)) as usize
}
