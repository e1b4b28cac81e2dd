//! Hides literal secrets in a text that is about to be shown.

/// Keys whose values are secrets.
const SECRET_KEYS: [&str; 7] = ["password", "pin", "dsn", "secret", "token", "passwd", "authorization"];

/// The text with literal secrets replaced by stars; every byte keeps its place.
///
/// It works on broken YAML as well and therefore rather hides too much.
pub fn mask_secrets(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    // Lines deeper than this belong to a secret that began on a line of its own.
    let mut hidden_below: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        let indent = content.len() - content.trim_start().len();
        if hidden_below.is_some_and(|depth| content.is_empty() || indent > depth) {
            masked.push_str(&content[..indent]);
            hide(&mut masked, &content[indent..]);
        } else {
            hidden_below = mask_line(content, indent, &mut masked);
        }
        masked.push_str(&line[content.len()..]);
    }
    hide_keys(&masked)
}

/// A key that seals recordings is as long as this; nothing else in a configuration is.
const KEY_DIGITS: usize = 64;

/// Hides whatever looks like a key, wherever it stands.
fn hide_keys(text: &str) -> String {
    let mut hidden = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| !c.is_ascii_hexdigit()) {
        let digits = word.trim_end_matches(|c: char| !c.is_ascii_hexdigit());
        if digits.len() >= KEY_DIGITS {
            hide(&mut hidden, digits);
            hidden.push_str(&word[digits.len()..]);
        } else {
            hidden.push_str(word);
        }
    }
    hidden
}

/// Appends a line; gives its indentation when the secret itself stands in the lines below.
fn mask_line(content: &str, indent: usize, masked: &mut String) -> Option<usize> {
    let mut done = 0;
    let mut below = None;
    while let Some(start) = next_secret(content, done) {
        let value = &content[start..];
        let end = start + value_end(value, content[..start].contains('{'));
        masked.push_str(&content[done..start]);
        if value.starts_with("env:") || value.starts_with("file:") {
            masked.push_str(&content[start..end]);
        } else {
            hide(masked, &content[start..end]);
        }
        done = end;
        if value.is_empty() || value.starts_with(['|', '>']) {
            below = Some(indent);
            break;
        }
    }
    masked.push_str(&content[done..]);
    below
}

fn hide(masked: &mut String, secret: &str) {
    masked.extend(std::iter::repeat_n('*', secret.len()));
}

/// Where the first secret value after `from` begins; the end of the line when it comes below.
fn next_secret(line: &str, from: usize) -> Option<usize> {
    line[from..].match_indices(':').find_map(|(at, _)| {
        let colon = from + at;
        let key = line[from..colon].trim_end().trim_end_matches(['"', '\'']);
        let word = key.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next()?.to_lowercase();
        // A misspelt `pasword` is an error whose line is shown: its value is a secret all the same.
        let is_secret = SECRET_KEYS.contains(&word.as_str()) || crate::did_you_mean(&word, ["password"]).is_some();
        let value = line[colon + 1..].trim_start();
        is_secret.then(|| line.len() - value.len())
    })
}

/// In `{ … }` a plain value ends at a comma or bracket, elsewhere with the line.
fn value_end(value: &str, in_flow: bool) -> usize {
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let end = match quote {
        Some(quote) => value[1..].find(quote).map(|at| at + 2),
        None if in_flow => value.find([',', '}']),
        None => None,
    };
    value[..end.unwrap_or(value.len())].trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_secrets_become_stars_and_nothing_moves() {
        let text = "trunks:\n  a: { password: hunter2, username: u }\n  b: { password: env:B }\nagents:\n  \
            c: { pin: \"4711\", name: C, pasword: oops }\n  d:\n    password: a, b #c}\n    name: D\n  \
            e:\n    \"password\": |\n      длинный\n      секрет\n    name: E\n  f: {dsn: 'postgres://u:p@h'}\npassword:\n  below\nmax: 3m\n";
        let masked = mask_secrets(text);
        assert_eq!(masked.len(), text.len());
        expect_test::expect![[r#"
            trunks:
              a: { password: *******, username: u }
              b: { password: env:B }
            agents:
              c: { pin: ******, name: C, pasword: **** }
              d:
                password: ********
                name: D
              e:
                "password": *
                  **************
                  ************
                name: E
              f: {dsn: ******************}
            password:
              *****
            max: 3m
        "#]]
        .assert_eq(&masked);
    }
}
