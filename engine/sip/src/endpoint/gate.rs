//! What a request must be before it costs us any state: checks in the order of RFC 3261 §8.2.

use sipx_sip::validate::{Finding, validate_request};
use sipx_sip::{HeaderName, Method, Request};

use super::Endpoint;
use crate::wire;

/// Via values that we read in one request.
const VIA_MAX: usize = 70;
/// Octets of a Request-URI.
const URI_MAX: usize = 1024;
/// Octets of SDP.
const SDP_MAX: usize = 16 * 1024;
/// Extensions that we understand when Require names them.
const EXTENSIONS: [&str; 3] = ["100rel", "timer", "replaces"];

/// A final response that needs no transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) headers: Vec<(HeaderName, String)>,
}

impl Refusal {
    pub(super) fn new(status: u16) -> Self {
        Self { status, headers: Vec::new() }
    }

    pub(super) fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl Endpoint {
    pub(super) fn check(&self, request: &Request) -> Result<(), Refusal> {
        check_form(request)?;
        check_method(request)?;
        check_uri(request)?;
        check_extensions(request)?;
        check_body(request)?;
        if request.method == Method::Register {
            check_register(request)?;
        }
        Ok(())
    }

    /// 503 with Retry-After.
    pub(super) fn busy(&mut self) -> Refusal {
        let seconds = self.admission.retry_after();
        Refusal::new(503).with(HeaderName::RetryAfter, seconds.to_string())
    }
}

fn check_form(request: &Request) -> Result<(), Refusal> {
    let findings = validate_request(request);
    if findings.contains(&Finding::UnsupportedVersion) {
        return Err(Refusal::new(505));
    }
    let unknown = matches!(request.method, Method::Other(_));
    let fatal = |f: &Finding| match f {
        // RFC 2543 peers send none; a phone is not to be refused for a number that we do not need.
        Finding::MissingRequiredHeader("Max-Forwards") => false,
        // RFC 4475 §3.1.2.18: an unknown method is said to be unknown first.
        Finding::CSeqMethodMismatch => !unknown,
        _ => true,
    };
    if findings.iter().any(fatal) {
        return Err(Refusal::new(400));
    }
    let vias =
        request.headers.get_all(&HeaderName::Via).map(|v| v.raw_value().iter().filter(|b| **b == b',').count() + 1);
    if vias.sum::<usize>() > VIA_MAX {
        return Err(Refusal::new(400));
    }
    let broken =
        |name: &HeaderName| request.headers.get(name).is_some() && wire::address(&request.headers, name).is_none();
    if broken(&HeaderName::From) || broken(&HeaderName::To) {
        return Err(Refusal::new(400));
    }
    check_contact(request)
}

fn check_contact(request: &Request) -> Result<(), Refusal> {
    if request.method == Method::Register || request.headers.get(&HeaderName::Contact).is_none() {
        return match request.method {
            Method::Invite => Err(Refusal::new(400)), // Nobody could be called back: no dialog without Contact.
            _ => Ok(()),
        };
    }
    match wire::contact_uri(&request.headers) {
        Some(_) => Ok(()),
        None => Err(Refusal::new(400)),
    }
}

fn check_method(request: &Request) -> Result<(), Refusal> {
    match request.method {
        Method::Other(_) => Err(Refusal::new(501).with(HeaderName::Allow, wire::ALLOW)),
        Method::Message | Method::Publish => Err(Refusal::new(405).with(HeaderName::Allow, wire::ALLOW)),
        Method::Subscribe if !asks_for_lamp(request) => {
            Err(Refusal::new(489).with(wire::named("Allow-Events"), super::lamp::EVENT))
        }
        _ => Ok(()),
    }
}

/// Messages are the only event that phones may ask about.
fn asks_for_lamp(request: &Request) -> bool {
    let event = wire::text(&request.headers, &HeaderName::Event).unwrap_or_default();
    event.split(';').next().is_some_and(|event| event.trim().eq_ignore_ascii_case(super::lamp::EVENT))
}

fn check_uri(request: &Request) -> Result<(), Refusal> {
    if !request.uri.scheme().is_sip() {
        return Err(Refusal::new(416));
    }
    if request.uri.to_bytes().len() > URI_MAX {
        return Err(Refusal::new(414));
    }
    Ok(())
}

fn check_extensions(request: &Request) -> Result<(), Refusal> {
    if request.method == Method::Cancel {
        return Ok(()); // RFC 3261 §8.2.2.3: Require is ignored in CANCEL.
    }
    let mut unknown = wire::tokens(&request.headers, &HeaderName::Require);
    unknown.retain(|t| !EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(t)));
    let foreign = wire::tokens(&request.headers, &HeaderName::ProxyRequire);
    if unknown.is_empty() && foreign.is_empty() {
        return Ok(());
    }
    unknown.extend(foreign);
    Err(Refusal::new(420).with(HeaderName::Unsupported, unknown.join(", ")))
}

fn check_body(request: &Request) -> Result<(), Refusal> {
    let headers = &request.headers;
    let offers = matches!(request.method, Method::Invite | Method::Update | Method::Prack);
    if offers && !request.body().is_empty() {
        let plain =
            wire::tokens(headers, &HeaderName::ContentEncoding).iter().all(|e| e.eq_ignore_ascii_case("identity"));
        let optional = wire::text(headers, &HeaderName::ContentDisposition)
            .is_some_and(|d| d.to_ascii_lowercase().contains("handling=optional"));
        if (!plain || !wire::content_is(headers, "application/sdp")) && !optional {
            let refusal = Refusal::new(415).with(HeaderName::Accept, "application/sdp");
            return Err(refusal.with(HeaderName::AcceptEncoding, "identity"));
        }
        if request.body().len() > SDP_MAX {
            return Err(Refusal::new(413));
        }
    }
    if request.method == Method::Invite && headers.get(&HeaderName::Accept).is_some() && !accepts_sdp(request) {
        return Err(Refusal::new(406));
    }
    Ok(())
}

fn accepts_sdp(request: &Request) -> bool {
    wire::tokens(&request.headers, &HeaderName::Accept).iter().any(|range| {
        let range = range.split(';').next().unwrap_or_default().trim();
        ["application/sdp", "application/*", "*/*"].iter().any(|wanted| range.eq_ignore_ascii_case(wanted))
    })
}

fn check_register(request: &Request) -> Result<(), Refusal> {
    let to = wire::address(&request.headers, &HeaderName::To);
    match to {
        Some(to) if to.uri.scheme().is_sip() => Ok(()),
        _ => Err(Refusal::new(400)),
    }
}
