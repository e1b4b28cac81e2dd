//! The mail that carries a message out of its box, in the project's language.

use std::time::Duration;

use jiff::tz::TimeZone;
use model::{Delivery, Fact, Message, MessageId, Parcel, WallTime, Work, WorkState};
use script::config::Config;

/// Begins the idempotency keys of these mails.
const KEY: &str = "message-";

/// The mail of a message and its fact; none when its box has no address.
pub(crate) fn mail(config: &Config, message: &Message, now: WallTime) -> Option<(Work, Fact)> {
    let to = config.boxes.get(&message.mailbox)?.email.clone()?;
    // Receivers know keys for longer than a store lives: the time tells new stores from old ones.
    let key = format!("{KEY}{}-{:x}", message.id, message.left_at.0);
    let fact = Fact::DeliveryQueued { key: key.clone(), by: "email".into(), to: to.clone() };
    let what = Parcel::Email {
        to,
        subject: subject(&config.language, message),
        text: text(config, message),
        attachment: Some(message.file.clone()),
    };
    let delivery = Delivery {
        key,
        call: Some(message.call),
        about: message.from.clone(),
        what,
        made_at: now,
        attempts: 0,
        next_at: now,
        state: WorkState::Open,
        error: String::new(),
    };
    Some((Work::Delivery(delivery), fact))
}

/// The message that a mail with this key carries.
pub(crate) fn message_of(key: &str) -> Option<MessageId> {
    key.strip_prefix(KEY)?.split('-').next()?.parse().ok().map(MessageId)
}

fn subject(language: &str, message: &Message) -> String {
    let (who, length) = (who(language, message), minutes(message.length));
    let words = words(language);
    let urgent = if message.urgent { words.urgent } else { "" };
    format!("{urgent}{} {who} ({length})", words.subject)
}

fn text(config: &Config, message: &Message) -> String {
    let words = words(&config.language);
    let lines = [
        (words.mailbox, message.mailbox.clone()),
        (words.from, who(&config.language, message)),
        (words.when, when(message.left_at, &config.time_zone)),
        (words.length, minutes(message.length)),
    ];
    let mut text: String = lines.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    if message.urgent {
        text.push_str(words.is_urgent);
        text.push('\n');
    }
    text
}

fn who(language: &str, message: &Message) -> String {
    match (message.name.as_str(), message.from.as_str()) {
        ("", "") => words(language).unknown.to_owned(),
        ("", number) => number.to_owned(),
        (name, "") => name.to_owned(),
        (name, number) => format!("{name}, {number}"),
    }
}

fn when(at: WallTime, zone: &TimeZone) -> String {
    let time = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
    time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// `2:05`
fn minutes(length: Duration) -> String {
    let seconds = length.as_secs_f64().round() as u64;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

struct Words {
    subject: &'static str,
    urgent: &'static str,
    is_urgent: &'static str,
    mailbox: &'static str,
    from: &'static str,
    when: &'static str,
    length: &'static str,
    unknown: &'static str,
}

fn words(language: &str) -> &'static Words {
    match language.split(['_', '-']).next().unwrap_or_default() {
        "ru" => &Words {
            subject: "Голосовое сообщение:",
            urgent: "Срочно. ",
            is_urgent: "Абонент отметил сообщение как срочное.",
            mailbox: "Почтовый ящик",
            from: "От",
            when: "Когда",
            length: "Длительность",
            unknown: "номер скрыт",
        },
        "fa" => &Words {
            subject: "پیامِ صوتی از",
            urgent: "فوری: ",
            is_urgent: "تماس گیرنده این پیام را فوری دانسته است.",
            mailbox: "صندوق",
            from: "از",
            when: "زمان",
            length: "مدت",
            unknown: "شمارهٔ ناشناس",
        },
        _ => &Words {
            subject: "Voice message from",
            urgent: "Urgent: ",
            is_urgent: "The caller marked it as urgent.",
            mailbox: "Box",
            from: "From",
            when: "When",
            length: "Length",
            unknown: "a withheld number",
        },
    }
}
