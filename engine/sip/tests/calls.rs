//! Two endpoints call each other over a link that may lose packets.
#![allow(clippy::unwrap_used, clippy::too_many_lines, reason = "tests")]

mod wire;

use std::time::Duration;

use expect_test::expect;
use model::{Direction, HangupCause, LegId};
use wire::{ANNA, BEN, Pair, Side, audio, call_to};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn s(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn a_call_is_dialled_answered_and_hung_up() {
    let mut pair = Pair::new();
    let leg = pair.dial();
    pair.run(ms(50));
    let theirs = pair.incoming();
    let now = pair.now;
    pair.ben.ring(now, theirs, None);
    pair.run(ms(50));
    let now = pair.now;
    pair.ben.answer(now, theirs, audio(BEN, 5000));
    pair.run(s(1));
    let now = pair.now;
    pair.anna.hangup(now, leg, HangupCause::Normal);
    pair.run(s(1));
    expect![[r#"
        anna -> INVITE
        ben -> 180 Ringing
        ben -> 200 OK
        anna -> ACK
        anna -> BYE
        ben -> 200 OK"#]]
    .assert_eq(&pair.ladder.join("\n"));
    expect![[r#"
        leg 1 rings
        leg 1 audio PCMA to 192.0.2.2:5000
        leg 1 answered
        leg 1 gone"#]]
    .assert_eq(&pair.story(Side::Anna).join("\n"));
    expect![[r#"
        leg 1000 incoming 100 -> 200 by trunk trunk1
        leg 1000 audio PCMA to 192.0.2.1:4000
        leg 1000 answered
        leg 1000 hung up normal
        leg 1000 gone"#]]
    .assert_eq(&pair.story(Side::Ben).join("\n"));
    pair.expect_nothing_left();
}

#[test]
fn the_called_side_may_hang_up_too() {
    let mut pair = Pair::new();
    let (_, theirs) = pair.connected();
    let now = pair.now;
    pair.ben.hangup(now, theirs, HangupCause::Normal);
    pair.run(s(1));
    assert!(pair.story(Side::Anna).contains(&"leg 1 hung up normal".to_owned()));
    pair.expect_nothing_left();
}

#[test]
fn a_cancelled_call_leaves_nothing() {
    let mut pair = Pair::new();
    let leg = pair.dial();
    pair.run(ms(50));
    let now = pair.now;
    let theirs = pair.incoming();
    pair.ben.ring(now, theirs, None);
    pair.run(ms(50));
    let now = pair.now;
    pair.anna.hangup(now, leg, HangupCause::AnsweredElsewhere);
    pair.run(s(1));
    assert!(pair.story(Side::Ben).contains(&format!("leg {theirs} hung up cancelled")));
    assert_eq!(pair.story(Side::Anna).last().unwrap(), "leg 1 gone");
    pair.expect_nothing_left();
}

#[test]
fn a_cancel_waits_for_the_first_response_and_the_487_is_repeated() {
    let mut pair = Pair::new();
    let leg = pair.dial();
    let now = pair.now;
    pair.anna.hangup(now, leg, HangupCause::Normal);
    pair.lose("487", 2);
    pair.run(s(5));
    let ladder = pair.ladder.join("\n");
    expect![[r#"
        anna -> INVITE
        ben -> 100 Trying
        anna -> CANCEL
        ben -> 200 OK
        ben -> 487 Request Terminated (lost)
        ben -> 487 Request Terminated (lost)
        ben -> 487 Request Terminated
        anna -> ACK"#]]
    .assert_eq(&ladder);
    pair.expect_nothing_left();
}

#[test]
fn an_answer_that_crosses_the_cancel_is_acknowledged_and_hung_up() {
    let mut pair = Pair::new();
    let leg = pair.dial();
    pair.run(ms(50));
    let theirs = pair.incoming();
    let now = pair.now;
    pair.ben.ring(now, theirs, None);
    pair.run(ms(50));
    let now = pair.now;
    pair.ben.answer(now, theirs, audio(BEN, 5000));
    pair.anna.hangup(now, leg, HangupCause::Normal);
    pair.run(s(2));
    let ladder = pair.ladder.join("\n");
    assert!(ladder.contains("anna -> ACK") && ladder.contains("anna -> BYE"), "{ladder}");
    pair.expect_nothing_left();
}

#[test]
fn refusals_come_out_as_words() {
    for (status, word) in [
        (486, "busy"),
        (600, "busy"),
        (480, "no_answer"),
        (603, "declined"),
        (404, "not_found"),
        (503, "unreachable"),
        (488, "failed"),
    ] {
        let mut pair = Pair::new();
        pair.dial();
        pair.run(ms(50));
        let theirs = pair.incoming();
        let now = pair.now;
        pair.ben.reject(now, theirs, status, None);
        pair.run(ms(50));
        assert_eq!(pair.story(Side::Anna), [format!("leg 1 failed {word} {status}"), "leg 1 gone".to_owned()]);
        pair.expect_nothing_left();
    }
}

#[test]
fn silence_fails_the_leg_after_four_seconds_and_a_late_phone_is_stopped() {
    let mut pair = Pair::new();
    pair.lose("INVITE", 4);
    pair.dial();
    pair.run(ms(3900));
    assert!(pair.story(Side::Anna).is_empty());
    pair.run(ms(200));
    assert_eq!(pair.story(Side::Anna), ["leg 1 failed unreachable 408", "leg 1 gone"]);
    pair.run(s(10));
    assert!(pair.story(Side::Ben).iter().any(|w| w.ends_with("hung up cancelled")));
    pair.expect_nothing_left();
}

#[test]
fn an_answer_is_repeated_until_its_ack() {
    let mut pair = Pair::new();
    pair.lose("200", 2);
    pair.connected();
    pair.run(s(5));
    assert_eq!(pair.ladder.iter().filter(|l| l.starts_with("ben -> 200")).count(), 3);
    assert!(pair.story(Side::Anna).contains(&"leg 1 answered".to_owned()));
}

#[test]
fn without_any_ack_the_call_ends_after_32_seconds() {
    let mut pair = Pair::new();
    pair.lose("ACK", 1000);
    pair.connected();
    pair.run(s(31));
    assert!(!pair.story(Side::Ben).iter().any(|w| w.contains("hung up")));
    pair.run(s(2));
    assert!(pair.story(Side::Ben).iter().any(|w| w.ends_with("hung up vanished")));
    pair.expect_nothing_left();
}

#[test]
fn a_hangup_before_the_ack_waits_for_it() {
    let mut pair = Pair::new();
    pair.dial();
    pair.run(ms(50));
    let theirs = pair.incoming();
    let now = pair.now;
    pair.ben.answer(now, theirs, audio(BEN, 5000));
    pair.ben.hangup(now, theirs, HangupCause::Normal);
    pair.run(s(1));
    let ladder = pair.ladder.join("\n");
    assert!(ladder.ends_with("ben -> 200 OK\nanna -> ACK\nben -> BYE\nanna -> 200 OK"), "{ladder}");
    pair.expect_nothing_left();
}

#[test]
fn hold_and_resume_are_noticed() {
    let mut pair = Pair::new();
    let (ours, _) = pair.connected();
    pair.story(Side::Ben);
    let now = pair.now;
    let mut hold = audio(ANNA, 4000);
    hold.direction = Direction::SendOnly;
    pair.anna.update_media(now, ours, hold);
    pair.run(s(1));
    let now = pair.now;
    pair.anna.update_media(now, ours, audio(ANNA, 4002));
    pair.run(s(1));
    expect![[r#"
        leg 1000 audio PCMA to 192.0.2.1:4000
        leg 1000 held
        leg 1000 audio PCMA to 192.0.2.1:4002
        leg 1000 resumed"#]]
    .assert_eq(&pair.story(Side::Ben).join("\n"));
}

#[test]
fn offers_that_meet_are_tried_again() {
    let mut pair = Pair::new();
    let (ours, theirs) = pair.connected();
    let now = pair.now;
    pair.anna.update_media(now, ours, audio(ANNA, 4100));
    pair.ben.update_media(now, theirs, audio(BEN, 5100));
    pair.run(s(10));
    assert!(pair.ladder.iter().any(|l| l.contains("491")));
    assert!(pair.story(Side::Anna).contains(&"leg 1 audio PCMA to 192.0.2.2:5100".to_owned()));
    assert!(pair.story(Side::Ben).contains(&"leg 1000 audio PCMA to 192.0.2.1:4100".to_owned()));
}

#[test]
fn early_audio_is_heard_before_the_answer() {
    let mut pair = Pair::new();
    pair.dial();
    pair.run(ms(50));
    let theirs = pair.incoming();
    let now = pair.now;
    pair.lose("183", 1);
    pair.ben.ring(now, theirs, Some(audio(BEN, 5000)));
    pair.run(s(1));
    let now = pair.now;
    pair.ben.answer(now, theirs, audio(BEN, 5000));
    pair.run(s(1));
    expect![[r#"
        anna -> INVITE
        ben -> 183 Session Progress (lost)
        anna -> INVITE
        ben -> 183 Session Progress
        anna -> PRACK
        ben -> 200 OK
        ben -> 200 OK
        anna -> ACK"#]]
    .assert_eq(&pair.ladder.join("\n"));
    expect![[r#"
        leg 1 audio PCMA to 192.0.2.2:5000
        leg 1 rings with audio
        leg 1 answered"#]]
    .assert_eq(&pair.story(Side::Anna).join("\n"));
}

#[test]
fn sessions_are_refreshed_and_end_when_the_other_side_is_gone() {
    let mut pair = Pair::with(|_, config| {
        config.session_timers.interval = Duration::from_secs(120);
    });
    pair.connected();
    pair.run(s(600));
    assert!(pair.ladder.iter().filter(|l| l.contains("UPDATE")).count() >= 4, "{:?}", pair.ladder);
    assert!(!pair.story(Side::Anna).iter().any(|w| w.contains("hung up")));
    pair.impair(100, 1);
    pair.run(s(200));
    assert!(pair.story(Side::Anna).iter().any(|w| w.ends_with("hung up vanished")));
    assert!(pair.story(Side::Ben).iter().any(|w| w.ends_with("hung up vanished")));
    pair.expect_nothing_left();
}

#[test]
fn with_20_percent_loss_every_call_connects_or_ends_and_leaves_nothing() {
    for seed in 0..200 {
        let mut pair = Pair::new();
        pair.impair(20, seed);
        let leg = LegId(1);
        let now = pair.now;
        let mut call = call_to("200", 4000);
        call.no_response = s(32);
        pair.anna.dial(now, leg, call);
        pair.run(s(8));
        let came_in =
            pair.heard.get(&Side::Ben).is_some_and(|h| h.iter().filter_map(wire::word).any(|w| w.contains("incoming")));
        if came_in {
            let theirs = pair.incoming();
            let now = pair.now;
            pair.ben.answer(now, theirs, audio(BEN, 5000));
            pair.run(s(40));
        }
        let now = pair.now;
        pair.anna.hangup(now, leg, HangupCause::Normal);
        pair.run(s(80));
        let incoming = pair.story(Side::Ben).iter().filter(|w| w.contains("incoming")).count();
        assert!(incoming <= 1, "seed {seed}: a repeated INVITE became a second call");
        pair.expect_nothing_left();
    }
}
