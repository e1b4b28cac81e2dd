//! A project folder as one immutable, checked value.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use model::VersionId;

use crate::calendar::parse_ics;
use crate::check::Known;
use crate::config::{Config, ReferenceKind, mask_secrets};
use crate::contacts::{CampaignLists, read_contacts, read_numbers};
use crate::coverage::Coverage;
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
    /// A sound or a very large table: only what tells one version from another.
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
    /// Campaign → its lists.
    pub lists: BTreeMap<String, Arc<CampaignLists>>,
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
        Self::compile_with(tree, shipped, secrets, None)
    }

    /// The same for a simulation that tells `coverage` which lines of the project's scripts run.
    ///
    /// # Errors
    /// As [`Project::compile`].
    pub fn compile_watched(
        tree: &SourceTree,
        shipped: &Shipped,
        secrets: Secrets<'_>,
        coverage: &Coverage,
    ) -> Result<Project, Diagnostics> {
        Self::compile_with(tree, shipped, secrets, Some(coverage))
    }

    fn compile_with(
        tree: &SourceTree,
        shipped: &Shipped,
        secrets: Secrets<'_>,
        coverage: Option<&Coverage>,
    ) -> Result<Project, Diagnostics> {
        let mut compiler = Compiler::new(tree, shipped, coverage);
        compiler.check_limits();
        let config = compiler.config(secrets);
        let flows = compiler.flows(config.as_ref());
        let prompts = compiler.prompts(config.as_ref());
        if let Some(config) = &config {
            compiler.check(config, &flows, &prompts);
        }
        let config = config.unwrap_or_default();
        let config = compiler.resolve_references(config, &prompts);
        let lists = compiler.lists(&config);
        let diagnostics = compiler.finish();
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        Ok(Project { version: version(tree, shipped), config, flows, lists, prompts, diagnostics })
    }

    /// The same flows with another configuration, as the version `name`: what a simulation asks "what if" with.
    pub fn altered(&self, name: VersionId, change: impl FnOnce(&mut Config)) -> Project {
        let mut config = self.config.clone();
        change(&mut config);
        let (flows, lists, prompts) = (self.flows.clone(), self.lists.clone(), self.prompts.clone());
        Project { version: name, config, flows, lists, prompts, diagnostics: self.diagnostics.clone() }
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
    coverage: Option<&'a Coverage>,
    found: Vec<Diagnostic>,
}

impl<'a> Compiler<'a> {
    fn new(tree: &'a SourceTree, shipped: &'a Shipped, coverage: Option<&'a Coverage>) -> Self {
        let texts = tree.iter().filter(|(path, _)| path.ends_with(".rhai"));
        let scripts = texts.filter_map(|(path, _)| Some((path.to_owned(), Arc::from(tree.text(path)?)))).collect();
        Self { tree, shipped, scripts, coverage, found: Vec::new() }
    }

    fn check_limits(&mut self) {
        let count = self.tree.files.len();
        if count > FILES_MAX {
            self.found.push(Diagnostic::error(
                "too-many-files",
                format!("the project has {count} files, at most {FILES_MAX} are read"),
            ));
        }
        for (path, file) in self.tree.iter() {
            let SourceFile::Bytes(bytes) = file else {
                continue;
            };
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
        let (scripts, stdlib) = (&self.scripts, &self.shipped.stdlib);
        let compiled = match self.coverage {
            None => Flow::compile(path, scripts, stdlib),
            Some(coverage) => Flow::compile_watched(path, scripts, stdlib, coverage),
        };
        match compiled {
            Ok(flow) => {
                used.extend(flow.files().map(str::to_owned));
                flows.insert(path.to_owned(), flow);
            }
            Err(found) => self.found.extend(found),
        }
    }

    fn prompts(&self, config: Option<&Config>) -> PromptIndex {
        let own = self.tree.iter().map(|(path, _)| path);
        let language = config.map_or("en", |config| &config.language);
        PromptIndex::build(own, self.shipped.sounds.iter().map(String::as_str), language)
    }

    fn check(&mut self, config: &Config, flows: &BTreeMap<String, Flow>, prompts: &PromptIndex) {
        let known = Known {
            prompts: prompts.names(),
            queues: config.queues.keys().map(ToString::to_string).collect(),
            boxes: config.boxes.keys().cloned().collect(),
            calendars: config.calendars.keys().cloned().collect(),
            directories: config.directories.keys().cloned().collect(),
            agents: config.agents.keys().map(ToString::to_string).collect(),
            skills: config.agents.values().flat_map(|agent| agent.skills.keys().cloned()).collect(),
            reach: config.reach.clone(),
            speaks_text: config.speech.is_some(),
            campaign_flows: config.outgoing.values().map(|campaign| campaign.flow.clone()).collect(),
            dials_nobody: config.dial.is_empty(),
        };
        self.found.extend(flows.values().flat_map(|flow| flow.check(&known)));
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
                ReferenceKind::Csv if !self.tree.contains(name) => Some(missing_file(self.tree, name)),
                ReferenceKind::Holidays(calendar) => {
                    match self.tree.text(name).map(|text| parse_ics(text, &config.time_zone)) {
                        None => Some(missing_file(self.tree, name)),
                        Some(Err(error)) => Some(Diagnostic::error("bad-calendar", format!("`{name}`, {error}"))),
                        Some(Ok(closures)) => {
                            if let Some(calendar) = config.calendars.get_mut(calendar) {
                                closures.into_iter().for_each(|closure| calendar.add_closure(closure));
                            }
                            None
                        }
                    }
                }
                _ => None,
            };
            self.found.extend(problem.map(|problem| problem.at(CONFIG_FILE, text, reference.span.clone())));
        }
        config
    }

    /// The lists of every campaign, as far as their files are there.
    fn lists(&mut self, config: &Config) -> BTreeMap<String, Arc<CampaignLists>> {
        let mut all = BTreeMap::new();
        for (name, campaign) in &config.outgoing {
            let mut lists = CampaignLists::default();
            for file in [&campaign.list, &campaign.do_not_call].into_iter().flatten() {
                self.must_be_readable(file);
            }
            if let Some((file, text)) = self.text_of(campaign.list.as_deref()) {
                let (contacts, found) = read_contacts(file, text, campaign, config);
                lists.contacts = contacts;
                self.found.extend(found);
            }
            if let Some((file, text)) = self.text_of(campaign.do_not_call.as_deref()) {
                let (numbers, found) = read_numbers(file, text, campaign);
                lists.do_not_call = numbers;
                self.found.extend(found);
            }
            all.insert(name.clone(), Arc::new(lists));
        }
        all
    }

    /// A list that is there and cannot be read must not pass for an empty one: people would be called who must not be.
    fn must_be_readable(&mut self, file: &str) {
        if self.tree.contains(file) && self.tree.text(file).is_none() {
            let message = format!("the list `{file}` cannot be read: it is not UTF-8, or larger than 8 MiB");
            let error = Diagnostic::error("unreadable-list", message).in_file(file);
            self.found
                .push(error.help("save it as UTF-8, or fill the campaign with `callwright campaign NAME import`"));
        }
    }

    fn text_of<'f>(&self, file: Option<&'f str>) -> Option<(&'f str, &'a str)> {
        Some((file?, self.tree.text(file?)?))
    }

    fn finish(self) -> Diagnostics {
        let mut sources: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
        let library = self
            .shipped
            .stdlib
            .iter()
            .map(|(name, text)| (format!("std/{}", name.trim_end_matches(".rhai")), text.clone()));
        sources.extend(self.scripts.into_iter().chain(library).map(|(path, text)| (Arc::from(path), text)));
        if let Some(text) = self.tree.text(CONFIG_FILE) {
            sources.insert(CONFIG_FILE.into(), mask_secrets(text).into());
        }
        for file in self.found.iter().filter_map(|one| one.file.clone()).filter(|file| file.ends_with(".csv")) {
            let text = self.tree.text(&file).map(Arc::from);
            sources.extend(text.map(|text| (file, text)));
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
mod tests;
