//! A phone against our challenger.

use std::time::Duration;

use expect_test::expect;
use model::Timestamp;

use super::hash::{Proof, Quality};
use super::*;

const NOW: Timestamp = Timestamp::from_micros(1_000_000);
const URI: &str = "sip:office.example.org";

fn challenger() -> Challenger {
    Challenger::new([3; 32], "office")
}

fn anna(user: &str) -> Option<Credential> {
    (user == "anna").then(|| Credential::Password("secret".into()))
}

fn account(username: &str, password: &str) -> Credentials {
    Credentials { realm: None, username: username.into(), password: password.into() }
}

/// One phone that answers the challenges it is given.
struct Phone {
    account: Credentials,
    nonces: ClientNonces,
    challenges: Vec<String>,
}

impl Phone {
    fn challenged(challenger: &mut Challenger, username: &str, password: &str) -> Self {
        let challenges = challenger.challenge(NOW, false);
        Self { account: account(username, password), nonces: ClientNonces::new(9), challenges }
    }

    fn authorize(&mut self, method: &str, uri: &str) -> String {
        let challenges: Vec<&str> = self.challenges.iter().map(String::as_str).collect();
        respond(&challenges, method, uri, &self.account, &mut self.nonces).expect("we answer our own challenge").value
    }
}

fn register(challenger: &mut Challenger, value: &str) -> Verdict {
    challenger.verify(NOW, "REGISTER", URI, value, anna)
}

fn ok() -> Verdict {
    Verdict::Ok { user: "anna".into() }
}

fn wrong(user: &str) -> Verdict {
    Verdict::Wrong { user: user.into() }
}

/// A response as an old phone writes it.
fn without_qop(challenge: &str, password: &str) -> String {
    let nonce = challenge.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap();
    let proof = Proof { algorithm: Algorithm::Md5, nonce, quality: Quality::None, method: "REGISTER", uri: URI };
    let response = proof.response(&Algorithm::Md5.ha1("anna", "office", password));
    format!("Digest username=\"anna\", realm=\"office\", nonce=\"{nonce}\", uri=\"{URI}\", response=\"{response}\"")
}

#[test]
fn a_challenge_offers_sha_256_before_md5() {
    let masked = |values: Vec<String>| -> String {
        let one = |value: String| {
            let nonce = value.split('"').nth(3).unwrap().to_owned();
            assert_eq!(nonce.len(), 64);
            value.replace(&nonce, "NONCE") + "\n"
        };
        values.into_iter().map(one).collect()
    };
    expect![[r#"
        Digest realm="office", nonce="NONCE", algorithm=SHA-256, qop="auth"
        Digest realm="office", nonce="NONCE", algorithm=MD5, qop="auth"
    "#]]
    .assert_eq(&masked(challenger().challenge(NOW, false)));
    expect![[r#"
        Digest realm="office", nonce="NONCE", algorithm=SHA-256, qop="auth", stale=true
    "#]]
    .assert_eq(&masked(challenger().with_md5(Md5Fallback::Refused).challenge(NOW, true)));
}

#[test]
fn the_right_password_opens() {
    let mut challenger = challenger();
    let mut phone = Phone::challenged(&mut challenger, "anna", "secret");
    assert_eq!(register(&mut challenger, &phone.authorize("REGISTER", URI)), ok());
    phone.challenges.remove(0);
    assert_eq!(register(&mut challenger, &phone.authorize("REGISTER", URI)), ok(), "by MD5");
}

#[test]
fn a_kept_hash_is_as_good_as_the_password() {
    let mut challenger = challenger();
    let mut phone = Phone::challenged(&mut challenger, "anna", "secret");
    let kept =
        |_: &str| Some(Credential::Ha1 { md5: None, sha256: Some(Algorithm::Sha256.ha1("anna", "office", "secret")) });
    let value = phone.authorize("REGISTER", URI);
    assert_eq!(challenger.verify(NOW, "REGISTER", URI, &value, kept), ok());
    phone.challenges.remove(0);
    let value = phone.authorize("REGISTER", URI);
    assert_eq!(challenger.verify(NOW, "REGISTER", URI, &value, kept), wrong("anna"), "no hash for MD5");
}

#[test]
fn wrong_and_unknown_look_the_same() {
    let mut challenger = challenger();
    for (user, password) in [("anna", "guess"), ("anna", ""), ("nobody", "secret"), ("Anna", "secret")] {
        let value = Phone::challenged(&mut challenger, user, password).authorize("REGISTER", URI);
        assert_eq!(register(&mut challenger, &value), wrong(user));
    }
}

#[test]
fn a_response_is_good_for_its_request_only() {
    let mut challenger = challenger();
    let mut phone = Phone::challenged(&mut challenger, "anna", "secret");
    let value = phone.authorize("REGISTER", URI);
    assert_eq!(challenger.verify(NOW, "INVITE", URI, &value, anna), wrong("anna"));
    assert_eq!(challenger.verify(NOW, "REGISTER", "sip:elsewhere.example.org", &value, anna), wrong("anna"));
    let longer = format!("{};transport=tcp", URI.replace("office", "OFFICE"));
    assert_eq!(challenger.verify(NOW, "REGISTER", &longer, &value, anna), ok());
    let invite = phone.authorize("INVITE", "sip:100@office.example.org");
    assert_eq!(challenger.verify(NOW, "INVITE", "sip:101@office.example.org", &invite, anna), wrong("anna"));
}

#[test]
fn a_foreign_realm_is_wrong() {
    let mut challenger = challenger();
    let mut other = Challenger::new([3; 32], "elsewhere");
    let value = Phone::challenged(&mut other, "anna", "secret").authorize("REGISTER", URI);
    assert_eq!(register(&mut challenger, &value), wrong("anna"));
}

#[test]
fn a_replay_is_stale_every_time() {
    let mut challenger = challenger();
    let mut phone = Phone::challenged(&mut challenger, "anna", "secret");
    let value = phone.authorize("REGISTER", URI);
    assert_eq!(register(&mut challenger, &value), ok());
    for _ in 0..1000 {
        assert_eq!(register(&mut challenger, &value), Verdict::Stale);
    }
    assert_eq!(register(&mut challenger, &phone.authorize("REGISTER", URI)), ok(), "the next count goes on");
}

#[test]
fn a_phone_may_use_its_nonce_more_than_nine_times() {
    let mut challenger = challenger();
    let mut phone = Phone::challenged(&mut challenger, "anna", "secret");
    for _ in 0..300 {
        assert_eq!(register(&mut challenger, &phone.authorize("REGISTER", URI)), ok());
    }
}

#[test]
fn an_old_nonce_is_stale_but_only_with_the_right_password() {
    let mut challenger = challenger();
    let late = NOW + Duration::from_secs(61);
    let value = Phone::challenged(&mut challenger, "anna", "secret").authorize("REGISTER", URI);
    assert_eq!(challenger.verify(late, "REGISTER", URI, &value, anna), Verdict::Stale);
    let value = Phone::challenged(&mut challenger, "anna", "guess").authorize("REGISTER", URI);
    assert_eq!(challenger.verify(late, "REGISTER", URI, &value, anna), wrong("anna"));
}

#[test]
fn nonces_of_the_process_before_us_are_stale() {
    let mut before = Challenger::new([4; 32], "office");
    let value = Phone::challenged(&mut before, "anna", "secret").authorize("REGISTER", URI);
    assert_eq!(register(&mut challenger(), &value), Verdict::Stale);
}

#[test]
fn an_old_phone_without_qop_may_use_a_nonce_once() {
    let mut challenger = challenger();
    let challenge = challenger.challenge(NOW, false).remove(1);
    assert_eq!(register(&mut challenger, &without_qop(&challenge, "guess")), wrong("anna"));
    let value = without_qop(&challenge, "secret");
    assert_eq!(register(&mut challenger, &value), ok());
    assert_eq!(register(&mut challenger, &value), Verdict::Stale);
}

#[test]
fn md5_is_refused_when_switched_off() {
    let mut challenger = challenger().with_md5(Md5Fallback::Refused);
    let challenge = challenger.challenge(NOW, false).remove(0);
    assert_eq!(register(&mut challenger, &without_qop(&challenge, "secret")), Verdict::Malformed);
    let value = Phone::challenged(&mut challenger, "anna", "secret").authorize("REGISTER", URI);
    assert_eq!(register(&mut challenger, &value), ok());
}

#[test]
fn what_we_did_not_offer_is_malformed() {
    let mut challenger = challenger();
    let value = Phone::challenged(&mut challenger, "anna", "secret").authorize("REGISTER", URI);
    let broken = [
        value.replace("qop=auth", "qop=auth-int"),
        value.replace("SHA-256", "MD5-sess"),
        value.replace("nc=00000001", "nc=1"),
        value.replace("nc=00000001", "nc=00000000"),
        value.replace("nc=00000001", "nc=+0000001"),
        value.replace(", nc=00000001", ""),
        value.replace("cnonce=", "xnonce="),
        value.replace("username=\"anna\"", "username=\"\""),
        value.replace("username=\"anna\"", &format!("username=\"{}\"", "a".repeat(129))),
        value.replace("Digest", "Basic"),
        "Digest".to_owned(),
        String::new(),
    ];
    for value in broken {
        assert_eq!(register(&mut challenger, &value), Verdict::Malformed, "{value}");
    }
    let long = value.replace("username=\"anna\"", &format!("username=\"{}\"", "a".repeat(128)));
    assert_eq!(register(&mut challenger, &long), wrong(&"a".repeat(128)));
}

#[test]
fn mutilated_headers_never_pass_and_never_panic() {
    let mut challenger = challenger();
    let value = Phone::challenged(&mut challenger, "anna", "secret").authorize("REGISTER", URI);
    let response_at = value.find("response=\"").unwrap() + "response=\"".len();
    for at in 0..value.len() {
        let cut = register(&mut challenger, &value[..at]);
        assert_ne!(cut, ok(), "cut at {at}");
        let changed = format!("{}\u{20ac}{}", &value[..at], &value[at + 1..]);
        let verdict = register(&mut challenger, &changed);
        let in_response = (response_at..response_at + 64).contains(&at);
        assert!(!in_response || verdict == wrong("anna"), "changed at {at}: {verdict:?}");
    }
}

#[test]
fn secrets_are_not_printed() {
    let printed = format!("{:?} {:?}", challenger(), Credential::Password("secret".into()));
    assert!(!printed.contains("secret\"") && !printed.contains("3, 3"), "{printed}");
}
