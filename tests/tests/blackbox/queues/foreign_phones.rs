//! baresip and SIPp as agents' phones.

use callwright_tests::baresip::Baresip;
use callwright_tests::{likeness, sipp, wav};

use super::Centre;
use crate::vocabulary::{hears, seconds, voice};

#[test]
fn baresip_takes_a_queues_call_and_both_hear_each_other() {
    let centre = Centre::open();
    let spoken = wav::melody(151, seconds(30));
    let phone = Baresip::start("<sip:anna@127.0.0.1>;regint=0;answermode=auto", &spoken, &[]);
    let call = centre.waits("724", "+4930101");
    hears(&call, "music");
    // It knows no SHA-256 and would need half a minute to register by itself.
    centre.registers_for("anna", &phone.uri("anna"));
    phone.says("established");
    call.hears("baresip's voice", &spoken[8_000 * 3..8_000 * 4]);
    let said = voice(152);
    call.says(&said);
    phone.keeps_a_second_more();
    call.hangs_up();
    phone.says("terminated");
    let (log, heard) = (phone.log(), phone.heard());
    for (what, sound) in [("the whisper", callwright_tests::Project::prompt("whisper")), ("the caller's voice", said)] {
        let found = likeness(&heard, &sound);
        assert!(found.score > 0.75, "{what} at baresip: {found:?}\n{log}");
    }
}

#[test]
fn sipp_serves_callers_one_after_the_other() {
    let centre = Centre::open();
    let calls = [1, 2, 3].map(|n| centre.waits("720", &format!("+493010{n}")));
    let agent = sipp::Agent::start("agent", calls.len());
    centre.registers_for("anna", &agent.uri());
    for call in &calls {
        call.ends_with("bye");
    }
    agent.is_done();
    for call in 1..=3 {
        centre.says(&format!("call {call} ended answered by the flow"));
    }
    let log = centre.server.log();
    let places: Vec<_> = (1..=3).map(|call| log.find(&format!("call {call} anna answered in annas"))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "in the order of arrival: {places:?}");
}
