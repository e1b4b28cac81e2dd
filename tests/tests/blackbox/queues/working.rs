//! What agents do besides answering: they hold, hang up too early, make calls of their own, finish their notes.

use callwright_tests::{Answering, Direction};

use super::{Centre, never_rang};
use crate::vocabulary::{hear_each_other, hears, seconds};

#[test]
fn an_agent_who_hangs_up_during_the_whisper_leaves_the_caller_waiting() {
    let centre = Centre::open();
    let anna = centre.agent_who("anna", Answering::at_once());
    let call = centre.calls("724", "+4930101");
    let desk = anna.rings();
    anna.when_called(Answering::ring_forever());
    desk.is_answered().hangs_up();
    centre.says("queued in whispered, position 1, old place kept");
    let again = anna.rings();
    again.picks_up();
    hears(&again, "whisper");
    centre.says(" connected to anna");
    hear_each_other(&call, &again, 201);
    call.hangs_up();
    again.ends_with("bye");
}

#[test]
fn a_caller_who_hangs_up_during_the_whisper_releases_the_agent() {
    let centre = Centre::open();
    let anna = centre.agent_who("anna", Answering::at_once());
    let call = centre.calls("724", "+4930101");
    let desk = anna.rings();
    centre.says("anna answered in whispered");
    call.is_answered().hangs_up();
    desk.ends_with("bye");
    let next = centre.calls("724", "+4930102");
    anna.rings().is_answered();
    next.hangs_up();
}

#[test]
fn a_held_caller_hears_music_and_the_agent_comes_back() {
    let centre = Centre::open();
    let anna = centre.agent_who("anna", Answering::at_once());
    let call = centre.calls("720", "+4930101");
    let desk = anna.rings();
    centre.says(" connected to anna");
    call.audio().forget();
    desk.reinvites(Direction::SendOnly);
    centre.says("held by leg");
    hears(&call, "hold/default");
    desk.reinvites(Direction::SendRecv);
    centre.says("resumed by leg");
    hear_each_other(&call, &desk, 203);
    call.hangs_up();
    desk.ends_with("bye");
}

#[test]
fn an_agent_with_a_call_of_his_own_is_left_alone() {
    let centre = Centre::open();
    let (anna, carl) = (centre.agent("anna"), centre.agent_who("carl", Answering::at_once()));
    let own = anna.dials("203");
    carl.rings().is_answered();
    centre.says("agent anna talking: outside");
    let call = centre.waits("720", "+4930101");
    hears(&call, "music");
    never_rang(&anna);
    own.is_answered().hangs_up();
    let desk = anna.rings();
    desk.picks_up();
    call.hangs_up();
}

#[test]
fn the_work_after_a_call_ends_with_a_code() {
    let centre = Centre::open();
    let anna = centre.agent_who("anna", Answering::at_once());
    let call = centre.calls("726", "+4930101");
    anna.rings().is_answered();
    centre.says(" connected to anna");
    call.hangs_up();
    centre.says("agent anna wrap_up");
    let next = centre.waits("726", "+4930102");
    hears(&next, "music");
    never_rang(&anna);
    anna.dials("*44").ends_with("bye");
    anna.rings().is_answered();
    next.hangs_up();
}

#[test]
fn a_colleague_waits_in_a_queue_by_its_extension() {
    let centre = Centre::open();
    let (anna, dora) = (centre.agent_who("anna", Answering::at_once()), centre.agent("dora"));
    let call = dora.dials("601");
    let desk = anna.rings();
    call.is_answered();
    centre.says(" connected to anna");
    hear_each_other(&call, &desk, 205);
    desk.hangs_up();
    call.ends_with("bye");
}

#[test]
fn a_new_version_keeps_the_places_of_those_who_wait() {
    let centre = Centre::open();
    let calls = [1, 2].map(|n| centre.waits("720", &format!("+493010{n}")));
    centre.server.project.edit("callwright.yaml", |text| text.replace("  annas: {", "  annas: { strategy: ring_all,"));
    let published = callwright_tests::clock::wait_for(seconds(10), || (centre.count(" published") > 1).then_some(()));
    assert!(published.is_some(), "the new version goes live");
    let anna = centre.agent_who("anna", Answering::at_once());
    for call in &calls {
        let desk = anna.rings();
        let from = desk.invite().header("From").unwrap_or_default();
        let expected = call.invite().header("From").unwrap_or_default();
        let number = expected.split(['@', ':']).nth(1).unwrap_or_default();
        assert!(from.contains(number), "{from} before {expected}");
        desk.is_answered();
        call.hangs_up();
        desk.ends_with("bye");
    }
}
