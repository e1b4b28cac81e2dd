//! The client side: answering the challenge of a trunk.

use std::fmt;

/// An account of ours. Whoever holds it decides to whom it may be shown: only to the trunk it belongs to.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Only challenges of this realm are answered; any when none is given.
    pub realm: Option<String>,
    /// Account name.
    pub username: String,
    /// Its secret.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({})", self.username)
    }
}

/// An answer to a challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// Value for Authorization (after 401) or Proxy-Authorization (after 407).
    pub value: String,
    /// Realm of the challenge that was chosen.
    pub realm: String,
    /// Did the challenge say that only the nonce was old? Then the password was right: try once more.
    pub stale: bool,
}

/// Counts the uses of nonces and makes client nonces; one per dialog or registration.
#[derive(Debug, Clone)]
pub struct ClientNonces {}

impl ClientNonces {
    /// The same seed makes the same client nonces.
    pub fn new(seed: u64) -> Self {
        todo!("{seed}")
    }
}

/// Answers the best of the challenges: SHA-256 before MD5, nothing else; none when there is none for us.
/// `challenges` are the values of all WWW-Authenticate or Proxy-Authenticate headers of one response.
pub fn respond(
    challenges: &[&str],
    method: &str,
    uri: &str,
    credentials: &Credentials,
    nonces: &mut ClientNonces,
) -> Option<Authorization> {
    todo!("{challenges:?} {method} {uri} {credentials:?} {nonces:?}")
}
