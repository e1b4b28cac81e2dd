//! What one call came to.

use std::fmt;
use std::time::Duration;

use jiff::tz::TimeZone;
use model::{Entry, Outcome, WallTime};

/// One simulated call. Its text is the journal's trace with clock times.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Every fact.
    pub entries: Vec<Entry>,
    /// Names of prompts, texts and tones in the order of hearing.
    pub heard: Vec<String>,
    /// How it ended for the caller; none when it never ended or was not taken at all.
    pub outcome: Option<Outcome>,
    /// From the arrival to the end.
    pub lasted: Duration,
    /// The project's time zone, for the clock times.
    pub zone: TimeZone,
    /// The same for the same seed, byte for byte.
    pub trace_hash: String,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut of_the_call = self.entries.iter().filter(|entry| entry.call.is_some());
        of_the_call.try_for_each(|entry| writeln!(f, "{}", trace_line(entry, &self.zone)))
    }
}

/// `09:00:03.250 call 1 answered`
pub(crate) fn trace_line(entry: &Entry, zone: &TimeZone) -> String {
    let clock = formatted(entry.wall, zone, "%H:%M:%S%.3f");
    let call = entry.call.map(|call| format!("call {call} ")).unwrap_or_default();
    format!("{clock} {call}{}", entry.fact)
}

/// `Mon 09:00:03`
pub fn clock_time(wall: WallTime, zone: &TimeZone) -> String {
    formatted(wall, zone, "%a %H:%M:%S")
}

/// Hash of the journal's lines (BLAKE3, hexadecimal): the same seed gives the same one.
pub fn trace_hash<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> String {
    let mut hasher = blake3::Hasher::new();
    for entry in entries {
        hasher.update(entry.to_string().as_bytes());
        hasher.update(b"\n");
    }
    hasher.finalize().to_hex().to_string()
}

fn formatted(wall: WallTime, zone: &TimeZone, format: &str) -> String {
    jiff::Timestamp::from_microsecond(wall.0)
        .map(|time| time.to_zoned(zone.clone()).strftime(format).to_string())
        .unwrap_or_default()
}
