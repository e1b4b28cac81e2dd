//! Small readers and writers over the message types: one header field, one tag, one list.

use std::net::SocketAddr;

use sipx_sip::headers::{Address, first_hop_end};
use sipx_sip::{CSeq, Header, HeaderName, Headers, Method, Request, Response, ResponseBuilder, StatusCode, Via};

/// Methods that we serve, for Allow.
pub(crate) const ALLOW: &str =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, UPDATE, PRACK, REFER, NOTIFY, SUBSCRIBE";
/// Extensions that we know, for Supported.
pub(crate) const SUPPORTED: &str = "100rel, timer, replaces";

/// A field's value as text, octets that are not UTF-8 replaced.
pub(crate) fn text(headers: &Headers, name: &HeaderName) -> Option<String> {
    headers.value(name).map(|v| String::from_utf8_lossy(&v).trim().to_owned())
}

/// A field by a name that the library does not model.
pub(crate) fn named(name: &str) -> HeaderName {
    HeaderName::parse(&name.as_bytes().to_vec().into())
}

/// Comma-separated tokens of all fields of a name.
pub(crate) fn tokens(headers: &Headers, name: &HeaderName) -> Vec<String> {
    headers
        .get_all(name)
        .flat_map(|h| String::from_utf8_lossy(&h.value()).split(',').map(|t| t.trim().to_owned()).collect::<Vec<_>>())
        .filter(|t| !t.is_empty())
        .collect()
}

/// Is `token` in a comma-separated field?
pub(crate) fn lists(headers: &Headers, name: &HeaderName, token: &str) -> bool {
    tokens(headers, name).iter().any(|t| t.eq_ignore_ascii_case(token))
}

/// The address in a field such as From.
pub(crate) fn address(headers: &Headers, name: &HeaderName) -> Option<Address> {
    Address::parse(&headers.value(name)?, "address").ok()
}

/// The tag of From or To, `""` when there is none.
pub(crate) fn tag(headers: &Headers, name: &HeaderName) -> String {
    address(headers, name).and_then(|a| a.tag().map(|t| String::from_utf8_lossy(t).into_owned())).unwrap_or_default()
}

/// The CSeq number, zero when it is missing.
pub(crate) fn cseq(headers: &Headers) -> u32 {
    headers.typed::<CSeq>().and_then(Result::ok).map_or(0, |c| c.sequence)
}

/// The method that CSeq names.
pub(crate) fn cseq_method(headers: &Headers) -> Option<Method> {
    headers.typed::<CSeq>().and_then(Result::ok).map(|c| c.method)
}

/// The decimal number in a field.
pub(crate) fn number(headers: &Headers, name: &HeaderName) -> Option<u32> {
    text(headers, name)?.split(';').next()?.trim().parse().ok()
}

/// The URI of the first Contact.
pub(crate) fn contact_uri(headers: &Headers) -> Option<String> {
    let value = headers.value(&HeaderName::Contact)?;
    let first = Address::parse_list(&value, "Contact").ok()?.into_iter().next()?;
    Some(first.uri.to_string())
}

/// Every Record-Route value in order, each as `<uri>`.
pub(crate) fn record_routes(headers: &Headers) -> Vec<String> {
    headers
        .get_all(&HeaderName::RecordRoute)
        .filter_map(|h| Address::parse_list(&h.value(), "Record-Route").ok())
        .flatten()
        .map(|a| format!("<{}>", a.uri))
        .collect()
}

/// The user part of a URI, escapes resolved, for numbers and names of accounts.
pub(crate) fn user(uri: &sipx_sip::Uri) -> String {
    if let Some(tel) = uri.tel_parts() {
        return String::from_utf8_lossy(tel.subscriber()).into_owned();
    }
    uri.decoded_user().map(|u| one_line(&String::from_utf8_lossy(&u))).unwrap_or_default()
}

/// Control characters become spaces: the text cannot break a log line or a header field.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// Appends a field; a value with line breaks is left out.
pub(crate) fn push(headers: &mut Headers, name: HeaderName, value: impl Into<Vec<u8>>) {
    if let Ok(header) = Header::build(name, value.into()) {
        headers.push(header);
    }
}

/// The body and what says how long and what it is.
pub(crate) fn set_body(headers: &mut Headers, body: Option<(&str, &str)>) -> Vec<u8> {
    let (kind, body) = body.unzip();
    if let Some(kind) = kind {
        push(headers, HeaderName::ContentType, kind);
    }
    let body = body.unwrap_or_default().as_bytes().to_vec();
    push(headers, HeaderName::ContentLength, body.len().to_string());
    body
}

/// Does the body say that it is `kind/subtype`?
pub(crate) fn content_is(headers: &Headers, kind: &str) -> bool {
    text(headers, &HeaderName::ContentType)
        .is_some_and(|t| t.split(';').next().is_some_and(|t| t.trim().eq_ignore_ascii_case(kind)))
}

/// The SDP in a body, if there is one.
pub(crate) fn sdp<'a>(headers: &Headers, body: &'a [u8]) -> Option<&'a str> {
    if body.is_empty() || !content_is(headers, "application/sdp") {
        return None;
    }
    std::str::from_utf8(body).ok()
}

/// Writes where a request really came from into its top Via (RFC 3261 §18.2.1, RFC 3581 §4).
pub(crate) fn stamp_via(request: &mut Request, from: SocketAddr) -> Option<Via> {
    let via = request.headers.typed::<Via>()?.ok()?;
    let value = request.headers.value(&HeaderName::Via)?.into_owned();
    let end = first_hop_end(&value);
    let asks_rport = via.rport().is_some();
    let same_host = matches!(&via.host, sipx_sip::Host::Ip(ip) if *ip == from.ip());
    if same_host && !asks_rport {
        return Some(via);
    }
    let hop = String::from_utf8_lossy(&value[..end]).into_owned();
    let mut parts: Vec<&str> = split_params(&hop);
    parts.retain(|p| {
        let name = p.split('=').next().unwrap_or_default().trim();
        !name.eq_ignore_ascii_case("rport") && !name.eq_ignore_ascii_case("received")
    });
    let mut stamped = parts.join(";");
    stamped.push_str(&format!(";received={}", from.ip()));
    if asks_rport {
        stamped.push_str(&format!(";rport={}", from.port()));
    }
    let mut stamped = stamped.into_bytes();
    stamped.extend_from_slice(&value[end..]);
    request.headers.remove_first(&HeaderName::Via)?;
    request.headers.push_front(Header::build(HeaderName::Via, stamped).ok()?);
    Some(via)
}

fn split_params(hop: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, c) in hop.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ';' if !quoted => {
                parts.push(&hop[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&hop[start..]);
    parts
}

/// A response to a request with the fields that RFC 3261 §8.2.6 wants; `to_tag` is added unless To has one.
pub(crate) fn response(request: &Request, status: u16, to_tag: &str) -> Option<Response> {
    let code = StatusCode::new(status)?;
    let mut response = ResponseBuilder::to_request(request, code, reason_phrase(status)).ok()?.build();
    response.headers.remove_all(&HeaderName::ContentLength);
    if !to_tag.is_empty() && tag(&request.headers, &HeaderName::To).is_empty() {
        let mut to = request.headers.value(&HeaderName::To)?.into_owned();
        to.extend_from_slice(b";tag=");
        to.extend_from_slice(to_tag.as_bytes());
        response.headers.remove_all(&HeaderName::To);
        push(&mut response.headers, HeaderName::To, to);
    }
    Some(response)
}

/// Ends a response: length and body.
pub(crate) fn close(response: &mut Response, body: Option<(&str, &str)>) {
    let body = set_body(&mut response.headers, body);
    response.set_body(body.into());
}

/// Says once who answers, unless that is kept secret.
pub(crate) fn name_server(response: &mut Response, name: &str) {
    if !name.is_empty() && response.headers.get(&HeaderName::Server).is_none() {
        push(&mut response.headers, HeaderName::Server, name);
    }
}

/// The phrase of RFC 3261 §21 and its extensions.
pub(crate) fn reason_phrase(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        180 => "Ringing",
        183 => "Session Progress",
        202 => "Accepted",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        410 => "Gone",
        413 => "Request Entity Too Large",
        414 => "Request-URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        420 => "Bad Extension",
        421 => "Extension Required",
        422 => "Session Interval Too Small",
        423 => "Interval Too Brief",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        483 => "Too Many Hops",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        491 => "Request Pending",
        493 => "Undecipherable",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        other => match other / 100 {
            2 => "OK",
            3 => "Redirected",
            4 => "Request Failed",
            5 => "Server Failed",
            _ => "Declined",
        },
    }
}

/// The whole values of all fields of a name; challenges contain commas of their own.
pub(crate) fn values(headers: &Headers, name: &HeaderName) -> Vec<String> {
    headers.get_all(name).map(|h| String::from_utf8_lossy(&h.value()).trim().to_owned()).collect()
}
