//! A save publishes a new version; a broken save leaves the old one serving and says why.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use model::VersionId;
use notify_debouncer_full::notify::{EventKind, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};
use script::project::Shipped;
use script::{Diagnostics, Project};

use crate::directories::{Directories, Tables};
use crate::files::load_project;
use crate::inbox::{Inbox, Post};
use crate::serve::Notice;

/// Editors write in several steps; this long after the last one a save counts as done.
const SETTLED_AFTER: Duration = Duration::from_millis(80);

/// Checks a version with the project's own tests before it goes live.
pub type Verify = Arc<dyn Fn(&Path, &Arc<Project>) -> Result<(), Diagnostics> + Send + Sync>;

/// What it takes to make a version.
pub(crate) struct Publisher {
    pub(crate) root: PathBuf,
    pub(crate) shipped: Shipped,
    pub(crate) verify: Verify,
    pub(crate) post: Post,
    pub(crate) tables: Tables,
    pub(crate) notify: Arc<dyn Fn(Notice) + Send + Sync>,
}

impl Publisher {
    /// Compiles and checks the project as it lies on the disk now.
    pub(crate) fn make(&self) -> Result<Arc<Project>, Diagnostics> {
        load_project(&self.root, &self.shipped).map(Arc::new)
    }

    /// The same for the first version: a business whose own tests fail still wants its calls answered.
    pub(crate) fn make_first(&self) -> Result<Arc<Project>, Diagnostics> {
        let project = self.make()?;
        if let Err(failures) = (self.verify)(&self.root, &project) {
            (self.notify)(Notice::Doubtful(failures));
        }
        Ok(project)
    }

    fn make_tested(&self) -> Result<Arc<Project>, Diagnostics> {
        let project = self.make()?;
        (self.verify)(&self.root, &project)?;
        Ok(project)
    }

    pub(crate) fn publish(&self, project: Arc<Project>) {
        let (directories, faults) = Directories::open(&self.root, &project, &self.tables);
        for fault in faults {
            tracing::warn!(fault, "lookups give nothing");
        }
        let version = project.version.clone();
        self.post.send(Inbox::Publish(project, Arc::new(directories)));
        (self.notify)(Notice::Published(version));
    }

    fn refuse(&self, diagnostics: Diagnostics) {
        let first = diagnostics.list.first().map(|first| first.message.clone()).unwrap_or_default();
        self.post.send(Inbox::RefuseVersion(first));
        (self.notify)(Notice::Refused(diagnostics));
    }

    /// Makes a new version after every save, on a thread of its own, until the watcher is dropped.
    ///
    /// # Errors
    /// When the folder cannot be watched.
    pub(crate) fn watch(self, live: VersionId) -> Result<Watcher, notify_debouncer_full::notify::Error> {
        let (saved, saves) = channel();
        let mut watcher = new_debouncer(SETTLED_AFTER, None, move |events: DebounceEventResult| {
            if events.is_ok_and(|events| events.iter().any(|event| is_save(&event.kind, &event.paths))) {
                let _ = saved.send(()); // Nobody listens any more at shutdown.
            }
        })?;
        // Folders are watched, not files: editors write by rename.
        watcher.watch(&self.root, RecursiveMode::Recursive)?;
        std::thread::Builder::new().name("reload".into()).spawn(move || self.reload(&saves, live))?;
        Ok(Watcher { _watcher: watcher })
    }

    fn reload(&self, saves: &Receiver<()>, mut live: VersionId) {
        while saves.recv().is_ok() {
            while saves.try_recv().is_ok() {}
            match self.make_tested() {
                Ok(project) if project.version == live => {}
                Ok(project) => {
                    live = project.version.clone();
                    self.publish(project);
                }
                Err(diagnostics) => self.refuse(diagnostics),
            }
        }
    }
}

/// Keeps watching as long as it lives.
pub(crate) struct Watcher {
    _watcher: Debouncer<RecommendedWatcher, RecommendedCache>,
}

fn is_save(kind: &EventKind, paths: &[PathBuf]) -> bool {
    let changes = !matches!(kind, EventKind::Access(_));
    let ours = |path: &PathBuf| {
        !path.components().any(|part| matches!(part.as_os_str().to_str(), Some("recordings" | "cache")))
            && !path.extension().is_some_and(|extension| {
                let extension = extension.to_string_lossy();
                extension.starts_with("db") || matches!(&*extension, "spool" | "lock" | "sock")
            })
    };
    changes && paths.iter().any(ours)
}
