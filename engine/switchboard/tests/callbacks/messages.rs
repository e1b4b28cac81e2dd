//! Messages to a queue: an agent is found, hears them, and calls back.

use super::*;
use model::{Message, MessageState};

const BOXED: &str = "boxes: { desk: { queue: sales } }\ncallbacks:";

fn desk_with_message() -> Desk {
    let config = CONFIG.replace("ORDER", "order: agent_first").replace("callbacks:", BOXED);
    let mut desk = Desk::new(&config, FLOW);
    desk.board.set_wall_clock(desk.now, MORNING);
    let message = Message {
        id: MessageId(4),
        mailbox: "desk".into(),
        call: CallId(900),
        from: "+49307".into(),
        name: String::new(),
        file: "recordings/900-1-desk.wav".into(),
        length: std::time::Duration::from_secs(12),
        left_at: WallTime(MORNING.0 - 60_000_000),
        urgent: false,
        state: MessageState::New,
    };
    desk.board.restore_work(desk.now, vec![Work::Message(message)], (MessageId(5), CallbackId(1)));
    desk.ready("anna");
    desk.passes(1);
    desk.leg(LegId(2), LegEvent::Answered);
    desk
}

#[test]
fn an_agent_hears_it_and_calls_the_sender_back() {
    let mut desk = desk_with_message();
    desk.expect(expect![[r#"
        leg 2: dial Phone { agent: AgentId("anna"), contact: "sip:anna@phone" } as Some("+49307")
        audio 2: play 1: recording recordings/900-1-desk.wav message-work-menu (missing) Silence(2s)
    "#]]);
    desk.audio(LegId(2), AudioEvent::Digit('1'));
    desk.leg(LegId(1), LegEvent::Answered);
    desk.expect(expect![[r#"
        audio 2: play 2: Tone(Ringback) again and again
        leg 1: dial Trunk { trunk: TrunkId("near"), number: "+49307" } as Some("+49100")
        audio 1: Watch(Some(30s))
        audio 2: StopPlayback
        audio 1: Join { with: LegId(2) }
        audio 2: Watch(Some(30s))
    "#]]);
    desk.passes(30);
    desk.leg(LegId(1), LegEvent::HungUp(HangupCause::Normal));
    desk.stored(1, true);
    desk.passes(600);
    desk.expect_journal(expect![[r#"
        call 1 disconnected from leg 1 after 30s: normal
        call 1 anna of sales talked for 30s
        call 1 leg 2 released: normal
        call 1 ended answered by the caller: normal
        agent anna wrap_up
        call 900 message 4 in desk heard by the agent who called back
        agent anna ready
    "#]]);
}

#[test]
fn three_is_done_with_it() {
    let mut desk = desk_with_message();
    desk.said.clear();
    desk.audio(LegId(2), AudioEvent::Digit('3'));
    desk.stored(1, true);
    desk.passes(600);
    desk.expect_journal(expect![[r#"
        call 1 anna of sales talked for 0ms
        call 1 leg 2 released: no_answer
        call 1 ended not_reached by the engine: no_answer
        agent anna wrap_up
        call 900 message 4 in desk heard by anna
        agent anna ready
    "#]]);
}

#[test]
fn who_hangs_up_while_he_hears_it_leaves_it_to_the_next_one() {
    let mut desk = desk_with_message();
    desk.leg(LegId(2), LegEvent::HungUp(HangupCause::Normal));
    desk.said.clear();
    desk.passes(299);
    assert!(!desk.said.contains("placed"), "{}", desk.said);
    desk.passes(3);
    assert!(desk.said.contains("placed to +49307 for message 4"), "{}", desk.said);
}
