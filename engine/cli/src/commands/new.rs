//! `callwright new`

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::{Ending, embedded, screen};

/// Makes a project that works and passes its own tests
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The new project's folder; it must be empty or not there
    dir: PathBuf,
    /// What to begin with
    #[arg(long, value_enum, default_value = "office")]
    template: Template,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Template {
    /// A menu in two languages, two colleagues, messages outside the hours
    Office,
    /// Opening hours with holidays, patients by caller id, messages to the desk
    Clinic,
    /// Important callers ring the desk phone, then the mobile
    Vip,
    /// Sales and service numbers, shops by region, regular customers, a survey
    Shop,
    /// Tiers of customers, account managers, debtors, skills, recording
    Bank,
    /// Two sites that help each other, announcements with adverts
    Hotline,
}

impl Template {
    const fn folder(self) -> &'static str {
        match self {
            Template::Office => embedded::OFFICE,
            Template::Clinic => "examples/clinic",
            Template::Vip => "examples/vip",
            Template::Shop => "examples/shop",
            Template::Bank => "examples/bank",
            Template::Hotline => "examples/hotline",
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    let dir = &arguments.dir;
    if !is_free(dir).map_err(|error| format!("cannot look into `{}`: {error}", dir.display()))? {
        return Err(format!("`{}` is not empty; name a new folder", dir.display()));
    }
    let written = fs::create_dir_all(dir).and_then(|()| embedded::unpack(arguments.template.folder(), dir));
    written.map_err(|error| format!("cannot write the project into `{}`: {error}", dir.display()))?;
    let shown = dir.display();
    screen::say(format!(
        "A project is in {shown}. It works as it is:\n\n  \
         callwright test {shown}                    runs its tests in virtual time\n  \
         callwright simulate {shown} --press 1      one call without a telephone\n  \
         callwright run {shown}                     answers calls\n  \
         callwright call sip:100@127.0.0.1 --press 1   calls it\n\n\
         Who you are stands in callwright.yaml, what callers hear in main.rhai."
    ));
    Ok(Ending::Fine)
}

fn is_free(dir: &Path) -> io::Result<bool> {
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}
