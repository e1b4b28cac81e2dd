//! Contacts of campaigns: read from arguments and files, written as tables.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use model::{Contact, Work, WorkState};
use script::config::Config;
use script::project::CONFIG_FILE;
use script::{Diagnostics, Severity, plain_number, read_contacts};
use serde_json::Value;

use crate::history::History;
use crate::spreadsheet::harmless;
use crate::{Ending, screen};

/// Number and tags.
pub(super) type NewContact = (String, BTreeMap<String, Value>);

/// The project's configuration; secrets are not needed.
fn config(folder: &Path) -> Result<Config, String> {
    let file = folder.join(CONFIG_FILE);
    let text = std::fs::read_to_string(&file).map_err(|error| format!("cannot read `{}`: {error}", file.display()))?;
    let no_secret = |_: &str| Some("none".to_owned());
    let config = Config::parse(CONFIG_FILE, &text, &no_secret, &|_| Ok("none".to_owned()));
    config.map_err(|_| format!("`{}` has errors; `callwright check` shows them", file.display()))
}

/// The clock of the project.
pub(super) fn zone(folder: &Path) -> jiff::tz::TimeZone {
    config(folder).map_or(jiff::tz::TimeZone::UTC, |config| config.time_zone)
}

/// The names of the project's campaigns.
pub(super) fn campaigns(folder: &Path) -> Result<Vec<String>, String> {
    Ok(config(folder)?.outgoing.into_keys().collect())
}

pub(super) fn one(number: &str, tags: &[String]) -> Result<NewContact, String> {
    let plain = plain_number(number).ok_or_else(|| format!("`{number}` is no number to dial"))?;
    let mut all = BTreeMap::new();
    for tag in tags {
        let (key, value) = tag.split_once('=').ok_or_else(|| format!("`{tag}` is no tag, write `name=Anna`"))?;
        all.insert(key.trim().to_owned(), Value::from(value));
    }
    Ok((plain, all))
}

/// The rows of a file that has the columns of the campaign's list.
pub(super) fn from_file(folder: &Path, campaign: &str, file: &Path) -> Result<Vec<NewContact>, String> {
    let config = config(folder)?;
    let campaign = config.outgoing.get(campaign).ok_or_else(|| format!("no campaign `{campaign}`"))?;
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot read `{}`: {error}", file.display()))?;
    let name = file.display().to_string();
    let (rows, found) = read_contacts(&name, &text, campaign, &config);
    let failed = found.iter().any(|one| one.severity == Severity::Error);
    if !found.is_empty() {
        let sources = BTreeMap::from([(name.as_str().into(), text.as_str().into())]);
        screen::remark(Diagnostics { list: found, sources }.render(screen::is_colorful_for_errors()));
    }
    if failed {
        return Err(format!("`{name}` cannot be read as a list"));
    }
    Ok(rows.into_iter().map(|row| (row.number, row.tags)).collect())
}

/// Prints what the store knows of every contact.
pub(super) fn export(folder: &Path, campaign: Option<&str>, json: bool) -> Result<Ending, String> {
    let history = History::open(folder)?;
    let read = async {
        let mut all = Vec::new();
        for state in [WorkState::Open, WorkState::Done, WorkState::Failed] {
            all.extend(history.store.work(Contact::KIND, state).await?);
        }
        Ok::<_, store::StoreError>(all)
    };
    let all = history.tokio.block_on(read).map_err(|error| error.to_string())?;
    let mut contacts: Vec<Contact> = all
        .into_iter()
        .filter_map(|unit| match unit {
            Work::Contact(contact) => Some(contact),
            _ => None,
        })
        .filter(|contact| campaign.is_none_or(|campaign| contact.campaign == campaign))
        .collect();
    contacts.sort_by(|a, b| (&a.campaign, &a.number).cmp(&(&b.campaign, &b.number)));
    if json {
        super::super::print_json(&contacts)?;
    } else {
        screen::say(as_csv(&history, &contacts)?.trim_end());
    }
    Ok(Ending::Fine)
}

fn as_csv(history: &History, contacts: &[Contact]) -> Result<String, String> {
    let tags: BTreeSet<&String> = contacts.iter().flat_map(|contact| contact.tags.keys()).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let fixed = ["campaign", "number", "state", "result", "reached", "attempts", "next", "call"];
    let header = fixed.into_iter().chain(tags.iter().map(|tag| tag.as_str()));
    let mut write = |row: Vec<String>| {
        let cells = row.iter().map(|cell| harmless(cell).into_owned());
        writer.write_record(cells).map_err(|error| format!("cannot write CSV: {error}"))
    };
    write(header.map(str::to_owned).collect())?;
    for contact in contacts {
        let waits = contact.state == model::ContactState::Waiting && contact.next_at.0 > 0;
        let mut row = vec![
            contact.campaign.clone(),
            contact.number.clone(),
            contact.state.as_str().to_owned(),
            contact.result.clone(),
            contact.reached.as_str().to_owned(),
            contact.attempts.to_string(),
            if waits { history.local(contact.next_at, "%Y-%m-%dT%H:%M:%S%:z") } else { String::new() },
            contact.call.map(|call| call.to_string()).unwrap_or_default(),
        ];
        row.extend(tags.iter().map(|tag| contact.tags.get(*tag).map(cell).unwrap_or_default()));
        write(row)?;
    }
    let bytes = writer.into_inner().map_err(|error| format!("cannot write CSV: {error}"))?;
    String::from_utf8(bytes).map_err(|error| format!("cannot write CSV: {error}"))
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_a_number_and_tags() {
        let (number, tags) = one("+7 (495) 1", &["name=Anna".into(), "debt=12=50".into()]).unwrap();
        assert_eq!(number, "+74951");
        assert_eq!(tags, BTreeMap::from([("debt".into(), "12=50".into()), ("name".into(), "Anna".into())]));
        assert!(one("nobody", &[]).is_err());
        assert!(one("+71", &["name".into()]).is_err());
    }
}
