//! Verbs that reach other systems: are they configured?

use rhai::{Expr, Position};

use super::Checker;
use super::calls::literal;
use crate::config::advice::DIAL;
use crate::config::public::refused_address;
use crate::config::web::host_of;
use crate::diagnostic::Diagnostic;

impl Checker<'_> {
    /// `sms`, `email`, `webhook`, `http`.
    pub(super) fn reaches(&mut self, verb: &str, first: Option<&Expr>, position: Position) {
        let reach = &self.known.reach;
        match verb {
            "sms" if reach.sms.is_none() => self.not_configured(verb, "sms", position),
            "email" if reach.mail.is_none() => self.not_configured(verb, "mail", position),
            "webhook" => {
                let known = reach.webhooks.keys().cloned().collect();
                self.name(first, "webhook", &known);
            }
            "http" if reach.http.allow.is_empty() => {
                let message = "`http` may ask nobody: callwright.yaml allows no host";
                let help = "add `http: { allow: [crm.example] }` to callwright.yaml";
                self.report(position, Diagnostic::warning("not-configured", message).help(help));
            }
            "http" => self.host(first),
            _ => (),
        }
    }

    /// `callback`, or a function of the library that books.
    pub(super) fn calls_back(&mut self, name: &str, position: Position) {
        if self.known.dials_nobody {
            let message = format!("`{name}` gives \"refused\": no row of `dial` lets anybody be called");
            self.report(position, Diagnostic::warning("not-configured", message).help(DIAL));
        }
    }

    fn not_configured(&mut self, verb: &str, key: &str, position: Position) {
        let message = format!("`{verb}` gives \"refused\": callwright.yaml has no `{key}:`");
        self.report(position, Diagnostic::warning("not-configured", message));
    }

    fn host(&mut self, address: Option<&Expr>) {
        let Some((url, position)) = address.and_then(literal) else { return };
        let Some(host) = host_of(&url) else {
            let message = format!("`{url}` is no web address, write `https://crm.example/…`");
            return self.report(position, Diagnostic::error("bad-url", message));
        };
        if !self.known.reach.http.allow.iter().any(|pattern| pattern.matches(&host)) {
            let diagnostic = Diagnostic::warning("not-allowed", format!("the project does not allow host `{host}`"));
            let help = format!("add `{host}` to `http: {{ allow: […] }}` in callwright.yaml");
            self.report(position, diagnostic.help(help));
        } else if let Some(ip) = refused_address(&url, &self.known.reach.http) {
            let message = format!("this request is refused: {ip} is no public address");
            let help = format!("add `{ip}` to `http: {{ private: […] }}` in callwright.yaml when it is meant");
            self.report(position, Diagnostic::warning("private-address", message).help(help));
        }
    }
}
