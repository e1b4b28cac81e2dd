//! The server side: nonces that need no table until they are used, and checks that tell nothing.

use std::fmt;

use hmac::{Hmac, Mac};
use model::Timestamp;
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::hash::{Algorithm, Proof, Quality, hex};
use super::header::{Parameters, quote};
use super::nonce::{Freshness, Nonces};

// Names longer than this are nobody's, and would only fill our logs.
const USER_BYTES_MAX: usize = 128;

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
pub struct Challenger {
    realm: String,
    md5: Md5Fallback,
    nonces: Nonces,
    /// Stands in for the password of users that do not exist, so that they cost as much as others.
    nobody: Credential,
}

impl fmt::Debug for Challenger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Challenger").field("realm", &self.realm).field("md5", &self.md5).finish_non_exhaustive()
    }
}

impl Challenger {
    /// `secret_key` must be random and stays within the process; nonces of another key are stale.
    pub fn new(secret_key: [u8; 32], realm: &str) -> Self {
        let rng = ChaCha12Rng::from_seed(derived(&secret_key, "random part of nonces"));
        let nonces = Nonces::new(derived(&secret_key, "seal of nonces"), rng);
        Self {
            realm: realm.to_owned(),
            md5: Md5Fallback::default(),
            nonces,
            nobody: Credential::Password(hex(&derived(&secret_key, "nobody's password"))),
        }
    }

    /// With or without MD5.
    #[must_use]
    pub fn with_md5(self, md5: Md5Fallback) -> Self {
        Self { md5, ..self }
    }

    /// Values for WWW-Authenticate (401) or Proxy-Authenticate (407), one header each, in this order.
    /// Costs no memory until the nonce is used.
    pub fn challenge(&mut self, now: Timestamp, stale: bool) -> Vec<String> {
        let nonce = self.nonces.issue(now);
        let realm = quote(&self.realm);
        let stale = if stale { ", stale=true" } else { "" };
        let offered: &[Algorithm] = match self.md5 {
            Md5Fallback::Offered => &[Algorithm::Sha256, Algorithm::Md5],
            Md5Fallback::Refused => &[Algorithm::Sha256],
        };
        let value = |algorithm: &Algorithm| {
            let algorithm = algorithm.name();
            // Without opaque, which tells us nothing and makes answers to forged sources longer.
            format!("Digest realm={realm}, nonce=\"{nonce}\", algorithm={algorithm}, qop=\"auth\"{stale}")
        };
        offered.iter().map(value).collect()
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
        let Some(parameters) = Parameters::parse(header_value) else {
            return Verdict::Malformed;
        };
        let Some(response) = Response::read(&parameters, self.md5) else {
            return Verdict::Malformed;
        };
        let user = response.user.to_owned();

        let found = lookup(&user);
        let known = found.is_some();
        let credential = found.unwrap_or_else(|| self.nobody.clone());
        let ha1 = credential.ha1(response.algorithm, &user, &self.realm);
        let expected = response.proof(method).response(ha1.as_deref().unwrap_or_default());
        let equal = bool::from(expected.as_bytes().ct_eq(response.digest.to_ascii_lowercase().as_bytes()));

        let for_this_request = response.realm == self.realm && same_target(response.uri, request_uri);
        if !(equal & known & for_this_request & ha1.is_some()) {
            return Verdict::Wrong { user };
        }
        match self.nonces.spend(now, response.nonce, response.count) {
            Freshness::Fresh => Verdict::Ok { user },
            Freshness::Stale => Verdict::Stale,
        }
    }
}

impl Credential {
    fn ha1(&self, algorithm: Algorithm, user: &str, realm: &str) -> Option<String> {
        match (self, algorithm) {
            (Credential::Password(password), _) => Some(algorithm.ha1(user, realm, password)),
            (Credential::Ha1 { md5, .. }, Algorithm::Md5) => md5.clone(),
            (Credential::Ha1 { sha256, .. }, Algorithm::Sha256) => sha256.clone(),
        }
    }
}

/// An Authorization header, complete but not yet believed.
struct Response<'a> {
    user: &'a str,
    realm: &'a str,
    nonce: &'a str,
    uri: &'a str,
    digest: &'a str,
    algorithm: Algorithm,
    quality: Quality<'a>,
    /// The use of the nonce that this is; the last one possible when they do not count.
    count: u32,
}

impl<'a> Response<'a> {
    fn read(parameters: &'a Parameters, md5: Md5Fallback) -> Option<Self> {
        let algorithm = Algorithm::parse(parameters.get("algorithm"))?;
        if (algorithm, md5) == (Algorithm::Md5, Md5Fallback::Refused) {
            return None;
        }
        let (quality, count) = match parameters.get("qop") {
            None => (Quality::None, u32::MAX),
            Some(qop) if qop.eq_ignore_ascii_case("auth") => {
                let (nc, cnonce) = (parameters.get("nc")?, parameters.get("cnonce")?);
                (Quality::Auth { nc, cnonce }, parse_count(nc)?)
            }
            Some(_) => return None,
        };
        let user = parameters.get("username").filter(|user| !user.is_empty() && user.len() <= USER_BYTES_MAX)?;
        Some(Self {
            user,
            realm: parameters.get("realm")?,
            nonce: parameters.get("nonce")?,
            uri: parameters.get("uri")?,
            digest: parameters.get("response")?,
            algorithm,
            quality,
            count,
        })
    }

    fn proof(&self, method: &'a str) -> Proof<'a> {
        Proof { algorithm: self.algorithm, nonce: self.nonce, quality: self.quality, method, uri: self.uri }
    }
}

/// Exactly eight hex digits, from 1 on.
fn parse_count(nc: &str) -> Option<u32> {
    let eight_digits = nc.len() == 8 && nc.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(nc, 16).ok().filter(|count| eight_digits && *count > 0)
}

/// Do both URIs name the same place? Parameters and headers may differ: phones leave them out.
fn same_target(signed: &str, request: &str) -> bool {
    fn target(uri: &str) -> (&str, String) {
        let uri = uri.trim().trim_start_matches('<').trim_end_matches('>');
        let (user, host) = uri.rsplit_once('@').unwrap_or_else(|| uri.split_once(':').unwrap_or(("", uri)));
        (user, host.split([';', '?']).next().unwrap_or_default().to_ascii_lowercase())
    }
    target(signed) == target(request)
}

/// Independent keys from the one that we were given.
fn derived(secret_key: &[u8; 32], purpose: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret_key).expect("HMAC takes keys of any length");
    mac.update(purpose.as_bytes());
    mac.finalize().into_bytes().into()
}
