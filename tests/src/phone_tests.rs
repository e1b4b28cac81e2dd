//! The telephone against itself: what is not true here proves nothing about the server.

use std::net::Ipv4Addr;
use std::time::Duration;

use rsip::Method;

use crate::answering::{Answering, Ringing, Then};
use crate::wav::{loudness, melody};
use crate::{Dial, DigitLoss, Direction, Phone};

const NOBODY: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 9);

fn pair() -> (Phone, Phone) {
    let bob = Phone::udp("bob", NOBODY.into());
    let alice = Phone::udp("alice", bob.address());
    (alice, bob)
}

#[test]
fn two_phones_talk_and_hang_up() {
    let (alice, bob) = pair();
    let call = alice.dials("bob");
    let other = bob.rings();
    call.is_ringing().is_answered();
    other.is_answered();
    let (hers, his) = (melody(1, Duration::from_secs(1)), melody(2, Duration::from_secs(1)));
    call.audio().say(&hers);
    other.says(&his);
    call.hears("his melody", &his);
    other.hears("her melody", &hers);
    assert!(other.likeness_to(&his).score < 0.6);
    let spacing = call.audio().spacing();
    assert!(spacing.packets > 40 && spacing.lost == 0, "{spacing:?}");
    call.hangs_up();
    other.ends_with("bye");
    assert!(alice.unreadable().is_empty() && bob.unreadable().is_empty());
}

#[test]
fn the_same_over_tcp() {
    let bob = Phone::tcp("bob", NOBODY.into());
    let alice = Phone::tcp("alice", bob.address());
    let call = alice.dials("bob");
    call.is_answered();
    bob.rings().is_answered().hangs_up();
    call.ends_with("bye");
}

#[test]
fn a_late_offer_is_answered_in_the_ack() {
    let (alice, bob) = pair();
    bob.when_called(Answering::at_once());
    let call = alice.dials(Dial::to("bob").late_offer().codecs(&[8]));
    let other = bob.rings();
    call.is_answered();
    let voice = melody(3, Duration::from_secs(1));
    other.is_answered().says(&voice);
    call.hears("the voice", &voice);
    assert_eq!(other.remote_sdp().unwrap().payloads, [8, 101]);
}

#[test]
fn cancel_busy_redirect_and_silence() {
    let (alice, bob) = pair();
    bob.when_called(Answering::ring_forever());
    let call = alice.dials("bob");
    call.is_ringing().cancels().ends_with("487");
    bob.rings().ends_with("cancelled");
    bob.when_called(Answering::refuse(486));
    alice.dials("bob").ends_with("486");
    bob.when_called(Answering { then: Then::Redirect("sip:x@127.0.0.1:9".into()), ..Answering::at_once() });
    alice.dials("bob").ends_with("302");
    bob.when_called(Answering::ignore());
    assert_eq!(alice.dials("bob").ends_within(Duration::from_millis(700)), "");
}

#[test]
fn reliable_ringing_is_confirmed_by_prack() {
    let (alice, bob) = pair();
    bob.when_called(Answering::after(Duration::from_millis(300)).with(Ringing::Reliable));
    let call = alice.dials("bob");
    let other = bob.rings();
    assert_eq!(other.is_asked(Method::PRack).header("RAck").unwrap(), "1 1 INVITE");
    call.is_answered().hangs_up();
}

#[test]
fn hold_update_and_refer_inside_a_call() {
    let (alice, bob) = pair();
    bob.when_called(Answering::at_once());
    let call = alice.dials("bob");
    call.is_answered();
    let other = bob.rings();
    assert_eq!(call.reinvites(Direction::SendOnly).direction, Direction::RecvOnly);
    assert_eq!(call.updates(Direction::SendRecv).direction, Direction::SendRecv);
    assert_eq!(call.refers("sip:carol@127.0.0.1:9", None), 200);
    assert_eq!(other.is_asked(Method::Refer).header("Refer-To").unwrap(), "<sip:carol@127.0.0.1:9>");
    call.presses_by_info("5");
    assert!(other.is_asked(Method::Info).body().contains("Signal=5"));
}

#[test]
fn a_withheld_ack_makes_the_answer_come_again() {
    let (alice, bob) = pair();
    bob.when_called(Answering::at_once());
    let call = alice.dials(Dial::to("bob").without_ack());
    call.is_answered();
    let again = || call.responses().iter().filter(|r| r.code() == Some(200)).count() >= 2;
    assert!(crate::clock::wait_for(Duration::from_secs(3), || again().then_some(())).is_some());
    call.acks_again();
    bob.rings().is_answered();
}

#[test]
fn keys_arrive_once_each_even_when_packets_are_lost() {
    let (alice, bob) = pair();
    bob.when_called(Answering::at_once());
    let call = alice.dials("bob");
    call.is_answered();
    let other = bob.rings();
    call.presses("1#").presses_losing("2", DigitLoss::AllEnds).presses_losing("22", DigitLoss::OnlyOneEnd);
    call.presses_losing("3", DigitLoss::NoMarker).presses_losing("4*", DigitLoss::EveryOther).presses_in_band("9");
    let digits = || (other.audio().digits() == "1#22234*").then_some(());
    assert!(crate::clock::wait_for(Duration::from_secs(2), digits).is_some(), "{}", other.audio().digits());
    assert!(loudness(&other.audio().heard()) > 100.0);
}
