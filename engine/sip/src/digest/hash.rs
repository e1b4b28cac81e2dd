//! The two hashes and what is hashed.

/// A digest algorithm that we speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// RFC 2617.
    Md5,
    /// RFC 8760.
    Sha256,
}
