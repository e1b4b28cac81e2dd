//! The server side: nonces that need no table until they are used, and checks that tell nothing.

use std::fmt;

use model::Timestamp;

/// What we know about a user.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// In clear.
    Password(String),
    /// `H(user:realm:password)` as lower-case hex, per algorithm.
    Ha1 {
        /// For MD5.
        md5: Option<String>,
        /// For SHA-256.
        sha256: Option<String>,
    },
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(secret)")
    }
}

/// Are phones that know only MD5 served?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Md5Fallback {
    /// Offered after SHA-256.
    #[default]
    Offered,
    /// Neither offered nor accepted.
    Refused,
}

/// What an Authorization header proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The request is `user`'s.
    Ok {
        /// Who.
        user: String,
    },
    /// The secret is right, but the nonce is old, replayed or not ours: challenge with `stale`, count no failure.
    Stale,
    /// Wrong or unknown user, password, realm or URI: challenge again and count a failure.
    Wrong {
        /// The name that was tried, for the failure count.
        user: String,
    },
    /// Cannot be read, or asks for what we never offered (auth-int): 400.
    Malformed,
}

/// Makes challenges and checks the responses to them.
#[derive(Debug)]
pub struct Challenger {}

impl Challenger {
    /// `secret_key` must be random and stays within the process; nonces of another key are stale.
    pub fn new(secret_key: [u8; 32], realm: &str) -> Self {
        todo!("{secret_key:?} {realm}")
    }

    /// With or without MD5.
    pub fn with_md5(self, fallback: Md5Fallback) -> Self {
        todo!("{fallback:?}")
    }

    /// Values for WWW-Authenticate (401) or Proxy-Authenticate (407), one header each, in this order.
    pub fn challenge(&mut self, now: Timestamp, stale: bool) -> Vec<String> {
        todo!("{now} {stale}")
    }

    /// Checks one Authorization value. `lookup` is asked once for the user named in it.
    pub fn verify(
        &mut self,
        now: Timestamp,
        method: &str,
        request_uri: &str,
        header_value: &str,
        lookup: impl FnOnce(&str) -> Option<Credential>,
    ) -> Verdict {
        let _ = lookup("");
        todo!("{now} {method} {request_uri} {header_value}")
    }
}
