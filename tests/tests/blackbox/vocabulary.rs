//! Words that many tests share.

use std::time::Duration;

use callwright_tests::{Call, Message, Phone, Project, Server, clock};

/// Seconds, short enough to be read.
pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Waits until the call heard a prompt of the test projects.
pub(crate) fn hears(call: &Call, prompt: &str) {
    call.hears(prompt, &Project::prompt(prompt));
}

/// The call never heard this prompt.
pub(crate) fn never_heard(call: &Call, prompt: &str) {
    let found = call.likeness_to(&Project::prompt(prompt));
    assert!(found.score < 0.7, "`{prompt}` was heard: {found:?}\n{}", call.log());
}

/// Waits until a second went by in which the call was sent no audio.
pub(crate) fn falls_silent(call: &Call) {
    let (mut last, mut since) = (call.audio().received(), clock::now());
    let silent = clock::wait_for(seconds(10), || {
        let received = call.audio().received();
        if received != last {
            (last, since) = (received, clock::now());
        }
        (clock::now() - since >= seconds(1)).then_some(())
    });
    assert!(silent.is_some(), "audio goes on\n{}", call.log());
}

/// Somebody calls 100 and presses 1; gives both ends of the connected call.
pub(crate) fn connected_to_anna(server: &Server, anna: &Phone, caller: &Phone) -> (Call, Call) {
    let call = caller.dials("100");
    hears(&call, "menu");
    call.presses("1");
    let desk = anna.rings();
    desk.is_answered();
    assert!(server.log().len() < 50_000_000, "the log explodes");
    (call, desk)
}

/// What each says, the other hears.
pub(crate) fn hear_each_other(one: &Call, other: &Call, seed: u64) {
    let (first, second) = (voice(seed), voice(seed + 1));
    one.audio().say(&first);
    other.says(&second);
    one.hears("the other's voice", &second);
    other.hears("the first one's voice", &first);
}

/// A second of somebody's voice.
pub(crate) fn voice(seed: u64) -> Vec<i16> {
    callwright_tests::wav::melody(seed + 1_000, seconds(1))
}

/// Waits until the newest lamp that a phone was told shows so many new and old messages.
pub(crate) fn lamp_shows(phone: &Phone, counts: &str) {
    let wanted = format!("Voice-Message: {counts} (0/0)");
    let newest = || phone.strays().iter().map(Message::body).rfind(|body| body.contains("Voice-Message:"));
    let shows = || newest().is_some_and(|body| body.contains(&wanted)).then_some(());
    assert!(clock::wait_for(seconds(10), shows).is_some(), "no lamp shows {counts}: {:?}", newest());
}
