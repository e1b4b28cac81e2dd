//! The small vocabulary of this crate's tests.

use std::sync::Arc;

use crate::source::Sources;

/// The shipped standard library.
pub(crate) fn library() -> Sources {
    [
        ("menu.rhai", include_str!("../../../stdlib/menu.rhai")),
        ("hours.rhai", include_str!("../../../stdlib/hours.rhai")),
    ]
    .into_iter()
    .map(|(file, text)| (file.to_owned(), Arc::from(text)))
    .collect()
}
