//! What `lookup` reads: CSV files of the project, indexed by their key column.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use script::Project;
use script::config::DirectoryKind;
use serde_json::{Map, Value};

/// The rows of all directories of a version.
#[derive(Debug, Default)]
pub struct Directories {
    tables: BTreeMap<String, Arc<BTreeMap<String, Value>>>,
}

impl Directories {
    /// Reads the CSV files of a version. The second part says what could not be read, one line each.
    pub fn load(root: &Path, project: &Project) -> (Self, Vec<String>) {
        let mut tables = BTreeMap::new();
        let mut faults = Vec::new();
        for (name, directory) in &project.config.directories {
            if let DirectoryKind::Csv { file, key } = &directory.from {
                match read_csv(&root.join(file), key) {
                    Ok(table) => drop(tables.insert(name.clone(), Arc::new(table))),
                    Err(fault) => faults.push(format!("directory `{name}`: {file}: {fault}")),
                }
            }
        }
        (Self { tables }, faults)
    }

    /// The row with this key, null when there is none.
    pub fn find(&self, directory: &str, key: &str) -> Value {
        let row = self.tables.get(directory).and_then(|table| table.get(&normal(key)));
        row.cloned().unwrap_or(Value::Null)
    }
}

/// Numbers are the same with and without spaces, dashes and brackets.
fn normal(key: &str) -> String {
    let is_number = key.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')'));
    if is_number { key.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect() } else { key.to_owned() }
}

/// Reads a table; `true` and `false` become booleans, everything else stays text.
pub fn read_csv(path: &Path, key: &str) -> Result<BTreeMap<String, Value>, String> {
    let mut reader = csv::Reader::from_path(path).map_err(|error| error.to_string())?;
    let headers = reader.headers().map_err(|error| error.to_string())?.clone();
    let Some(column) = headers.iter().position(|name| name == key) else {
        let columns: Vec<&str> = headers.iter().collect();
        return Err(format!("no column `{key}`; there are {}", columns.join(", ")));
    };
    let mut table = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let cells = headers.iter().zip(record.iter()).map(|(name, cell)| (name.to_owned(), value(cell)));
        let row: Map<String, Value> = cells.collect();
        table.insert(normal(record.get(column).unwrap_or_default()), Value::Object(row));
    }
    Ok(table)
}

fn value(cell: &str) -> Value {
    match cell {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "" => Value::Null,
        text => Value::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_number_however_it_is_written() {
        let path = std::env::temp_dir().join(format!("callwright-directory-{}.csv", std::process::id()));
        std::fs::write(&path, "phone,name,vip\n+49 30 (111)-11,Ada,true\n").unwrap();
        let table = read_csv(&path, "phone").unwrap();
        assert_eq!(table["+493011111"]["vip"], Value::Bool(true));
        assert!(read_csv(&path, "number").unwrap_err().contains("there are phone, name, vip"));
        std::fs::remove_file(path).unwrap();
    }
}
