//! Which project a command is about.

use std::path::{Path, PathBuf};

use runtime::{load_project, load_project_watched};
use script::project::CONFIG_FILE;
use script::{Coverage, Diagnostics, Project};

use crate::{embedded, screen};

/// Where a project lies: the one that was named, the folder we are in, or `scripts` below it.
pub(crate) fn project_folder(named: Option<&Path>) -> PathBuf {
    if let Some(named) = named {
        return named.to_owned();
    }
    let scripts = Path::new(embedded::OFFICE);
    if !Path::new(CONFIG_FILE).is_file() && scripts.join(CONFIG_FILE).is_file() {
        scripts.to_owned()
    } else {
        PathBuf::from(".")
    }
}

/// The folder of a project, when there is one; else why not.
pub(crate) fn existing_project(named: Option<&Path>) -> Result<PathBuf, String> {
    let folder = project_folder(named);
    if !folder.is_dir() {
        return Err(format!("there is no folder `{}`", folder.display()));
    }
    if !folder.join(CONFIG_FILE).is_file() {
        return Err(format!(
            "there is no `{CONFIG_FILE}` in `{}`; `callwright new DIR` makes a project that works",
            folder.display()
        ));
    }
    Ok(folder)
}

/// Reads, compiles and checks a project with what comes with the binary.
pub(crate) fn load(folder: &Path) -> Result<Project, Diagnostics> {
    load_project(folder, &embedded::shipped().for_projects())
}

/// The same for a simulation that tells `coverage` which lines run.
pub(crate) fn load_watched(folder: &Path, coverage: &Coverage) -> Result<Project, Diagnostics> {
    load_project_watched(folder, &embedded::shipped().for_projects(), coverage)
}

/// As [`load`], for commands that only want a project that works: its faults are printed.
pub(crate) fn load_or_explain(folder: &Path) -> Result<Project, String> {
    load(folder).map_err(|found| {
        screen::remark(found.render(screen::is_colorful_for_errors()));
        format!("the project `{}` has {}", folder.display(), screen::tally(&found))
    })
}
