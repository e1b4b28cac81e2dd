//! The only place that reads the clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use model::{Timestamp, WallTime};

/// Monotonic time since it was made, and the wall clock.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// Begins at zero.
    #[expect(clippy::disallowed_methods, reason = "the one clock of the runtime")]
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// Monotonic time.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_micros(u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    /// How long until `at`; zero when it has passed.
    pub fn until(&self, at: Timestamp) -> Duration {
        at.since(self.now())
    }

    /// What the wall clock shows; it may jump.
    #[expect(clippy::disallowed_methods, reason = "the one clock of the runtime")]
    pub fn wall(&self) -> WallTime {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        WallTime(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}
