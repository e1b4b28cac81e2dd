//! Imports: found at compile time, frozen, and only handed out while calls run.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use rhai::{Engine, EvalAltResult, Module, ModuleResolver, Position, Shared};

type SharedModule = Shared<Module>;

/// Evaluated modules by path. Written while a flow compiles, read-only afterwards.
#[derive(Clone, Default)]
pub(crate) struct FrozenModules {
    modules: Arc<RwLock<BTreeMap<Arc<str>, SharedModule>>>,
}

impl FrozenModules {
    pub(crate) fn insert(&self, file: Arc<str>, module: SharedModule) {
        self.modules.write().expect("no writer panics").insert(file, module);
    }

    pub(crate) fn get(&self, file: &str) -> Option<SharedModule> {
        self.modules.read().expect("no writer panics").get(file).cloned()
    }
}

impl ModuleResolver for FrozenModules {
    fn resolve(
        &self,
        _engine: &Engine,
        source: Option<&str>,
        path: &str,
        pos: Position,
    ) -> Result<SharedModule, Box<EvalAltResult>> {
        import_target(source.unwrap_or_default(), path)
            .ok()
            .and_then(|file| self.get(&file))
            .ok_or_else(|| EvalAltResult::ErrorModuleNotFound(path.into(), pos).into())
    }
}

/// The file that `import "path"` in `importer` means: `std/menu`, or `helpers/office.rhai`.
///
/// # Errors
/// Says in words why the path is refused.
pub(crate) fn import_target(importer: &str, path: &str) -> Result<String, &'static str> {
    if path.is_empty() {
        return Err("an import needs a path");
    }
    if path.starts_with('/') || path.contains('\\') || path.contains(':') {
        return Err("imports are written relative to the project: absolute paths are refused");
    }
    let (base, relative) = match path.strip_prefix("./") {
        Some(rest) => (importer.rsplit_once('/').map_or("", |(folder, _)| folder), rest),
        None => ("", path),
    };
    if relative.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err("imports cannot leave the project: `..` and empty parts are refused");
    }
    let full = if base.is_empty() { relative.to_owned() } else { format!("{base}/{relative}") };
    let bare = full.strip_suffix(".rhai").unwrap_or(&full);
    if is_library(bare) { Ok(bare.to_owned()) } else { Ok(format!("{bare}.rhai")) }
}

/// Is this the path of a module of the standard library?
pub(crate) fn is_library(file: &str) -> bool {
    file.starts_with("std/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_name_files_beside_in_the_library_or_from_the_root() {
        assert_eq!(import_target("main.rhai", "after_hours").unwrap(), "after_hours.rhai");
        assert_eq!(import_target("lib/a.rhai", "./b").unwrap(), "lib/b.rhai");
        assert_eq!(import_target("lib/a.rhai", "b").unwrap(), "b.rhai");
        assert_eq!(import_target("lib/a.rhai", "std/menu").unwrap(), "std/menu");
        assert_eq!(import_target("std/menu", "./hours").unwrap(), "std/hours");
    }

    #[test]
    fn imports_cannot_leave_the_project() {
        for path in ["/etc/passwd", "../x", "a/../../x", "./../x", "", "a//b", "C:\\x", "file:x"] {
            assert!(import_target("main.rhai", path).is_err(), "{path}");
        }
    }
}
