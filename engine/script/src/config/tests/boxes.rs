//! Message boxes: what is written, what is usual, what cannot work.

use std::time::Duration;

use expect_test::expect;
use model::QueueId;

use super::{Fallback, finds, parse};

#[test]
fn boxes_hold_what_is_written_or_the_usual() {
    let config = parse(
        "agents:\n  anna: { queues: [support] }\n  boris: { queues: [support] }\nqueues: { support: {} }\nboxes:\n  anna: {}\n  support: { min: 3s, silence: 0s, review: true, urgent_key: \"4\", operator: \"queue:support\", queue: support }\n  desk: { agents: [boris], greetings: { closed: closed-hours }, email: a@b.example, delete_after_mail: true }\n",
    )
    .unwrap();
    let (plain, support, desk) = (&config.boxes["anna"], &config.boxes["support"], &config.boxes["desk"]);
    let seconds = Duration::from_secs;
    assert_eq!((plain.max, plain.min, plain.silence), (seconds(180), seconds(2), seconds(5)));
    assert!(!plain.review && plain.urgent_key.is_none() && plain.operator.is_none());
    assert_eq!((support.min, support.silence, support.urgent_key), (seconds(3), seconds(0), Some('4')));
    let queue = QueueId::parse("support").unwrap();
    assert_eq!((support.operator.clone(), support.queue.clone()), (Some(Fallback::Queue(queue.clone())), Some(queue)));
    assert_eq!((desk.greetings.of("closed"), desk.greetings.of("busy")), (Some("closed-hours"), None));
    let lamps = |name: &str| config.box_agents(name).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    assert_eq!([lamps("anna"), lamps("support"), lamps("desk"), lamps("nobody")], ["anna", "anna boris", "boris", ""]);
}

#[test]
fn boxes_that_cannot_work_are_found() {
    finds(
        r#"
queues: { support: {} }
boxes:
  a: { urgent_key: "1", operator: "box:a", agents: [anna], queue: sales }
  b: { min: 4m, delete_after_mail: true, review: perhaps }
"#,
        expect![[r#"
            error[bad-keys]: `urgent_key` is a key from 4 to 9, not `1`
             --> callwright.yaml:4:20
              |
            4 |   a: { urgent_key: "1", operator: "box:a", agents: [anna], queue: sales }
              |                    ^^^

            error[bad-operator]: a box is no operator
             --> callwright.yaml:4:35
              |
            4 |   a: { urgent_key: "1", operator: "box:a", agents: [anna], queue: sales }
              |                                   ^^^^^^^
              |
              = help: write a number, an agent's name or `queue:<name>`

            error[unknown-agent]: unknown agent `anna`
             --> callwright.yaml:4:53
              |
            4 |   a: { urgent_key: "1", operator: "box:a", agents: [anna], queue: sales }
              |                                                     ^^^^
              |
              = help: the project has none

            error[unknown-queue]: unknown queue `sales`
             --> callwright.yaml:4:67
              |
            4 |   a: { urgent_key: "1", operator: "box:a", agents: [anna], queue: sales }
              |                                                                   ^^^^^
              |
              = help: known are `support`

            error[bad-duration]: `min` of `boxes.b` leaves no room below its `max`
             --> callwright.yaml:5:6
              |
            5 |   b: { min: 4m, delete_after_mail: true, review: perhaps }
              |      ^

            error[missing-key]: `boxes.b` deletes what was mailed, but has no `email`
             --> callwright.yaml:5:6
              |
            5 |   b: { min: 4m, delete_after_mail: true, review: perhaps }
              |      ^

            error[unknown-word]: `review` cannot be `perhaps`
             --> callwright.yaml:5:50
              |
            5 |   b: { min: 4m, delete_after_mail: true, review: perhaps }
              |                                                  ^^^^^^^
              |
              = help: known are `true`, `false`
        "#]],
    );
}

#[test]
fn a_key_of_the_review_needs_a_review() {
    let config = parse("boxes: { a: { urgent_key: \"4\" }, b: { urgent_key: \"4\", review: true } }").unwrap();
    let warnings: Vec<String> = config.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings, ["callwright.yaml:1:27: `urgent_key` is a key of the review"]);
}
