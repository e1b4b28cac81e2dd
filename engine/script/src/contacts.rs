//! The lists of campaigns: whom to call, and whom never.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jiff::tz::TimeZone;
use serde_json::Value;

use crate::config::{Config, OutgoingConfig};
use crate::diagnostic::Diagnostic;

/// Faulty rows that are told one by one.
const TOLD_MAX: usize = 20;

/// What the files of one campaign say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CampaignLists {
    /// In the order of the file, every number once.
    pub contacts: Vec<ContactRow>,
    /// Numbers that must not be called, as [`model::Numbering::canonical`] writes them.
    pub do_not_call: BTreeSet<String>,
}

/// One row of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactRow {
    /// The number, without spaces, dashes and brackets.
    pub number: String,
    /// All columns but the number's; `true` and `false` are booleans, nothing is null.
    pub tags: BTreeMap<String, Value>,
}

/// A number as it is dialled: without spaces, dashes, dots and brackets; none when something else is in it.
pub fn plain_number(text: &str) -> Option<String> {
    Some(model::plain(text)).filter(|number| crate::config::is_phone_number(number))
}

/// Reads the contacts of a campaign; rows that cannot be used are left out and told.
pub fn read_contacts(
    file: &str,
    text: &str,
    campaign: &OutgoingConfig,
    config: &Config,
) -> (Vec<ContactRow>, Vec<Diagnostic>) {
    let mut list = List { file, text, found: Vec::new(), untold: 0 };
    let (mut rows, mut known) = (Vec::new(), BTreeSet::new());
    let Some((headers, records)) = list.records(&campaign.number) else { return (rows, list.found) };
    for column in [&campaign.zone, &campaign.language].into_iter().flatten() {
        if !headers.iter().any(|name| name == column) {
            let error = Diagnostic::error("unknown-column", format!("`{file}` has no column `{column}`"));
            list.found.push(error.suggest(column, headers.iter()).at(file, text, list.first_line()));
        }
    }
    for (record, span) in records {
        let mut cells: BTreeMap<String, Value> = BTreeMap::new();
        let mut written = "";
        for (name, cell) in headers.iter().zip(record.iter()) {
            if name == campaign.number {
                written = cell;
            } else {
                cells.insert(name.to_owned(), value(cell.trim()));
            }
        }
        let zone = campaign.zone.as_ref().and_then(|column| cells.get(column)).and_then(Value::as_str);
        match (plain_number(written), zone.filter(|zone| TimeZone::get(zone).is_err())) {
            (None, _) => list.note(&span, "bad-phone-number", format!("`{written}` is no number to dial")),
            (_, Some(zone)) => list.note(&span, "unknown-time-zone", format!("unknown time zone `{zone}`")),
            (Some(number), None) if config.dial_rule_for(&number).is_none() => {
                list.note(&span, "refused-target", format!("no row of `dial` lets `{number}` be dialled"));
            }
            (Some(number), None) if !known.insert(campaign.numbering.canonical(&number)) => {
                list.note(&span, "duplicate-value", format!("`{number}` stands twice in the list"));
            }
            (Some(number), None) => rows.push(ContactRow { number, tags: cells }),
        }
    }
    list.count_untold();
    (rows, list.found)
}

/// Reads numbers that must not be called: the column of numbers, or the first one. A first line with a number in it is
/// no header but the first row.
pub(crate) fn read_numbers(file: &str, text: &str, campaign: &OutgoingConfig) -> (BTreeSet<String>, Vec<Diagnostic>) {
    let mut list = List { file, text, found: Vec::new(), untold: 0 };
    let mut numbers = BTreeSet::new();
    let Some((first, mut records)) = list.table() else { return (numbers, list.found) };
    let named = first.iter().position(|name| name == campaign.number);
    let holds_number = |cell: &str| plain_number(cell).is_some();
    let at = named.or_else(|| first.iter().position(holds_number)).unwrap_or(0);
    if first.get(at).is_some_and(holds_number) {
        records.insert(0, (first, list.first_line()));
    }
    for (record, span) in records {
        let written = record.get(at).unwrap_or_default();
        match plain_number(written) {
            Some(number) => drop(numbers.insert(campaign.numbering.canonical(&number))),
            None if written.trim().is_empty() => {}
            None => list.note(&span, "bad-phone-number", format!("`{written}` is no number")),
        }
    }
    list.count_untold();
    (numbers, list.found)
}

struct List<'a> {
    file: &'a str,
    text: &'a str,
    found: Vec<Diagnostic>,
    untold: usize,
}

type Records = Vec<(csv::StringRecord, Range<usize>)>;

impl List<'_> {
    /// The header and the rows with their places; none when the column is missing.
    fn records(&mut self, column: &str) -> Option<(csv::StringRecord, Records)> {
        let (headers, rows) = self.table()?;
        if !headers.iter().any(|name| name == column) {
            let error = Diagnostic::error("unknown-column", format!("`{}` has no column `{column}`", self.file));
            self.found.push(error.suggest(column, headers.iter()).at(self.file, self.text, self.first_line()));
            return None;
        }
        Some((headers, rows))
    }

    /// The first line and the others with their places; none when there is no first one.
    fn table(&mut self) -> Option<(csv::StringRecord, Records)> {
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::Headers).flexible(true).from_reader(self.text.as_bytes());
        let headers = match reader.headers() {
            // What spreadsheets put in front of a file is not part of the first name.
            Ok(headers) => headers.iter().map(|name| name.trim_start_matches('\u{feff}')).collect(),
            Err(error) => {
                self.found.push(Diagnostic::error("bad-csv", error.to_string()).in_file(self.file));
                return None;
            }
        };
        let mut rows = Vec::new();
        let mut record = csv::StringRecord::new();
        loop {
            match reader.read_record(&mut record) {
                Ok(true) => {
                    let start = record.position().map_or(0, |place| usize::try_from(place.byte()).unwrap_or(0));
                    let end = usize::try_from(reader.position().byte()).unwrap_or(start);
                    rows.push((record.clone(), start..end));
                }
                Ok(false) => return Some((headers, rows)),
                Err(error) => {
                    self.found.push(Diagnostic::error("bad-csv", error.to_string()).in_file(self.file));
                    return Some((headers, rows));
                }
            }
        }
    }

    fn first_line(&self) -> Range<usize> {
        0..self.text.lines().next().map_or(0, str::len)
    }

    /// A row that is left out.
    fn note(&mut self, span: &Range<usize>, code: &'static str, message: String) {
        if self.found.len() >= TOLD_MAX {
            self.untold += 1;
            return;
        }
        let row = self.text.get(span.clone()).unwrap_or_default();
        // Empty lines above count as part of a row.
        let start = span.start + (row.len() - row.trim_start().len());
        let one = Diagnostic::warning(code, message).at(self.file, self.text, start..span.start + row.trim_end().len());
        self.found.push(one.help("this row is left out"));
    }

    fn count_untold(&mut self) {
        if self.untold > 0 {
            let message = format!("{} more rows of `{}` are left out", self.untold, self.file);
            self.found.push(Diagnostic::warning("bad-rows", message).in_file(self.file));
        }
    }
}

fn value(cell: &str) -> Value {
    match cell {
        "" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        text => Value::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn config(more: &str) -> Config {
        let text = format!(
            "trunks: {{ provider: {{ address: a.example }} }}\n\
             dial: [{{ to: \"+7*\", through: [provider] }}, {{ to: \"+49*\", through: [provider] }}]\n\
             outgoing:\n  debts: {{ flow: debts.rhai, show: \"100\"{more} }}\n"
        );
        let config = Config::parse("callwright.yaml", &text, &|_| None, &|_| Err(std::io::ErrorKind::NotFound.into()));
        config.expect("it is well written")
    }

    fn campaign(more: &str) -> OutgoingConfig {
        config(more).outgoing.remove("debts").expect("it is there")
    }

    fn read(text: &str, more: &str) -> (Vec<ContactRow>, Vec<Diagnostic>) {
        let config = config(more);
        read_contacts("list.csv", text, &config.outgoing["debts"], &config)
    }

    fn told(found: &[Diagnostic]) -> Vec<String> {
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn columns_become_tags_and_numbers_lose_their_spaces() {
        let text = "phone,name,vip,note\n+7 (495) 123-45-67,Anna,true,\n\"+49 30 1\",\"Meier, Ben\",false,late\n";
        let (rows, found) = read(text, "");
        assert_eq!(found, []);
        assert_eq!(rows[0].number, "+74951234567");
        assert_eq!(rows[0].tags["vip"], Value::Bool(true));
        assert_eq!(rows[0].tags["note"], Value::Null);
        assert_eq!((rows[1].number.as_str(), &rows[1].tags["name"]), ("+49301", &Value::from("Meier, Ben")));
        assert!(!rows[0].tags.contains_key("phone"));
    }

    #[test]
    fn rows_that_cannot_be_called_are_left_out_and_told_with_their_line() {
        let text = "phone,tz\n+71,Europe/Moscow\ncall me,\n+72,Europe/Moskow\n+71,\n+73,\n";
        let (rows, found) = read(text, ", zone: tz");
        assert_eq!(rows.iter().map(|row| row.number.as_str()).collect::<Vec<_>>(), ["+71", "+73"]);
        assert_eq!(
            told(&found),
            [
                "list.csv:3:1: `call me` is no number to dial",
                "list.csv:4:1: unknown time zone `Europe/Moskow`",
                "list.csv:5:1: `+71` stands twice in the list",
            ]
        );
    }

    #[test]
    fn a_column_that_is_missing_is_an_error() {
        let (rows, found) = read("phones,name\n+71,A\n", "");
        assert!(rows.is_empty());
        assert_eq!(told(&found), ["list.csv:1:1: `list.csv` has no column `phone`"]);
        let (_, found) = read("phone,name\n+71,A\n", ", zone: zone");
        assert_eq!(told(&found), ["list.csv:1:1: `list.csv` has no column `zone`"]);
    }

    #[test]
    fn numbers_that_no_rule_lets_out_are_told_with_their_line() {
        let (rows, found) = read("phone\n+1555\n+71\n", "");
        assert_eq!(rows.iter().map(|row| row.number.as_str()).collect::<Vec<_>>(), ["+71"]);
        assert_eq!(told(&found), ["list.csv:2:1: no row of `dial` lets `+1555` be dialled"]);
    }

    #[test]
    fn many_faulty_rows_do_not_fill_the_screen() {
        let text = format!("phone\n{}", "nobody\n".repeat(100));
        let (_, found) = read(&text, "");
        assert_eq!(found.len(), TOLD_MAX + 1);
        assert_eq!(found[TOLD_MAX].message, "80 more rows of `list.csv` are left out");
    }

    #[test]
    fn numbers_that_must_not_be_called_stand_in_the_numbers_column_or_the_first() {
        let read = |text| read_numbers("dnc.csv", text, &campaign(""));
        let (numbers, _) = read("why,phone\nasked,+7 1\n");
        assert_eq!(numbers, BTreeSet::from(["+71".to_owned()]));
        let (numbers, found) = read("number\n+72\n\nx\n");
        assert_eq!(numbers, BTreeSet::from(["+72".to_owned()]));
        assert_eq!(told(&found), ["dnc.csv:4:1: `x` is no number"]);
    }

    #[test]
    fn a_list_without_a_header_loses_no_number() {
        let read = |text| read_numbers("dnc.csv", text, &campaign(""));
        let both = BTreeSet::from(["+4940001".to_owned(), "+4940002".to_owned()]);
        for text in ["+4940001\n+4940002\n", "\u{feff}0049 40 001\r\n+4940002", "Kim,+4940001\nAnna,004940002\n"] {
            assert_eq!(read(text), (both.clone(), vec![]), "{text}");
        }
        assert_eq!(read("").0, BTreeSet::new());
    }

    #[test]
    fn numbers_of_lists_are_the_same_in_all_their_forms() {
        let mut campaign = campaign("");
        let country =
            model::Country { code: "7".into(), national_prefix: "8".into(), international_prefix: "810".into() };
        campaign.numbering = model::Numbering::of(country);
        let (numbers, _) = read_numbers("dnc.csv", "phone\n8 (495) 123-45-67\n004940004\n", &campaign);
        assert_eq!(numbers, BTreeSet::from(["+4940004".to_owned(), "+74951234567".to_owned()]));
        let mut config = config("");
        config.numbering = campaign.numbering.clone();
        let (rows, found) = read_contacts("list.csv", "phone\n84951234567\n+74951234567\n", &campaign, &config);
        assert_eq!(rows[0].number, "84951234567", "it is dialled as it is written");
        assert_eq!(told(&found), ["list.csv:3:1: `+74951234567` stands twice in the list"]);
    }
}
