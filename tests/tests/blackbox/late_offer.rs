//! INVITE without SDP: the offer is in the 200, the answer in the ACK.

use callwright_tests::{Dial, Server};

use crate::vocabulary::{hear_each_other, hears};

#[test]
fn a_late_offer_is_made_and_the_menu_is_heard() {
    let server = Server::of("office");
    let call = server.phone("caller").dials(Dial::to("100").late_offer());
    call.is_answered();
    assert!(call.remote_sdp().unwrap().events.is_some(), "the offer has telephone-event");
    hears(&call, "menu");
    call.presses("2");
    hears(&call, "goodbye");
    call.ends_with("bye");
}

#[test]
fn a_late_offer_reaches_an_agent() {
    let server = Server::of("office");
    let anna = server.agent("anna", "201");
    let call = server.phone("caller").dials(Dial::to("201").late_offer().codecs(&[8]));
    let desk = anna.rings();
    desk.is_answered();
    call.is_answered();
    hear_each_other(&call, &desk, 21);
    call.hangs_up();
    desk.ends_with("bye");
}
