//! `recording:`: consent, pauses and encryption of what is recorded.

use std::fmt;
use std::time::Duration;

use super::ReferenceKind;
use super::reader::Reader;
use super::tree::Node;
use crate::verbs::options::is_key;

/// `recording:`
#[derive(Debug, Clone)]
pub struct RecordingConfig {
    /// Prompt that a caller hears in full before the first sample of a conversation; none asks nobody.
    pub consent: Option<String>,
    /// Key with which he declines while he hears it; the call is not recorded then.
    pub decline_key: Option<char>,
    /// Keys that pause and resume the recording when an agent presses them one after the other.
    pub pause_keys: Option<String>,
    /// Voices are recorded again after so long, whatever happens. Default 3 min.
    pub pause_at_most: Duration,
    /// Keys that recordings are sealed with: the first one seals, all of them open. None keeps plain WAV files.
    pub keys: Vec<RecordingKey>,
}

impl Default for RecordingConfig {
    fn default() -> Self {
        Self {
            consent: None,
            decline_key: None,
            pause_keys: None,
            pause_at_most: Duration::from_secs(180),
            keys: Vec::new(),
        }
    }
}

impl RecordingConfig {
    /// Are recordings encrypted at rest?
    pub fn is_sealed(&self) -> bool {
        !self.keys.is_empty()
    }
}

/// 32 bytes that seal recordings: never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordingKey([u8; 32]);

impl RecordingKey {
    /// Wraps a key.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the one place that needs them.
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads 64 hexadecimal digits, as `openssl rand -hex 32` writes them.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Debug for RecordingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordingKey(…)")
    }
}

/// Stands for a secret where a configuration is read by somebody who has none and needs none.
pub const NO_SECRET: &str = "(a secret that is not needed here)";

/// Who pauses for longer has forgotten to go on.
const PAUSE_MAX: Duration = Duration::from_secs(3600);

impl Reader<'_> {
    pub(super) fn recording(&mut self, node: &Node) -> RecordingConfig {
        let known = ["consent", "decline_key", "pause_keys", "pause_at_most", "key", "keys"];
        let fields = self.fields(node, "recording", &known);
        let mut config = RecordingConfig::default();
        if let Some(node) = fields.get("consent") {
            config.consent = self.text(node, "recording.consent");
            if let Some(prompt) = &config.consent {
                self.refer(ReferenceKind::Prompt, prompt, &node.span);
            }
        }
        if let Some(node) = fields.get("decline_key") {
            let keys = self.keys_of(node, "decline_key").unwrap_or_default();
            config.decline_key = keys.chars().next().filter(|_| keys.chars().count() == 1);
            if config.decline_key.is_none() && !keys.is_empty() {
                self.error("bad-key", &node.span, format!("`decline_key` is one key, not `{keys}`"));
            }
            if config.consent.is_none() {
                let message = "nobody hears that he may decline: `recording` has no `consent`";
                self.warning("no-effect", &node.span, message);
            }
        }
        config.pause_keys = fields.get("pause_keys").and_then(|node| self.keys_of(node, "pause_keys"));
        if let Some(node) = fields.get("pause_at_most")
            && let Some(length) = self.some_time(node, "pause_at_most")
        {
            config.pause_at_most = length;
            if length > PAUSE_MAX {
                self.error("bad-duration", &node.span, "`pause_at_most` is an hour at most");
            }
        }
        if let (Some(_), Some(node)) = (fields.get("key"), fields.get("keys")) {
            self.error("two-keys", &node.span, "write `key` or `keys`, not both")
                .help
                .push("the first of `keys` seals new recordings, the others open old ones".into());
        }
        for node in [fields.get("key"), fields.get("keys")].into_iter().flatten() {
            for item in self.items(node) {
                config.keys.extend(self.recording_key(item));
            }
        }
        config
    }

    fn recording_key(&mut self, node: &Node) -> Option<RecordingKey> {
        let secret = self.secret(node, "recording.key")?;
        if secret.expose() == NO_SECRET {
            return None;
        }
        let key = RecordingKey::parse(secret.expose());
        if key.is_none() {
            self.error("bad-key", &node.span, "a recording key is 64 hexadecimal digits")
                .help
                .push("make one with `openssl rand -hex 32` and keep a copy where the recordings are not".into());
        }
        key
    }

    /// Keys of a telephone. YAML reads a bare `9` as a number, and `*9` as something else.
    fn keys_of(&mut self, node: &Node, what: &str) -> Option<String> {
        self.parsed(node, what, "bad-key", |text| {
            let fits = (1..=8).contains(&text.chars().count()) && text.chars().all(is_key);
            if fits { Ok(text.to_owned()) } else { Err(format!("`{what}` is keys such as \"*9\", not `{text}`")) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn parse(text: &str, secret: &str) -> Result<Config, String> {
        let env = |name: &str| (name == "KEY").then(|| secret.to_owned());
        let nothing = |_: &str| Ok(String::new());
        let all = |found: Vec<crate::Diagnostic>| {
            found.iter().map(|one| format!("{}: {}", one.line, one.message)).collect::<Vec<_>>().join("\n")
        };
        Config::parse("callwright.yaml", text, &env, &nothing).map_err(all)
    }

    #[test]
    fn everything_about_recordings_is_read() {
        let text = "recording:\n  consent: call-may-be-recorded\n  decline_key: \"9\"\n  pause_keys: \"*9\"\n  \
            pause_at_most: 2m\n  keys: [env:KEY, env:KEY]\n";
        let config = parse(text, &"0f".repeat(32)).unwrap().recording;
        assert_eq!(config.consent.as_deref(), Some("call-may-be-recorded"));
        assert_eq!((config.decline_key, config.pause_keys.as_deref()), (Some('9'), Some("*9")));
        assert_eq!((config.pause_at_most, config.keys.len()), (Duration::from_secs(120), 2));
        assert_eq!(config.keys[0].expose(), &[15; 32]);
        assert_eq!(format!("{:?}", config.keys), "[RecordingKey(…), RecordingKey(…)]");
        assert!(!Config::default().recording.is_sealed());
    }

    #[test]
    fn mistakes_name_their_line() {
        let text = "recording:\n  decline_key: \"12\"\n  pause_keys: star\n  pause_at_most: 2h\n  key: env:KEY\n  \
            keys: []\n";
        expect_test::expect![[r#"
            2: `decline_key` is one key, not `12`
            2: nobody hears that he may decline: `recording` has no `consent`
            3: `pause_keys` is keys such as "*9", not `star`
            4: `pause_at_most` is an hour at most
            5: a recording key is 64 hexadecimal digits
            6: write `key` or `keys`, not both"#]]
        .assert_eq(&parse(text, "secret").unwrap_err());
    }
}
