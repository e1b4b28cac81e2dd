//! Digest access authentication (RFC 7616 with RFC 8760's algorithms; RFC 2617 and RFC 2069 peers are understood).

mod challenger;
mod client;
mod hash;
mod header;
mod nonce;
#[cfg(test)]
mod tests;
mod unanswered;

pub use challenger::{Challenger, Credential, Md5Fallback, Verdict};
pub use client::{Authorization, ClientNonces, Credentials, respond};
pub use hash::Algorithm;
pub(crate) use unanswered::Unanswered;
