//! Web addresses, hosts, header fields and mail addresses as a project may write them.

/// A host that the project allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostPattern {
    /// `crm.example`
    Exact(String),
    /// `*.partner.example`: every host below it, not the name itself.
    Below(String),
}

impl HostPattern {
    /// Reads `crm.example`, `*.partner.example`, `203.0.113.7`.
    ///
    /// # Errors
    /// Says what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let host = text.strip_prefix("*.").unwrap_or(text).to_ascii_lowercase();
        let plain =
            host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':' | b'[' | b']'));
        if host.is_empty() || !plain || host.starts_with('.') || host.ends_with('.') || host.contains("..") {
            return Err(format!("`{text}` is no host, write `crm.example` or \"*.partner.example\""));
        }
        Ok(if text.starts_with("*.") { Self::Below(host) } else { Self::Exact(host) })
    }

    /// Is this host meant?
    pub fn matches(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        match self {
            Self::Exact(name) => host == *name,
            Self::Below(name) => {
                host.strip_suffix(name.as_str()).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
            }
        }
    }
}

/// `https://crm.example/calls`: absolute, with a host that is written out, nobody's name and password in it.
///
/// # Errors
/// Says what is wrong with it.
pub fn address(text: &str) -> Result<String, String> {
    let wrong = || format!("`{text}` is no web address, write `https://crm.example/…`");
    let host = host_of(text).ok_or_else(wrong)?;
    if host.contains(['{', '}']) {
        return Err("the host of an address is written out: only what follows it may hold `{…}`".into());
    }
    Ok(text.to_owned())
}

/// The host of a web address in lower case, without port; none when it is no address that we would use.
pub fn host_of(url: &str) -> Option<String> {
    if url.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return None;
    }
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    let skip = ["https://", "http://"].into_iter().find(|scheme| lower.starts_with(scheme))?.len();
    let authority = url[skip..].split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return None;
    }
    let host = match authority.strip_prefix('[') {
        Some(rest) => &authority[..rest.find(']')? + 2],
        None => authority.split(':').next().unwrap_or_default(),
    };
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

/// Fields that say how a message travels: nobody but the sender's library may set them.
const OURS: [&str; 8] =
    ["host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect"];

/// A header field's name that a project or flow may set.
///
/// # Errors
/// Says why not.
pub fn header_name(name: &str) -> Result<(), String> {
    let token =
        !name.is_empty() && name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    if !token {
        return Err(format!("{name:?} is no name of a header field"));
    }
    if OURS.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(format!("`{name}` is set by the engine"));
    }
    Ok(())
}

/// Does a field of this name usually hold a secret?
pub(super) fn is_secret_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["authorization", "api-key", "apikey", "token", "secret"].iter().any(|word| name.contains(word))
}

/// Is this one mail address, `desk@clinic.example`, and nothing else?
pub fn is_mail_address(text: &str) -> bool {
    let Some((user, host)) = text.rsplit_once('@') else { return false };
    let odd = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';' | ':' | '"' | '(' | ')' | '\\' | '@')
    };
    let host_fits = host.contains('.') && host.split('.').all(|label| !label.is_empty());
    text.len() <= 254 && !user.is_empty() && user.len() <= 64 && host_fits && !user.contains(odd) && !host.contains(odd)
}

/// `Clinic <desk@clinic.example>`, `desk@clinic.example`
pub(super) fn sender(text: &str) -> Result<String, String> {
    let address = match text.split_once('<') {
        Some((name, rest)) if !name.chars().any(|c| c.is_control() || matches!(c, '"' | '>' | '@')) => {
            rest.strip_suffix('>')
        }
        Some(_) => None,
        None => Some(text),
    };
    if address.is_some_and(is_mail_address) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is no sender, write `Clinic <desk@clinic.example>`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_hosts_below_and_not_for_lookalikes() {
        let pattern = HostPattern::parse("*.partner.example").unwrap();
        for host in ["a.partner.example", "A.B.Partner.Example"] {
            assert!(pattern.matches(host), "{host}");
        }
        for host in ["partner.example", "evilpartner.example", ".partner.example", "a.partner.example.evil.com"] {
            assert!(!pattern.matches(host), "{host}");
        }
        assert!(HostPattern::parse("crm.example").unwrap().matches("CRM.example"));
        for text in ["", "*", "*.", "a b", "https://crm.example", "crm.example/x", "a..b", "a@b"] {
            assert!(HostPattern::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_host_of_an_address_is_what_a_browser_would_ask() {
        for (url, host) in [
            ("https://crm.example/x?y=@z", "crm.example"),
            ("HTTP://CRM.example:8080", "crm.example"),
            ("http://[::1]:80/", "[::1]"),
            ("http://crm.example#@evil.com", "crm.example"),
        ] {
            assert_eq!(host_of(url).as_deref(), Some(host), "{url}");
        }
        for url in [
            "ftp://a/",
            "file:///etc/passwd",
            "https://u:p@crm.example/",
            "https://crm.example\\@evil.com",
            "//a",
            "https://",
            "http://a\r\nb",
        ] {
            assert_eq!(host_of(url), None, "{url}");
        }
        assert!(address("https://{key}.example/").is_err());
    }

    #[test]
    fn mail_addresses_hold_one_receiver() {
        for text in ["desk@clinic.example", "a.b+c@x.y.z"] {
            assert!(is_mail_address(text), "{text}");
        }
        for text in [
            "",
            "desk",
            "@a.b",
            "a@b",
            "a@b..c",
            "a@b.c,d@e.f",
            "a@b.c\r\nBcc: x@y.z",
            "A <a@b.c>",
            "a b@c.d",
            "a@b@c.d",
        ] {
            assert!(!is_mail_address(text), "{text}");
        }
        assert!(sender("Clinic <desk@clinic.example>").is_ok() && sender("desk@clinic.example").is_ok());
        assert!(sender("Clinic <desk>").is_err() && sender("a@b.c <d@e.f>").is_err());
    }
}
