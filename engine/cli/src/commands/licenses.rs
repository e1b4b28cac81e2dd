//! `callwright licenses`

use crate::{Ending, embedded};

/// Prints who made the shipped sounds, and under which licences
#[derive(clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments) -> Result<Ending, String> {
    for (path, text) in embedded::licences() {
        println!("--- {path}\n\n{}\n", text.trim());
    }
    Ok(Ending::Fine)
}
