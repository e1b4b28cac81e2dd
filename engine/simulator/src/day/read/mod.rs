//! Reading `*.day.yaml` against a project: every complaint points at its line.

mod agents;
mod callers;
mod campaigns;
mod columns;
mod expect;
mod faults;
mod values;

use std::ops::Range;
use std::time::Duration;

use script::config::tree::{Node, parse};
use script::{Diagnostic, Project, SourceTree};

use super::clock::Clock;
use super::file::Day;
use crate::reader::Reader;
use crate::world::FakeDirectories;

/// Monday morning.
const USUAL_CLOCK: &str = "2026-03-02 08:00";
/// Longer days are mistakes.
const RUNS_FOR_MAX: Duration = Duration::from_secs(31 * 86_400);

const KEYS: [&str; 11] = [
    "clock",
    "runs_for",
    "warm_up",
    "seed",
    "callers",
    "campaigns",
    "agents",
    "directories",
    "http",
    "faults",
    "expect",
];

/// The day files of a project, by path, with their texts.
pub fn day_files(tree: &SourceTree) -> Vec<(String, String)> {
    let files = tree.iter().filter(|(path, _)| path.ends_with(".day.yaml"));
    files.filter_map(|(path, _)| Some((path.to_owned(), tree.text(path)?.to_owned()))).collect()
}

impl Day {
    /// Reads a day file `name` for a project; CSV files that it names are looked for in `files`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(name: &str, text: &str, project: &Project, files: &SourceTree) -> Result<Day, Vec<Diagnostic>> {
        let mut reader = Reader::new(name, text);
        let root = match parse(text) {
            Ok(root) => root,
            Err(broken) => {
                reader.error(&broken.span, "bad-yaml", broken.message);
                return Err(reader.found);
            }
        };
        let mut page = Page { reader, name, project, files, clock: usual_clock(project) };
        let day = page.day(&root);
        if page.reader.found.is_empty() { Ok(day) } else { Err(page.reader.found) }
    }
}

/// A file that is being read, and what its names must be known by.
struct Page<'p> {
    reader: Reader<'p>,
    name: &'p str,
    project: &'p Project,
    files: &'p SourceTree,
    clock: Clock,
}

impl Page<'_> {
    fn day(&mut self, root: &Node) -> Day {
        let fields = self.reader.fields(root, "a day", &KEYS);
        if let Some(node) = fields.get("clock") {
            self.clock(node);
        }
        let runs_for = fields.get("runs_for").and_then(|node| Some((self.reader.duration(node, "runs_for")?, node)));
        let runs_for = match runs_for {
            Some((time, node)) if time.is_zero() || time > RUNS_FOR_MAX => {
                self.error(&node.span, "bad-duration", "a day runs for some time, and at most 31 days");
                Duration::ZERO
            }
            Some((time, _)) => time,
            None if fields.contains_key("runs_for") => Duration::ZERO,
            None => {
                self.error(&root.span, "missing-key", "this day has no `runs_for`, write `runs_for: 9h`");
                Duration::ZERO
            }
        };
        let warm_up = fields.get("warm_up").and_then(|node| Some((self.reader.duration(node, "warm_up")?, node)));
        let warm_up = warm_up.map_or(Duration::ZERO, |(time, node)| {
            if time >= runs_for {
                self.error(&node.span, "bad-duration", "a day that is all `warm_up` has no figures");
            }
            time
        });
        let seed = fields.get("seed").and_then(|node| self.whole(node, "seed", 0..=u64::MAX)).unwrap_or(1);
        let mut callers = match fields.get("callers") {
            Some(node) => self.all_callers(node),
            None if fields.contains_key("campaigns") => Vec::new(),
            None => {
                self.error(&root.span, "missing-key", "this day has no `callers`");
                Vec::new()
            }
        };
        let campaigns = fields.get("campaigns").map(|node| self.campaigns(node, &mut callers)).unwrap_or_default();
        let agents = match fields.get("agents") {
            Some(node) => self.agent_rows(node),
            None => self.everybody(),
        };
        let rows = fields.get("directories").map(|node| crate::scenario::directories(&mut self.reader, node));
        let web = fields.get("http").map(|node| crate::scenario::web(&mut self.reader, node));
        let directories = FakeDirectories { web: web.unwrap_or_default(), ..rows.unwrap_or_default() };
        let faults = fields.get("faults").map(|node| self.faults(node, &agents, runs_for)).unwrap_or_default();
        let targets = fields.get("expect").map(|node| self.targets(node)).unwrap_or_default();
        Day {
            name: self.name.to_owned(),
            starts: self.clock.wall(),
            runs_for,
            warm_up,
            seed,
            clock: self.clock.clone(),
            callers,
            campaigns,
            agents,
            directories,
            faults,
            targets,
        }
    }

    fn clock(&mut self, node: &Node) {
        let Some(text) = self.reader.text(node, "clock") else { return };
        match Clock::read(&text, &self.project.config.time_zone) {
            Some(clock) => self.clock = clock,
            None => self.error(&node.span, "bad-time", format!("`{text}` is no time, write \"2026-03-02 08:00\"")),
        }
    }

    fn error(&mut self, span: &Range<usize>, code: &'static str, message: impl Into<String>) {
        self.reader.error(span, code, message);
    }
}

fn usual_clock(project: &Project) -> Clock {
    Clock::read(USUAL_CLOCK, &project.config.time_zone).expect("no time zone skips a Monday morning")
}
