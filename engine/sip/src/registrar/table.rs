//! The table of contacts, changed in two steps: nothing counts before it is stored.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::Timestamp;

use super::bindings::{
    Binding, Change, Contacts, FlowId, Prepared, RegisterError, RegisterTicket, RegisteredContact, RegistrarLimits,
    Registration, Removed, StoredBinding,
};
use super::uri::ContactUri;

// The store commits thousands a second: this many waiting means that it does not answer at all.
const PENDING_MAX: usize = 1000;

/// Contacts of one user, by [`ContactUri::key`].
type UserBindings = BTreeMap<String, Binding>;

/// All users' contacts.
#[derive(Debug)]
pub struct Registrar {
    limits: RegistrarLimits,
    users: BTreeMap<String, UserBindings>,
    /// The ends of all contacts: time, user, key.
    ends: BTreeSet<(Timestamp, String, String)>,
    /// On the way to the store, in the order of asking.
    pending: BTreeMap<RegisterTicket, Pending>,
    next_ticket: u64,
}

#[derive(Debug)]
struct Pending {
    user: String,
    edits: Vec<Edit>,
}

#[derive(Debug, Clone)]
enum Edit {
    Save(String, Binding),
    Remove(String),
}

impl Edit {
    fn apply(self, bindings: &mut UserBindings) {
        match self {
            Edit::Save(key, binding) => bindings.insert(key, binding),
            Edit::Remove(key) => bindings.remove(&key),
        };
    }
}

impl Registrar {
    /// Empty.
    pub fn new(limits: RegistrarLimits) -> Self {
        Self { limits, users: BTreeMap::new(), ends: BTreeSet::new(), pending: BTreeMap::new(), next_ticket: 1 }
    }

    /// Takes up what was stored before a restart. Rows that cannot be read or have expired are left out.
    pub fn restore(&mut self, now: Timestamp, rows: Vec<StoredBinding>) {
        for row in rows {
            let Some(contact) = ContactUri::parse(&row.uri) else {
                continue;
            };
            if row.expires_in.is_zero() {
                continue;
            }
            let binding = Binding {
                uri: row.uri,
                received: row.received,
                flow: None,
                q: row.q,
                expires_at: now + row.expires_in.min(self.limits.expires_max),
                call_id: row.call_id,
                cseq: row.cseq,
            };
            self.apply(&row.user, Edit::Save(contact.key, binding));
        }
    }

    /// Checks a REGISTER and says what must be stored first; nothing changes yet for callers.
    pub fn prepare(&mut self, now: Timestamp, registration: &Registration) -> Result<Prepared, RegisterError> {
        if registration.user != registration.authenticated_user {
            return Err(RegisterError::NotYours {
                user: registration.user.clone(),
                authenticated_user: registration.authenticated_user.clone(),
            });
        }
        let before = self.with_pending(now, &registration.user);
        let edits = match &registration.contacts {
            Contacts::Query => Vec::new(),
            Contacts::AllAndListed => {
                return Err(RegisterError::BadContact("`*` must stand alone"));
            }
            Contacts::All if registration.expires != Some(0) => {
                return Err(RegisterError::BadContact("`*` needs `Expires: 0`"));
            }
            Contacts::All => remove_all(&before, registration)?,
            Contacts::Listed(contacts) => self.edits(now, &before, registration, contacts)?,
        };
        if edits.is_empty() {
            return Ok(Prepared::Unchanged { contacts: best_first(before.into_values()) });
        }

        let mut after = before.clone();
        for edit in edits.iter().cloned() {
            edit.apply(&mut after);
        }
        let max = self.limits.contacts_max;
        if after.len() > max && after.len() > before.len() {
            return Err(RegisterError::TooManyContacts { user: registration.user.clone(), max });
        }
        if self.pending.len() >= PENDING_MAX {
            return Err(RegisterError::Busy);
        }
        let ticket = RegisterTicket(self.next_ticket);
        self.next_ticket += 1;
        let change = change(now, &registration.user, &before, &edits);
        self.pending.insert(ticket, Pending { user: registration.user.clone(), edits });
        Ok(Prepared::Store { ticket, change })
    }

    /// The change is durable: applies it and returns the contacts for the 200. None for an unknown ticket.
    pub fn commit(&mut self, now: Timestamp, ticket: RegisterTicket) -> Option<Vec<Binding>> {
        let pending = self.pending.remove(&ticket)?;
        for edit in pending.edits {
            self.apply(&pending.user, edit);
        }
        Some(self.contacts(now, &pending.user))
    }

    /// The change could not be stored: forgets it (answer 500 or 503).
    pub fn abort(&mut self, ticket: RegisterTicket) {
        self.pending.remove(&ticket);
    }

    /// Where `user` can be reached, best first: highest q, then the one that lasts longest.
    pub fn contacts(&self, now: Timestamp, user: &str) -> Vec<Binding> {
        best_first(self.live(now, user).into_values())
    }

    /// The connection is closed: contacts that were reached through it are reached by address, if at all.
    pub fn flow_closed(&mut self, flow: FlowId) {
        let bindings = self.users.values_mut().flat_map(BTreeMap::values_mut);
        let edits = self.pending.values_mut().flat_map(|pending| &mut pending.edits);
        let saved = edits.filter_map(|edit| match edit {
            Edit::Save(_, binding) => Some(binding),
            Edit::Remove(_) => None,
        });
        for binding in bindings.chain(saved).filter(|binding| binding.flow == Some(flow)) {
            binding.flow = None;
        }
    }

    /// Removes what has expired; the stored rows expire by themselves (they carry their end).
    pub fn handle_timeout(&mut self, now: Timestamp) -> Vec<Removed> {
        let mut removed = Vec::new();
        while let Some((_, user, key)) = self.ends.first().filter(|(end, ..)| *end <= now).cloned() {
            let uri = self.users.get(&user).and_then(|bindings| bindings.get(&key)).map(|binding| binding.uri.clone());
            self.apply(&user, Edit::Remove(key));
            removed.extend(uri.map(|uri| Removed { user, uri }));
        }
        removed
    }

    /// When the next contact expires.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.ends.first().map(|(end, ..)| *end)
    }

    fn edits(
        &self,
        now: Timestamp,
        before: &UserBindings,
        registration: &Registration,
        contacts: &[RegisteredContact],
    ) -> Result<Vec<Edit>, RegisterError> {
        if contacts.len() > self.limits.contacts_max {
            return Err(RegisterError::TooManyContacts {
                user: registration.user.clone(),
                max: self.limits.contacts_max,
            });
        }
        let mut edits = Vec::new();
        for contact in contacts {
            let uri = ContactUri::parse(&contact.uri).ok_or(RegisterError::BadContact("not a SIP address"))?;
            let known = before.get(&uri.key);
            known.map_or(Ok(()), |known| check_order(known, registration))?;
            match self.granted(contact.expires.or(registration.expires))? {
                Some(expires_in) => {
                    let binding = bound(contact, &uri, registration, now + expires_in);
                    edits.push(Edit::Save(uri.key, binding));
                }
                None if known.is_some() => edits.push(Edit::Remove(uri.key)),
                None => {}
            }
        }
        Ok(edits)
    }

    /// None when the contact shall go.
    fn granted(&self, wish: Option<u32>) -> Result<Option<Duration>, RegisterError> {
        let Some(asked) = wish else {
            return Ok(Some(self.limits.expires_default));
        };
        let wish = Duration::from_secs(asked.into());
        if asked == 0 {
            return Ok(None);
        }
        if wish < self.limits.expires_min {
            let min = u32::try_from(self.limits.expires_min.as_secs()).unwrap_or(u32::MAX);
            return Err(RegisterError::IntervalTooBrief { asked, min });
        }
        Ok(Some(wish.min(self.limits.expires_max)))
    }

    fn live(&self, now: Timestamp, user: &str) -> UserBindings {
        let bindings = self.users.get(user).into_iter().flatten();
        let live = bindings.filter(|(_, binding)| binding.expires_at > now);
        live.map(|(key, binding)| (key.clone(), binding.clone())).collect()
    }

    /// As it will be when the store has caught up: what a new request is judged by.
    fn with_pending(&self, now: Timestamp, user: &str) -> UserBindings {
        let mut bindings = self.live(now, user);
        for pending in self.pending.values().filter(|pending| pending.user == user) {
            for edit in pending.edits.iter().cloned() {
                edit.apply(&mut bindings);
            }
        }
        bindings
    }

    /// The only place that changes `users`, so that `ends` stays true.
    fn apply(&mut self, user: &str, edit: Edit) {
        let (Edit::Save(key, _) | Edit::Remove(key)) = &edit;
        let bindings = self.users.entry(user.to_owned()).or_default();
        if let Some(old) = bindings.get(key) {
            self.ends.remove(&(old.expires_at, user.to_owned(), key.clone()));
        }
        if let Edit::Save(key, binding) = &edit {
            self.ends.insert((binding.expires_at, user.to_owned(), key.clone()));
        }
        edit.apply(bindings);
        if bindings.is_empty() {
            self.users.remove(user);
        }
    }
}

fn remove_all(before: &UserBindings, registration: &Registration) -> Result<Vec<Edit>, RegisterError> {
    before.values().try_for_each(|known| check_order(known, registration))?;
    Ok(before.keys().cloned().map(Edit::Remove).collect())
}

/// RFC 3261 §10.3 steps 6 and 7: within a Call-ID only later requests count.
fn check_order(known: &Binding, registration: &Registration) -> Result<(), RegisterError> {
    let late = known.call_id == registration.call_id && registration.cseq <= known.cseq;
    if late { Err(RegisterError::OutOfOrder { got: registration.cseq, known: known.cseq }) } else { Ok(()) }
}

fn bound(contact: &RegisteredContact, uri: &ContactUri, registration: &Registration, expires_at: Timestamp) -> Binding {
    // Behind NAT, under a name, or somebody else's: we send where the request came from, and never to a third party.
    let there = uri.ip == Some(registration.source.ip().to_canonical());
    Binding {
        uri: contact.uri.clone(),
        received: (!there).then_some(registration.source),
        flow: registration.flow,
        q: contact.q.unwrap_or(1000).min(1000),
        expires_at,
        call_id: registration.call_id.clone(),
        cseq: registration.cseq,
    }
}

fn change(now: Timestamp, user: &str, before: &UserBindings, edits: &[Edit]) -> Change {
    let mut change = Change { user: user.to_owned(), saved: Vec::new(), removed: Vec::new() };
    for edit in edits {
        let (Edit::Save(key, _) | Edit::Remove(key)) = edit;
        let old = before.get(key).map(|old| old.uri.clone());
        match edit {
            Edit::Remove(_) => change.removed.extend(old),
            Edit::Save(_, binding) => {
                // The same place written differently is another row.
                change.removed.extend(old.filter(|old| *old != binding.uri));
                change.saved.push(stored(now, user, binding));
            }
        }
    }
    change
}

fn stored(now: Timestamp, user: &str, binding: &Binding) -> StoredBinding {
    StoredBinding {
        user: user.to_owned(),
        uri: binding.uri.clone(),
        received: binding.received,
        q: binding.q,
        expires_in: binding.expires_at.since(now),
        call_id: binding.call_id.clone(),
        cseq: binding.cseq,
    }
}

fn best_first(bindings: impl Iterator<Item = Binding>) -> Vec<Binding> {
    let mut bindings: Vec<Binding> = bindings.collect();
    bindings.sort_by(|a, b| (b.q, b.expires_at, &a.uri).cmp(&(a.q, a.expires_at, &b.uri)));
    bindings
}
