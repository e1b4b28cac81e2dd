//! What `lookup` reads: files of the project in memory, and systems elsewhere that are asked.

mod memory;
mod remote;
mod sql;
mod table;
mod yaml;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use script::Project;
use script::config::{DirectoryConfig, DirectoryKind};
use serde_json::Value;
use tokio::runtime::Handle;

use crate::clock::Clock;
use crate::http::Web;
use memory::{Known, Memory};
use remote::{Remote, Source};
use sql::Sql;
use table::Table;

pub(crate) use remote::percent_encoded;

/// Everything that a version can ask.
#[derive(Debug, Default)]
pub struct Directories {
    rows: BTreeMap<String, Rows>,
    elsewhere: BTreeMap<String, Arc<Remote>>,
    web: Option<Web>,
    /// In which forms numbers are the same.
    numbering: model::Numbering,
}

#[derive(Debug, Clone)]
enum Rows {
    Table(Arc<Table>),
    Map(Arc<BTreeMap<String, Value>>),
}

/// Tables that were read, shared by versions as long as their files do not change.
#[derive(Debug, Default)]
pub(crate) struct Tables(Mutex<BTreeMap<(PathBuf, String), Read>>);

#[derive(Debug)]
struct Read {
    changed_at: Option<SystemTime>,
    size: u64,
    table: Arc<Table>,
}

impl Directories {
    /// Reads the files of a version; what is elsewhere finds nothing. The second part says what could not be read.
    pub fn load(root: &Path, project: &Project) -> (Self, Vec<String>) {
        Self::read(root, project, &Tables::default())
    }

    /// The same with what is elsewhere.
    pub(crate) fn open(root: &Path, project: &Project, tables: &Tables) -> (Self, Vec<String>) {
        let (mut all, mut faults) = Self::read(root, project, tables);
        all.web = Web::new(&project.config.reach.http).map_err(|fault| faults.push(fault)).ok();
        for (name, config) in &project.config.directories {
            if let Some(source) = all.source(root, config) {
                let memory = Memory::new(config.cache, config.stale);
                all.elsewhere.insert(name.clone(), Arc::new(Remote::new(name, source, config.timeout, memory)));
            }
        }
        (all, faults)
    }

    fn read(root: &Path, project: &Project, tables: &Tables) -> (Self, Vec<String>) {
        let (mut all, mut faults) = (Self::default(), Vec::new());
        all.numbering = project.config.numbering.clone();
        for (name, directory) in &project.config.directories {
            let (file, rows) = match &directory.from {
                DirectoryKind::Csv { file, key } => (file, tables.get(&root.join(file), key).map(Rows::Table)),
                DirectoryKind::Yaml { file, key } => {
                    (file, yaml::read(&root.join(file), key.as_deref()).map(|rows| Rows::Map(Arc::new(rows))))
                }
                DirectoryKind::Http { .. } | DirectoryKind::Sql { .. } => continue,
            };
            match rows {
                Ok(rows) => drop(all.rows.insert(name.clone(), rows)),
                Err(fault) => faults.push(format!("directory `{name}`: {file}: {fault}")),
            }
        }
        tables.forget_unused();
        (all, faults)
    }

    fn source(&self, root: &Path, config: &DirectoryConfig) -> Option<Source> {
        match &config.from {
            DirectoryKind::Http { url, headers } => {
                Some(Source::Http { web: self.web.clone()?, url: url.clone(), headers: headers.clone() })
            }
            DirectoryKind::Sql { query, dsn } => Some(Source::Sql(Sql::new(root, query, dsn, config.timeout))),
            DirectoryKind::Csv { .. } | DirectoryKind::Yaml { .. } => None,
        }
    }

    /// The row with this key in a file, null when there is none. A number is found in every form.
    pub fn find(&self, directory: &str, key: &str) -> Value {
        let others = self.numbering.spellings(key).into_iter().skip(1);
        let mut forms = std::iter::once(key.to_owned()).chain(others);
        forms.find_map(|key| Some(self.row(directory, &key)).filter(|row| !row.is_null())).unwrap_or_default()
    }

    fn row(&self, directory: &str, key: &str) -> Value {
        match self.rows.get(directory) {
            Some(Rows::Table(table)) => table.find(key),
            Some(Rows::Map(rows)) => rows.get(&table::normal(key)).cloned().unwrap_or_default(),
            None => Value::Null,
        }
    }

    /// Gives what is known at once; otherwise `answer` hears it later, null when nobody knew in time.
    pub(crate) fn look_up(
        &self,
        (clock, tokio): (Clock, &Handle),
        directory: &str,
        key: &str,
        answer: impl FnOnce(Value) + Send + 'static,
    ) -> Option<Value> {
        let Some(remote) = self.elsewhere.get(directory) else {
            return Some(self.find(directory, key));
        };
        match remote.recall(clock, key) {
            Known::Answer(value) => Some(value),
            Known::Ask(old) => {
                let (remote, key) = (remote.clone(), key.to_owned());
                tokio.spawn(async move { answer(remote.ask(clock, key, old).await) });
                None
            }
        }
    }

    /// The way out of this version.
    pub(crate) fn web(&self) -> Option<&Web> {
        self.web.as_ref()
    }
}

impl Tables {
    fn get(&self, path: &Path, key: &str) -> Result<Arc<Table>, String> {
        let about = std::fs::metadata(path).map_err(|error| error.to_string())?;
        let (changed_at, size) = (about.modified().ok(), about.len());
        let name = (path.to_owned(), key.to_owned());
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&name).and_then(|read| {
            let same = read.changed_at.is_some() && (read.changed_at, read.size) == (changed_at, size);
            same.then(|| read.table.clone())
        });
        if let Some(table) = known {
            return Ok(table);
        }
        let table = Arc::new(Table::read_csv(path, key)?);
        tracing::info!(file = %path.display(), rows = table.len(), "read a directory");
        let read = Read { changed_at, size, table: table.clone() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, read);
        Ok(table)
    }

    /// Lets go of what no version has any more.
    fn forget_unused(&self) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, read| Arc::strong_count(&read.table) > 1);
    }
}
