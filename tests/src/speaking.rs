//! What is said, pressed and heard in a call.

use std::path::Path;
use std::time::Duration;

use rsip::Method;

use crate::audio::DigitLoss;
use crate::call::Call;
use crate::clock;
use crate::listening::{Likeness, likeness};
use crate::wav;

const PATIENCE: Duration = Duration::from_secs(20); // A machine that builds beside the test stalls for seconds.
/// Speech through G.711 gives 0.9 and more, other speech 0.5 at most.
const ALIKE: f64 = 0.75;

impl Call {
    /// Presses keys by RFC 4733, 100 ms each, and waits until they are sent.
    pub fn presses(&self, keys: &str) -> &Self {
        self.presses_losing(keys, DigitLoss::None)
    }

    /// Presses keys whose packets suffer.
    pub fn presses_losing(&self, keys: &str, loss: DigitLoss) -> &Self {
        let audio = self.audio();
        for key in keys.chars() {
            audio.press(key, Duration::from_millis(100), loss);
        }
        self.falls_silent()
    }

    /// Presses keys as tones in the voice.
    pub fn presses_in_band(&self, keys: &str) -> &Self {
        let audio = self.audio();
        for key in keys.chars() {
            audio.say(&wav::key_tones(key, Duration::from_millis(120)));
            audio.say(&[0; 960]);
        }
        self.falls_silent()
    }

    /// Presses keys by SIP INFO.
    pub fn presses_by_info(&self, keys: &str) -> &Self {
        for key in keys.chars() {
            let body = format!("Signal={key}\r\nDuration=160\r\n");
            let code = self.asks_code(Method::Info, &[("Content-Type", "application/dtmf-relay".into())], &body);
            if code != 200 {
                self.fail(&format!("INFO was answered with {code}"));
            }
        }
        self
    }

    /// Speaks and waits until it is said.
    pub fn says(&self, samples: &[i16]) -> &Self {
        self.audio().say(samples);
        self.falls_silent()
    }

    fn falls_silent(&self) -> &Self {
        let audio = self.audio();
        if clock::wait_for(Duration::from_secs(120), || audio.is_quiet().then_some(())).is_none() {
            self.fail("the voice did not end");
        }
        self
    }

    /// How much of what was heard is `reference`.
    pub fn likeness_to(&self, reference: &[i16]) -> Likeness {
        likeness(&self.audio().heard(), reference)
    }

    /// Waits until the samples were heard.
    pub fn hears(&self, what: &str, reference: &[i16]) -> &Self {
        let length = Duration::from_secs_f64(reference.len() as f64 / 8_000.0);
        let end = clock::now() + length + PATIENCE;
        loop {
            let found = self.likeness_to(reference);
            if found.score >= ALIKE {
                return self;
            }
            if clock::now() >= end {
                self.fail(&format!("`{what}` was not heard: likeness {:.2}", found.score));
            }
            std::thread::sleep(Duration::from_millis(250));
        }
    }

    /// Waits until the file was heard.
    pub fn hears_file(&self, file: impl AsRef<Path>) -> &Self {
        self.hears(&file.as_ref().display().to_string(), &wav::load(&file))
    }
}
