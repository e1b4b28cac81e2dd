//! Phones that die and a server that is killed: nobody is forgotten.

use callwright_tests::Answering;

use super::Centre;
use crate::vocabulary::{hear_each_other, seconds};

#[test]
fn a_caller_whose_agent_vanished_is_the_first_again() {
    let centre = Centre::open();
    let anna = centre.agent_who("anna", Answering::at_once());
    let call = centre.chooses("1", "+4930101");
    let desk = anna.rings();
    centre.says(" connected to anna");
    let second = centre.chooses("1", "+4930102");
    // Not a packet more from this phone.
    drop((desk, anna));
    assert!(centre.server.says("agent anna not_ready: vanished", seconds(45)), "half a minute of silence is enough");
    centre.says("queued in sales, position 1, old place kept");
    let ben = centre.agent_who("ben", Answering::at_once());
    let other = ben.rings();
    hear_each_other(&call, other.is_answered(), 161);
    call.hangs_up();
    let other = ben.rings();
    hear_each_other(&second, other.is_answered(), 163);
    second.hangs_up();
}

#[test]
fn a_caller_who_was_cut_off_and_calls_again_has_the_old_place() {
    let centre = Centre::open();
    let first = centre.waits("720", "+4930101");
    let second = centre.waits("720", "+4930102");
    first.hangs_up();
    centre.says("call 1 ended abandoned by the caller");
    let again = centre.waits("720", "+4930101");
    centre.says("call 3 queued in annas, position 1, old place kept");
    let anna = centre.agent_who("anna", Answering::at_once());
    hear_each_other(&again, anna.rings().is_answered(), 169);
    again.hangs_up();
    anna.rings().is_answered();
    second.hangs_up();
}

#[test]
fn a_phone_that_is_gone_while_it_rings_lets_the_next_one_ring() {
    let centre = Centre::open();
    let anna = centre.agent_who("anna", Answering::ignore());
    let ben = centre.agent("ben");
    let call = centre.chooses("1", "+4930101");
    drop(anna);
    let desk = ben.rings();
    desk.picks_up();
    hear_each_other(&call, &desk, 165);
    centre.says("offer to anna ended");
    call.hangs_up();
}

#[test]
fn agents_who_are_on_duty_with_their_phones_are_so_after_a_crash() {
    let mut centre = Centre::open();
    let anna = centre.agent_who("anna", Answering::at_once());
    let lost = centre.waits("720", "+4930101");
    anna.rings();
    centre.server.crashes_and_restarts();
    drop(lost);
    let call = centre.calls("720", "+4930102");
    let desk = anna.rings();
    hear_each_other(&call, desk.is_answered(), 167);
    call.hangs_up();
    desk.ends_with("bye");
}
