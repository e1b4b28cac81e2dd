//! One statement and one row for both back ends: `$n` placeholders, numbers and texts, nothing else.
//!
//! Every column is a 64-bit number or a text; write `CAST(sum(x) AS BIGINT)` where PostgreSQL would widen the type.

use std::borrow::Cow;
use std::fmt::Write as _;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, AssertSqlSafe, Decode, Postgres, Row as _, Sqlite, Type};

use crate::StoreError;

/// A statement with its values.
#[derive(Debug, Clone)]
pub(crate) struct Sql {
    text: Cow<'static, str>,
    values: Vec<Value>,
}

/// A value in a column.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Number(Option<i64>),
    Text(Option<String>),
}

/// A row of a result.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// What a column can be read as: `i64`, `String`, `&str`, and options of them.
pub(crate) trait Column<'r>: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres> {}

impl<'r, T> Column<'r> for T where T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres> {}

/// A statement; its values follow with [`Sql::bind`] in the order of `$1`, `$2`….
pub(crate) fn sql(text: &'static str) -> Sql {
    Sql { text: Cow::Borrowed(text), values: Vec::new() }
}

impl Sql {
    /// The next value.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// One more tuple after `VALUES` or `IN`: `($1, $2)`, then `, ($3, $4)`.
    pub(crate) fn tuple<const N: usize>(&mut self, values: [Value; N]) {
        let text = self.text.to_mut();
        text.push_str(if self.values.is_empty() { "(" } else { ", (" });
        for (index, value) in values.into_iter().enumerate() {
            self.values.push(value);
            let comma = if index == 0 { "" } else { ", " };
            write!(text, "{comma}${}", self.values.len()).expect("a text takes what is written");
        }
        text.push(')');
    }

    /// One more value of a list: `$1`, then `, $2`.
    pub(crate) fn value(&mut self, value: impl Into<Value>) {
        let text = self.text.to_mut();
        let comma = if self.values.is_empty() { "" } else { ", " };
        self.values.push(value.into());
        write!(text, "{comma}${}", self.values.len()).expect("a text takes what is written");
    }

    /// More of the statement, after its tuples.
    pub(crate) fn then(mut self, text: &str) -> Self {
        self.text.to_mut().push_str(text);
        self
    }

    pub(crate) fn sqlite(self) -> Result<Query<'static, Sqlite, SqliteArguments>, StoreError> {
        let mut arguments = SqliteArguments::default();
        for value in self.values {
            match value {
                Value::Number(number) => arguments.add(number),
                Value::Text(text) => arguments.add(text),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(sqlx::query_with(AssertSqlSafe(self.text), arguments))
    }

    pub(crate) fn postgres(self) -> Result<Query<'static, Postgres, PgArguments>, StoreError> {
        let mut arguments = PgArguments::default();
        for value in self.values {
            match value {
                Value::Number(number) => arguments.add(number),
                Value::Text(text) => arguments.add(text.map(without_nul)),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(sqlx::query_with(AssertSqlSafe(self.text), arguments))
    }
}

/// PostgreSQL takes no U+0000 in texts; a caller's name that has one must not keep the journal out for ever.
fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{FFFD}") } else { text }
}

impl Row {
    /// A column by its name.
    pub(crate) fn get<'r, T: Column<'r>>(&'r self, column: &str) -> Result<T, StoreError> {
        match self {
            Row::Sqlite(row) => Ok(row.try_get(column)?),
            Row::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    /// The first column.
    pub(crate) fn first<'r, T: Column<'r>>(&'r self) -> Result<T, StoreError> {
        match self {
            Row::Sqlite(row) => Ok(row.try_get(0)?),
            Row::Postgres(row) => Ok(row.try_get(0)?),
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Number(Some(number))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Value::Number(number)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(Some(text))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Value::Text(Some(text.clone()))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(Some(text.to_owned()))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Value::Text(text)
    }
}

impl From<&Option<String>> for Value {
    fn from(text: &Option<String>) -> Self {
        Value::Text(text.clone())
    }
}
