//! Documentation that is written from code.

use std::path::Path;

use crate::vocabulary::{callwright, folder};

#[test]
fn the_page_of_verbs_is_what_the_code_says() {
    let written = callwright(folder().path(), &["docs", "verbs"]).out;
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/scripting.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&page, &written).unwrap();
    }
    let kept = std::fs::read_to_string(&page).unwrap_or_default();
    assert!(kept == written, "docs/scripting.md is stale: UPDATE_EXPECT=1 cargo test -p callwright-cli writes it anew");
}

#[test]
fn the_makers_of_the_sounds_are_named() {
    let done = callwright(folder().path(), &["licenses"]);
    assert_eq!(done.code, 0);
    for name in ["Carnegie Mellon", "festvox", "espeak-ng"] {
        assert!(done.out.contains(name), "{name}");
    }
}
