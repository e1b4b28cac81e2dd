//! Projects from the repository's folders and from texts.
#![allow(dead_code, reason = "every test binary uses its own part")]

pub(crate) mod day;
pub(crate) mod desk;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use callwright_simulator::day::{Watch, run_days};
use callwright_simulator::{Options, Outside, TestReport, run_tests, scenario_files};
use script::prompts::{PromptFile, PromptOrigin, is_sound};
use script::{Project, Secrets, Shipped, SourceFile, SourceTree};
use serde_json::{Map, Value};

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A project on the disk.
pub(crate) struct Folder {
    root: PathBuf,
    name: String,
    pub(crate) project: Arc<Project>,
    scenarios: Vec<(String, String)>,
    tree: SourceTree,
}

impl Folder {
    pub(crate) fn open(name: &str) -> Self {
        let root = repository().join(name);
        let mut tree = SourceTree::default();
        for (path, full) in files_below(&root) {
            let bytes = fs::read(&full).unwrap();
            let file = if is_sound(&path) {
                SourceFile::Sound { bytes: bytes.len() as u64, hash: [0; 32] }
            } else {
                SourceFile::Bytes(bytes.into())
            };
            tree.insert(path, file);
        }
        let (project, scenarios) = (compile(&tree), scenario_files(&tree));
        Self { root, name: name.to_owned(), project, scenarios, tree }
    }

    pub(crate) fn run_tests(&self) -> TestReport {
        let length = |file: &PromptFile| {
            let root = if file.origin == PromptOrigin::Project { self.root.clone() } else { repository() };
            wav_length(&root.join(&*file.path))
        };
        let lookup = |project: &Project, directory: &str, key: &str| self.row(project, directory, key);
        let options = Options { folder: self.name.clone(), ..Options::default() };
        let outside = Outside { length: &length, lookup: &lookup };
        let mut report = run_tests(&self.project, &self.scenarios, &options, outside);
        let days = run_days(&self.project, &self.tree, &options, Watch::default(), outside);
        report.tests.extend(days.tests);
        report.sources.extend(days.sources);
        report
    }

    /// A row of a plain CSV file: no quotes, no line breaks in cells.
    fn row(&self, project: &Project, directory: &str, wanted: &str) -> Value {
        let script::config::DirectoryKind::Csv { file, key } = &project.config.directories[directory].from else {
            return Value::Null;
        };
        let text = fs::read_to_string(self.root.join(file)).unwrap();
        let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let names = lines.next().unwrap();
        let column = names.iter().position(|name| name == key).unwrap();
        let cell = |text: &str| if text.is_empty() { Value::Null } else { Value::String(text.to_owned()) };
        let found = lines.find(|cells| cells[column] == wanted);
        found.map_or(Value::Null, |cells| {
            let row: Map<String, Value> =
                names.iter().zip(cells).map(|(name, text)| ((*name).to_owned(), cell(text))).collect();
            Value::Object(row)
        })
    }
}

fn two_seconds(_: &PromptFile) -> Option<Duration> {
    Some(Duration::from_secs(2))
}

fn nothing(_: &Project, _: &str, _: &str) -> Value {
    Value::Null
}

/// Every prompt lasts two seconds, no directory knows anybody.
pub(crate) fn outside() -> Outside<'static> {
    Outside { length: &two_seconds, lookup: &nothing }
}

pub(crate) fn compile(tree: &SourceTree) -> Arc<Project> {
    let env = |_: &str| Some("secret".to_owned());
    let read = |_: &str| Ok("secret".to_owned());
    match Project::compile(tree, &shipped(), Secrets { env: &env, read: &read }) {
        Ok(project) => Arc::new(project),
        Err(found) => panic!("\n{}", found.render(false)),
    }
}

fn shipped() -> Shipped {
    let root = repository();
    let stdlib: BTreeMap<String, Arc<str>> = files_below(&root.join("stdlib"))
        .map(|(name, full)| (name, Arc::from(fs::read_to_string(full).unwrap())))
        .collect();
    let sounds = files_below(&root.join("sounds")).map(|(path, _)| format!("sounds/{path}"));
    Shipped { stdlib, sounds: sounds.filter(|path| is_sound(path)).collect() }
}

fn files_below(root: &Path) -> impl Iterator<Item = (String, PathBuf)> + use<> {
    let mut folders = vec![root.to_owned()];
    let mut found = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/"), path);
            }
        }
    }
    found.into_iter()
}

/// Length of a 16-bit mono WAV file, from its header.
fn wav_length(path: &Path) -> Option<Duration> {
    let bytes = fs::read(path).ok()?;
    let rate = u32::from_le_bytes(bytes.get(24..28)?.try_into().ok()?);
    Some(Duration::from_millis((bytes.len() as u64 - 44) * 1000 / 2 / u64::from(rate)))
}
