//! Fifty callers at once, each served as if alone.

use callwright_tests::{Project, Server, clock};

use crate::vocabulary::seconds;

#[test]
fn fifty_callers_at_once_all_hear_the_menu_and_get_what_they_press() {
    let server = Server::of("office");
    let phone = server.phone("caller");
    let calls: Vec<_> = (0..50).map(|_| phone.dials("100")).collect();
    for call in &calls {
        call.is_answered();
    }
    let menu = Project::prompt("menu");
    std::thread::sleep(seconds(3));
    for call in &calls {
        call.hears("menu", &menu);
    }
    for call in &calls {
        call.audio().press('2', std::time::Duration::from_millis(100), callwright_tests::DigitLoss::None);
    }
    let goodbye = Project::prompt("goodbye");
    for call in &calls {
        call.hears("goodbye", &goodbye);
        call.ends_with("bye");
    }
    let worst = calls.iter().map(|call| call.audio().spacing()).max_by_key(|s| s.lost).unwrap();
    assert_eq!(worst.lost, 0, "{worst:?}");
    let left = clock::wait_for(seconds(5), || (phone.asks_options() == 200).then_some(()));
    assert!(left.is_some(), "the server still answers");
}
