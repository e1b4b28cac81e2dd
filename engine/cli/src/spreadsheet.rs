//! Texts in CSV files that people open in a spreadsheet.

use std::borrow::Cow;

/// The text with `'` before it where a spreadsheet would run it as a formula.
///
/// Excel, LibreOffice and Google Sheets take what begins with `=`, `+`, `-`, `@`, a tab or a carriage return for one,
/// some of them after blanks and in full-width letters too. A `+` before nothing but digits is a telephone number:
/// machines read it as it is, and a spreadsheet makes a number of it.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    const STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    let runs = text.starts_with(STARTS) || text.trim_start_matches(' ').starts_with(STARTS);
    if runs && !is_number(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// `+4930111111`
fn is_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_a_text_and_numbers_stay_numbers() {
        let run = [
            "=HYPERLINK(\"http://evil.example\")",
            "+1+cmd|' /C calc'!A0",
            "+",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "  =1",
            "\u{ff1d}1",
        ];
        for text in run {
            assert_eq!(harmless(text), format!("'{text}"));
        }
        for text in ["+4930111111", "anna", "1-2", "", " sales", "'=1", "анна", "12.5"] {
            assert_eq!(harmless(text), text);
        }
    }
}
