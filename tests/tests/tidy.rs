//! The shape of the project, held by machine: who may use whom, how long files are, what has tests.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Longest file: past this, look for the missing name.
const LINES_MAX: usize = 500;

/// Which of our own crates a crate may use. Nothing under acd knows SIP; nothing under sip knows flows.
const MAY_USE: [(&str, &[&str]); 12] = [
    ("model", &[]),
    ("acd", &["model"]),
    ("script", &["model"]),
    ("speech", &["model"]),
    ("switchboard", &["model", "acd", "script", "speech"]),
    ("sip", &["model"]),
    ("media", &["model"]),
    ("store", &["model"]),
    ("runtime", &["model", "acd", "script", "speech", "switchboard", "sip", "media", "store"]),
    ("simulator", &["model", "acd", "script", "speech", "switchboard"]),
    ("console", &["model", "store"]),
    (
        "cli",
        &[
            "model",
            "acd",
            "script",
            "speech",
            "switchboard",
            "sip",
            "media",
            "store",
            "runtime",
            "simulator",
            "console",
        ],
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files_below(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !matches!(name.as_str(), "target" | "corpus" | "crashes") {
            files_below(&path, extension, found);
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    files_below(&root().join(folder), extension, &mut found);
    found
}

/// The names under `[dependencies]` of a manifest.
fn dependencies(manifest: &str) -> Vec<String> {
    let section = manifest.split("[dependencies]").nth(1).unwrap_or_default();
    let lines = section.lines().skip(1).take_while(|line| !line.starts_with('['));
    lines.filter_map(|line| line.split(['.', ' ', '=']).next()).map(str::to_owned).collect()
}

#[test]
fn crates_use_only_what_the_architecture_allows() {
    let rules: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    for entry in fs::read_dir(root().join("engine")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let allowed = rules.get(name.as_str()).unwrap_or_else(|| panic!("`{name}` has no row in MAY_USE"));
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        for used in dependencies(&manifest).iter().filter(|used| rules.contains_key(used.as_str())) {
            assert!(allowed.contains(&used.as_str()), "`{name}` may not use `{used}`; see docs/architecture.md");
        }
    }
}

#[test]
fn files_stay_short() {
    let rust = files("engine", "rs").into_iter().chain(files("tests", "rs"));
    let lines = |path: &PathBuf| fs::read_to_string(path).unwrap().lines().count();
    let long: Vec<String> = rust
        .filter(|path| lines(path) > LINES_MAX)
        .map(|path| format!("{} has {} lines", path.display(), lines(&path)))
        .collect();
    assert!(long.is_empty(), "split these: {long:#?}");
}

#[test]
fn every_project_has_scenarios_and_every_library_module_a_test() {
    let projects = fs::read_dir(root().join("examples")).unwrap().map(|entry| entry.unwrap().path());
    for project in projects.chain([root().join("scripts")]).filter(|path| path.is_dir()) {
        let mut names = fs::read_dir(&project).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(
            names.any(|name| name.to_string_lossy().ends_with(".test.yaml")),
            "{} has no scenario",
            project.display()
        );
    }
    let sources: Vec<String> = files("engine", "rs")
        .iter()
        .chain(&files("scripts", "rhai"))
        .chain(&files("examples", "rhai"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    for module in files("stdlib", "rhai") {
        let name = format!("std/{}", module.file_stem().unwrap().to_string_lossy());
        assert!(sources.iter().any(|source| source.contains(&name)), "nothing tests or uses {name}");
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let section = manifest.split("[workspace.dependencies]").nth(1).unwrap();
    let rows =
        section.lines().take_while(|line| !line.starts_with("[workspace.lints")).filter(|line| line.contains(" = "));
    for row in rows.filter(|row| !row.contains("path = \"engine/") && !row.starts_with("serde_json")) {
        assert!(row.contains(" # "), "no reason beside: {row}");
    }
}

#[test]
fn links_in_the_documents_lead_somewhere() {
    let mut documents = files("docs", "md");
    documents.extend([root().join("README.md"), root().join("CHANGELOG.md")]);
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") {
                let path = document.parent().unwrap().join(file);
                assert!(path.exists(), "{} links to {target}, which is not there", document.display());
            }
        }
    }
}
