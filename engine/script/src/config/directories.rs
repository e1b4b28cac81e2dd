//! `directories:`, what `lookup` reads.

use std::collections::BTreeMap;
use std::time::Duration;

use super::reader::{Fields, Reader};
use super::tree::{Key, Node, Value};
use super::{Config, ReferenceKind, Secret, values, web};

/// Deadline of a lookup when none is given.
const TIMEOUT: Duration = Duration::from_millis(800);

/// `directories.<name>:`
#[derive(Debug, Clone)]
pub struct DirectoryConfig {
    /// Where the rows are.
    pub from: DirectoryKind,
    /// Deadline of one lookup. Default 800 ms.
    pub timeout: Duration,
    /// How long an answer is good for; none asks each time. "Nothing found" is kept a tenth as long.
    pub cache: Option<Duration>,
    /// How long an old answer is better than none when the directory fails.
    pub stale: Option<Duration>,
}

/// Kinds of directories.
#[derive(Debug, Clone)]
pub enum DirectoryKind {
    /// A CSV file of the project and the column that is the key.
    Csv {
        /// Project-relative path.
        file: String,
        /// Column.
        key: String,
    },
    /// A YAML file of the project: a list of rows with a key, or a map from keys to rows.
    Yaml {
        /// Project-relative path.
        file: String,
        /// Field that is the key; none when the file is a map.
        key: Option<String>,
    },
    /// A web service; `{key}` is replaced.
    Http {
        /// Address.
        url: String,
        /// Header fields.
        headers: BTreeMap<String, Secret>,
    },
    /// A query with one parameter, `$1`.
    Sql {
        /// The query.
        query: String,
        /// Where.
        dsn: Secret,
    },
}

impl DirectoryKind {
    /// Are the rows in memory?
    pub fn is_file(&self) -> bool {
        matches!(self, DirectoryKind::Csv { .. } | DirectoryKind::Yaml { .. })
    }
}

impl Reader<'_> {
    pub(super) fn directories(&mut self, node: &Node) -> BTreeMap<String, DirectoryConfig> {
        let rows = self.entries(node, "directories");
        let all = rows.into_iter().map(|(key, value)| Some((key.text.clone(), self.directory(value, key)?)));
        all.collect::<Vec<_>>().into_iter().flatten().collect()
    }

    fn directory(&mut self, node: &Node, key: &Key) -> Option<DirectoryConfig> {
        let what = format!("directories.{}", key.text);
        let known = ["csv", "yaml", "key", "http", "headers", "sql", "dsn", "timeout", "cache", "stale"];
        let fields = self.fields(node, &what, &known);
        let mut time = |key| fields.get(key).and_then(|node| self.some_time(node, key));
        let (timeout, cache, stale) = (time("timeout").unwrap_or(TIMEOUT), time("cache"), time("stale"));
        let kinds = ["csv", "yaml", "http", "sql"];
        let kinds: Vec<&str> = kinds.into_iter().filter(|kind| fields.get(kind).is_some()).collect();
        let &[kind] = kinds.as_slice() else {
            let message = format!("`{what}` needs exactly one of `csv`, `yaml`, `http`, `sql`");
            self.error("bad-directory", &key.span, message);
            return None;
        };
        let source = fields.get(kind)?;
        let from = match kind {
            "csv" => self.csv_directory(source, &fields, &what)?,
            "yaml" => self.yaml_directory(source, &fields)?,
            "sql" => self.sql_directory(source, &fields, &what)?,
            _ => self.http_directory(source, &fields)?,
        };
        self.advise_directory(&fields, &from);
        Some(DirectoryConfig { from, timeout, cache, stale })
    }

    fn csv_directory(&mut self, source: &Node, fields: &Fields<'_>, what: &str) -> Option<DirectoryKind> {
        let file = self.parsed(source, "csv", "bad-path", values::project_path)?;
        self.refer(ReferenceKind::Csv, &file, &source.span);
        let Some(column) = fields.get("key") else {
            let message = format!("`{what}` does not say which column is the `key`");
            self.error("missing-key", &source.span, message);
            return None;
        };
        Some(DirectoryKind::Csv { file, key: self.text(column, "key")? })
    }

    fn yaml_directory(&mut self, source: &Node, fields: &Fields<'_>) -> Option<DirectoryKind> {
        let file = self.parsed(source, "yaml", "bad-path", values::project_path)?;
        self.refer(ReferenceKind::Csv, &file, &source.span);
        let key = fields.get("key").and_then(|node| self.text(node, "key"));
        Some(DirectoryKind::Yaml { file, key })
    }

    fn http_directory(&mut self, source: &Node, fields: &Fields<'_>) -> Option<DirectoryKind> {
        let url = self.parsed(source, "http", "bad-url", web_address)?;
        let headers = fields.get("headers").map(|node| self.headers(node, "headers")).unwrap_or_default();
        Some(DirectoryKind::Http { url, headers })
    }

    fn sql_directory(&mut self, source: &Node, fields: &Fields<'_>, what: &str) -> Option<DirectoryKind> {
        let query = self.text(source, "sql")?;
        if !query.contains("$1") {
            let message = "the query says nowhere `$1`, the key that is looked for";
            self.error("bad-query", &source.span, message);
        }
        let first = query.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        if !matches!(first.as_str(), "select" | "with" | "values") {
            self.error("bad-query", &source.span, format!("a lookup only reads: write `select …`, not `{first} …`"));
        }
        let Some(node) = fields.get("dsn") else {
            let message = format!("`{what}` does not say where, `dsn: env:NAME`");
            self.error("missing-key", &source.span, message);
            return None;
        };
        let dsn = match &node.value {
            // A file's name is no secret.
            Value::Text(text) if text.starts_with("sqlite:") => Secret::new(text.trim()),
            _ => self.secret(node, "dsn")?,
        };
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| dsn.expose().starts_with(scheme)) {
            let message = "`dsn` begins with `postgres://` or `sqlite:`";
            // Whoever reads the configuration without its secrets must not stumble over this.
            self.warning("bad-dsn", &node.span, message);
        }
        Some(DirectoryKind::Sql { query, dsn })
    }

    fn advise_directory(&mut self, fields: &Fields<'_>, from: &DirectoryKind) {
        for key in ["timeout", "cache", "stale"] {
            if let Some(node) = fields.get(key).filter(|_| from.is_file()) {
                let message = format!("`{key}` is for `http` and `sql`: a file's rows are in memory");
                self.warning("without-effect", &node.span, message);
            }
        }
        if let Some(node) = fields.get("stale").filter(|_| !from.is_file() && fields.get("cache").is_none()) {
            let one = self.warning("without-effect", &node.span, "`stale` needs answers that were kept");
            one.help.push("add `cache: 5m`".into());
        }
    }

    /// Boxes whose messages are to be mailed by nobody.
    pub(super) fn advise_boxes(&mut self, node: &Node, config: &Config) {
        for (key, _) in self.entries(node, "boxes") {
            let mailed = config.boxes.get(&key.text).is_some_and(|found| found.email.is_some());
            if mailed && config.reach.mail.is_none() {
                let message = format!("messages of box `{}` are not mailed: there is no `mail:`", key.text);
                let one = self.warning("not-configured", &key.span, message);
                one.help.push("add `mail: { server: \"smtps://mail.example\", from: desk@clinic.example }`".into());
            }
        }
    }
}

fn web_address(text: &str) -> Result<String, String> {
    if web::host_of(text).is_none() {
        return Err(format!("`{text}` is no web address, write `https://crm.example/by-phone/{{key}}`"));
    }
    if text.contains("{key}") {
        web::address(text)
    } else {
        Err("the address says nowhere `{key}`, what is looked for".into())
    }
}
