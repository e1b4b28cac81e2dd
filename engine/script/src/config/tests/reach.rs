//! What leaves the house, and what is looked up.

use std::time::Duration;

use expect_test::expect;

use super::{finds, parse};
use crate::config::{DirectoryKind, MailSecurity, OutboxConfig, SmsConfig};

const ALL: &str = r#"
mail: { server: "starttls://mail.example", username: desk, password: env:TRUNK_PASSWORD, from: "Clinic <desk@clinic.example>" }
sms: { url: "https://sms.example/send", headers: { Authorization: env:TRUNK_PASSWORD, X-Desk: "7" }, body: '{"to":"{to}","text":"{text}"}' }
webhooks: { crm: { url: "https://crm.example/calls", secret: env:TRUNK_PASSWORD } }
http: { allow: [crm.example, "*.partner.example"], private: [10.0.0.5, 10.1.0.0/16] }
outbox: { attempts: 3, first: 1s }
directories:
  customers: { csv: customers.csv, key: phone }
  vips:      { yaml: vips.yaml }
  crm:       { http: "https://crm.example/{key}", cache: 5m, stale: 1h, headers: { X-Api-Key: env:TRUNK_PASSWORD } }
  debts:     { sql: "select * from debts where phone = $1", dsn: "sqlite:debts.db", timeout: 300ms }
boxes: { desk: { email: desk@clinic.example } }
"#;

#[test]
fn everything_that_leaves_the_house_is_read() {
    let config = parse(ALL).unwrap();
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    let mail = config.reach.mail.unwrap();
    assert_eq!((mail.host.as_str(), mail.port, mail.security), ("mail.example", 587, MailSecurity::StartTls));
    let Some(SmsConfig::Gateway(gateway)) = config.reach.sms else { panic!("a gateway") };
    assert_eq!(gateway.headers["Authorization"].expose(), "hunter2");
    assert_eq!(config.reach.webhooks["crm"].secret.as_ref().unwrap().expose(), "hunter2");
    assert!(config.reach.http.private[1].contains("10.1.2.3".parse().unwrap()));
    let second = Duration::from_secs(1);
    assert_eq!(config.reach.outbox, OutboxConfig { attempts: 3, first: second, ..OutboxConfig::default() });
    assert_eq!(config.directories["crm"].cache, Some(Duration::from_secs(300)));
    assert!(matches!(config.directories["vips"].from, DirectoryKind::Yaml { key: None, .. }));
    assert_eq!(config.directories["debts"].timeout, Duration::from_millis(300));
}

#[test]
#[expect(clippy::too_many_lines, reason = "one mistake after the other")]
fn mistakes_about_what_leaves_the_house_are_named() {
    finds(
        r#"mail: { server: mail.example, from: desk }
sms: { url: "https://sms.example", body: "{to}" }
webhooks: { crm: { url: "https://u:p@crm.example/" }, erp: {} }
http: { allow: ["https://crm.example"], private: [ten] }
outbox: { attempts: 0 }
directories:
  a: { http: "https://{key}.example/" }
  b: { sql: "delete from debts where phone = $1", dsn: env:TRUNK_PASSWORD }
  c: { csv: c.csv, key: id, cache: 5m }
  d: { http: "https://crm.example/{key}", headers: { Host: x }, stale: 1h }
"#,
        expect![[r#"
            error[bad-address]: `mail.example` is no mail server, write `smtps://mail.example` or `smtp://localhost:25`
             --> callwright.yaml:1:17
              |
            1 | mail: { server: mail.example, from: desk }
              |                 ^^^^^^^^^^^^

            error[bad-email]: `desk` is no sender, write `Clinic <desk@clinic.example>`
             --> callwright.yaml:1:37
              |
            1 | mail: { server: mail.example, from: desk }
              |                                     ^^^^

            error[bad-sms]: `sms` says nowhere `{text}`
             --> callwright.yaml:2:13
              |
            2 | sms: { url: "https://sms.example", body: "{to}" }
              |             ^^^^^^^^^^^^^^^^^^^^^

            warning[unsigned-webhook]: `webhooks.crm` has no `secret`
             --> callwright.yaml:3:18
              |
            3 | webhooks: { crm: { url: "https://u:p@crm.example/" }, erp: {} }
              |                  ^
              |
              = help: whoever knows the address can write to it; sign with `secret: env:NAME`

            error[bad-url]: `https://u:p@crm.example/` is no web address, write `https://crm.example/…`
             --> callwright.yaml:3:25
              |
            3 | webhooks: { crm: { url: "https://u:p@crm.example/" }, erp: {} }
              |                         ^^^^^^^^^^^^^^^^^^^^^^^^^^

            warning[unsigned-webhook]: `webhooks.erp` has no `secret`
             --> callwright.yaml:3:60
              |
            3 | webhooks: { crm: { url: "https://u:p@crm.example/" }, erp: {} }
              |                                                            ^
              |
              = help: whoever knows the address can write to it; sign with `secret: env:NAME`

            error[missing-key]: `webhooks.erp` has no `url`
             --> callwright.yaml:3:60
              |
            3 | webhooks: { crm: { url: "https://u:p@crm.example/" }, erp: {} }
              |                                                            ^
              |
              = help: write `url: "https://crm.example/calls"`

            error[bad-host]: `https://crm.example` is no host, write `crm.example` or "*.partner.example"
             --> callwright.yaml:4:17
              |
            4 | http: { allow: ["https://crm.example"], private: [ten] }
              |                 ^^^^^^^^^^^^^^^^^^^^^

            error[bad-network]: `ten` is no network, write `198.51.100.0/24` or a single address
             --> callwright.yaml:4:51
              |
            4 | http: { allow: ["https://crm.example"], private: [ten] }
              |                                                   ^^^

            error[bad-number]: `outbox.attempts` is a whole number from 1 to 100, not `0`
             --> callwright.yaml:5:21
              |
            5 | outbox: { attempts: 0 }
              |                     ^

            error[bad-url]: the host of an address is written out: only what follows it may hold `{…}`
             --> callwright.yaml:7:14
              |
            7 |   a: { http: "https://{key}.example/" }
              |              ^^^^^^^^^^^^^^^^^^^^^^^^

            error[bad-query]: a lookup only reads: write `select …`, not `delete …`
             --> callwright.yaml:8:13
              |
            8 |   b: { sql: "delete from debts where phone = $1", dsn: env:TRUNK_PASSWORD }
              |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

            warning[bad-dsn]: `dsn` begins with `postgres://` or `sqlite:`
             --> callwright.yaml:8:56
              |
            8 |   b: { sql: "delete from debts where phone = $1", dsn: env:TRUNK_PASSWORD }
              |                                                        ^^^^^^^^^^^^^^^^^^

            warning[without-effect]: `cache` is for `http` and `sql`: a file's rows are in memory
             --> callwright.yaml:9:36
              |
            9 |   c: { csv: c.csv, key: id, cache: 5m }
              |                                    ^^

            error[bad-header]: `Host` is set by the engine
              --> callwright.yaml:10:54
               |
            10 |   d: { http: "https://crm.example/{key}", headers: { Host: x }, stale: 1h }
               |                                                      ^^^^

            warning[without-effect]: `stale` needs answers that were kept
              --> callwright.yaml:10:72
               |
            10 |   d: { http: "https://crm.example/{key}", headers: { Host: x }, stale: 1h }
               |                                                                        ^^
               |
               = help: add `cache: 5m`
        "#]],
    );
}

#[test]
fn what_is_allowed_and_unwise_is_said() {
    finds(
        r#"mail: { server: "smtp://mail.example", username: u, password: env:TRUNK_PASSWORD, from: a@b.c }
webhooks: { crm: { url: "https://crm.example/" } }
directories: { debts: { sql: "select $1", dsn: env:TRUNK_PASSWORD } }
"#,
        expect![[r#"
            warning[clear-password]: `smtp://` sends the password in clear
             --> callwright.yaml:1:63
              |
            1 | mail: { server: "smtp://mail.example", username: u, password: env:TRUNK_PASSWORD, from: a@b.c }
              |                                                               ^^^^^^^^^^^^^^^^^^
              |
              = help: write `starttls://` or `smtps://` in `server`

            warning[unsigned-webhook]: `webhooks.crm` has no `secret`
             --> callwright.yaml:2:18
              |
            2 | webhooks: { crm: { url: "https://crm.example/" } }
              |                  ^
              |
              = help: whoever knows the address can write to it; sign with `secret: env:NAME`

            warning[bad-dsn]: `dsn` begins with `postgres://` or `sqlite:`
             --> callwright.yaml:3:48
              |
            3 | directories: { debts: { sql: "select $1", dsn: env:TRUNK_PASSWORD } }
              |                                                ^^^^^^^^^^^^^^^^^^
        "#]],
    );
    finds(
        "boxes: { desk: { email: desk@clinic.example } }\n",
        expect![[r#"
            warning[not-configured]: messages of box `desk` are not mailed: there is no `mail:`
             --> callwright.yaml:1:10
              |
            1 | boxes: { desk: { email: desk@clinic.example } }
              |          ^^^^
              |
              = help: add `mail: { server: "smtps://mail.example", from: desk@clinic.example }`
        "#]],
    );
}

#[test]
fn systems_at_private_addresses_that_nobody_lists_are_found() {
    let text = |private: &str| {
        format!(
            "webhooks: {{ crm: {{ url: \"http://10.0.0.5/calls\", secret: env:TRUNK_PASSWORD }} }}\n\
             sms: {{ url: \"http://[::1]/{{to}}/{{text}}\" }}\n\
             directories: {{ a: {{ http: \"http://localhost:8080/{{key}}\" }}, b: {{ http: \"https://crm.example/{{key}}\" }} }}\n\
             http: {{ private: [{private}] }}"
        )
    };
    let found = |private: &str| -> Vec<String> {
        parse(&text(private)).unwrap().warnings.iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        found("192.168.0.0/16"),
        [
            "callwright.yaml:1:25: every request is refused: 10.0.0.5 is no public address",
            "callwright.yaml:2:13: every request is refused: ::1 is no public address",
            "callwright.yaml:3:27: every request is refused: 127.0.0.1 is no public address",
        ]
    );
    assert!(found("10.0.0.0/8, 127.0.0.1, \"::1\"").is_empty());
}
