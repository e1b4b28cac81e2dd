//! What waiting callers hear, measured in their receivers.

use callwright_tests::{Call, Project, likeness, wav};

use super::Centre;
use crate::vocabulary::{hears, never_heard, seconds, voice};

const SECOND: usize = 8_000; // samples

/// Where a prompt begins in what the caller heard.
fn place_of(call: &Call, prompt: &str) -> usize {
    hears(call, prompt);
    call.likeness_to(&Project::prompt(prompt)).offset
}

/// Waits until something was heard after `from`.
fn hears_after(call: &Call, from: usize, prompt: &str) {
    let reference = Project::prompt(prompt);
    let found = || likeness(call.audio().heard().get(from..).unwrap_or_default(), &reference).score > 0.75;
    let heard = callwright_tests::clock::wait_for(seconds(10), || found().then_some(()));
    assert!(heard.is_some(), "no `{prompt}` after sample {from}\n{}", call.log());
}

#[test]
fn positions_are_told_on_entry_and_when_they_improved_with_music_between() {
    let centre = Centre::open();
    let (first, second) = (centre.waits("721", "+4930101"), centre.waits("721", "+4930102"));
    let entry = place_of(&second, "queue-position-2");
    assert!(entry < 3 * SECOND, "on entry, not after {entry} samples");
    hears_after(&second, entry + SECOND, "music");
    hears(&first, "music");
    never_heard(&first, "queue-position-2");
    first.hangs_up();
    // Changes are told a quarter of a minute apart at most.
    let told = callwright_tests::clock::wait_for(seconds(20), || {
        (centre.count("hears `queue-youarenext`") == 1).then_some(())
    });
    assert!(told.is_some(), "the second one is the first one now");
    let change = place_of(&second, "queue-youarenext");
    assert!(change > entry + 12 * SECOND, "from {entry} to {change}");
    hears_after(&second, change + SECOND, "music");
    second.hangs_up();
}

#[test]
fn adverts_come_again_and_again_between_the_music() {
    let centre = Centre::open();
    let call = centre.waits("722", "+4930101");
    let mut after = 0;
    for _ in 0..2 {
        let advert = {
            hears_after(&call, after, "version-a");
            after + likeness(&call.audio().heard()[after..], &Project::prompt("version-a")).offset
        };
        assert!(advert >= after, "music first");
        after = advert + SECOND;
        hears_after(&call, after, "music");
    }
    call.hangs_up();
}

#[test]
fn an_announcement_is_cut_when_the_agent_answers() {
    let centre = Centre::open();
    let call = centre.waits("723", "+4930101");
    call.hears("the advert", &Project::prompt("long")[..SECOND]);
    let anna = centre.agent("anna");
    let desk = anna.rings();
    let before = call.audio().heard().len();
    std::thread::sleep(seconds(1));
    desk.picks_up();
    let answered = call.audio().heard().len();
    std::thread::sleep(seconds(2));
    let heard = call.audio().heard();
    assert!(wav::loudness(&heard[before..answered]) > 1_000.0, "it went on while Anna's phone rang");
    let last = heard.iter().rposition(|sample| sample.unsigned_abs() > 500).unwrap_or(0);
    assert!(last < answered + SECOND / 2, "{} samples of the advert after the answer", last - answered);
    desk.says(&voice(111));
    call.hears("Anna's voice", &voice(111));
    call.hangs_up();
}

#[test]
fn an_exit_key_leaves_in_the_middle_of_an_announcement() {
    let centre = Centre::open();
    let call = centre.waits("723", "+4930101");
    call.hears("the advert", &Project::prompt("long")[..SECOND]);
    call.presses("0");
    hears(&call, "goodbye");
    call.ends_with("bye");
    centre.says("left endless after");
    centre.says("exit:0");
    let advert = call.likeness_to(&Project::prompt("long")[..SECOND]).offset;
    let heard = call.audio().heard().len();
    assert!(heard < advert + 12 * SECOND, "the advert of half a minute was cut");
}

#[test]
fn an_exit_key_leaves_while_the_music_plays() {
    let centre = Centre::open();
    let call = centre.waits("720", "+4930101");
    hears(&call, "music");
    call.presses("50");
    hears(&call, "goodbye");
    call.ends_with("bye");
    centre.says("left annas after");
}
