//! Lists what comes with the binary: sounds, standard library, the office and the examples.
//!
//! `include_bytes!` of every file keeps 24 MB out of the compiler's syntax trees.
#![allow(clippy::print_stdout, reason = "that is how a build script talks to cargo")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Folders of the repository that are embedded.
const SHIPPED: [&str; 4] = ["sounds", "stdlib", "scripts", "examples"];
/// Folders that are also served from: a database or recording that appears there must not cause a new
/// build, so only the files that are embedded are watched.
const SERVED: [&str; 2] = ["scripts", "examples"];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?).join("../..");
    let mut files = Vec::new();
    for folder in SHIPPED {
        collect(&root, Path::new(folder), &mut files)?;
        if !SERVED.contains(&folder) {
            println!("cargo::rerun-if-changed={}", root.join(folder).display());
        }
    }
    files.sort();
    let mut table = String::from("[\n");
    for file in files {
        let path = file.to_string_lossy().replace('\\', "/");
        let full = root.join(&file).canonicalize()?;
        if SERVED.iter().any(|folder| file.starts_with(folder)) {
            println!("cargo::rerun-if-changed={}", full.display());
        }
        // Writing into a string cannot fail.
        let _ = writeln!(table, "    ({path:?}, include_bytes!({:?}) as &[u8]),", full.display().to_string());
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    fs::write(out.join("shipped.rs"), table)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() && !is_made_by_running(&path) {
            collect(root, &path, files)?;
        } else if kind.is_file() && is_shipped(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_made_by_running(folder: &Path) -> bool {
    matches!(folder.file_name().and_then(|name| name.to_str()), Some("recordings" | "cache")) || is_hidden(folder)
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// Sounds with their licences, everything that is written in a project; no tools that make sounds.
fn is_shipped(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let in_sounds = file.components().any(|part| part.as_os_str() == "sounds");
    let kept = match extension {
        "wav" | "flac" | "mp3" | "ogg" => true,
        "md" => !in_sounds || matches!(name, "LICENSE.md" | "CREDITS.md"),
        "rhai" | "yaml" | "csv" | "ics" => !in_sounds,
        _ => false,
    };
    kept && !is_hidden(file)
}
