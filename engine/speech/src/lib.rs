//! The words of numbers, dates and durations, and the prompts that say them.
//!
//! Pure functions: a value and a language go in, an ordered list of prompt names comes out
//! ([`say`]), or the same spelled out as text for traces and speech commands ([`words`]). Both
//! come from one list of [`Token`]s, so what is read is what is heard. English, Russian and
//! Persian have their own grammar; any other language is spoken as English, which is also the end
//! of every prompt's fallback chain.
//!
//! This crate must never open a file, know a call or touch audio. Whether a prompt exists is the
//! business of `sounds/`; a test holds the two together.

mod english;
mod error;
mod jalali;
mod kind;
mod language;
mod persian;
mod russian;
mod token;
mod value;

pub use error::SayError;
pub use kind::Kind;
pub use language::Language;
pub use russian::{Case, Form, Gender};
pub use token::{Token, spell};

/// Names of the prompts that say `value`, in order.
///
/// `value` is what a flow has at hand: an integer, digits, `2026-11-21`, `09:30`, an ISO 8601
/// date and time, seconds, `12.50 EUR`. Fails when it does not fit the kind.
pub fn say(kind: Kind, value: &str, language: &str) -> Result<Vec<String>, SayError> {
    let tokens = tokens(kind, value, language, Form::default())?;
    Ok(tokens.into_iter().map(|token| token.prompt).collect())
}

/// The same spelled out: `twenty-one`, `две минуты`, `بیست و یک`. Fails like [`say`].
pub fn words(kind: Kind, value: &str, language: &str) -> Result<String, SayError> {
    Ok(spell(&tokens(kind, value, language, Form::default())?))
}

/// Words with their prompts, in the gender and case that the phrase before them asks for.
///
/// Only Russian heeds `form`. Fails like [`say`].
pub fn tokens(kind: Kind, value: &str, language: &str, form: Form) -> Result<Vec<Token>, SayError> {
    let value = value::parse(kind, value)?;
    Ok(match Language::of(language) {
        Language::English => english::tokens(&value),
        Language::Russian => russian::tokens(&value, form),
        Language::Persian => persian::tokens(&value),
    })
}
