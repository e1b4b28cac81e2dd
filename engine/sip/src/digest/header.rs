//! `Digest name=value, name="value"`: challenges and responses are written alike (RFC 3261 §25.1).

use std::collections::BTreeMap;

// The longest that phones send is below 700 bytes with 12 parameters.
const BYTES_MAX: usize = 4096;
const PARAMETERS_MAX: usize = 32;

/// The parameters of a header; names in lower case, values without quotes.
#[derive(Debug, Default)]
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// None for another scheme, broken quoting, a parameter said twice, control characters or far too much.
    pub(super) fn parse(value: &str) -> Option<Self> {
        if value.len() > BYTES_MAX || value.chars().any(|char| char.is_control() && char != '\t') {
            return None;
        }
        let (scheme, mut rest) = value.trim_start().split_once([' ', '\t'])?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let mut parameters = BTreeMap::new();
        loop {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            if rest.is_empty() {
                return Some(Self(parameters));
            }
            let (name, after) = rest.split_once('=')?;
            let (text, after) = parse_value(after.trim_start())?;
            let name = name.trim_end().to_ascii_lowercase();
            let is_name = !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
            if !is_name || parameters.len() == PARAMETERS_MAX || parameters.insert(name, text).is_some() {
                return None;
            }
            rest = after.trim_start();
            if !rest.is_empty() && !rest.starts_with(',') {
                return None;
            }
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// One value and what follows it.
fn parse_value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        let (token, rest) = text.split_at(end);
        return (!token.is_empty() && !token.contains('"')).then(|| (token.to_owned(), rest));
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(chars.next()?.1),
            char => value.push(char),
        }
    }
    None
}

/// As a quoted-string.
pub(super) fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(value: &str, name: &str) -> Option<String> {
        Parameters::parse(value)?.get(name).map(str::to_owned)
    }

    #[test]
    fn parameters_are_read_as_people_write_them() {
        let value = "digest  Username=\"an\\\"na\\\\\" ,realm=\"a, b=c\",nc=0000000a,\t qop = auth ,";
        let expected = [("username", "an\"na\\"), ("realm", "a, b=c"), ("nc", "0000000a"), ("qop", "auth")];
        for (name, expected) in expected {
            assert_eq!(get(value, name).as_deref(), Some(expected));
        }
        assert_eq!(get(value, "nonce"), None);
        assert_eq!(get("Digest username=\"\"", "username").as_deref(), Some(""));
    }

    #[test]
    fn broken_headers_are_refused() {
        let broken = [
            "",
            "Digest",
            "Basic dXNlcg==",
            "Digest username",
            "Digest username=",
            "Digest username=\"anna",
            "Digest username=\"anna\\",
            "Digest username=\"anna\"x",
            "Digest nc=1, nc=2",
            "Digest nc=1, NC=1",
            "Digest a\"b=1",
            "Digest realm=\"a\rb\"",
            "Digest =1",
        ];
        for value in broken {
            assert!(Parameters::parse(value).is_none(), "{value:?}");
        }
    }

    #[test]
    fn only_so_much_is_read() {
        let parameters = |count: usize| (0..count).fold("Digest ".to_owned(), |text, at| format!("{text}p{at}=1,"));
        assert!(Parameters::parse(&parameters(32)).is_some());
        assert!(Parameters::parse(&parameters(33)).is_none());
        let long = |bytes: usize| format!("Digest a=\"{}\"", "x".repeat(bytes - 11));
        assert!(Parameters::parse(&long(4096)).is_some());
        assert!(Parameters::parse(&long(4097)).is_none());
    }

    #[test]
    fn quoting_is_undone_by_reading() {
        let name = "a\"b\\c, d";
        assert_eq!(get(&format!("Digest realm={}", quote(name)), "realm").as_deref(), Some(name));
    }
}
