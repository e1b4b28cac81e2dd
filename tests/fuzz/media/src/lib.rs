//! Fuzzing of what phones and prompt files feed the media crate. Targets: `rtp`, `wav`.
