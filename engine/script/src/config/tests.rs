mod boxes;
#[expect(clippy::too_many_lines, reason = "an expected text is as long as its rendering")]
mod mistakes;
mod queues;
mod reach;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use expect_test::Expect;

use super::*;
use crate::diagnostic::{Diagnostic, Diagnostics};

const FILE: &str = "callwright.yaml";

fn parse(text: &str) -> Result<Config, Vec<Diagnostic>> {
    let env = |name: &str| match name {
        "TRUNK_PASSWORD" => Some("hunter2".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    };
    let read_secret = |path: &str| match path {
        "secrets/anna" => Ok("s3cret\n".to_owned()),
        _ => Err(io::Error::new(io::ErrorKind::NotFound, "no such file")),
    };
    Config::parse(FILE, text, &env, &read_secret)
}

fn shown(text: &str) -> String {
    let list = parse(text).map_or_else(|found| found, |config| config.warnings);
    let sources = BTreeMap::from([(Arc::from(FILE), Arc::from(mask_secrets(text)))]);
    Diagnostics { list, sources }.render(false)
}

#[expect(clippy::needless_pass_by_value, reason = "expected texts are written in place")]
fn finds(text: &str, expected: Expect) {
    expected.assert_eq(&shown(text));
}

const CLINIC: &str = r#"
name: Lindenhof clinic
language: ru
time_zone: Europe/Moscow
sip:   { listen: [udp:0.0.0.0:5060, tcp:0.0.0.0:5060], public_address: 203.0.113.7 }
rtp:   { ports: 10000-19999 }
store: sqlite:callwright.db
console: { listen: 127.0.0.1:8080 }
numbers:
  "+74951234567": main.rhai
  "+7495123456*": sales.rhai
  default: main.rhai
trunks:
  provider: { address: sip.provider.example, username: u, password: env:TRUNK_PASSWORD, register: true, allow_from: [198.51.100.0/24] }
dial:
  - { to: "+7*", through: [provider], at_once: 10, per_minute: 30 }
  - { to: "sip:*@office.example" }
agents:
  anna:  { name: Anna Petrova, extension: "201", password: file:secrets/anna, pin: "4711", mobile: "+79161234567",
           skills: { support: 5, english: 3 }, queues: [support, { sales: { tier: 2 } }] }
queues:
  sales: {}
  support:
    strategy: longest_idle
    ring_for: 20s
    wrap_up: 15s
    max_wait: 10m
    max_waiting: 50
    music: hold/default
    announce: { position: on_change, wait: every 60s, adverts: [adverts/spring], adverts_every: 45s }
    service_level: 80% in 20s
    widen: [ { after: 20s, drop_skill: english }, { after: 40s, add_tier: 2 } ]
    record: true
calendars:
  office: { hours: "Mon-Fri 08:00-18:00, Sat 09:00-12:00", holidays: [2026-12-31, ru-2027.ics], exceptions: { 2026-12-30: "08:00-13:00" } }
directories:
  customers: { csv: customers.csv, key: phone }
boxes:
  reception: { email: desk@clinic.example, pin: "1234", max: 3m }
fallback: box:reception
"#;

#[test]
fn the_clinic_of_the_documentation_is_read_completely() {
    let config = parse(CLINIC).unwrap();
    let warnings: Vec<String> = config.warnings.iter().map(|one| one.message.clone()).collect();
    assert_eq!(
        warnings,
        ["no agent of `support` has tier 2", "messages of box `reception` are not mailed: there is no `mail:`"]
    );
    assert_eq!((config.name.as_str(), config.tones.as_str()), ("Lindenhof clinic", "ru"));
    assert_eq!(config.time_zone.iana_name(), Some("Europe/Moscow"));
    assert_eq!(config.numbers.flow_for("+74951234567"), Some("main.rhai"));
    assert_eq!(config.numbers.flow_for("+74951234568"), Some("sales.rhai"));
    assert_eq!(config.numbers.flow_for("anything"), Some("main.rhai"));
    let anna = config.agents.values().next().unwrap();
    assert_eq!(anna.password.as_ref().unwrap().expose(), "s3cret");
    assert_eq!(anna.queues.values().copied().collect::<Vec<_>>(), [2, 1]);
    let trunk = config.trunks.values().next().unwrap();
    assert_eq!(trunk.password.as_ref().unwrap().expose(), "hunter2");
    assert!(trunk.allow_from[0].contains("198.51.100.9".parse().unwrap()));
    assert_eq!(config.fallback, Some(Fallback::Box("reception".into())));
    let support = &config.queues[&QueueId::parse("support").unwrap()];
    assert_eq!(support.service_level, Some((80, Duration::from_secs(20))));
    assert_eq!(support.announce.wait, Some(AnnounceWhen::Every(Duration::from_secs(60))));
    assert_eq!(support.widen.len(), 2);
    let named: Vec<_> = config.references.iter().map(|reference| reference.name.as_str()).collect();
    assert_eq!(
        named,
        ["main.rhai", "sales.rhai", "main.rhai", "hold/default", "adverts/spring", "ru-2027.ics", "customers.csv"]
    );
}

#[test]
fn queues_and_agents_hold_what_is_written_or_the_usual() {
    let config = parse(
        "queues:\n  plain: {}\n  sales: { strategy: cumulative, skill_order: junior_first, ring_more_every: 4s, wrap_up: 20s,\n    priority: 30, no_agents_after: 0s, resume_within: 2m, short_abandon: 3s, whisper: agent-whisper-queue,\n    whisper_wait: true, connect_tone: true }\n  late: { priority: -60 }\nback_off: { busy: 1m, declined: 0s, failures_max: 5 }\nagents:\n  anna: { queues: [plain, sales, late], sign_in: phone }\n  boris: {}\n",
    )
    .unwrap();
    let queue = |name: &str| &config.queues[&QueueId::parse(name).unwrap()];
    let (plain, sales) = (queue("plain"), queue("sales"));
    assert_eq!((sales.strategy, sales.skill_order), (Strategy::Cumulative, SkillOrder::JuniorFirst));
    let seconds = Duration::from_secs;
    assert_eq!((sales.ring_more_every, sales.wrap_up), (seconds(4), seconds(20)));
    assert_eq!((sales.priority, queue("late").priority), (30, -60));
    assert_eq!((sales.no_agents_after, plain.no_agents_after), (Some(seconds(0)), None));
    assert_eq!((sales.resume_within, sales.short_abandon), (seconds(120), seconds(3)));
    assert_eq!((plain.resume_within, plain.short_abandon), (seconds(60), seconds(5)));
    assert_eq!(sales.whisper.as_deref(), Some("agent-whisper-queue"));
    assert!(sales.whisper_wait && sales.connect_tone && !plain.whisper_wait && !plain.connect_tone);
    assert_eq!((config.back_off.busy, config.back_off.declined), (seconds(60), seconds(0)));
    assert_eq!((config.back_off.no_answer, config.back_off.failures_max), (seconds(10), 5));
    let how: Vec<SignIn> = config.agents.values().map(|agent| agent.sign_in).collect();
    assert_eq!(how, [SignIn::Phone, SignIn::Code]);
}

#[test]
fn five_lines_are_enough() {
    let config = parse("name: Shop\nnumbers:\n  default: main.rhai\n").unwrap();
    assert_eq!(config.sip.listen.len(), 2);
    assert_eq!(config.rtp.ports, 10_000..=19_999);
    assert_eq!(config.limits.max_calls, 2000);
    assert!(config.dial.is_empty() && config.console.is_none());
    assert!(parse("").is_ok());
}

#[test]
fn nothing_may_be_dialled_that_no_row_allows() {
    let config = parse(CLINIC).unwrap();
    let refused = [
        "+4930111",
        "112",
        "+7\r\n",
        "+7;x=1",
        "500&PJSIP/itsp/1416",
        "sip:a@evil.example",
        "sip:a@evil.example@office.example",
        "sip:@office.example",
        "7916",
        "+7 916",
    ];
    for target in refused {
        assert!(config.dial_rule_for(target).is_none(), "{target}");
    }
    assert_eq!(config.dial_rule_for("+79161234567").unwrap().to, "+7*");
    assert_eq!(config.dial_rule_for("sip:desk@OFFICE.example").unwrap().to, "sip:*@office.example");
}

#[test]
fn a_number_is_dialled_in_the_form_that_the_rule_has() {
    let rules = |country: &str| {
        let text = format!(
            "{country}\ntrunks: {{ t: {{ address: a.example }} }}\n\
             dial: [{{ to: \"+49*\", through: [t] }}, {{ to: \"8*\", through: [t] }}]\n"
        );
        parse(&text).unwrap()
    };
    let (known, unknown) = (rules("country: { code: \"+7\", national_prefix: \"8\" }"), rules("name: A"));
    let dialled = |config: &super::Config, number| config.dialling(number).map(|(rule, to)| (rule.to.clone(), to));
    let by = |rule: &str, to: &str| Some((rule.to_owned(), to.to_owned()));
    assert_eq!(dialled(&unknown, "004930111111"), by("+49*", "+4930111111"));
    assert_eq!(dialled(&unknown, "+74951234567"), None, "nobody knows that it is 8 495 there");
    assert_eq!(dialled(&known, "+74951234567"), by("8*", "84951234567"));
    assert_eq!(dialled(&known, "84951234567"), by("8*", "84951234567"));
    assert_eq!(dialled(&known, "112"), None);
}

#[test]
fn national_numbers_that_pass_what_is_refused_are_told() {
    let text = |country: &str, to: &str| {
        format!(
            "{country}\ntrunks: {{ t: {{ address: a.example }} }}\ndial: [{{ to: \"{to}\", through: [t] }}]\n\
             callbacks: {{ refuse: [\"+7809*\"] }}\n"
        )
    };
    let told = |country, to| {
        let warnings = parse(&text(country, to)).unwrap().warnings;
        warnings.iter().any(|one| one.code == "national-numbers")
    };
    assert!(told("name: A", "8*"));
    assert!(!told("name: A", "+7*"));
    assert!(!told("name: A", "112"));
    assert!(!told("country: { code: \"+7\", national_prefix: \"8\" }", "8*"));
}

#[test]
fn a_country_needs_its_code_and_prefix() {
    assert!(parse("country: { code: \"+39\", national_prefix: \"\" }").unwrap().numbering.has_country());
    for wrong in ["{ code: \"+7\" }", "{ code: 7, national_prefix: \"8\" }", "{ code: \"x\", national_prefix: \"8\" }"]
    {
        assert!(parse(&format!("country: {wrong}")).is_err(), "{wrong}");
    }
}

#[test]
fn secrets_appear_in_no_debug_text() {
    let debug = format!("{:?}", parse(CLINIC).unwrap());
    for secret in ["hunter2", "s3cret", "4711", "1234\""] {
        assert!(!debug.contains(secret), "{secret}");
    }
}

#[test]
fn no_text_makes_the_reader_panic() {
    let mut text = CLINIC.to_owned();
    // Every prefix, and every text that lacks one character: a cheap fuzz with real keys.
    for cut in (0..CLINIC.len()).filter(|at| CLINIC.is_char_boundary(*at)).step_by(3) {
        let _ = parse(&CLINIC[..cut]);
        text.replace_range(cut..=cut, "");
        let _ = shown(&text);
        text.insert_str(cut, &CLINIC[cut..=cut]);
    }
    for text in [
        "\u{feff}name: A",
        "? [a]: b",
        "&a [*a]",
        "a: !!binary x",
        "%YAML 9\n---\n",
        "---\n---\n",
        "<<: 1",
        "\0",
        "a: .nan",
        "[[[[[[[[",
    ] {
        let _ = shown(text);
    }
}

#[test]
fn the_number_to_try_is_the_first_that_is_no_code() {
    let to_try = |numbers: &str| {
        let config = parse(&format!("numbers: {{ {numbers} }}")).unwrap();
        config.numbers.to_try().to_owned()
    };
    assert_eq!(to_try("\"*97\": a.rhai, \"200\": a.rhai, \"100\": a.rhai"), "200");
    assert_eq!(to_try("\"*97\": a.rhai, \"+4940*\": a.rhai, \"100\": a.rhai"), "+49400");
    assert_eq!(to_try("\"*97\": a.rhai, default: a.rhai"), "100");
}

#[test]
fn calls_back_follow_hours_or_a_calendar() {
    let calendar = "calendars: { office: { hours: \"Mon-Fri 09:00-17:00\", holidays: [2026-12-25] } }\n";
    let is_open = |hours: &str| {
        let config = parse(&format!("callbacks: {{ hours: {hours} }}\n{calendar}")).unwrap();
        // 25 December 2026, a Friday, at 10:00 UTC.
        let holiday = model::WallTime(1_798_192_800_000_000);
        config.callbacks.calendar(&config).unwrap().is_open_at(holiday, &jiff::tz::TimeZone::UTC)
    };
    assert!(is_open("\"Mon-Fri 09:00-17:00\""));
    assert!(!is_open("office"), "a holiday");
}
