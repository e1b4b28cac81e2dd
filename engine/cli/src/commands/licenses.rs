//! `callwright licenses`

use crate::{Ending, embedded, screen};

/// Prints who made the shipped sounds, and under which licences
#[derive(clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments) -> Result<Ending, String> {
    for (path, text) in embedded::licences() {
        screen::say(format!("--- {path}\n\n{}\n", text.trim()));
    }
    Ok(Ending::Fine)
}
