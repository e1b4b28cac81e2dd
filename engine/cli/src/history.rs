//! The store of a project, opened for reading beside whoever serves from it.

use std::path::Path;

use model::WallTime;
use script::config::{Config, NO_SECRET};
use script::project::CONFIG_FILE;
use store::Store;

/// A project's store, and the configuration whose time zone shows its times.
pub(crate) struct History {
    pub(crate) store: Store,
    pub(crate) config: Config,
    pub(crate) tokio: tokio::runtime::Runtime,
}

impl History {
    /// Opens the store that `callwright.yaml` names.
    pub(crate) fn open(folder: &Path) -> Result<Self, String> {
        let config = config_of(folder)?;
        let tokio = tokio()?;
        let store =
            tokio.block_on(Store::open_to_read(config.store.expose(), folder)).map_err(|error| error.to_string())?;
        Ok(Self { store, config, tokio })
    }

    /// The same for writing, while no server serves from it: what a dead run left open is mended on the way.
    pub(crate) fn open_to_write(folder: &Path, now: WallTime) -> Result<Self, String> {
        let config = config_of(folder)?;
        let tokio = tokio()?;
        let opened = tokio.block_on(Store::open(config.store.expose(), folder, now));
        let (store, _) = opened.map_err(|error| error.to_string())?;
        Ok(Self { store, config, tokio })
    }

    /// A time as the project's clock shows it; `format` is strftime's.
    pub(crate) fn local(&self, at: WallTime, format: &str) -> String {
        match jiff::Timestamp::from_microsecond(at.0) {
            Ok(time) => time.to_zoned(self.config.time_zone.clone()).strftime(format).to_string(),
            Err(_) => at.0.to_string(),
        }
    }
}

/// A project's configuration, of whose secrets only the store's own is needed.
pub(crate) fn config_of(folder: &Path) -> Result<Config, String> {
    let file = folder.join(CONFIG_FILE);
    let text = std::fs::read_to_string(&file).map_err(|error| format!("cannot read `{}`: {error}", file.display()))?;
    let env = |name: &str| Some(std::env::var(name).unwrap_or_else(|_| NO_SECRET.to_owned()));
    let read = |path: &str| Ok(std::fs::read_to_string(folder.join(path)).unwrap_or_else(|_| NO_SECRET.to_owned()));
    let config = Config::parse(CONFIG_FILE, &text, &env, &read);
    config.map_err(|_| format!("`{}` has errors; `callwright check` shows them", file.display()))
}

/// What runs a command's questions to the store.
pub(crate) fn tokio() -> Result<tokio::runtime::Runtime, String> {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build();
    tokio.map_err(|error| format!("cannot start: {error}"))
}
