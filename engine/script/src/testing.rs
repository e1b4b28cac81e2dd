//! The small vocabulary of this crate's tests.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::source::Sources;

/// The shipped standard library.
pub(crate) fn library() -> Sources {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stdlib");
    let files =
        fs::read_dir(folder).expect("the library lies beside the engine").map(|entry| entry.expect("a file").path());
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "rhai"))
        .map(|path| {
            let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
            (name, Arc::from(fs::read_to_string(&path).expect("the library is text")))
        })
        .collect()
}
