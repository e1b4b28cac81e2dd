//! SIP messages as `rsip` reads and builds them, with the few questions that a telephone asks.

use rsip::headers::Header;
use rsip::message::HasHeaders;
use rsip::{Headers, Method, SipMessage, Uri, Version};

/// A request or a response.
#[derive(Debug, Clone)]
pub struct Message(SipMessage);

impl Message {
    /// Reads one datagram or one framed part of a stream.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        SipMessage::try_from(bytes).map(Self).map_err(|error| format!("{error:?}"))
    }

    /// A request; `Content-Length` is added.
    pub fn request(method: Method, uri: &str, headers: &[(&str, String)], body: &str) -> Self {
        let uri = Uri::try_from(uri).unwrap_or_else(|error| panic!("{uri}: {error:?}"));
        let headers = header_list(headers, body);
        Self(SipMessage::Request(rsip::Request { method, uri, version: Version::V2, headers, body: body.into() }))
    }

    /// The response `code` to this request with its Via, From, To, Call-ID and CSeq; `tag` goes into To unless it has one.
    pub fn reply(&self, code: u16, tag: &str, headers: &[(&str, String)], body: &str) -> Self {
        let mut list = Vec::new();
        for name in ["Via", "Record-Route", "From", "To", "Call-ID", "CSeq"] {
            for mut value in self.headers(name) {
                if name == "To" && code > 100 && parameter(&value, "tag").is_none() {
                    value = format!("{value};tag={tag}");
                }
                list.push((name, value));
            }
        }
        list.extend(headers.iter().cloned());
        Self(SipMessage::Response(rsip::Response {
            status_code: code.into(),
            version: Version::V2,
            headers: header_list(&list, body),
            body: body.into(),
        }))
    }

    /// The same message with these header fields instead of those of the same names.
    pub fn replacing(&self, fields: &[(&str, String)]) -> Self {
        let mut message = self.clone();
        let mut list: Vec<Header> = Vec::new();
        let mut left: Vec<&(&str, String)> = fields.iter().collect();
        for header in self.0.headers().iter() {
            let line = header.to_string();
            let name = long_name(line.split(':').next().unwrap_or_default().trim()).to_owned();
            if let Some(place) = left.iter().position(|(n, _)| n.eq_ignore_ascii_case(&name)) {
                let (name, value) = left.remove(place);
                list.push(Header::Other((*name).to_owned(), value.clone()));
            } else if !fields.iter().any(|(n, _)| n.eq_ignore_ascii_case(&name)) {
                list.push(header.clone());
            }
        }
        list.extend(left.into_iter().map(|(n, v)| Header::Other((*n).to_owned(), v.clone())));
        *message.0.headers_mut() = Headers::from(list);
        message
    }

    /// As it goes onto the wire.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.to_string().into_bytes()
    }

    /// The method of a request.
    pub fn method(&self) -> Option<Method> {
        match &self.0 {
            SipMessage::Request(request) => Some(request.method),
            SipMessage::Response(_) => None,
        }
    }

    /// The Request-URI.
    pub fn uri(&self) -> Option<String> {
        match &self.0 {
            SipMessage::Request(request) => Some(request.uri.to_string()),
            SipMessage::Response(_) => None,
        }
    }

    /// The code of a response.
    pub fn code(&self) -> Option<u16> {
        match &self.0 {
            SipMessage::Request(_) => None,
            SipMessage::Response(response) => Some(response.status_code.code()),
        }
    }

    /// The first value of a header, by its long name.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers(name).into_iter().next()
    }

    /// All header fields of one name, as they stand.
    pub fn headers(&self, name: &str) -> Vec<String> {
        let wanted = long_name(name).to_ascii_lowercase();
        let text = |header: &Header| header.to_string();
        let split = |line: String| line.split_once(':').map(|(n, v)| (n.trim().to_owned(), v.trim().to_owned()));
        let fields = self.0.headers().iter().map(text).filter_map(split);
        fields.filter(|(n, _)| long_name(n).eq_ignore_ascii_case(&wanted)).map(|(_, v)| v).collect()
    }

    /// Is `token` one of the comma-separated words of the header?
    pub fn lists(&self, name: &str, token: &str) -> bool {
        self.headers(name).iter().flat_map(|v| v.split(',')).any(|word| word.trim().eq_ignore_ascii_case(token))
    }

    /// Call-ID, or an empty text.
    pub fn call_id(&self) -> String {
        self.header("Call-ID").unwrap_or_default()
    }

    /// Number and method of CSeq.
    pub fn cseq(&self) -> (u32, String) {
        let value = self.header("CSeq").unwrap_or_default();
        let mut words = value.split_whitespace();
        let number = words.next().and_then(|n| n.parse().ok()).unwrap_or(0);
        (number, words.next().unwrap_or_default().to_ascii_uppercase())
    }

    /// The branch of the top Via.
    pub fn branch(&self) -> String {
        self.header("Via").and_then(|via| parameter(&via, "branch")).unwrap_or_default()
    }

    /// The tag of From or To.
    pub fn tag(&self, header: &str) -> Option<String> {
        parameter(&self.header(header)?, "tag")
    }

    /// The body as text.
    pub fn body(&self) -> String {
        String::from_utf8_lossy(self.0.body()).into_owned()
    }

    /// Start line, for logs and failures.
    pub fn title(&self) -> String {
        match &self.0 {
            SipMessage::Request(request) => format!("{} {}", request.method, request.uri),
            SipMessage::Response(response) => {
                format!("{} ({})", response.status_code, self.cseq().1)
            }
        }
    }
}

fn header_list(headers: &[(&str, String)], body: &str) -> Headers {
    let mut list: Vec<Header> =
        headers.iter().map(|(name, value)| Header::Other((*name).to_owned(), value.clone())).collect();
    list.push(Header::Other("Content-Length".into(), body.len().to_string()));
    Headers::from(list)
}

fn long_name(name: &str) -> &str {
    match name {
        "v" => "Via",
        "f" => "From",
        "t" => "To",
        "i" => "Call-ID",
        "m" => "Contact",
        "l" => "Content-Length",
        "c" => "Content-Type",
        "k" => "Supported",
        "r" => "Refer-To",
        "b" => "Referred-By",
        other => other,
    }
}

/// A header parameter outside of `<…>`.
pub(crate) fn parameter(value: &str, name: &str) -> Option<String> {
    let outside = value.rsplit_once('>').map_or(value, |(_, after)| after);
    outside.split(';').skip(1).find_map(|part| {
        let (n, v) = part.split_once('=').unwrap_or((part, ""));
        n.trim().eq_ignore_ascii_case(name).then(|| v.trim().trim_matches('"').to_owned())
    })
}

/// The address inside of `<…>`, or the whole value without parameters.
pub(crate) fn address(value: &str) -> String {
    match value.split_once('<') {
        Some((_, rest)) => rest.split('>').next().unwrap_or_default().to_owned(),
        None => value.split(';').next().unwrap_or_default().trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_survives_print_and_parse() {
        let headers = [
            ("Via", "SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKa;rport".to_owned()),
            ("From", "\"A, B\" <sip:+7@h>;tag=1".into()),
            ("To", "<sip:100@127.0.0.1:5060;transport=tcp>".into()),
            ("Call-ID", "x@y".into()),
            ("CSeq", "7 INVITE".into()),
            ("X-Account", "4711".into()),
        ];
        let sent = Message::request(Method::Invite, "sip:+7495@127.0.0.1:5060", &headers, "hello");
        let read = Message::parse(&sent.bytes()).unwrap();
        assert_eq!(read.uri().unwrap(), "sip:+7495@127.0.0.1:5060");
        assert_eq!(read.cseq(), (7, "INVITE".into()));
        assert_eq!(read.branch(), "z9hG4bKa");
        assert_eq!(read.tag("From").unwrap(), "1");
        assert_eq!(read.header("x-account").unwrap(), "4711");
        assert_eq!((read.header("l").unwrap().as_str(), read.body().as_str()), ("5", "hello"));
        let reply = Message::parse(&read.reply(486, "t", &[], "").bytes()).unwrap();
        assert_eq!((reply.code(), reply.tag("To").as_deref()), (Some(486), Some("t")));
    }
}
