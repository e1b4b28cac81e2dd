//! What a value is to be said as.

use std::fmt;

/// The kinds of `say(value, "kind")`, without `text`, which needs a speech command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A whole number: `21`, `-5`.
    Number,
    /// Digit by digit, telephone numbers too: `+49 30 12`, `*7#`.
    Digits,
    /// A day: `2026-11-21`, or an ISO 8601 date and time.
    Date,
    /// A time of day: `09:30`, or an ISO 8601 date and time.
    Time,
    /// Seconds, fractions rounded: `90`, `59.6`.
    Duration,
    /// `12.50 EUR`; EUR, GBP, RUB and USD.
    Money,
    /// The place in a queue as a whole sentence: `3` is "You are third in the queue".
    Position,
}

impl Kind {
    /// All kinds, in the order of the documentation.
    pub const ALL: [Kind; 7] =
        [Kind::Number, Kind::Digits, Kind::Date, Kind::Time, Kind::Duration, Kind::Money, Kind::Position];

    /// The kind with this word, none when there is no such kind.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Its word in flows.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Number => "number",
            Kind::Digits => "digits",
            Kind::Date => "date",
            Kind::Time => "time",
            Kind::Duration => "duration",
            Kind::Money => "money",
            Kind::Position => "position",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
