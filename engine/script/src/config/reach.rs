//! What leaves the house: mail, short messages, webhooks, and whom `http` may reach.

use std::collections::BTreeMap;
use std::time::Duration;

use super::reader::{Fields, Reader};
use super::tree::{Node, Value};
use super::{Network, Secret, values, web};

/// `mail:`, `sms:`, `webhooks:`, `http:` and `outbox:`.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Who takes our mail; none means that `email` gives `"refused"`.
    pub mail: Option<MailConfig>,
    /// Who takes our short messages; none means that `sms` gives `"refused"`.
    pub sms: Option<SmsConfig>,
    /// Systems that are told something.
    pub webhooks: BTreeMap<String, WebhookConfig>,
    /// Whom we may reach.
    pub http: HttpRules,
    /// How often and how long deliveries are tried.
    pub outbox: OutboxConfig,
}

/// `mail:`
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// Host of the mail server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way there is protected.
    pub security: MailSecurity,
    /// Account, when it asks for one.
    pub username: Option<String>,
    /// Its secret.
    pub password: Option<Secret>,
    /// Sender, `Clinic <desk@clinic.example>`.
    pub from: String,
}

/// How the way to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// `smtp://`: not at all, for a server on the same machine or network.
    Plain,
    /// `starttls://`: TLS after a greeting in clear; without it nothing is sent.
    StartTls,
    /// `smtps://`: TLS from the beginning.
    Tls,
}

/// `sms:`
#[derive(Debug, Clone)]
pub enum SmsConfig {
    /// A gateway over HTTP.
    Gateway(SmsGateway),
    /// A program with its arguments; `{to} {text} {key}` are replaced; never a shell.
    Command(Vec<String>),
}

/// A gateway that takes short messages over HTTP.
#[derive(Debug, Clone)]
pub struct SmsGateway {
    /// Address; `{to} {text} {key}` in it are percent-encoded.
    pub url: String,
    /// `POST`, `GET`, `PUT`.
    pub method: &'static str,
    /// Header fields.
    pub headers: BTreeMap<String, Secret>,
    /// Body with `{to} {text} {key}`, escaped as its content type wants.
    pub body: Option<String>,
}

/// `webhooks.<name>:`
#[derive(Debug, Clone)]
pub struct WebhookConfig {
    /// Where the POST goes.
    pub url: String,
    /// Signs it.
    pub secret: Option<Secret>,
    /// Header fields.
    pub headers: BTreeMap<String, Secret>,
}

/// `http:`
#[derive(Debug, Clone, Default)]
pub struct HttpRules {
    /// Hosts that flows may ask.
    pub allow: Vec<web::HostPattern>,
    /// Private networks that may be reached all the same.
    pub private: Vec<Network>,
}

/// `outbox:`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxConfig {
    /// Tries before a delivery is given up.
    pub attempts: u32,
    /// Wait after the first failure; it doubles each time.
    pub first: Duration,
    /// Longest wait between two tries.
    pub longest: Duration,
    /// Deliveries under way at once, for mail, short messages and each webhook.
    pub at_once: u32,
}

impl Default for OutboxConfig {
    fn default() -> Self {
        Self { attempts: 12, first: Duration::from_secs(10), longest: Duration::from_secs(3600), at_once: 4 }
    }
}

impl Reader<'_> {
    pub(super) fn reach(&mut self, fields: &Fields<'_>) -> Reach {
        Reach {
            mail: fields.get("mail").and_then(|node| self.mail(node)),
            sms: fields.get("sms").and_then(|node| self.sms(node)),
            webhooks: fields.get("webhooks").map(|node| self.webhooks(node)).unwrap_or_default(),
            http: fields.get("http").map(|node| self.http_rules(node)).unwrap_or_default(),
            outbox: fields.get("outbox").map(|node| self.outbox(node)).unwrap_or_default(),
        }
    }

    fn mail(&mut self, node: &Node) -> Option<MailConfig> {
        let fields = self.fields(node, "mail", &["server", "username", "password", "from"]);
        let server = self.needed(&fields, "mail", "server", "server: smtps://mail.example");
        let from = self.needed(&fields, "mail", "from", "from: \"Clinic <desk@clinic.example>\"");
        let username = fields.get("username").and_then(|node| self.text(node, "username"));
        let password = fields.get("password").and_then(|node| self.secret(node, "mail.password"));
        let server = server.and_then(|node| self.parsed(node, "mail.server", "bad-address", mail_server));
        let from = from.and_then(|node| self.parsed(node, "mail.from", "bad-email", web::sender))?;
        let (security, host, port) = server?;
        if security == MailSecurity::Plain
            && let Some(node) = fields.get("password")
        {
            let message = "`smtp://` sends the password in clear";
            let one = self.warning("clear-password", &node.span, message);
            one.help.push("write `starttls://` or `smtps://` in `server`".into());
        }
        Some(MailConfig { host, port, security, username, password, from })
    }

    fn sms(&mut self, node: &Node) -> Option<SmsConfig> {
        let fields = self.fields(node, "sms", &["url", "method", "headers", "body", "command"]);
        let (url, command) = (fields.get("url"), fields.get("command"));
        let (Some(node), None) = (url, command) else {
            let Some(list) = command.filter(|_| url.is_none()) else {
                self.error("bad-sms", &fields.span, "`sms` needs exactly one of `url` and `command`");
                return None;
            };
            let words = self.list(list, "command", "bad-command", |text| Ok(text.to_owned()));
            self.says_what_to_send(list, "command", &words.concat());
            return (!words.is_empty()).then_some(SmsConfig::Command(words));
        };
        let url = self.parsed(node, "sms.url", "bad-url", web::address);
        let methods = [("POST", "POST"), ("GET", "GET"), ("PUT", "PUT")];
        let method = fields.get("method").and_then(|node| self.word(node, "method", &methods)).unwrap_or("POST");
        let headers = fields.get("headers").map(|node| self.headers(node, "sms.headers")).unwrap_or_default();
        let body = fields.get("body").and_then(|node| self.text(node, "body"));
        let url = url?;
        self.says_what_to_send(node, "sms", &format!("{url}{}", body.as_deref().unwrap_or_default()));
        Some(SmsConfig::Gateway(SmsGateway { url, method, headers, body }))
    }

    fn says_what_to_send(&mut self, node: &Node, what: &str, text: &str) {
        for place in ["{to}", "{text}"].into_iter().filter(|place| !text.contains(place)) {
            self.error("bad-sms", &node.span, format!("`{what}` says nowhere `{place}`"));
        }
    }

    fn webhooks(&mut self, node: &Node) -> BTreeMap<String, WebhookConfig> {
        let rows = self.entries(node, "webhooks");
        let all = rows.into_iter().map(|(key, value)| Some((key.text.clone(), self.webhook(value, &key.text)?)));
        all.collect::<Vec<_>>().into_iter().flatten().collect()
    }

    fn webhook(&mut self, node: &Node, name: &str) -> Option<WebhookConfig> {
        let what = format!("webhooks.{name}");
        let fields = self.fields(node, &what, &["url", "secret", "headers"]);
        let secret = fields.get("secret").and_then(|node| self.secret(node, &format!("{what}.secret")));
        if fields.get("secret").is_none() {
            let one = self.warning("unsigned-webhook", &fields.span, format!("`{what}` has no `secret`"));
            one.help.push("whoever knows the address can write to it; sign with `secret: env:NAME`".into());
        }
        let headers = fields.get("headers").map(|node| self.headers(node, "headers")).unwrap_or_default();
        let url = self.needed(&fields, &what, "url", "url: \"https://crm.example/calls\"")?;
        let url = self.parsed(url, &what, "bad-url", web::address)?;
        Some(WebhookConfig { url, secret, headers })
    }

    fn http_rules(&mut self, node: &Node) -> HttpRules {
        let fields = self.fields(node, "http", &["allow", "private"]);
        let mut rules = HttpRules::default();
        if let Some(node) = fields.get("allow") {
            rules.allow = self.list(node, "http.allow", "bad-host", web::HostPattern::parse);
        }
        if let Some(node) = fields.get("private") {
            rules.private = self.list(node, "http.private", "bad-network", values::network);
        }
        rules
    }

    fn outbox(&mut self, node: &Node) -> OutboxConfig {
        let fields = self.fields(node, "outbox", &["attempts", "first", "longest", "at_once"]);
        let usual = OutboxConfig::default();
        let attempts = fields.get("attempts").and_then(|node| self.number(node, "outbox.attempts", 1..=100));
        let at_once = fields.get("at_once").and_then(|node| self.number(node, "outbox.at_once", 1..=64));
        let first = fields.get("first").and_then(|node| self.some_time(node, "outbox.first"));
        let longest = fields.get("longest").and_then(|node| self.some_time(node, "outbox.longest"));
        let first = first.unwrap_or(usual.first);
        OutboxConfig {
            attempts: attempts.unwrap_or(usual.attempts),
            first,
            longest: longest.unwrap_or(usual.longest).max(first),
            at_once: at_once.unwrap_or(usual.at_once),
        }
    }

    /// Header fields of requests: a value may be `env:NAME` or `file:path`.
    pub(super) fn headers(&mut self, node: &Node, what: &str) -> BTreeMap<String, Secret> {
        let mut headers = BTreeMap::new();
        for (key, value) in self.entries(node, what) {
            if let Err(message) = web::header_name(&key.text) {
                self.error("bad-header", &key.span, message);
                continue;
            }
            let elsewhere =
                matches!(&value.value, Value::Text(text) if text.starts_with("env:") || text.starts_with("file:"));
            let secret = if elsewhere || web::is_secret_header(&key.text) {
                self.secret(value, &key.text)
            } else {
                self.text(value, &key.text).map(Secret::new)
            };
            if let Some(secret) = secret {
                if secret.expose().chars().any(char::is_control) {
                    self.error("bad-header", &value.span, format!("`{}` has control characters", key.text));
                    continue;
                }
                headers.insert(key.text.clone(), secret);
            }
        }
        headers
    }

    fn needed<'n>(&mut self, fields: &Fields<'n>, what: &str, key: &str, example: &str) -> Option<&'n Node> {
        let found = fields.get(key);
        if found.is_none() {
            let one = self.error("missing-key", &fields.span, format!("`{what}` has no `{key}`"));
            one.help.push(format!("write `{example}`"));
        }
        found
    }
}

/// `smtp://localhost:25`, `starttls://mail.example`, `smtps://mail.example`
fn mail_server(text: &str) -> Result<(MailSecurity, String, u16), String> {
    let wrong = || format!("`{text}` is no mail server, write `smtps://mail.example` or `smtp://localhost:25`");
    let (scheme, place) = text.split_once("://").ok_or_else(wrong)?;
    let (security, usual) = match scheme {
        "smtp" => (MailSecurity::Plain, 25),
        "starttls" => (MailSecurity::StartTls, 587),
        "smtps" => (MailSecurity::Tls, 465),
        _ => return Err(wrong()),
    };
    values::host_and_port(place).map_err(|_| wrong())?;
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => (host, port.parse().map_err(|_| wrong())?),
        _ => (place, usual),
    };
    Ok((security, host.to_owned(), port))
}
