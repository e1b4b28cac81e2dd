//! Settings of queues that have no effect, and agents' settings that are wrong.

use expect_test::expect;

use super::finds;

#[test]
fn queues_that_nobody_serves_are_warned_about() {
    finds(
        "queues:\n  sales: {}\n  support: { widen: [ { after: 20s, add_queue: sales } ] }\n  office: {}\nagents:\n  anna: { queues: [sales] }\n",
        expect![[r#"
            warning[unserved-queue]: no agent serves queue `office`
             --> callwright.yaml:4:3
              |
            4 |   office: {}
              |   ^^^^^^
              |
              = help: write `queues: [office]` at an agent, or let `widen` add a queue
        "#]],
    );
}

#[test]
fn settings_without_effect_are_warned_about() {
    finds(
        "queues:
  sales: { strategy: ring_all, skill_order: best_first, ring_more_every: 5s }
  support:
    max_wait: 1m
    widen:
      - { after: 20s, add_tier: 3 }
      - { after: 30s, add_queue: support }
      - { after: 40s, drop_skill: englsh }
      - { after: 1m, add_tier: 2 }
agents:
  anna: { skills: { english: 3 }, queues: [sales, support, ] }
  boris: { queues: [ { support: { tier: 2 } } ] }
",
        expect![[r#"
            warning[without-effect]: `strategy: ring_all` rings everybody, whatever their skills
             --> callwright.yaml:2:45
              |
            2 |   sales: { strategy: ring_all, skill_order: best_first, ring_more_every: 5s }
              |                                             ^^^^^^^^^^

            warning[without-effect]: `ring_more_every` belongs to `strategy: cumulative`
             --> callwright.yaml:2:74
              |
            2 |   sales: { strategy: ring_all, skill_order: best_first, ring_more_every: 5s }
              |                                                                          ^^

            warning[without-effect]: no agent of `support` has tier 3
             --> callwright.yaml:6:33
              |
            6 |       - { after: 20s, add_tier: 3 }
              |                                 ^
              |
              = help: its agents have tier 1, 2

            warning[without-effect]: `support` has its own agents from the beginning
             --> callwright.yaml:7:34
              |
            7 |       - { after: 30s, add_queue: support }
              |                                  ^^^^^^^

            warning[unknown-skill]: no agent has the skill `englsh`
             --> callwright.yaml:8:35
              |
            8 |       - { after: 40s, drop_skill: englsh }
              |                                   ^^^^^^
              |
              = help: did you mean `english`?

            warning[without-effect]: nobody waits so long: `max_wait` is 1m
             --> callwright.yaml:9:18
              |
            9 |       - { after: 1m, add_tier: 2 }
              |                  ^^
        "#]],
    );
}

#[test]
fn wrong_words_and_numbers_of_queues_say_how_to_write_them() {
    finds(
        "queues:
  support: { skill_order: best, priority: soon, connect_tone: maybe, ring_more_every: 0s }
back_off: { failures_max: 0, bussy: 5s }
agents:
  anna: { sign_in: fone, queues: [support] }
",
        expect![[r#"
            error[unknown-word]: `skill_order` cannot be `best`
             --> callwright.yaml:2:27
              |
            2 |   support: { skill_order: best, priority: soon, connect_tone: maybe, ring_more_every: 0s }
              |                           ^^^^
              |
              = help: known are `any`, `best_first`, `junior_first`

            error[bad-number]: `soon` is no number of seconds from -86400 to 86400
             --> callwright.yaml:2:43
              |
            2 |   support: { skill_order: best, priority: soon, connect_tone: maybe, ring_more_every: 0s }
              |                                           ^^^^

            error[unknown-word]: `connect_tone` cannot be `maybe`
             --> callwright.yaml:2:63
              |
            2 |   support: { skill_order: best, priority: soon, connect_tone: maybe, ring_more_every: 0s }
              |                                                               ^^^^^
              |
              = help: known are `true`, `false`

            error[bad-duration]: `ring_more_every` must be longer than nothing
             --> callwright.yaml:2:87
              |
            2 |   support: { skill_order: best, priority: soon, connect_tone: maybe, ring_more_every: 0s }
              |                                                                                       ^^

            error[bad-number]: `failures_max` is a whole number from 1 to 1000, not `0`
             --> callwright.yaml:3:27
              |
            3 | back_off: { failures_max: 0, bussy: 5s }
              |                           ^

            error[unknown-key]: unknown key `bussy` in `back_off`
             --> callwright.yaml:3:30
              |
            3 | back_off: { failures_max: 0, bussy: 5s }
              |                              ^^^^^
              |
              = help: did you mean `busy`?

            error[unknown-word]: `sign_in` cannot be `fone`
             --> callwright.yaml:5:20
              |
            5 |   anna: { sign_in: fone, queues: [support] }
              |                    ^^^^
              |
              = help: did you mean `code`?
        "#]],
    );
}
