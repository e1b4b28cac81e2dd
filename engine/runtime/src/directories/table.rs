//! Rows of a file in memory: one block of bytes, one sorted index, a million rows in less than their CSV and 16 MB.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::BufReader;
use std::path::Path;

use serde_json::{Map, Value};

/// The rows of one directory, found by key. Of rows with the same key the last counts.
#[derive(Debug, Default)]
pub(crate) struct Table {
    columns: Vec<String>,
    /// Index of the key among the columns.
    key: usize,
    /// Each cell as its length (four bytes, little-endian) and its bytes, row after row.
    cells: Vec<u8>,
    /// Hash of the key and where its row begins, sorted.
    index: Vec<(u64, u32)>,
}

impl Table {
    /// Reads a CSV file.
    ///
    /// # Errors
    /// When it cannot be read, has no such column or is too large.
    pub(crate) fn read_csv(path: &Path, key: &str) -> Result<Self, String> {
        let file = File::open(path).map_err(|error| error.to_string())?;
        let expected = file.metadata().map_or(0, |meta| usize::try_from(meta.len()).unwrap_or(0));
        let mut reader = csv::Reader::from_reader(BufReader::with_capacity(1 << 16, file));
        let columns: Vec<String> =
            reader.headers().map_err(|error| error.to_string())?.iter().map(str::to_owned).collect();
        let Some(key) = columns.iter().position(|name| name == key) else {
            return Err(format!("no column `{key}`; there are {}", columns.join(", ")));
        };
        // Lengths take what commas and quotes leave, and three bytes more.
        let mut table = Self { columns, key, cells: Vec::with_capacity(expected + expected / 4), index: Vec::new() };
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(|error| error.to_string())? {
            table.push(&record)?;
        }
        table.cells.shrink_to_fit();
        table.index.shrink_to_fit();
        // Offsets grow with rows: sorted, the last row of a key is the last of its hash.
        table.index.sort_unstable();
        Ok(table)
    }

    fn push(&mut self, record: &csv::StringRecord) -> Result<(), String> {
        let at = u32::try_from(self.cells.len()).map_err(|_| "more than 4 GB of rows".to_owned())?;
        for cell in record {
            let length = u32::try_from(cell.len()).map_err(|_| "a cell is longer than 4 GB".to_owned())?;
            self.cells.extend_from_slice(&length.to_le_bytes());
            self.cells.extend_from_slice(cell.as_bytes());
        }
        self.index.push((hash(&normal(record.get(self.key).unwrap_or_default())), at));
        Ok(())
    }

    /// The row with this key, null when there is none.
    pub(crate) fn find(&self, key: &str) -> Value {
        let key = normal(key);
        let wanted = hash(&key);
        let end = self.index.partition_point(|(hash, _)| *hash <= wanted);
        let same = self.index[..end].iter().rev().take_while(|(hash, _)| *hash == wanted);
        let found = same.map(|(_, at)| *at).find(|at| self.cell(*at, self.key).is_some_and(|cell| normal(cell) == key));
        found.map_or(Value::Null, |at| self.row(at))
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    fn cell(&self, at: u32, column: usize) -> Option<&str> {
        self.row_cells(at).nth(column)
    }

    fn row(&self, at: u32) -> Value {
        let cells = self.columns.iter().zip(self.row_cells(at)).map(|(name, cell)| (name.clone(), value(cell)));
        Value::Object(cells.collect::<Map<_, _>>())
    }

    fn row_cells(&self, at: u32) -> impl Iterator<Item = &str> {
        let mut rest = self.cells.get(at as usize..).unwrap_or_default();
        (0..self.columns.len()).map_while(move |_| {
            let (length, more) = rest.split_first_chunk::<4>()?;
            let (cell, more) = more.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            rest = more;
            std::str::from_utf8(cell).ok()
        })
    }
}

/// Numbers are the same with and without spaces, dashes and brackets, with `+` and with `00`.
pub(super) fn normal(key: &str) -> String {
    let is_number = key.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')'));
    if is_number { model::Numbering::default().canonical(key) } else { key.to_owned() }
}

fn hash(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// `true` and `false` become booleans, an empty cell nothing, everything else stays text.
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

    fn table(text: &str, key: &str) -> Result<Table, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, text).unwrap();
        Table::read_csv(&path, key)
    }

    #[test]
    fn rows_are_found_by_number_however_it_is_written() {
        let rows = table("phone,name,vip\n+49 30 (111)-11,Ada,true\n+493022222,\"Bo, jr\",\n", "phone").unwrap();
        assert_eq!(
            rows.find("+493011111"),
            serde_json::json!({ "phone": "+49 30 (111)-11", "name": "Ada", "vip": true })
        );
        assert_eq!(rows.find("+49 30 222-22")["name"], "Bo, jr");
        assert_eq!(rows.find("004930 22222")["name"], "Bo, jr");
        assert_eq!(rows.find("+493022222")["vip"], Value::Null);
        assert_eq!((rows.find("+493033333"), rows.find(""), rows.len()), (Value::Null, Value::Null, 2));
    }

    #[test]
    fn the_last_row_of_a_key_counts() {
        let rows = table("id,state\n7,old\n8,x\n7,new\n", "id").unwrap();
        assert_eq!(rows.find("7")["state"], "new");
    }

    #[test]
    fn what_is_no_table_says_so() {
        assert!(table("phone,name\n", "number").unwrap_err().contains("there are phone, name"));
        assert!(table("a,b\n1\n", "a").unwrap_err().contains("previous record"), "a short row");
        assert_eq!(table("a,b\n", "a").unwrap().find("1"), Value::Null);
        assert!(Table::read_csv(Path::new("/nowhere.csv"), "a").is_err());
    }
}
