//! Running scenario files and telling what came of them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use model::{AgentId, Fact, LegId, QueueId, Source, WallTime, short_duration};
use script::config::AgentConfig;
use script::{Diagnostic, Diagnostics, Project, SourceTree};

use super::expect::Ended;
use super::file::{StepKind, Test, read_file};
use super::play::{Failure, Story};
use crate::call::number_of_flow;
use crate::outside::Outside;
use crate::report::{clock_time, trace_hash, trace_line};
use crate::world::World;

/// How tests are run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only tests whose name contains this text.
    pub only: Option<String>,
    /// Decides all chance.
    pub seed: u64,
    /// The project as the user named it, for the line that says how to run a test again.
    pub folder: String,
}

/// What came of all tests.
#[derive(Debug, Clone, Default)]
pub struct TestReport {
    /// In the order of files and of tests in them.
    pub tests: Vec<TestResult>,
    /// The files' texts, for the snippets.
    pub sources: BTreeMap<Arc<str>, Arc<str>>,
}

/// What came of one test.
#[derive(Debug, Clone)]
pub struct TestResult {
    /// Project-relative file.
    pub file: String,
    /// The test's name; the file's when it cannot be read.
    pub name: String,
    /// Why it failed; empty when it passed.
    pub diagnostics: Vec<Diagnostic>,
    /// From the arrival of the call until nothing was left to happen.
    pub virtual_time: Duration,
    /// The journal with clock times.
    pub trace: String,
    /// The same for the same seed.
    pub trace_hash: String,
}

impl TestResult {
    /// Did everything go as written?
    pub fn passed(&self) -> bool {
        self.diagnostics.is_empty()
    }
}

impl TestReport {
    /// How many failed.
    pub fn failed(&self) -> usize {
        self.tests.iter().filter(|test| !test.passed()).count()
    }

    /// What keeps a version from going live: every failure, with the texts that they point into.
    ///
    /// # Errors
    /// When a test failed.
    pub fn verdict(&self) -> Result<(), Diagnostics> {
        let list: Vec<Diagnostic> = self.tests.iter().flat_map(|test| test.diagnostics.iter().cloned()).collect();
        if list.is_empty() { Ok(()) } else { Err(Diagnostics { list, sources: self.sources.clone() }) }
    }

    /// One line per test, failures explained below their line.
    pub fn render(&self, color: bool) -> String {
        let mut text = String::new();
        for test in &self.tests {
            let word = if test.passed() { "ok    " } else { "FAILED" };
            let time = short_duration(test.virtual_time);
            let _ = writeln!(text, "{word} {}: {} ({time})", test.file, test.name);
            if !test.passed() {
                let found = Diagnostics { list: test.diagnostics.clone(), sources: self.sources.clone() };
                let _ = writeln!(text, "\n{}", found.render(color));
            }
        }
        text
    }

    /// `12 tests: 11 passed, 1 failed, 8m12s of calls`
    pub fn summary(&self) -> String {
        let (all, failed) = (self.tests.len(), self.failed());
        let time: Duration = self.tests.iter().map(|test| test.virtual_time).sum();
        format!("{all} tests: {} passed, {failed} failed, {} of calls", all - failed, short_duration(time))
    }
}

/// The scenario files of a project, by path.
pub fn scenario_files(tree: &SourceTree) -> Vec<(String, String)> {
    let files = tree.iter().filter(|(path, _)| path.ends_with(".test.yaml"));
    files.filter_map(|(path, _)| Some((path.to_owned(), tree.text(path)?.to_owned()))).collect()
}

/// Runs every test of `files` (path and text) against a version of the project.
pub fn run_tests(
    project: &Arc<Project>,
    files: &[(String, String)],
    options: &Options,
    outside: Outside<'_>,
) -> TestReport {
    let mut report = TestReport::default();
    for (file, text) in files {
        report.sources.insert(file.as_str().into(), text.as_str().into());
        match read_file(file, text, &project.config.time_zone) {
            Ok(tests) => {
                let wanted = |test: &&Test| options.only.as_ref().is_none_or(|only| test.name.contains(only));
                let run = |test: &Test| Bench { project, file, text, options, test }.run(outside);
                report.tests.extend(tests.iter().filter(wanted).map(run));
            }
            Err(diagnostics) => report.tests.push(unreadable(file, diagnostics)),
        }
    }
    report
}

fn unreadable(file: &str, diagnostics: Vec<Diagnostic>) -> TestResult {
    TestResult {
        file: file.to_owned(),
        name: "cannot be read".to_owned(),
        diagnostics,
        virtual_time: Duration::ZERO,
        trace: String::new(),
        trace_hash: String::new(),
    }
}

pub(super) struct Bench<'b> {
    pub(super) project: &'b Arc<Project>,
    pub(super) file: &'b str,
    pub(super) text: &'b str,
    options: &'b Options,
    pub(super) test: &'b Test,
}

impl Bench<'_> {
    fn run(&self, outside: Outside<'_>) -> TestResult {
        let mut world = World::new(self.options.seed, self.test.clock, outside);
        world.set_directories(self.test.directories.clone());
        let leg = match self.begin(&mut world) {
            Ok(leg) => leg,
            Err(diagnostic) => return unreadable_test(self.file, &self.test.name, *diagnostic),
        };
        let mut found = Vec::new();
        if let Some(leg) = leg {
            let mut story = Story::new(&mut world, self.project, leg);
            for step in &self.test.steps {
                if let Err(failure) = story.step(step) {
                    found.push(self.explain(&failure, step.span.clone()));
                    break;
                }
            }
        }
        while world.step() {}
        let call = leg.and_then(|leg| world.call_of(leg));
        let entries = world.journal().iter().filter(|entry| entry.call.is_some() && entry.call == call);
        let ended = Ended {
            entries: entries.collect(),
            moments: leg.map(|leg| world.moments(leg)).unwrap_or_default(),
            language: &self.project.config.language,
            result: self.result(&world),
        };
        if found.is_empty() {
            found.extend(self.flow_failure(&ended));
            let end = ended.over_at();
            for (expectation, span) in &self.test.expect {
                let missed = ended.miss(expectation);
                let failure = missed.map(|message| Failure { message, at: end, place: None, then: Vec::new() });
                found.extend(failure.map(|failure| self.explain(&failure, span.clone())));
            }
        }
        let zone = &self.project.config.time_zone;
        TestResult {
            file: self.file.to_owned(),
            name: self.test.name.clone(),
            diagnostics: found,
            virtual_time: ended.entries.last().map_or(Duration::ZERO, |last| last.at - model::Timestamp::ZERO),
            trace: world.journal().iter().map(|entry| trace_line(entry, zone) + "\n").collect(),
            trace_hash: trace_hash(world.journal()),
        }
    }

    /// The world with its people, and the call: somebody calls, or is called by a campaign.
    fn begin(&self, world: &mut World<'_>) -> Result<Option<LegId>, Box<Diagnostic>> {
        let number = match &self.test.outgoing {
            Some(_) => None,
            None => Some(self.number()?),
        };
        let project = self.without_lists(&self.staffed()?);
        world.publish(project.clone());
        let (work, next) = super::mail::restored(&self.test.messages, self.test.clock);
        world.restore(work, next);
        world.populate(&project, self.test.people.clone());
        match (&self.test.outgoing, number) {
            (Some(campaign), _) => self.call_out(world, campaign),
            (None, number) => Ok(Some(world.call_in(&self.test.from, &number.unwrap_or_default(), self.source()))),
        }
    }

    /// An agent's extension calls from his own phone.
    fn source(&self) -> Source {
        let agents = &self.project.config.agents;
        let his = agents.iter().find(|(_, agent)| agent.extension.as_ref() == Some(&self.test.from));
        his.map_or(Source::Local, |(id, _)| Source::Agent(id.clone()))
    }

    /// The project with the agents' queues as the test has them.
    fn staffed(&self) -> Result<Arc<Project>, Box<Diagnostic>> {
        let queues = &self.project.config.queues;
        let mut posts: BTreeMap<AgentId, BTreeMap<QueueId, u8>> = BTreeMap::new();
        for (name, wanted) in &self.test.posts {
            let agent = AgentId::parse(name).map_err(|error| {
                let diagnostic = Diagnostic::error("bad-name", error.to_string());
                Box::new(diagnostic.at(self.file, self.text, self.test.span.clone()))
            })?;
            let own = self.project.config.agents.get(&agent);
            let post = posts.entry(agent).or_default();
            for (queue, span) in wanted {
                let Some(id) = queues.keys().find(|id| id.as_str() == queue) else {
                    let unknown = Diagnostic::error("unknown-queue", format!("unknown queue `{queue}`"));
                    let unknown = unknown.suggest(queue, queues.keys().map(QueueId::as_str));
                    return Err(Box::new(unknown.at(self.file, self.text, span.clone())));
                };
                let tier = own.and_then(|own| own.queues.get(id)).copied().unwrap_or(1);
                post.insert(id.clone(), tier);
            }
        }
        if posts.is_empty() {
            return Ok(self.project.clone());
        }
        let version = self.project.version.clone();
        Ok(Arc::new(self.project.altered(version, |config| {
            for (agent, queues) in posts {
                config.agents.entry(agent.clone()).or_insert_with(|| AgentConfig::made_up(&agent)).queues = queues;
            }
        })))
    }

    /// The number that leads to the test's flow.
    fn number(&self) -> Result<String, Box<Diagnostic>> {
        let leads = |number: &str| self.project.config.numbers.flow_for(number).map(str::to_owned);
        let fail = |message: String| {
            let diagnostic = Diagnostic::error("no-number", message);
            Box::new(diagnostic.at(self.file, self.text, self.test.span.clone()))
        };
        match (&self.test.flow, &self.test.to) {
            (Some(flow), Some(to)) if leads(to).as_ref() != Some(flow) => {
                let other = leads(to).unwrap_or_else(|| "no flow".to_owned());
                Err(fail(format!("number `{to}` leads to {other}, not to `{flow}`")))
            }
            (_, Some(to)) => Ok(to.clone()),
            (Some(flow), None) => {
                let numbers = &self.project.config.numbers;
                let known = numbers.exact.values().chain(numbers.prefixes.values()).chain(&numbers.default);
                number_of_flow(numbers, flow).ok_or_else(|| {
                    let diagnostic = fail(format!("no number of `numbers:` leads to `{flow}`"));
                    Box::new((*diagnostic).suggest(flow, known.map(String::as_str)))
                })
            }
            (None, None) => Err(fail("neither `flow` nor `to` says which flow is meant".to_owned())),
        }
    }

    /// A flow that failed fails its test, unless the story says that it should.
    fn flow_failure(&self, ended: &Ended<'_>) -> Option<Diagnostic> {
        let expected = StepKind::Hears("technical-problem".to_owned());
        if self.test.steps.iter().any(|step| step.what == expected) {
            return None;
        }
        let (at, message, place) = ended.entries.iter().find_map(|entry| match &entry.fact {
            Fact::FlowFailed { message, place } => Some((entry.at, message, place)),
            _ => None,
        })?;
        let message = format!("the flow failed: {message}");
        let failure = Failure { message, at, place: None, then: Vec::new() };
        let mut diagnostic = self.explain(&failure, self.test.span.clone());
        if let Some(place) = place {
            diagnostic.help.insert(0, format!("it failed at {place}:{}", place.column));
        }
        Some(diagnostic)
    }

    fn explain(&self, failure: &Failure, span: std::ops::Range<usize>) -> Diagnostic {
        let clock = |at: model::Timestamp| {
            let wall: WallTime = self.test.clock + (at - model::Timestamp::ZERO);
            clock_time(wall, &self.project.config.time_zone)
        };
        let mut diagnostic = Diagnostic::error("step-failed", failure.message.clone())
            .at(self.file, self.text, span)
            .label(format!("at {}", clock(failure.at)));
        if let Some(place) = &failure.place {
            diagnostic = diagnostic.help(format!("played by {place}"));
        }
        if !failure.then.is_empty() {
            diagnostic = diagnostic.help(format!("then heard `{}`", failure.then.join("`, `")));
        }
        let (folder, name) = (&self.options.folder, &self.test.name);
        diagnostic.help(format!("rerun: callwright test {folder} --only \"{name}\" --trace"))
    }
}

fn unreadable_test(file: &str, name: &str, diagnostic: Diagnostic) -> TestResult {
    TestResult { name: name.to_owned(), ..unreadable(file, vec![diagnostic]) }
}
