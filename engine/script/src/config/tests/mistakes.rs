use expect_test::expect;

use super::finds;

#[test]
fn misspelt_keys_and_words_are_recognised() {
    finds(
        "langauge: ru\nqueues:\n  support: { strategy: longest_idel, wrapup: 5s }\n",
        expect![[r#"
        error[unknown-key]: unknown key `langauge` in `callwright.yaml`
         --> callwright.yaml:1:1
          |
        1 | langauge: ru
          | ^^^^^^^^
          |
          = help: did you mean `language`?

        error[unknown-word]: `strategy` cannot be `longest_idel`
         --> callwright.yaml:3:24
          |
        3 |   support: { strategy: longest_idel, wrapup: 5s }
          |                        ^^^^^^^^^^^^
          |
          = help: did you mean `longest_idle`?

        error[unknown-key]: unknown key `wrapup` in `queues.support`
         --> callwright.yaml:3:38
          |
        3 |   support: { strategy: longest_idel, wrapup: 5s }
          |                                      ^^^^^^
          |
          = help: did you mean `wrap_up`?
    "#]],
    );
}

#[test]
fn duplicate_keys_point_at_the_second_one() {
    finds(
        "name: A\nlanguage: ru\nname: B\nnumbers: { \"1\": a.rhai, \"1\": b.rhai }\n",
        expect![[r#"
        error[duplicate-key]: `name` stands twice in `callwright.yaml`
         --> callwright.yaml:3:1
          |
        3 | name: B
          | ^^^^
          |
          = help: the first one is in line 1; keep one of them

        error[duplicate-key]: `1` stands twice in `numbers`
         --> callwright.yaml:4:25
          |
        4 | numbers: { "1": a.rhai, "1": b.rhai }
          |                         ^^^
          |
          = help: the first one is in line 4; keep one of them
    "#]],
    );
}

#[test]
fn numbers_must_be_quoted_because_yaml_changes_them() {
    finds(
        "numbers:\n  +74951234567: main.rhai\nagents: { anna: { extension: 0201, password: env:TRUNK_PASSWORD, pin: 0042 } }\n",
        expect![[r#"
        error[unquoted-number]: `+74951234567` must be quoted
         --> callwright.yaml:2:3
          |
        2 |   +74951234567: main.rhai
          |   ^^^^^^^^^^^^ YAML reads a number here
          |
          = help: write "+74951234567"

        error[unquoted-number]: `extension` must be quoted
         --> callwright.yaml:3:30
          |
        3 | agents: { anna: { extension: 0201, password: env:TRUNK_PASSWORD, pin: **** } }
          |                              ^^^^ YAML reads a number here
          |
          = help: write "0201"

        error[unquoted-number]: `pin` must be quoted
         --> callwright.yaml:3:71
          |
        3 | agents: { anna: { extension: 0201, password: env:TRUNK_PASSWORD, pin: **** } }
          |                                                                       ^^^^ YAML reads a number here
          |
          = help: write "…"
    "#]],
    );
}

#[test]
fn wrong_values_say_how_to_write_them() {
    finds(
        r#"
time_zone: Europe/Moskow
sip: { listen: [tls:0.0.0.0:5061, udp:5060], public_address: here }
rtp: { ports: 10001-10005 }
store: mysql:x
queues:
  support: { ring_for: 20, max_wait: 0s, service_level: 80 in 20s, announce: { wait: 60s }, max_waiting: many, record: yes please }
calendars:
  office: { hours: "Mon-Fry 8-18", holidays: [2026-13-01], exceptions: { tomorrow: closed } }
  shop: { holidays: [2027-01-08..2027-01-01] }
boxes: { desk: { email: desk, max: long } }
"#,
        expect![[r#"
            error[unknown-time-zone]: unknown time zone `Europe/Moskow`
             --> callwright.yaml:2:12
              |
            2 | time_zone: Europe/Moskow
              |            ^^^^^^^^^^^^^
              |
              = help: did you mean `Europe/Moscow`?

            error[bad-address]: transport `tls` comes with a later version, use `udp` or `tcp`
             --> callwright.yaml:3:17
              |
            3 | sip: { listen: [tls:0.0.0.0:5061, udp:5060], public_address: here }
              |                 ^^^^^^^^^^^^^^^^

            error[bad-address]: `udp:5060` is nowhere to listen, write `udp:0.0.0.0:5060` or `tcp:0.0.0.0:5060`
             --> callwright.yaml:3:35
              |
            3 | sip: { listen: [tls:0.0.0.0:5061, udp:5060], public_address: here }
              |                                   ^^^^^^^^

            error[bad-address]: `here` is no IP address
             --> callwright.yaml:3:62
              |
            3 | sip: { listen: [tls:0.0.0.0:5061, udp:5060], public_address: here }
              |                                                              ^^^^

            error[bad-ports]: `10001-10005` begins with an odd port, audio takes the even ones: begin with 10000
             --> callwright.yaml:4:15
              |
            4 | rtp: { ports: 10001-10005 }
              |               ^^^^^^^^^^^

            error[bad-store]: `mysql:x` is no store, write `sqlite:callwright.db` or `postgres://user@host/database`
             --> callwright.yaml:5:8
              |
            5 | store: mysql:x
              |        ^^^^^^^

            error[bad-duration]: `20` is no duration, write `20s`, `10m`, `1h30m` or `800ms`
             --> callwright.yaml:7:24
              |
            7 |   support: { ring_for: 20, max_wait: 0s, service_level: 80 in 20s, announce: { wait: 60s }, max_waiting: many, record: yes please }
              |                        ^^

            error[bad-duration]: `max_wait` must be longer than nothing
             --> callwright.yaml:7:38
              |
            7 |   support: { ring_for: 20, max_wait: 0s, service_level: 80 in 20s, announce: { wait: 60s }, max_waiting: many, record: yes please }
              |                                      ^^

            error[bad-service-level]: `80 in 20s` is no service level, write `80% in 20s`
             --> callwright.yaml:7:57
              |
            7 |   support: { ring_for: 20, max_wait: 0s, service_level: 80 in 20s, announce: { wait: 60s }, max_waiting: many, record: yes please }
              |                                                         ^^^^^^^^^

            error[bad-announce]: `60s` is no time to announce, write `on_change` or `every 60s`
             --> callwright.yaml:7:86
              |
            7 |   support: { ring_for: 20, max_wait: 0s, service_level: 80 in 20s, announce: { wait: 60s }, max_waiting: many, record: yes please }
              |                                                                                      ^^^

            error[bad-number]: `max_waiting` is a whole number from 1 to 100000, not `many`
             --> callwright.yaml:7:106
              |
            7 |   support: { ring_for: 20, max_wait: 0s, service_level: 80 in 20s, announce: { wait: 60s }, max_waiting: many, record: yes please }
              |                                                                                                          ^^^^

            error[unknown-word]: `record` cannot be `yes please`
             --> callwright.yaml:7:120
              |
            7 |   support: { ring_for: 20, max_wait: 0s, service_level: 80 in 20s, announce: { wait: 60s }, max_waiting: many, record: yes please }
              |                                                                                                                        ^^^^^^^^^^
              |
              = help: known are `true`, `false`

            error[bad-hours]: unknown day `Fry`, did you mean `Fri`?
             --> callwright.yaml:9:20
              |
            9 |   office: { hours: "Mon-Fry 8-18", holidays: [2026-13-01], exceptions: { tomorrow: closed } }
              |                    ^^^^^^^^^^^^^^

            error[bad-date]: `2026-13-01` is no holiday
             --> callwright.yaml:9:47
              |
            9 |   office: { hours: "Mon-Fry 8-18", holidays: [2026-13-01], exceptions: { tomorrow: closed } }
              |                                               ^^^^^^^^^^
              |
              = help: write `2026-12-31`, `2027-01-01..2027-01-08`, `12-25` or `jalali:01-13` for every year, or the name of an `.ics` file

            error[bad-date]: `tomorrow` is no date, write `2026-12-31`
             --> callwright.yaml:9:74
              |
            9 |   office: { hours: "Mon-Fry 8-18", holidays: [2026-13-01], exceptions: { tomorrow: closed } }
              |                                                                          ^^^^^^^^

            error[missing-key]: `calendars.shop` has no `hours`
              --> callwright.yaml:10:9
               |
            10 |   shop: { holidays: [2027-01-08..2027-01-01] }
               |         ^
               |
               = help: write `hours: "Mon-Fri 08:00-18:00"`

            error[bad-date]: `2027-01-08..2027-01-01` ends before it begins
              --> callwright.yaml:10:22
               |
            10 |   shop: { holidays: [2027-01-08..2027-01-01] }
               |                      ^^^^^^^^^^^^^^^^^^^^^^

            error[bad-email]: `desk` is no mail address
              --> callwright.yaml:11:25
               |
            11 | boxes: { desk: { email: desk, max: long } }
               |                         ^^^^

            error[bad-duration]: `long` is no duration, write `20s`, `10m`, `1h30m` or `800ms`
              --> callwright.yaml:11:36
               |
            11 | boxes: { desk: { email: desk, max: long } }
               |                                    ^^^^
        "#]],
    );
}

#[test]
fn names_that_do_not_exist_are_found() {
    finds(
        r#"
queues: { support: { widen: [ { after: 5s, add_queue: suport }, { after: 5s } ] } }
agents: { anna: { queues: [suport, { sales: {} }] } }
trunks: { provider: { address: sip.provider.example } }
dial: [ { to: "+7*", through: [provder] }, { to: "+49*" }, { through: [provider] }, { to: +43, through: [provider] } ]
fallback: box:reception
"#,
        expect![[r#"
            error[unknown-queue]: unknown queue `suport`
             --> callwright.yaml:2:55
              |
            2 | queues: { support: { widen: [ { after: 5s, add_queue: suport }, { after: 5s } ] } }
              |                                                       ^^^^^^
              |
              = help: did you mean `support`?

            error[missing-key]: this row of `widen` widens nothing
             --> callwright.yaml:2:65
              |
            2 | queues: { support: { widen: [ { after: 5s, add_queue: suport }, { after: 5s } ] } }
              |                                                                 ^
              |
              = help: add `drop_skill`, `add_tier` or `add_queue`

            error[unknown-queue]: unknown queue `suport`
             --> callwright.yaml:3:28
              |
            3 | agents: { anna: { queues: [suport, { sales: {} }] } }
              |                            ^^^^^^
              |
              = help: did you mean `support`?

            error[unknown-queue]: unknown queue `sales`
             --> callwright.yaml:3:38
              |
            3 | agents: { anna: { queues: [suport, { sales: {} }] } }
              |                                      ^^^^^
              |
              = help: known are `support`

            error[unknown-trunk]: unknown trunk `provder`
             --> callwright.yaml:5:32
              |
            5 | dial: [ { to: "+7*", through: [provder] }, { to: "+49*" }, { through: [provider] }, { to: +43, through: [provider] } ]
              |                                ^^^^^^^
              |
              = help: did you mean `provider`?

            error[missing-key]: `+49*` has no trunk to go through
             --> callwright.yaml:5:50
              |
            5 | dial: [ { to: "+7*", through: [provder] }, { to: "+49*" }, { through: [provider] }, { to: +43, through: [provider] } ]
              |                                                  ^^^^^^
              |
              = help: add `through: [<a trunk>]`

            error[missing-key]: this row of `dial` has no `to`
             --> callwright.yaml:5:60
              |
            5 | dial: [ { to: "+7*", through: [provder] }, { to: "+49*" }, { through: [provider] }, { to: +43, through: [provider] } ]
              |                                                            ^
              |
              = help: write `to: "+7*"`

            error[unquoted-number]: `to` must be quoted
             --> callwright.yaml:5:91
              |
            5 | dial: [ { to: "+7*", through: [provder] }, { to: "+49*" }, { through: [provider] }, { to: +43, through: [provider] } ]
              |                                                                                           ^^^ YAML reads a number here
              |
              = help: write "+43"

            error[unknown-box]: unknown box `reception`
             --> callwright.yaml:6:11
              |
            6 | fallback: box:reception
              |           ^^^^^^^^^^^^^
              |
              = help: the project has none
        "#]],
    );
    finds(
        "fallback: \"+79161234567\"\n",
        expect![[r#"
        error[refused-target]: no row of `dial` lets `+79161234567` be dialled
         --> callwright.yaml:1:11
          |
        1 | fallback: "+79161234567"
          |           ^^^^^^^^^^^^^^
          |
          = help: add `- { to: "+79161234567", through: [<a trunk>] }` to `dial`
    "#]],
    );
}

#[test]
fn missing_secrets_are_named_and_never_shown() {
    finds(
        r#"
trunks:
  a: { address: a.example, username: u, password: env:NO_SUCH_NAME }
  b: { address: b.example, username: u, password: file:gone }
  c: { address: c.example, username: u, password: env:EMPTY }
  d: { address: d.example, username: u, password: hunter2hunter2 }
"#,
        expect![[r#"
            error[missing-secret]: the environment variable `NO_SUCH_NAME` of `password` is not set
             --> callwright.yaml:3:51
              |
            3 |   a: { address: a.example, username: u, password: env:NO_SUCH_NAME }
              |                                                   ^^^^^^^^^^^^^^^^

            error[missing-secret]: the secret file `gone` of `password` cannot be read: no such file
             --> callwright.yaml:4:51
              |
            4 |   b: { address: b.example, username: u, password: file:gone }
              |                                                   ^^^^^^^^^

            error[missing-secret]: the environment variable `EMPTY` is empty
             --> callwright.yaml:5:51
              |
            5 |   c: { address: c.example, username: u, password: env:EMPTY }
              |                                                   ^^^^^^^^^

            warning[literal-secret]: `password` is a secret that everybody can read here
             --> callwright.yaml:6:51
              |
            6 |   d: { address: d.example, username: u, password: ************** }
              |                                                   ^^^^^^^^^^^^^^
              |
              = help: keep it in the environment, `env:NAME`, or in a file, `file:path`
        "#]],
    );
}

#[test]
fn unwise_settings_are_warned_about() {
    finds(
        r#"
trunks: { provider: { address: sip.provider.example, allow_from: [0.0.0.0/0], username: u, password: hunter2 } }
dial: [ { to: "*", through: [provider] } ]
agents: { anna: { extension: "201" } }
directories:
  crm: { http: "https://crm.example/{key}", timeout: 300ms }
"#,
        expect![[r#"
            warning[open-trunk]: everybody in the world may call in as `trunks.provider`
             --> callwright.yaml:2:66
              |
            2 | trunks: { provider: { address: sip.provider.example, allow_from: [0.0.0.0/0], username: u, password: ******* } }
              |                                                                  ^

            warning[literal-secret]: `password` is a secret that everybody can read here
             --> callwright.yaml:2:102
              |
            2 | trunks: { provider: { address: sip.provider.example, allow_from: [0.0.0.0/0], username: u, password: ******* } }
              |                                                                                                      ^^^^^^^
              |
              = help: keep it in the environment, `env:NAME`, or in a file, `file:path`

            warning[toll-fraud]: this lets every number in the world be dialled, the dear ones too
             --> callwright.yaml:3:15
              |
            3 | dial: [ { to: "*", through: [provider] } ]
              |               ^^^
              |
              = help: name the countries that you call: "+7*"

            warning[no-password]: the phone of agent `anna` cannot register
             --> callwright.yaml:4:30
              |
            4 | agents: { anna: { extension: "201" } }
              |                              ^^^^^
              |
              = help: add `password: env:NAME`
        "#]],
    );
}

#[test]
fn wrong_shapes_are_named() {
    finds(
        "sip: [udp]\nnumbers: main.rhai\nqueues:\n  - support\ntime_zone: { a: b }\n",
        expect![[r#"
        error[wrong-type]: `sip` is a map, `key: value`, not a list
         --> callwright.yaml:1:6
          |
        1 | sip: [udp]
          |      ^

        error[wrong-type]: `numbers` is a map, `key: value`, not a single value
         --> callwright.yaml:2:10
          |
        2 | numbers: main.rhai
          |          ^^^^^^^^^

        error[wrong-type]: `queues` is a map, `key: value`, not a list
         --> callwright.yaml:4:3
          |
        4 |   - support
          |   ^

        error[wrong-type]: `time_zone` is a text, not a map
         --> callwright.yaml:5:12
          |
        5 | time_zone: { a: b }
          |            ^
    "#]],
    );
    finds(
        "- a\n",
        expect![[r#"
        error[wrong-type]: `callwright.yaml` is a map, `key: value`, not a list
         --> callwright.yaml:1:1
          |
        1 | - a
          | ^
    "#]],
    );
}

#[test]
fn broken_yaml_points_at_the_line() {
    finds(
        "name: A\nsip: { listen: [udp:0.0.0.0:5060 }\n",
        expect![[r#"
        error[bad-yaml]: this is no YAML: mismatched bracket '[' closed by '}'
         --> callwright.yaml:2:16
          |
        2 | sip: { listen: [udp:0.0.0.0:5060 }
          |                ^
    "#]],
    );
    finds(
        "name: *who\n",
        expect![[r#"
        error[bad-yaml]: this is no YAML: alias references unknown anchor
         --> callwright.yaml:1:7
          |
        1 | name: *who
          |       ^
    "#]],
    );
    finds(
        "имя: \"без конца\n",
        expect![[r#"
        error[bad-yaml]: this is no YAML: invalid indentation in multiline quoted scalar
         --> callwright.yaml:1:17
          |
        1 | имя: "без конца
          |                ^
    "#]],
    );
}
