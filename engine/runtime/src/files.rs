//! Reading a project from the disk: texts whole, sounds by name and content hash.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use script::project::{FILES_MAX, Secrets, Shipped, SourceFile, SourceTree};
use script::prompts::is_sound;
use script::{Coverage, Diagnostics, Project};

/// What comes with the binary, by path: `sounds/en/goodbye.wav`, `stdlib/menu.rhai`.
#[derive(Clone, Default)]
pub struct ShippedFiles(Arc<BTreeMap<String, &'static [u8]>>);

impl ShippedFiles {
    /// Wraps what the binary embeds.
    pub fn new(files: BTreeMap<String, &'static [u8]>) -> Self {
        Self(Arc::new(files))
    }

    /// One file.
    pub fn get(&self, path: &str) -> Option<&'static [u8]> {
        self.0.get(path).copied()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'static [u8])> {
        self.0.iter().map(|(path, bytes)| (path.as_str(), *bytes))
    }

    /// What a project is compiled with.
    pub fn for_projects(&self) -> Shipped {
        let stdlib = self.iter().filter_map(|(path, bytes)| {
            let name = path.strip_prefix("stdlib/").filter(|name| name.ends_with(".rhai"))?;
            Some((name.to_owned(), Arc::from(String::from_utf8_lossy(bytes))))
        });
        let sounds = self.iter().map(|(path, _)| path.to_owned()).filter(|path| is_sound(path));
        Shipped { stdlib: stdlib.collect(), sounds: sounds.collect() }
    }
}

/// Makes a folder that only this user may look into, and those above it.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Larger tables are read by whoever looks things up in them, not into the project.
const TABLE_BYTES_MAX: u64 = 8 << 20;

/// Folders below a project that are not part of it.
const NOT_THE_PROJECT: [&str; 4] = ["recordings", "cache", "target", "node_modules"];

/// Reads a project's folder. Links are not followed; files that are neither text of a project nor
/// sounds are left out.
///
/// # Errors
/// When the folder cannot be read or has too many files.
pub fn read_tree(root: &Path) -> io::Result<SourceTree> {
    let mut tree = SourceTree::default();
    let mut folders = vec![PathBuf::new()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type()?;
            let path = folder.join(&name);
            if kind.is_dir() && !name.starts_with('.') && !NOT_THE_PROJECT.contains(&name.as_str()) {
                folders.push(path);
            } else if kind.is_file() && belongs(&path) {
                files += 1;
                if files > FILES_MAX {
                    return Err(io::Error::other(format!("more than {FILES_MAX} files in {}", root.display())));
                }
                insert(&mut tree, root, &path)?;
            }
        }
    }
    Ok(tree)
}

fn belongs(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    matches!(extension, "rhai" | "yaml" | "yml" | "csv" | "ics") || is_sound(&as_key(path))
}

fn as_key(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn insert(tree: &mut SourceTree, root: &Path, path: &Path) -> io::Result<()> {
    let key = as_key(path);
    if key.ends_with(".csv") && fs::metadata(root.join(path))?.len() > TABLE_BYTES_MAX {
        let mut hasher = blake3::Hasher::new();
        let bytes = hasher.update_reader(fs::File::open(root.join(path))?)?.count();
        tree.insert(key, SourceFile::Sound { bytes, hash: *hasher.finalize().as_bytes() });
        return Ok(());
    }
    let bytes = fs::read(root.join(path))?;
    let file = if is_sound(&key) {
        SourceFile::Sound { bytes: bytes.len() as u64, hash: *blake3::hash(&bytes).as_bytes() }
    } else {
        SourceFile::Bytes(bytes.into())
    };
    tree.insert(key, file);
    Ok(())
}

/// Reads, compiles and checks a project with the secrets of this process' environment.
///
/// # Errors
/// What is wrong, with its places.
pub fn load_project(root: &Path, shipped: &Shipped) -> Result<Project, Diagnostics> {
    load(root, |tree, secrets| Project::compile(tree, shipped, secrets))
}

/// The same for a simulation that tells `coverage` which lines of the project's scripts run.
///
/// # Errors
/// As [`load_project`].
pub fn load_project_watched(root: &Path, shipped: &Shipped, coverage: &Coverage) -> Result<Project, Diagnostics> {
    load(root, |tree, secrets| Project::compile_watched(tree, shipped, secrets, coverage))
}

fn load(
    root: &Path,
    compile: impl FnOnce(&SourceTree, Secrets<'_>) -> Result<Project, Diagnostics>,
) -> Result<Project, Diagnostics> {
    let tree = read_tree(root).map_err(|error| {
        let message = format!("cannot read the project `{}`: {error}", root.display());
        Diagnostics::from(vec![script::Diagnostic::error("unreadable-project", message)])
    })?;
    let env = |name: &str| std::env::var(name).ok();
    let read = |path: &str| fs::read_to_string(root.join(path));
    compile(&tree, Secrets { env: &env, read: &read })
}
