//! Every trace of one number goes; what is left of its calls is counted, but nobody's.

use std::collections::BTreeSet;

use model::{CallId, Numbering, WallTime, Work};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::database::Transaction;
use crate::expire::call_of;
use crate::recent::Recent;
use crate::sql::sql;
use crate::word::{from_json, to_json};
use crate::{Store, StoreError};

const DIGITS_MIN: usize = 5; // Shorter numbers are extensions, and stand in the middle of many others.

/// What was removed or made nobody's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// Files that nothing names any more, relative to the project: delete them.
    #[serde(skip)]
    pub files: BTreeSet<String>,
    /// Calls from or to the number, now without number, digits, tags and recordings.
    pub calls: u64,
    /// Other calls in which it appeared.
    pub mentions: u64,
    /// Facts in the journal that were changed.
    pub facts: u64,
    /// Recordings.
    pub recordings: u64,
    /// Messages, calls back, deliveries, contacts.
    pub work: u64,
}

impl Store {
    /// Removes or anonymises every trace of a number, all or nothing, and writes down that `asked_by` wanted it.
    ///
    /// The number is recognised with `+`, with `00` and with neither, and as `numbering` says that it is dialled at
    /// home. Fails with [`StoreError::NoNumber`] when it has fewer than 5 digits.
    pub async fn erase(
        &self,
        number: &str,
        numbering: &Numbering,
        asked_by: &str,
        now: WallTime,
    ) -> Result<Erased, StoreError> {
        let trace = Trace::of(number, numbering)?;
        let mut erased = Erased::default();
        let mut recent = self.shared.recent.lock().await;
        let mut transaction = self.database().begin().await?;
        let own = trace.own_calls(&mut transaction).await?;
        for call in &own {
            erase_call(&mut transaction, *call, &mut erased).await?;
        }
        erase_mentions(&mut transaction, &trace, &own, &mut erased).await?;
        erase_facts(&mut transaction, &trace, &own, &mut erased).await?;
        erase_work(&mut transaction, &trace, &mut erased).await?;
        let place = sql("UPDATE agents SET place = '' WHERE place IN ($1, $2, $3, $4)");
        transaction.execute(trace.bind(place)).await?;
        let counts = to_json(&erased)?;
        let audit = "INSERT INTO erasures (erased_at, asked_by, number_hash, counts) VALUES ($1, $2, $3, $4)";
        transaction.execute(sql(audit).bind(now.0).bind(asked_by).bind(trace.hash(now)).bind(counts)).await?;
        transaction.commit().await?;
        // Whatever is in memory is read again, without the number.
        *recent = Recent::default();
        drop(recent);
        self.database().forget_deleted().await?;
        Ok(erased)
    }
}

/// A number in the ways in which it may be written.
struct Trace {
    /// With its country, as far as that is known.
    digits: String,
    /// As it is dialled within its country, if that is ours.
    at_home: Option<String>,
}

impl Trace {
    fn of(number: &str, numbering: &Numbering) -> Result<Self, StoreError> {
        let canonical = numbering.canonical(number);
        let digits = canonical.strip_prefix('+').unwrap_or(&canonical);
        if digits.len() < DIGITS_MIN || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(StoreError::NoNumber { text: number.to_owned() });
        }
        Ok(Self { digits: digits.to_owned(), at_home: numbering.at_home(&canonical) })
    }

    fn bind(&self, sql: crate::sql::Sql) -> crate::sql::Sql {
        let at_home = self.at_home.as_ref().unwrap_or(&self.digits);
        sql.bind(&self.digits).bind(format!("+{}", self.digits)).bind(format!("00{}", self.digits)).bind(at_home)
    }

    /// What all forms end in.
    fn like(&self) -> String {
        let common = |other: &String| {
            let pairs = self.digits.bytes().rev().zip(other.bytes().rev());
            pairs.take_while(|(one, other)| one == other).count()
        };
        let length = self.at_home.as_ref().map_or(self.digits.len(), common);
        format!("%{}%", &self.digits[self.digits.len() - length..])
    }

    fn hash(&self, now: WallTime) -> String {
        let hash = Sha256::digest(format!("{}:{}", now.0, self.digits));
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    async fn own_calls(&self, transaction: &mut Transaction) -> Result<BTreeSet<CallId>, StoreError> {
        let select = sql("SELECT call_id FROM calls WHERE caller IN ($1, $2, $3, $4) OR dialed IN ($1, $2, $3, $4)");
        transaction.rows(self.bind(select)).await?.iter().map(call_of).collect()
    }

    /// The text without the number; none when it is not in there. A longer number that contains it is another one.
    fn removed_from(&self, text: &str) -> Option<String> {
        let abroad = without(text, &self.digits, |before| match before.strip_suffix("00") {
            Some(start) if !ends_in_digit(start) => Some(start),
            _ if ends_in_digit(before) => None,
            _ => Some(before.strip_suffix('+').unwrap_or(before)),
        });
        let text = abroad.as_deref().unwrap_or(text);
        // After a plus the same digits are a number of another country.
        let whole = |before: &str| !ends_in_digit(before) && !before.ends_with('+');
        let at_home = self.at_home.as_ref();
        let at_home = at_home.and_then(|digits| without(text, digits, |before| whole(before).then_some(before)));
        at_home.or(abroad)
    }

    /// Removes the number from every text in a JSON value.
    fn scrub(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => match self.removed_from(text) {
                Some(left) => {
                    *text = left;
                    true
                }
                None => false,
            },
            Value::Array(items) => items.iter_mut().fold(false, |found, item| self.scrub(item) | found),
            Value::Object(fields) => fields.values_mut().fold(false, |found, field| self.scrub(field) | found),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
}

/// The text without `digits` wherever no digit follows them and `starts` gives what of the text before is left.
fn without(text: &str, digits: &str, starts: impl Fn(&str) -> Option<&str>) -> Option<String> {
    let mut left = String::new();
    let (mut rest, mut found) = (text, false);
    while let Some(at) = rest.find(digits) {
        let (before, after) = (&rest[..at], &rest[at + digits.len()..]);
        match starts(before).filter(|_| !after.starts_with(|c: char| c.is_ascii_digit())) {
            Some(start) => {
                found = true;
                left.push_str(start);
            }
            None => left.push_str(&rest[..at + digits.len()]),
        }
        rest = after;
    }
    left.push_str(rest);
    found.then_some(left)
}

fn ends_in_digit(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_digit())
}

/// The person's own call: it happened, and lasted so long.
async fn erase_call(transaction: &mut Transaction, call: CallId, erased: &mut Erased) -> Result<(), StoreError> {
    let of_call = |text| sql(text).bind(call.0.cast_signed());
    for row in transaction.rows(of_call("SELECT file FROM recordings WHERE call_id = $1")).await? {
        erased.files.insert(row.get("file")?);
    }
    erased.recordings += transaction.execute(of_call("DELETE FROM recordings WHERE call_id = $1")).await?;
    let forget = "UPDATE calls SET digits = '[]', tags = '{}', result = '', recordings = '[]' WHERE call_id = $1";
    erased.calls += transaction.execute(of_call(forget)).await?;
    Ok(())
}

/// The number in the columns of call records.
async fn erase_mentions(
    transaction: &mut Transaction,
    trace: &Trace,
    own: &BTreeSet<CallId>,
    erased: &mut Erased,
) -> Result<(), StoreError> {
    let select = "SELECT call_id, caller, dialed, result, conversations, tags, digits, legs, \
        coalesce(errand, 'null') AS errand FROM calls WHERE caller LIKE $1 OR dialed LIKE $1 OR result LIKE $1 \
        OR conversations LIKE $1 OR tags LIKE $1 OR digits LIKE $1 OR legs LIKE $1 OR errand LIKE $1";
    for row in transaction.rows(sql(select).bind(trace.like())).await? {
        let call = call_of(&row)?;
        let (caller, dialed): (String, String) = (row.get("caller")?, row.get("dialed")?);
        let mut json = Vec::new();
        for column in ["conversations", "tags", "digits", "legs", "errand"] {
            json.push(from_json::<Value>(row.get(column)?, || format!("the record of call {call}"))?);
        }
        let mut found = json.iter_mut().fold(false, |found, value| trace.scrub(value) | found);
        let mut clean = |text: String| match trace.removed_from(&text) {
            Some(left) => {
                found = true;
                left
            }
            None => text,
        };
        let (caller, dialed, result) = (clean(caller), clean(dialed), clean(row.get("result")?));
        if found {
            for derived in ["visits", "marks", "evaluations"] {
                let update = format!("UPDATE {derived} SET dialed = $1 WHERE call_id = $2");
                let update = sql("").then(&update).bind(&dialed).bind(call.0.cast_signed());
                transaction.execute(update).await?;
            }
            let update = "UPDATE calls SET caller = $1, dialed = $2, result = $3, conversations = $4, tags = $5, \
                digits = $6, legs = $7, errand = nullif($8, 'null') WHERE call_id = $9";
            let mut update = sql(update).bind(caller).bind(dialed).bind(result);
            for value in &json {
                update = update.bind(to_json(value)?);
            }
            transaction.execute(update.bind(call.0.cast_signed())).await?;
            erased.mentions += u64::from(!own.contains(&call));
        }
    }
    Ok(())
}

/// The number in all facts, and in the person's own calls whatever was typed, noted or looked up.
async fn erase_facts(
    transaction: &mut Transaction,
    trace: &Trace,
    own: &BTreeSet<CallId>,
    erased: &mut Erased,
) -> Result<(), StoreError> {
    let select = "SELECT boot, seq, call_id, fact FROM journal WHERE fact LIKE $1";
    let mut rows = transaction.rows(sql(select).bind(trace.like())).await?;
    for call in own {
        let select = "SELECT boot, seq, call_id, fact FROM journal WHERE call_id = $1 AND fact NOT LIKE $2";
        rows.extend(transaction.rows(sql(select).bind(call.0.cast_signed()).bind(trace.like())).await?);
    }
    for row in rows {
        let (boot, seq): (i64, i64) = (row.get("boot")?, row.get("seq")?);
        let call: Option<i64> = row.get("call_id")?;
        let of_person = call.is_some_and(|call| own.contains(&CallId(call.cast_unsigned())));
        let mut fact: Value = from_json(row.get("fact")?, || format!("journal entry {boot}/{seq}"))?;
        let found = trace.scrub(&mut fact);
        if (of_person && forget_words(&mut fact)) || found {
            let update = sql("UPDATE journal SET fact = $1 WHERE boot = $2 AND seq = $3").bind(to_json(&fact)?);
            erased.facts += transaction.execute(update.bind(boot).bind(seq)).await?;
        }
    }
    Ok(())
}

/// Empties what a fact tells about the person in free words.
fn forget_words(fact: &mut Value) -> bool {
    let fields: &[&str] = match fact.get("kind").and_then(Value::as_str) {
        Some("digits_collected") => &["digits"],
        Some("tag_set") => &["value"],
        Some("logged") => &["text"],
        Some("lookup_answered") => &["key"],
        Some("recording_started" | "recording_saved") => &["file"],
        _ => &[],
    };
    let mut found = false;
    for field in fields {
        if let Some(text) = fact.get_mut(*field).filter(|text| text.as_str().is_some_and(|text| !text.is_empty())) {
            *text = Value::String(String::new());
            found = true;
        }
    }
    found
}

/// What is owed to the person, or names him, is no longer owed.
async fn erase_work(transaction: &mut Transaction, trace: &Trace, erased: &mut Erased) -> Result<(), StoreError> {
    let select = sql("SELECT kind, id, body FROM work WHERE body LIKE $1").bind(trace.like());
    for row in transaction.rows(select).await? {
        let (kind, id): (String, String) = (row.get("kind")?, row.get("id")?);
        let what = || format!("{kind} {id}");
        let mut body: Value = from_json(row.get("body")?, what)?;
        if !trace.scrub(&mut body) {
            continue;
        }
        if let Work::Message(message) = from_json(row.get("body")?, what)? {
            let recording = sql("DELETE FROM recordings WHERE file = $1").bind(&message.file);
            erased.recordings += transaction.execute(recording).await?;
            erased.files.insert(message.file);
        }
        let delete = sql("DELETE FROM work WHERE kind = $1 AND id = $2").bind(&kind).bind(&id);
        erased.work += transaction.execute(delete).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use model::Country;

    use super::*;

    #[test]
    fn a_number_is_found_however_it_is_written_and_not_inside_another() {
        let nowhere = Numbering::default();
        let trace = Trace::of("+49 30 111111", &nowhere).unwrap();
        let left = |text| trace.removed_from(text);
        assert_eq!(left("sip:+4930111111@host").as_deref(), Some("sip:@host"));
        assert_eq!(left("004930111111, 4930111111").as_deref(), Some(", "));
        assert_eq!(left("+493011111100"), None);
        assert_eq!(left("14930111111"), None);
        assert_eq!(left("14930111111 +4930111111").as_deref(), Some("14930111111 "));
        assert_eq!(Trace::of("004930111111", &nowhere).unwrap().digits, "4930111111");
        Trace::of("1234", &nowhere).err().unwrap();
        Trace::of("anna", &nowhere).err().unwrap();
    }

    #[test]
    fn a_number_is_found_as_it_is_dialled_at_home_too() {
        let russia = Country { code: "7".into(), national_prefix: "8".into(), international_prefix: "810".into() };
        for asked in ["+7 495 1234567", "8 (495) 123-45-67"] {
            let trace = Trace::of(asked, &Numbering::of(russia.clone())).unwrap();
            assert_eq!(trace.like(), "%4951234567%");
            let left = |text| trace.removed_from(text);
            assert_eq!(left("84951234567, +74951234567; 74951234567").as_deref(), Some(", ; "));
            assert_eq!(left("+84951234567"), None, "that is a number in Vietnam");
            assert_eq!(left("184951234567"), None);
        }
    }
}
