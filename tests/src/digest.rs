//! Digest authentication, RFC 2617 and RFC 8760, from the caller's side.

use md5::{Digest, Md5};
use sha2::Sha256;

use crate::clock;

/// Hash of a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// Old phones.
    Md5,
    /// RFC 8760.
    Sha256,
}

/// A `WWW-Authenticate` or `Proxy-Authenticate` header.
#[derive(Debug, Clone)]
pub struct Challenge {
    /// Hash to use.
    pub algorithm: Algorithm,
    /// Realm, as told.
    pub realm: String,
    /// Nonce, as told.
    pub nonce: String,
    /// `qop=auth` is offered.
    pub qop: Qop,
    opaque: Option<String>,
}

/// Quality of protection that the server offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qop {
    /// RFC 2069 style.
    None,
    /// `auth`.
    Auth,
}

impl Challenge {
    /// Reads one challenge; none when it is not a digest in a hash that we speak.
    pub fn parse(value: &str) -> Option<Self> {
        let rest = value.trim().strip_prefix("Digest")?;
        let part =
            |name: &str| split_quoted(rest).into_iter().find_map(|(n, v)| n.eq_ignore_ascii_case(name).then_some(v));
        let algorithm = match part("algorithm").as_deref().map(str::to_ascii_uppercase).as_deref() {
            None | Some("MD5") => Algorithm::Md5,
            Some("SHA-256") => Algorithm::Sha256,
            Some(_) => return None,
        };
        let qop = match part("qop") {
            Some(list) if list.split(',').any(|q| q.trim() == "auth") => Qop::Auth,
            _ => Qop::None,
        };
        Some(Self { algorithm, realm: part("realm")?, nonce: part("nonce")?, qop, opaque: part("opaque") })
    }

    /// The `Authorization` value for one request.
    pub fn answer(&self, user: &str, password: &str, method: &str, uri: &str) -> String {
        let ha1 = self.hash(&format!("{user}:{}:{password}", self.realm));
        let ha2 = self.hash(&format!("{method}:{uri}"));
        let cnonce = clock::unique();
        let name = match self.algorithm {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
        };
        let head = format!(
            "Digest username=\"{user}\", realm=\"{}\", nonce=\"{}\", uri=\"{uri}\", algorithm={name}",
            self.realm, self.nonce
        );
        let opaque = self.opaque.as_ref().map(|o| format!(", opaque=\"{o}\"")).unwrap_or_default();
        match self.qop {
            Qop::None => {
                let response = self.hash(&format!("{ha1}:{}:{ha2}", self.nonce));
                format!("{head}, response=\"{response}\"{opaque}")
            }
            Qop::Auth => {
                let response = self.hash(&format!("{ha1}:{}:00000001:{cnonce}:auth:{ha2}", self.nonce));
                format!("{head}, response=\"{response}\", qop=auth, nc=00000001, cnonce=\"{cnonce}\"{opaque}")
            }
        }
    }

    fn hash(&self, text: &str) -> String {
        let bytes = match self.algorithm {
            Algorithm::Md5 => Md5::digest(text).to_vec(),
            Algorithm::Sha256 => Sha256::digest(text).to_vec(),
        };
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// `a=b, c="d,e"` → pairs.
fn split_quoted(text: &str) -> Vec<(String, String)> {
    let (mut parts, mut part, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => parts.push(std::mem::take(&mut part)),
            _ => part.push(c),
        }
    }
    parts.push(part);
    parts.iter().filter_map(|p| p.split_once('=')).map(|(n, v)| (n.trim().into(), v.trim().into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_rfc_2617_without_qop() {
        let challenge =
            Challenge::parse("Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"");
        let answer = challenge.unwrap().answer("Mufasa", "Circle Of Life", "GET", "/dir/index.html");
        assert!(answer.contains("response=\"670fd8c2df070c60b045671b8b24ff02\""), "{answer}");
    }

    #[test]
    fn unknown_hashes_are_left_alone() {
        assert!(Challenge::parse("Digest realm=\"a\", nonce=\"b\", algorithm=SHA-512-256").is_none());
        assert_eq!(Challenge::parse("Digest realm=\"a\",nonce=\"b\",qop=\"auth,auth-int\"").unwrap().qop, Qop::Auth);
    }
}
