//! What the caller presses and when: `1 w2s 3#`.

use std::time::Duration;

/// Keys in one call; more than a person presses.
const KEYS_MAX: usize = 256;

/// One step of a caller who follows a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// Press a key, `0-9*#A-D`.
    Key(char),
    /// Wait.
    Wait(Duration),
}

/// Why a plan of keys cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PressError {
    /// Not a key and not a pause.
    #[error("`{0}` is neither keys (0-9 * # A-D) nor a pause such as `w2s` or `w500ms`")]
    Unknown(String),
    /// Too long.
    #[error("more than {KEYS_MAX} keys and pauses")]
    TooMany,
}

/// Reads keys and pauses: `1 w2s 3#` presses 1, waits two seconds, presses 3 and #.
///
/// # Errors
/// When a word is neither.
pub fn parse_presses(text: &str) -> Result<Vec<Press>, PressError> {
    let mut steps = Vec::new();
    for word in text.split_whitespace() {
        match word.strip_prefix('w') {
            Some(pause) => {
                let pause = parse_pause(pause).ok_or_else(|| PressError::Unknown(word.to_owned()))?;
                steps.push(Press::Wait(pause));
            }
            None => {
                let keys = word.chars().map(|key| key.to_ascii_uppercase());
                for key in keys {
                    if !matches!(key, '0'..='9' | '*' | '#' | 'A'..='D') {
                        return Err(PressError::Unknown(word.to_owned()));
                    }
                    steps.push(Press::Key(key));
                }
            }
        }
        if steps.len() > KEYS_MAX {
            return Err(PressError::TooMany);
        }
    }
    Ok(steps)
}

/// Reads a pause: `2s`, `500ms`, `1m`, `1.5s`; an hour at most.
pub fn parse_pause(text: &str) -> Option<Duration> {
    let (number, unit_ms) = if let Some(number) = text.strip_suffix("ms") {
        (number, 1.0)
    } else if let Some(number) = text.strip_suffix('s') {
        (number, 1000.0)
    } else {
        (text.strip_suffix('m')?, 60_000.0)
    };
    let plain = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.');
    let number: f64 = plain.then(|| number.parse().ok())??;
    let ms = number * unit_ms;
    (ms <= 3_600_000.0).then(|| Duration::from_micros((ms * 1000.0) as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_pauses_are_read_in_order() {
        let wait = |ms| Press::Wait(Duration::from_millis(ms));
        assert_eq!(parse_presses("1 w2s 3#").unwrap(), [Press::Key('1'), wait(2000), Press::Key('3'), Press::Key('#')]);
        assert_eq!(
            parse_presses("w500ms w1.5s w1m a").unwrap(),
            [wait(500), wait(1500), wait(60_000), Press::Key('A')]
        );
        assert_eq!(parse_presses("").unwrap(), []);
    }

    #[test]
    fn anything_else_is_named() {
        for wrong in ["x", "w2", "ws", "w-1s", "w1h", "1w2s", "w99999m", "w.s", "é"] {
            assert!(parse_presses(wrong).unwrap_err().to_string().contains(wrong), "{wrong}");
        }
        assert_eq!(parse_presses(&"1".repeat(300)), Err(PressError::TooMany));
    }
}
