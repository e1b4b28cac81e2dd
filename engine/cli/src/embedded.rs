//! What comes with the binary: sounds, standard library, the office, the templates.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use runtime::ShippedFiles;

static FILES: &[(&str, &[u8])] = &include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// The folder of the office inside the binary.
pub(crate) const OFFICE: &str = "scripts";

/// Sounds and standard library, as projects use them.
pub(crate) fn shipped() -> ShippedFiles {
    let files = FILES.iter().filter(|(path, _)| path.starts_with("sounds/") || path.starts_with("stdlib/"));
    ShippedFiles::new(files.map(|(path, bytes)| ((*path).to_owned(), *bytes)).collect::<BTreeMap<_, _>>())
}

/// Licences and credits of what is shipped, by path.
pub(crate) fn licences() -> impl Iterator<Item = (&'static str, &'static str)> {
    let all = FILES.iter().filter(|(path, _)| path.starts_with("sounds/") && path.ends_with(".md"));
    all.filter_map(|(path, bytes)| Some((*path, std::str::from_utf8(bytes).ok()?)))
}

/// Files below a folder of the binary, with their paths inside it.
pub(crate) fn below(folder: &str) -> impl Iterator<Item = (&'static str, &'static [u8])> {
    let prefix = format!("{folder}/");
    FILES.iter().filter_map(move |(path, bytes)| Some((path.strip_prefix(prefix.as_str())?, *bytes)))
}

/// Writes a folder of the binary to the disk; files that are there already stay as they are.
pub(crate) fn unpack(folder: &str, to: &Path) -> io::Result<()> {
    for (path, bytes) in below(folder) {
        let file = to.join(path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        if !file.exists() {
            fs::write(&file, bytes)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_holds_an_office_its_sounds_and_their_licences() {
        assert!(below(OFFICE).any(|(path, _)| path == "callwright.yaml"));
        assert!(below("examples/clinic").any(|(path, _)| path == "main.rhai"));
        assert!(shipped().get("sounds/en/goodbye.wav").is_some_and(|bytes| bytes.starts_with(b"RIFF")));
        assert!(shipped().get("stdlib/menu.rhai").is_some());
        assert!(licences().any(|(path, _)| path == "sounds/CREDITS.md"));
        assert!(FILES.iter().all(|(path, _)| !path.ends_with(".sh") && !path.contains("recordings/")));
    }
}
