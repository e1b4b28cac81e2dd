//! What the simulator cannot know by itself: the length of sounds and the rows of directories.

use std::time::Duration;

use script::Project;
use script::prompts::PromptFile;
use serde_json::Value;

/// Questions to whoever may read files; days ask from several threads.
#[derive(Clone, Copy)]
pub struct Outside<'a> {
    /// How long a sound lasts; none when it cannot be read.
    pub length: &'a (dyn Fn(&PromptFile) -> Option<Duration> + Sync),
    /// The row of a project's directory by name and key, null when there is none.
    pub lookup: &'a (dyn Fn(&Project, &str, &str) -> Value + Sync),
}
