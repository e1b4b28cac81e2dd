//! A flow that fails hurts only its own call, which hears so and goes to the fallback.

use callwright_tests::Server;

use crate::vocabulary::{hear_each_other, hears, never_heard, seconds};

fn falls_back(number: &str, place: &str) {
    let server = Server::of("office");
    let anna = server.agent("anna", "201");
    let neighbour = server.phone("neighbour").dials("104");
    neighbour.is_answered();
    let call = server.phone("caller").dials(number);
    hears(&call, "welcome");
    hears(&call, "technical-problem");
    let desk = anna.rings();
    desk.is_answered();
    hear_each_other(&call, &desk, 61);
    never_heard(&call, "wrong");
    call.hangs_up();
    assert!(server.says(place, seconds(2)), "the log names {place}");
    let spacing = neighbour.audio().spacing();
    assert_eq!((spacing.lost, neighbour.is_up()), (0, true), "{spacing:?}");
}

#[test]
fn an_index_out_of_bounds_goes_to_the_fallback() {
    falls_back("103", "broken.rhai:4:");
}

#[test]
fn a_throw_goes_to_the_fallback() {
    falls_back("109", "throws.rhai:3:");
}

#[test]
fn an_endless_loop_goes_to_the_fallback() {
    falls_back("110", "endless.rhai:4:");
}
