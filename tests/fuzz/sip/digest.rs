//! Credentials and challenges as headers: nobody gets in by writing nonsense, and what we write can be read.
//!
//! The input is lines: the first one is a challenge to us, all of them are responses to ours.

#![no_main]

use libfuzzer_sys::fuzz_target;
use model::Timestamp;
use sip::digest::{Challenger, ClientNonces, Credential, Credentials, Verdict, respond};

const URI: &str = "sip:callwright.example";

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let now = Timestamp::from_micros(1_000_000);
    let mut challenger = Challenger::new([7; 32], "callwright");
    challenger.challenge(now, false);
    for line in text.lines() {
        let password = |_: &str| Some(Credential::Password("correct horse battery staple".into()));
        let verdict = challenger.verify(now, "REGISTER", URI, line, password);
        assert!(!matches!(verdict, Verdict::Ok { .. }), "{line:?} got in");
    }

    let challenges: Vec<&str> = text.lines().take(4).collect();
    let account = Credentials { realm: None, username: "a\"b".into(), password: "secret".into() };
    let Some(authorization) = respond(&challenges, "REGISTER", URI, &account, &mut ClientNonces::new(1)) else {
        return;
    };
    let harmless = |c: char| c == '\t' || !c.is_control(); // A tab may stand in a quoted string.
    assert!(authorization.value.chars().all(harmless), "{:?}", authorization.value);
    let realm = authorization.realm;
    let verdict = Challenger::new([7; 32], &realm).verify(now, "REGISTER", URI, &authorization.value, |user| {
        assert_eq!(user, account.username);
        Some(Credential::Password(account.password.clone()))
    });
    assert_eq!(verdict, Verdict::Stale, "the proof is right, the nonce is not ours: {:?}", authorization.value);
});
