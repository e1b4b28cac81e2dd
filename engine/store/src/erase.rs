//! Every trace of one number goes; what is left of its calls is counted, but nobody's.

use std::collections::BTreeSet;

use model::{CallId, Numbering, WallTime, Work, WrittenNumber};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::database::Transaction;
use crate::expire::call_of;
use crate::recent::Recent;
use crate::sql::sql;
use crate::word::{from_json, to_json};
use crate::{Store, StoreError, work};

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
        let no_number = || StoreError::NoNumber { text: number.to_owned() };
        let number = WrittenNumber::parse(number, numbering).ok_or_else(no_number)?;
        self.erase_with(&number, &BTreeSet::new(), asked_by, now).await
    }

    /// The same, with calls that are the person's although they do not hold the number any more: they went on while it
    /// was erased before.
    pub async fn erase_with(
        &self,
        number: &WrittenNumber,
        calls: &BTreeSet<CallId>,
        asked_by: &str,
        now: WallTime,
    ) -> Result<Erased, StoreError> {
        let mut erased = Erased::default();
        let mut recent = self.shared.recent.lock().await;
        let mut transaction = self.database().begin_maintenance().await?;
        let mut own = own_calls(&mut transaction, number).await?;
        own.extend(calls);
        for call in &own {
            erase_call(&mut transaction, *call, &mut erased).await?;
        }
        erase_mentions(&mut transaction, number, &own, &mut erased).await?;
        erase_facts(&mut transaction, number, &own, &mut erased).await?;
        erase_work(&mut transaction, number, &mut erased).await?;
        let place = sql("UPDATE agents SET place = '' WHERE place IN ($1, $2, $3, $4)");
        transaction.execute(bind(number, place)).await?;
        let counts = to_json(&erased)?;
        let audit = "INSERT INTO erasures (erased_at, asked_by, number_hash, counts) VALUES ($1, $2, $3, $4)";
        transaction.execute(sql(audit).bind(now.0).bind(asked_by).bind(hash(number, now)).bind(counts)).await?;
        transaction.commit().await?;
        // Whatever is in memory is read again, without the number.
        *recent = Recent::default();
        drop(recent);
        self.database().forget_deleted().await?;
        Ok(erased)
    }
}

fn bind(number: &WrittenNumber, sql: crate::sql::Sql) -> crate::sql::Sql {
    number.forms().into_iter().fold(sql, crate::sql::Sql::bind)
}

fn like(number: &WrittenNumber) -> String {
    format!("%{}%", number.common_end())
}

fn hash(number: &WrittenNumber, now: WallTime) -> String {
    let hash = Sha256::digest(format!("{}:{}", now.0, number.digits()));
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn own_calls(transaction: &mut Transaction, number: &WrittenNumber) -> Result<BTreeSet<CallId>, StoreError> {
    let select = sql("SELECT call_id FROM calls WHERE caller IN ($1, $2, $3, $4) OR dialed IN ($1, $2, $3, $4)");
    transaction.rows(bind(number, select)).await?.iter().map(call_of).collect()
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
    number: &WrittenNumber,
    own: &BTreeSet<CallId>,
    erased: &mut Erased,
) -> Result<(), StoreError> {
    let select = "SELECT call_id, caller, dialed, result, conversations, tags, digits, legs, \
        coalesce(errand, 'null') AS errand FROM calls WHERE caller LIKE $1 OR dialed LIKE $1 OR result LIKE $1 \
        OR conversations LIKE $1 OR tags LIKE $1 OR digits LIKE $1 OR legs LIKE $1 OR errand LIKE $1";
    for row in transaction.rows(sql(select).bind(like(number))).await? {
        let call = call_of(&row)?;
        let (caller, dialed): (String, String) = (row.get("caller")?, row.get("dialed")?);
        let mut json = Vec::new();
        for column in ["conversations", "tags", "digits", "legs", "errand"] {
            json.push(from_json::<Value>(row.get(column)?, || format!("the record of call {call}"))?);
        }
        let mut found = json.iter_mut().fold(false, |found, value| number.remove_from(value) | found);
        let mut clean = |text: String| match number.removed_from(&text) {
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
    number: &WrittenNumber,
    own: &BTreeSet<CallId>,
    erased: &mut Erased,
) -> Result<(), StoreError> {
    let select = "SELECT boot, seq, call_id, fact FROM journal WHERE fact LIKE $1";
    let mut rows = transaction.rows(sql(select).bind(like(number))).await?;
    for call in own {
        let select = "SELECT boot, seq, call_id, fact FROM journal WHERE call_id = $1 AND fact NOT LIKE $2";
        rows.extend(transaction.rows(sql(select).bind(call.0.cast_signed()).bind(like(number))).await?);
    }
    for row in rows {
        let (boot, seq): (i64, i64) = (row.get("boot")?, row.get("seq")?);
        let call: Option<i64> = row.get("call_id")?;
        let of_person = call.is_some_and(|call| own.contains(&CallId(call.cast_unsigned())));
        let mut fact: Value = from_json(row.get("fact")?, || format!("journal entry {boot}/{seq}"))?;
        let found = number.remove_from(&mut fact);
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
async fn erase_work(
    transaction: &mut Transaction,
    number: &WrittenNumber,
    erased: &mut Erased,
) -> Result<(), StoreError> {
    work::remember_newest(transaction).await?;
    let select = sql("SELECT kind, id, body FROM work WHERE body LIKE $1").bind(like(number));
    for row in transaction.rows(select).await? {
        let (kind, id): (String, String) = (row.get("kind")?, row.get("id")?);
        let what = || format!("{kind} {id}");
        let mut body: Value = from_json(row.get("body")?, what)?;
        if !number.remove_from(&mut body) {
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
