//! `say(3, "number")`: a value in the caller's language.

use rhai::Dynamic;

use super::info::{OptionInfo, OptionKind, VerbInfo, VerbKind};
use super::invocation::{ScriptError, VerbCall, wrong};
use crate::diagnostic::did_you_mean;
use crate::effect::{Effect, Say, SayKind};
use crate::values::{self, FlowDuration, Moment};

/// Kinds of values, by the word that flows write.
pub(crate) const KINDS: &[(&str, SayKind)] = &[
    ("text", SayKind::Text),
    ("number", SayKind::Number),
    ("digits", SayKind::Digits),
    ("date", SayKind::Date),
    ("time", SayKind::Time),
    ("duration", SayKind::Duration),
    ("money", SayKind::Money),
    ("position", SayKind::Position),
];

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "say",
    signatures: &["say(value)", "say(value, kind)", "say(value, kind, options)"],
    args_min: 1,
    args_max: 3,
    options: &[OptionInfo {
        name: "barge_in",
        kind: OptionKind::Flag,
        default: "true",
        doc: "A digit interrupts and stays typed ahead.",
    }],
    results: &[],
    gives: "nothing",
    doc: "Speaks a value with the grammar of the caller's language. Kinds: `text number digits date time duration money position`; without one, a number is a number, a duration a duration and a text is text (which needs a `speech:` command).",
    kind: VerbKind::Call,
    run: say,
};

fn say(call: &mut VerbCall<'_, '_>) -> Result<Dynamic, ScriptError> {
    let value = call.value(0);
    let kind = if call.count() > 1 { kind_of(&call.text(1, "the kind")?)? } else { natural_kind(&value) };
    let mut options = call.options(2)?;
    let barge_in = options.flag("barge_in")?.unwrap_or(true);
    let value = spoken(kind, &value)?;
    call.done(Effect::Say(Say { value, kind, barge_in }))
}

fn kind_of(word: &str) -> Result<SayKind, ScriptError> {
    let known = KINDS.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind);
    known.ok_or_else(|| {
        let names = || KINDS.iter().map(|(name, _)| *name);
        let hint = did_you_mean(word, names()).map_or_else(
            || format!("it is one of {}", names().collect::<Vec<_>>().join(", ")),
            |close| format!("did you mean `{close}`?"),
        );
        wrong(format!("`say` has no kind `{word}`, {hint}"))
    })
}

fn natural_kind(value: &Dynamic) -> SayKind {
    if value.is_int() || value.is_float() {
        SayKind::Number
    } else if value.is::<FlowDuration>() {
        SayKind::Duration
    } else if value.is::<Moment>() {
        SayKind::Time
    } else {
        SayKind::Text
    }
}

/// The value as the engine reads it: digits, ISO date, seconds, free text.
fn spoken(kind: SayKind, value: &Dynamic) -> Result<String, ScriptError> {
    if kind == SayKind::Duration {
        let duration =
            FlowDuration::from_dynamic(value).map_err(|problem| wrong(format!("the value of `say` {problem}")))?;
        return Ok(duration.as_secs_f64().to_string());
    }
    let plain = value.is_int() || value.is_float() || value.is_string() || value.is::<Moment>();
    let text = value.to_string();
    let text = if let Some(moment) = value.read_lock::<Moment>() { moment.to_string() } else { text };
    let trimmed = text.trim();
    let fits = plain
        && match kind {
            SayKind::Number | SayKind::Position => trimmed.parse::<f64>().is_ok_and(f64::is_finite),
            SayKind::Digits => {
                !trimmed.is_empty() && trimmed.chars().all(|c| c.is_ascii_digit() || "+*# -".contains(c))
            }
            SayKind::Date => looks_like_date(trimmed),
            SayKind::Time => trimmed.contains(':'),
            SayKind::Money => {
                trimmed.split(' ').next().is_some_and(|amount| amount.parse::<f64>().is_ok_and(f64::is_finite))
            }
            SayKind::Text | SayKind::Duration => true,
        };
    if fits {
        return Ok(text);
    }
    let got = if value.is_string() { format!("{text:?}") } else { values::in_words(value).to_owned() };
    Err(wrong(format!("`say` cannot read {got} as {}", expected(kind))))
}

fn looks_like_date(text: &str) -> bool {
    let date = text.split(['T', ' ']).next().unwrap_or_default();
    date.parse::<jiff::civil::Date>().is_ok()
}

fn expected(kind: SayKind) -> &'static str {
    match kind {
        SayKind::Text => "text",
        SayKind::Number => "a number",
        SayKind::Digits => "digits",
        SayKind::Date => "a date like \"2026-03-02\"",
        SayKind::Time => "a time like \"09:30\"",
        SayKind::Duration => "a duration like `90.seconds`",
        SayKind::Money => "money like \"12.50 EUR\"",
        SayKind::Position => "a place in a queue",
    }
}
