//! Black-box tests that drive the real binary with an independent caller.
