//! Hides literal secrets in a text that is about to be shown.

/// Keys whose values are secrets.
const SECRET_KEYS: [&str; 3] = ["password", "pin", "dsn"];

/// The text with literal secrets replaced by stars; every byte keeps its place.
///
/// It works on broken YAML as well and therefore rather hides too much: to the end of the value.
pub fn mask_secrets(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        while let Some(start) = next_secret(rest) {
            let (before, value) = rest.split_at(start);
            let end = value_end(value);
            masked.push_str(before);
            let shown = value.starts_with("env:") || value.starts_with("file:");
            if shown {
                masked.push_str(&value[..end]);
            } else {
                masked.extend(std::iter::repeat_n('*', end));
            }
            rest = &value[end..];
        }
        masked.push_str(rest);
    }
    masked
}

/// Byte offset of the first secret value in the line.
fn next_secret(line: &str) -> Option<usize> {
    let starts = SECRET_KEYS.iter().filter_map(|key| {
        let mut from = 0;
        loop {
            let at = from + line[from..].find(key)?;
            from = at + key.len();
            let own_word = !line[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'));
            let after = line[from..].trim_start_matches(['"', '\'']).trim_start();
            if let Some(value) = after.strip_prefix(':').filter(|_| own_word) {
                return Some(line.len() - value.trim_start().len());
            }
        }
    });
    starts.min()
}

fn value_end(value: &str) -> usize {
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let end = match quote {
        Some(quote) => value[1..].find(quote).map(|at| at + 2),
        None => value.find([',', '}', '#']),
    };
    end.unwrap_or(value.len()).min(value.trim_end().len().max(usize::from(!value.is_empty())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_secrets_become_stars_and_nothing_moves() {
        let text = "trunks:\n  a: { password: hunter2, username: u }\n  b: { password: env:B }\nagents:\n  c: { pin: \"4711\", name: C }\n  \
            password: длинный секрет\nd: {dsn: 'postgres://u:p@h'}\npassword:\n  register: true\n";
        let masked = mask_secrets(text);
        assert_eq!(masked.len(), text.len());
        expect_test::expect![[r#"
            trunks:
              a: { password: *******, username: u }
              b: { password: env:B }
            agents:
              c: { pin: ******, name: C }
              password: ***************************
            d: {dsn: ******************}
            password:
              register: true
        "#]].assert_eq(&masked);
    }
}
