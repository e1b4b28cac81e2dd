//! Rows, and how they are shown.

use std::fmt;
use std::path::Path;
use std::process::Command;

/// One figure.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) work: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    /// Reached when the value is on the right side of it.
    pub(crate) target: Target,
    /// The same work done by nothing but system calls.
    pub(crate) floor: Option<f64>,
    pub(crate) note: String,
}

/// What is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    AtMost(f64),
    AtLeast(f64),
    None,
}

impl Row {
    pub(crate) fn new(work: impl Into<String>, value: f64, unit: &'static str, target: Target) -> Self {
        Self { work: work.into(), value, unit, target, floor: None, note: String::new() }
    }

    pub(crate) fn against(mut self, floor: Option<f64>) -> Self {
        self.floor = floor;
        self
    }

    pub(crate) fn noting(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    fn wanted(&self) -> String {
        match self.target {
            Target::AtMost(limit) => format!("≤ {limit}"),
            Target::AtLeast(limit) => format!("≥ {limit}"),
            Target::None => String::new(),
        }
    }

    fn verdict(&self) -> &'static str {
        match self.target {
            Target::AtMost(limit) if self.value > limit => "missed",
            Target::AtLeast(limit) if self.value < limit => "missed",
            Target::None => "",
            _ => "reached",
        }
    }

    fn ratio(&self) -> String {
        self.floor.filter(|f| *f > 0.0).map(|f| format!("{:.1} ×", self.value / f)).unwrap_or_default()
    }

    fn cells(&self) -> String {
        let value = if self.value >= 100.0 { format!("{:.0}", self.value) } else { format!("{:.3}", self.value) };
        format!(
            "| {} | {value} {} | {} | {} | {} | {} |",
            self.work,
            self.unit,
            self.wanted(),
            self.verdict(),
            self.ratio(),
            self.note
        )
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:.3} {} {} {} {}", self.work, self.value, self.unit, self.wanted(), self.verdict(), self.note)
    }
}

/// All figures of a run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
    shown: usize,
    /// Microseconds to send and to receive one RTP packet, from the floor's measure.
    pub(crate) send_us: Option<f64>,
    pub(crate) receive_us: Option<f64>,
}

const TITLE: &str = "| work | measured | target | | to the floor | note |\n|---|---|---|---|---|---|";
const BEGIN: &str = "<!-- callwright-bench: begin -->";
const END: &str = "<!-- callwright-bench: end -->";

impl Report {
    pub(crate) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Rows that were not shown yet.
    pub(crate) fn rows_of_last_measure(&mut self) -> Vec<Row> {
        let new = self.rows[self.shown..].to_vec();
        self.shown = self.rows.len();
        new
    }

    pub(crate) fn table(&self) -> String {
        let rows: Vec<String> = self.rows.iter().map(Row::cells).collect();
        format!("{TITLE}\n{}", rows.join("\n"))
    }

    pub(crate) fn json(&self) -> String {
        let row = |r: &Row| {
            serde_json::json!({ "work": r.work, "value": r.value, "unit": r.unit, "target": r.wanted(),
                "verdict": r.verdict(), "floor": r.floor, "note": r.note })
        };
        serde_json::json!({ "commit": commit(), "machine": machine(), "rows": self.rows.iter().map(row).collect::<Vec<_>>() })
            .to_string()
    }

    /// Puts the table between the marks of `docs/performance.md`, which is created when it is not there.
    pub(crate) fn write(&self, arguments: &str) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/performance.md");
        let old = std::fs::read_to_string(&file).unwrap_or_else(|_| format!("# Performance\n\n{BEGIN}\n{END}\n"));
        let profile = if cfg!(debug_assertions) { "debug (figures of a debug build mean nothing)" } else { "release" };
        let head = format!(
            "{}, commit {}, {}, {profile} build, `callwright-bench {arguments}`",
            output("date", &["-u", "+%Y-%m-%d"]),
            commit(),
            machine()
        );
        let block = format!("{BEGIN}\n{head}\n\n{}\n{END}", self.table());
        let new = match (old.find(BEGIN), old.find(END)) {
            (Some(from), Some(to)) => format!("{}{block}{}", &old[..from], &old[to + END.len()..]),
            _ => format!("{old}\n{block}\n"),
        };
        if let Err(error) = std::fs::write(&file, new) {
            eprintln!("{} cannot be written: {error}", file.display());
        }
    }
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned()).unwrap_or_default()
}

fn commit() -> String {
    output("git", &["-C", env!("CARGO_MANIFEST_DIR"), "rev-parse", "--short", "HEAD"])
}

fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|l| l.strip_prefix("model name")).unwrap_or_default();
    let cores = info.lines().filter(|l| l.starts_with("processor")).count();
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{cores} cores ({}), kernel {}", model.trim_start_matches(['\t', ' ', ':']), kernel.trim())
}
