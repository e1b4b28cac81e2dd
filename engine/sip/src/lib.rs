//! SIP by the book, sans-IO

pub mod admission;
pub mod digest;
pub mod registrar;
pub mod sdp;
pub mod trunk;
