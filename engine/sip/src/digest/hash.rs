//! The two hashes and what is hashed.

use std::fmt::Write as _;

use md5::Md5;
use sha2::{Digest, Sha256};

/// A digest algorithm that we speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// RFC 2617; all that old phones know.
    Md5,
    /// RFC 8760.
    Sha256,
}

impl Algorithm {
    /// Its name in the `algorithm` parameter.
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
        }
    }

    /// No parameter means MD5 (RFC 7616 §3.3). None for what we do not speak, the `-sess` variants included.
    pub(super) fn parse(parameter: Option<&str>) -> Option<Self> {
        let Some(text) = parameter else {
            return Some(Algorithm::Md5);
        };
        [Algorithm::Md5, Algorithm::Sha256].into_iter().find(|algorithm| text.eq_ignore_ascii_case(algorithm.name()))
    }

    /// `H(user:realm:password)` as lower-case hex: what may be kept instead of the password.
    pub fn ha1(self, user: &str, realm: &str, password: &str) -> String {
        self.hash(&[user, realm, password])
    }

    /// The hash of the parts with colons between them, as lower-case hex.
    fn hash(self, parts: &[&str]) -> String {
        let text = parts.join(":");
        match self {
            Algorithm::Md5 => hex(&Md5::digest(text)),
            Algorithm::Sha256 => hex(&Sha256::digest(text)),
        }
    }
}

/// What proves that a nonce was answered for this very request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proof<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) nonce: &'a str,
    pub(super) quality: Quality<'a>,
    pub(super) method: &'a str,
    pub(super) uri: &'a str,
}

/// How the response is bound to one use of the nonce.
#[derive(Debug, Clone, Copy)]
pub(super) enum Quality<'a> {
    /// RFC 2069: not at all.
    None,
    /// `qop=auth`.
    Auth { nc: &'a str, cnonce: &'a str },
}

impl Proof<'_> {
    /// The `response` parameter (RFC 7616 §3.4.1).
    pub(super) fn response(&self, ha1: &str) -> String {
        let ha2 = self.algorithm.hash(&[self.method, self.uri]);
        match self.quality {
            Quality::None => self.algorithm.hash(&[ha1, self.nonce, &ha2]),
            Quality::Auth { nc, cnonce } => self.algorithm.hash(&[ha1, self.nonce, nc, cnonce, "auth", &ha2]),
        }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing into a string cannot fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_2617() {
        let proof = Proof {
            algorithm: Algorithm::Md5,
            nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            quality: Quality::Auth { nc: "00000001", cnonce: "0a4f113b" },
            method: "GET",
            uri: "/dir/index.html",
        };
        let ha1 = Algorithm::Md5.ha1("Mufasa", "testrealm@host.com", "Circle Of Life");
        assert_eq!(ha1, "939e7578ed9e3c518a452acee763bce9");
        assert_eq!(proof.response(&ha1), "6629fae49393a05397450978507c4ef1");
    }

    #[test]
    fn the_example_of_rfc_2069_without_qop() {
        let proof = Proof {
            algorithm: Algorithm::Md5,
            nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            quality: Quality::None,
            method: "GET",
            uri: "/dir/index.html",
        };
        let ha1 = Algorithm::Md5.ha1("Mufasa", "testrealm@host.com", "CircleOfLife");
        assert_eq!(proof.response(&ha1), "1949323746fe6a43ef61f9606e7febea", "with the erratum's value");
    }

    #[test]
    fn the_examples_of_rfc_7616() {
        let cases = [
            (Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
            (Algorithm::Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ];
        for (algorithm, expected) in cases {
            let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
            let proof = Proof {
                algorithm,
                nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
                quality: Quality::Auth { nc: "00000001", cnonce },
                method: "GET",
                uri: "/dir/index.html",
            };
            let ha1 = algorithm.ha1("Mufasa", "http-auth@example.org", "Circle of Life");
            assert_eq!(proof.response(&ha1), expected);
        }
    }

    #[test]
    fn algorithms_are_named_in_any_case() {
        assert_eq!(Algorithm::parse(None), Some(Algorithm::Md5));
        assert_eq!(Algorithm::parse(Some("md5")), Some(Algorithm::Md5));
        assert_eq!(Algorithm::parse(Some("sha-256")), Some(Algorithm::Sha256));
        for unknown in ["", "MD5-sess", "SHA-256-sess", "SHA-512-256", "SHA256"] {
            assert_eq!(Algorithm::parse(Some(unknown)), None, "{unknown}");
        }
    }
}
