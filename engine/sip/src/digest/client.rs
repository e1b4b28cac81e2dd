//! The client side: answering the challenge of a trunk.

use std::fmt;

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha12Rng;

use super::hash::{Algorithm, Proof, Quality};
use super::header::{Parameters, quote};

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
pub struct ClientNonces {
    rng: ChaCha12Rng,
    /// The nonce answered last, and how often.
    last: Option<(String, u32)>,
}

impl ClientNonces {
    /// The same seed makes the same client nonces.
    pub fn new(seed: u64) -> Self {
        Self { rng: ChaCha12Rng::seed_from_u64(seed), last: None }
    }

    fn count(&mut self, nonce: &str) -> u32 {
        let count = match &self.last {
            Some((last, count)) if last == nonce => count.saturating_add(1),
            _ => 1,
        };
        self.last = Some((nonce.to_owned(), count));
        count
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
    let ours = |challenge: &Challenge| credentials.realm.as_ref().is_none_or(|realm| *realm == challenge.realm);
    let readable = challenges.iter().filter_map(|value| Challenge::parse(value)).filter(ours);
    // Of equals the first one, which `max_by_key` would not give.
    let best = readable.reduce(|best, next| if next.algorithm > best.algorithm { next } else { best })?;

    let nc = format!("{:08x}", nonces.count(&best.nonce));
    let cnonce = format!("{:016x}", nonces.rng.next_u64());
    let quality = match best.qop {
        Qop::Absent => Quality::None,
        Qop::Auth => Quality::Auth { nc: &nc, cnonce: &cnonce },
    };
    let proof = Proof { algorithm: best.algorithm, nonce: &best.nonce, quality, method, uri };
    let response = proof.response(&best.algorithm.ha1(&credentials.username, &best.realm, &credentials.password));

    let mut value = format!(
        "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\", algorithm={}",
        quote(&credentials.username),
        quote(&best.realm),
        quote(&best.nonce),
        quote(uri),
        best.algorithm.name(),
    );
    if let Quality::Auth { nc, cnonce } = quality {
        value += &format!(", cnonce=\"{cnonce}\", qop=auth, nc={nc}");
    }
    if let Some(opaque) = &best.opaque {
        value += &format!(", opaque={}", quote(opaque));
    }
    Some(Authorization { value, realm: best.realm, stale: best.stale })
}

struct Challenge {
    algorithm: Algorithm,
    realm: String,
    nonce: String,
    opaque: Option<String>,
    qop: Qop,
    stale: bool,
}

enum Qop {
    /// RFC 2069.
    Absent,
    Auth,
}

impl Challenge {
    /// None for what we cannot answer.
    fn parse(value: &str) -> Option<Self> {
        let parameters = Parameters::parse(value)?;
        let get = |name: &str| parameters.get(name).map(str::to_owned);
        let qop = match parameters.get("qop") {
            None => Qop::Absent,
            Some(list) if list.split(',').any(|one| one.trim().eq_ignore_ascii_case("auth")) => Qop::Auth,
            Some(_) => return None,
        };
        Some(Self {
            algorithm: Algorithm::parse(parameters.get("algorithm"))?,
            realm: get("realm")?,
            nonce: get("nonce")?,
            opaque: get("opaque"),
            qop,
            stale: parameters.get("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
        })
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    const SHA: &str = "Digest realm=\"sip.example.net\", nonce=\"n1\", algorithm=SHA-256, qop=\"auth\", opaque=\"o\"";
    const MD5: &str = "Digest realm=\"sip.example.net\", nonce=\"n1\", algorithm=MD5, qop=\"auth-int,auth\"";

    fn account() -> Credentials {
        Credentials { realm: None, username: "4711".into(), password: "secret".into() }
    }

    fn value(challenges: &[&str]) -> Option<String> {
        respond(challenges, "REGISTER", "sip:sip.example.net", &account(), &mut ClientNonces::new(1))
            .map(|auth| auth.value)
    }

    #[test]
    fn the_response_names_everything_that_was_asked() {
        expect![[r#"Digest username="4711", realm="sip.example.net", nonce="n1", uri="sip:sip.example.net", response="RESPONSE", algorithm=SHA-256, cnonce="CNONCE", qop=auth, nc=00000001, opaque="o""#]]
            .assert_eq(&masked(&value(&[SHA]).unwrap()));
    }

    /// The two values that are as random as they should be.
    fn masked(value: &str) -> String {
        let parameters = Parameters::parse(value).unwrap();
        let response = parameters.get("response").unwrap();
        let cnonce = parameters.get("cnonce").unwrap();
        assert_eq!((response.len(), cnonce.len()), (64, 16));
        value.replace(response, "RESPONSE").replace(cnonce, "CNONCE")
    }

    #[test]
    fn the_better_algorithm_is_taken_in_any_order() {
        for challenges in [[SHA, MD5], [MD5, SHA]] {
            assert!(value(&challenges).unwrap().contains("algorithm=SHA-256"));
        }
        assert!(value(&[MD5]).unwrap().contains("algorithm=MD5"));
        assert!(
            value(&["Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256", MD5]).unwrap().contains("algorithm=MD5")
        );
    }

    #[test]
    fn what_cannot_be_answered_is_not_answered() {
        let unanswerable = [
            "Basic realm=\"r\"",
            "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"",
            "Digest realm=\"r\", nonce=\"n\", algorithm=MD5-sess",
            "Digest realm=\"r\"",
            "Digest nonce=\"n\"",
        ];
        for challenge in unanswerable {
            assert_eq!(value(&[challenge]), None, "{challenge}");
        }
        assert_eq!(value(&[]), None);
    }

    #[test]
    fn an_old_server_without_qop_is_answered_the_old_way() {
        let value = value(&["Digest realm=\"r\", nonce=\"n\""]).unwrap();
        assert!(!value.contains("qop") && !value.contains("nc=") && !value.contains("cnonce"), "{value}");
    }

    #[test]
    fn an_account_is_shown_to_its_own_realm_only() {
        let account = Credentials { realm: Some("sip.example.net".into()), ..account() };
        let mut nonces = ClientNonces::new(1);
        let foreign = SHA.replace("sip.example.net", "sip.attacker.example");
        assert_eq!(respond(&[&foreign], "BYE", "sip:x", &account, &mut nonces), None);
        let chosen = respond(&[&foreign, MD5], "BYE", "sip:x", &account, &mut nonces).unwrap();
        assert_eq!(chosen.realm, "sip.example.net");
    }

    #[test]
    fn uses_of_a_nonce_are_counted_in_hex() {
        let mut nonces = ClientNonces::new(1);
        let mut answer = |challenge: &str| respond(&[challenge], "INVITE", "sip:x", &account(), &mut nonces).unwrap();
        let tenth = (0..10).map(|_| answer(SHA)).last().unwrap();
        assert!(tenth.value.contains("nc=0000000a"), "{}", tenth.value);
        let fresh = answer(&SHA.replace("n1", "n2").replace("opaque", "stale=TRUE, opaque"));
        assert!(fresh.value.contains("nc=00000001") && fresh.stale);
    }

    #[test]
    fn client_nonces_come_from_the_seed() {
        let at = |seed| respond(&[SHA], "INVITE", "sip:x", &account(), &mut ClientNonces::new(seed)).unwrap().value;
        assert_eq!(at(1), at(1));
        assert_ne!(at(1), at(2));
    }

    #[test]
    fn passwords_are_not_printed() {
        assert_eq!(format!("{:?}", account()), "Credentials(4711)");
    }
}
