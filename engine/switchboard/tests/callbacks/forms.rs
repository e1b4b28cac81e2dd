//! One customer has one number, however it is written.

use callwright_switchboard::{AudioEvent, LegEvent};

use crate::common::Desk;
use crate::{CONFIG, FLOW, MORNING, books, desk};

#[test]
fn a_promise_is_found_and_taken_back_in_every_form_of_its_number() {
    for number in ["004930111", "+49 30 111", "+49 (0)30-111"] {
        let mut desk = desk("order: agent_first");
        books(&mut desk);
        assert_eq!(desk.board.cancel_callbacks(desk.now, "004930112"), 0);
        assert_eq!(desk.board.cancel_callbacks(desk.now, number), 1, "{number}");
    }
}

#[test]
fn a_number_has_one_promise_and_no_premium_number_has_one_in_any_form() {
    let flow = FLOW.replace("#{ queue: \"sales\" }", "#{ queue: \"sales\", number: \"NUMBER\" }");
    let config = CONFIG.replace("ORDER", "order: agent_first");
    let book = |number: &str| {
        let mut desk = Desk::new(&config, &flow.replace("NUMBER", number));
        desk.board.set_wall_clock(desk.now, MORNING);
        books(&mut desk);
        let caller = desk.call();
        desk.leg(caller, LegEvent::Answered);
        desk.audio(caller, AudioEvent::Digit('1'));
        desk.stored(2, true);
        desk.board.callbacks_json()["callbacks"].as_array().unwrap().len()
    };
    assert_eq!(book("004930222"), 1);
    assert_eq!(book("0049900222"), 0, "premium");
}
