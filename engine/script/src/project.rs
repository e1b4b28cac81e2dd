//! A project folder as one immutable, checked value.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use model::VersionId;

use crate::calendar::parse_ics;
use crate::config::{Config, ReferenceKind, mask_secrets};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::flow::Flow;
use crate::prompts::PromptIndex;
use crate::source::Sources;

/// The file that makes a folder a project.
pub const CONFIG_FILE: &str = "callwright.yaml";

/// Longest text file of a project; flows are pages, not books.
pub const SOURCE_BYTES_MAX: usize = 200 * 1024;
/// Most files in a project, sounds included.
pub const FILES_MAX: usize = 1000;

/// A project's files by project-relative path with `/` between the parts. The shell reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceTree {
    files: BTreeMap<String, SourceFile>,
}

/// One file of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceFile {
    /// Configuration, flow, directory, calendar: the bytes themselves.
    Bytes(Arc<[u8]>),
    /// A sound: only what tells one version from another.
    Sound {
        /// Its length.
        bytes: u64,
        /// Hash of its content (BLAKE3).
        hash: [u8; 32],
    },
}

impl SourceTree {
    /// Adds a file, or replaces it.
    pub fn insert(&mut self, path: impl Into<String>, file: SourceFile) {
        self.files.insert(path.into(), file);
    }

    /// Adds a text file; what tests and embedded projects use.
    #[must_use]
    pub fn with(mut self, path: &str, text: &str) -> Self {
        self.insert(path, SourceFile::Bytes(text.as_bytes().into()));
        self
    }

    /// All files by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SourceFile)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// The text of a file; none when it is missing, a sound or not UTF-8.
    pub fn text(&self, path: &str) -> Option<&str> {
        match self.files.get(path)? {
            SourceFile::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            SourceFile::Sound { .. } => None,
        }
    }

    /// Is there such a file?
    pub fn contains(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }
}

/// What comes with Callwright: the standard library and the shipped sounds.
#[derive(Debug, Clone, Default)]
pub struct Shipped {
    /// `menu.rhai` → its source; flows import it as `std/menu`.
    pub stdlib: Sources,
    /// Paths such as `sounds/ru/goodbye.wav`.
    pub sounds: Vec<String>,
}

/// Where secrets come from; the shell reads environment and files.
#[derive(Clone, Copy)]
pub struct Secrets<'a> {
    /// `env:NAME`
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// `file:path`
    pub read: &'a dyn Fn(&str) -> io::Result<String>,
}

/// A project that can serve calls: immutable, shared by all calls that began with it.
#[derive(Debug)]
pub struct Project {
    /// First 12 hexadecimal digits of the hash of everything in it.
    pub version: VersionId,
    /// `callwright.yaml`.
    pub config: Config,
    /// Flow file → flow.
    pub flows: BTreeMap<String, Flow>,
    /// The project's prompts and the shipped ones.
    pub prompts: PromptIndex,
    /// Warnings.
    pub diagnostics: Diagnostics,
}

impl Project {
    /// Compiles and checks a whole project.
    ///
    /// # Errors
    /// Everything that is wrong with it, warnings included.
    pub fn compile(tree: &SourceTree, shipped: &Shipped, secrets: Secrets<'_>) -> Result<Project, Diagnostics> {
        let mut compiler = Compiler::new(tree, shipped);
        compiler.check_limits();
        let config = compiler.config(secrets);
        let flows = compiler.flows(config.as_ref());
        let config = config.unwrap_or_default();
        let prompts = compiler.prompts(&config);
        let config = compiler.resolve_references(config, &prompts);
        let diagnostics = compiler.finish();
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        Ok(Project { version: version(tree, shipped), config, flows, prompts, diagnostics })
    }

    /// The flow that answers a dialled number: exact, longest prefix, default.
    pub fn flow_for(&self, dialed: &str) -> Option<&Flow> {
        self.flows.get(self.config.numbers.flow_for(dialed)?)
    }
}

struct Compiler<'a> {
    tree: &'a SourceTree,
    shipped: &'a Shipped,
    scripts: Sources,
    found: Vec<Diagnostic>,
}

impl<'a> Compiler<'a> {
    fn new(tree: &'a SourceTree, shipped: &'a Shipped) -> Self {
        let texts = tree.iter().filter(|(path, _)| path.ends_with(".rhai"));
        let scripts = texts.filter_map(|(path, _)| Some((path.to_owned(), Arc::from(tree.text(path)?)))).collect();
        Self { tree, shipped, scripts, found: Vec::new() }
    }

    fn check_limits(&mut self) {
        let count = self.tree.files.len();
        if count > FILES_MAX {
            self.found.push(Diagnostic::error("too-many-files", format!("the project has {count} files, at most {FILES_MAX} are read")));
        }
        for (path, file) in self.tree.iter() {
            let SourceFile::Bytes(bytes) = file else { continue };
            let is_source = path.ends_with(".rhai") || path == CONFIG_FILE;
            if is_source && bytes.len() > SOURCE_BYTES_MAX {
                let message = format!("`{path}` is longer than {} KiB", SOURCE_BYTES_MAX / 1024);
                self.found.push(Diagnostic::error("too-large", message).in_file(path));
            } else if is_source && self.tree.text(path).is_none() {
                let message = format!("`{path}` is not written in UTF-8");
                self.found.push(Diagnostic::error("not-utf-8", message).in_file(path));
            }
        }
    }

    fn config(&mut self, secrets: Secrets<'_>) -> Option<Config> {
        let Some(text) = self.tree.text(CONFIG_FILE) else {
            if !self.tree.contains(CONFIG_FILE) {
                self.found.push(
                    Diagnostic::error("no-project", format!("there is no `{CONFIG_FILE}`"))
                        .help("`callwright new DIR` makes a project that works"),
                );
            }
            return None;
        };
        if text.len() > SOURCE_BYTES_MAX {
            return None;
        }
        match Config::parse(CONFIG_FILE, text, secrets.env, secrets.read) {
            Ok(config) => Some(config),
            Err(found) => {
                self.found.extend(found);
                None
            }
        }
    }

    /// Every flow that a number names, and whatever at the root no other flow imports.
    fn flows(&mut self, config: Option<&Config>) -> BTreeMap<String, Flow> {
        let references = config.map(|config| config.references.as_slice()).unwrap_or_default();
        let named = references.iter().filter(|reference| reference.kind == ReferenceKind::Flow);
        let named: BTreeSet<String> = named.map(|reference| reference.name.clone()).collect();
        let mut flows = BTreeMap::new();
        let mut used: BTreeSet<String> = named.clone();
        for path in &named {
            if self.scripts.contains_key(path) {
                self.flow(path, &mut flows, &mut used);
            }
        }
        let at_root = |path: &&String| !path.contains('/');
        let others: Vec<String> = self.scripts.keys().filter(at_root).cloned().collect();
        for path in others {
            if !used.contains(&path) {
                self.flow(&path, &mut flows, &mut used);
            }
        }
        flows
    }

    fn flow(&mut self, path: &str, flows: &mut BTreeMap<String, Flow>, used: &mut BTreeSet<String>) {
        match Flow::compile(path, &self.scripts, &self.shipped.stdlib) {
            Ok(flow) => {
                used.extend(flow.files().map(str::to_owned));
                flows.insert(path.to_owned(), flow);
            }
            Err(found) => self.found.extend(found),
        }
    }

    fn prompts(&self, config: &Config) -> PromptIndex {
        let own = self.tree.iter().map(|(path, _)| path);
        PromptIndex::build(own, self.shipped.sounds.iter().map(String::as_str), &config.language)
    }

    /// Finds the files and prompts that the configuration names, and reads the holidays.
    fn resolve_references(&mut self, mut config: Config, prompts: &PromptIndex) -> Config {
        self.found.append(&mut config.warnings);
        let text = self.tree.text(CONFIG_FILE).unwrap_or_default();
        for reference in &config.references {
            let name = reference.name.as_str();
            let problem = match &reference.kind {
                ReferenceKind::Flow if !self.tree.contains(name) => {
                    let flows = self.scripts.keys().map(String::as_str);
                    Some(Diagnostic::error("missing-flow", format!("there is no flow `{name}`")).suggest(name, flows))
                }
                ReferenceKind::Prompt if prompts.find(name, &config.language).is_none() => {
                    let close = prompts.did_you_mean(name, &config.language);
                    let problem = Diagnostic::warning("missing-prompt", format!("there is no prompt `{name}`"));
                    Some(problem.suggest(name, close))
                }
                ReferenceKind::Csv if self.tree.text(name).is_none() => Some(missing_file(self.tree, name)),
                ReferenceKind::Holidays(calendar) => match self.tree.text(name).map(parse_ics) {
                    None => Some(missing_file(self.tree, name)),
                    Some(Err(error)) => Some(Diagnostic::error("bad-calendar", format!("`{name}`, {error}"))),
                    Some(Ok(days)) => {
                        let calendar = config.calendars.get_mut(calendar);
                        calendar.into_iter().for_each(|calendar| days.iter().for_each(|day| calendar.add_holiday(day.clone())));
                        None
                    }
                },
                _ => None,
            };
            self.found.extend(problem.map(|problem| problem.at(CONFIG_FILE, text, reference.span.clone())));
        }
        config
    }

    fn finish(self) -> Diagnostics {
        let mut sources: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
        let library = self.shipped.stdlib.iter().map(|(name, text)| (format!("std/{}", name.trim_end_matches(".rhai")), text.clone()));
        sources.extend(self.scripts.into_iter().chain(library).map(|(path, text)| (Arc::from(path), text)));
        if let Some(text) = self.tree.text(CONFIG_FILE) {
            sources.insert(CONFIG_FILE.into(), mask_secrets(text).into());
        }
        // Two flows may import the same faulty file.
        let mut list: Vec<Diagnostic> = Vec::new();
        for one in self.found {
            if !list.contains(&one) {
                list.push(one);
            }
        }
        Diagnostics { list, sources }
    }
}

fn missing_file(tree: &SourceTree, name: &str) -> Diagnostic {
    Diagnostic::error("missing-file", format!("there is no file `{name}` in the project"))
        .suggest(name, tree.iter().map(|(path, _)| path))
}

/// Names the content: the same files give the same version on every machine.
fn version(tree: &SourceTree, shipped: &Shipped) -> VersionId {
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &[u8]| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    };
    for (path, file) in tree.iter() {
        add(path.as_bytes());
        match file {
            SourceFile::Bytes(bytes) => add(blake3::hash(bytes).as_bytes()),
            SourceFile::Sound { hash, .. } => add(hash),
        }
    }
    // A separator that no path has: a project file cannot pass for a shipped one.
    add(b"\0shipped");
    for (name, text) in &shipped.stdlib {
        add(name.as_bytes());
        add(text.as_bytes());
    }
    shipped.sounds.iter().for_each(|path| add(path.as_bytes()));
    VersionId::parse(&hasher.finalize().to_hex()[..12]).expect("twelve hexadecimal digits are a name")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const MAIN: &str = "import \"helper\" as helper;\nanswer();\nhangup();\n";

    fn clinic(config: &str) -> SourceTree {
        SourceTree::default().with(CONFIG_FILE, config).with("main.rhai", MAIN).with("helper.rhai", "fn one() { 1 }\n")
    }

    fn compile(tree: &SourceTree) -> Result<Project, Diagnostics> {
        let read = |_: &str| Err(io::Error::from(io::ErrorKind::NotFound));
        Project::compile(tree, &Shipped::default(), Secrets { env: &|_| None, read: &read })
    }

    #[expect(clippy::needless_pass_by_value, reason = "expected texts are written in place")]
    fn finds(tree: &SourceTree, expected: Expect) {
        expected.assert_eq(&compile(tree).map_or_else(|found| found, |project| project.diagnostics).render(false));
    }

    #[test]
    fn a_project_knows_the_flow_of_each_number() {
        let tree = clinic("numbers: { \"+7495*\": sales.rhai, default: main.rhai }\n").with("sales.rhai", "hangup();");
        let project = compile(&tree).unwrap();
        assert_eq!(project.flow_for("+74951").unwrap().name(), "sales.rhai");
        assert_eq!(project.flow_for("201").unwrap().name(), "main.rhai");
        assert_eq!(project.flows.keys().collect::<Vec<_>>(), ["main.rhai", "sales.rhai"], "an imported file is no flow");
    }

    #[test]
    fn a_version_names_the_content() {
        let tree = clinic("numbers: { default: main.rhai }\n");
        let first = compile(&tree).unwrap().version;
        assert_eq!(first.as_str().len(), 12);
        assert_eq!(compile(&tree.clone()).unwrap().version, first);
        assert_ne!(compile(&tree.clone().with("helper.rhai", "fn one() { 2 }\n")).unwrap().version, first);
        let mut louder = tree;
        louder.insert("sounds/en/welcome.wav", SourceFile::Sound { bytes: 1, hash: [1; 32] });
        let quiet = compile(&louder).unwrap().version;
        louder.insert("sounds/en/welcome.wav", SourceFile::Sound { bytes: 1, hash: [2; 32] });
        assert_ne!(compile(&louder).unwrap().version, quiet);
    }

    #[test]
    fn a_project_is_shared_by_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Project>();
    }

    #[test]
    fn holidays_are_read_from_the_projects_files() {
        let ics = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20270101\nEND:VEVENT\n";
        let tree = clinic("calendars: { office: { hours: always, holidays: [ru.ics] } }\n").with("ru.ics", ics);
        let office = &compile(&tree).unwrap().config.calendars["office"];
        assert!(!office.is_open("2027-01-01T12:00".parse().unwrap()));
        assert!(office.is_open("2027-01-02T12:00".parse().unwrap()));
    }

    #[test]
    fn files_that_are_not_there_are_named() {
        let config = "numbers: { default: mian.rhai }\nqueues: { support: { music: hold/default } }\n\
            directories: { customers: { csv: customer.csv, key: phone } }\n\
            calendars: { office: { hours: always, holidays: [ru.ics, us.ics] } }\n";
        let tree = clinic(config).with("customers.csv", "phone\n").with("us.ics", "BEGIN:VEVENT\nRRULE:x\n");
        finds(&tree, expect![]);
    }

    #[test]
    fn mistakes_in_configuration_and_flows_are_reported_together() {
        let tree = clinic("langauge: ru\ntrunks: { a: { address: a.example, pasword: hunter2 } }\n").with("main.rhai", "answer(;\n");
        finds(&tree, expect![]);
        finds(&SourceTree::default(), expect![]);
    }

    #[test]
    fn limits_hold() {
        let mut tree = clinic("").with("long.rhai", &"// x\n".repeat(50_000));
        tree.insert("bytes.rhai", SourceFile::Bytes(Arc::from([0xff_u8, 0xfe].as_slice())));
        for number in 0..FILES_MAX {
            tree.insert(format!("sounds/en/{number}.wav"), SourceFile::Sound { bytes: 0, hash: [0; 32] });
        }
        finds(&tree, expect![]);
    }
}
