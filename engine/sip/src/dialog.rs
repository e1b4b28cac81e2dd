//! One dialog: who, where, by which route, with which sequence numbers (RFC 3261 §12).

use std::net::{IpAddr, SocketAddr};

use sipx_sip::{HeaderName, Host, Method, Request, Response, Uri, UriTransport};

use crate::config::Transport;
use crate::transmit::Destination;
use crate::wire;

#[derive(Debug, Clone)]
pub(crate) struct Dialog {
    pub(crate) call_id: String,
    pub(crate) local_tag: String,
    pub(crate) remote_tag: String,
    /// Our From, or our To, with its tag.
    pub(crate) local: String,
    /// Theirs, with its tag once there is one.
    pub(crate) remote: String,
    /// Their Contact.
    pub(crate) target: String,
    /// Route set, next hop first.
    pub(crate) routes: Vec<String>,
    pub(crate) local_cseq: u32,
    pub(crate) remote_cseq: u32,
    /// Where their last request came from, or where our first one went.
    pub(crate) flow: Destination,
    /// The peer's address on that flow, when it is known.
    pub(crate) flow_address: Option<SocketAddr>,
    /// Our Contact.
    pub(crate) contact: String,
}

impl Dialog {
    /// The dialog that an INVITE from outside begins.
    pub(crate) fn incoming(
        request: &Request,
        local_tag: &str,
        flow: Destination,
        from: SocketAddr,
        contact: String,
    ) -> Self {
        let to = wire::text(&request.headers, &HeaderName::To).unwrap_or_default();
        Self {
            call_id: wire::text(&request.headers, &HeaderName::CallId).unwrap_or_default(),
            local_tag: local_tag.to_owned(),
            remote_tag: wire::tag(&request.headers, &HeaderName::From),
            local: format!("{to};tag={local_tag}"),
            remote: wire::text(&request.headers, &HeaderName::From).unwrap_or_default(),
            target: wire::contact_uri(&request.headers).unwrap_or_default(),
            routes: wire::record_routes(&request.headers),
            local_cseq: 0,
            remote_cseq: wire::cseq(&request.headers),
            flow,
            flow_address: Some(from),
            contact,
        }
    }

    /// Takes over what a response that makes a dialog says: tag, route set, target.
    pub(crate) fn adopt_response(&mut self, response: &Response) {
        self.remote_tag = wire::tag(&response.headers, &HeaderName::To);
        if let Some(to) = wire::text(&response.headers, &HeaderName::To) {
            self.remote = to;
        }
        self.routes = wire::record_routes(&response.headers);
        self.routes.reverse(); // RFC 3261 §12.1.2: the caller walks the recorded route backwards.
        self.refresh_target(&response.headers);
    }

    /// A target refresh: the new Contact counts from now on (RFC 3261 §12.2).
    pub(crate) fn refresh_target(&mut self, headers: &sipx_sip::Headers) {
        if let Some(target) = wire::contact_uri(headers) {
            self.target = target;
        }
    }

    pub(crate) fn next_cseq(&mut self) -> u32 {
        self.local_cseq += 1;
        self.local_cseq
    }

    /// A request inside the dialog, without Via and body.
    pub(crate) fn request(&self, method: Method, cseq: u32) -> Option<Request> {
        let strict = self.routes.first().is_some_and(|r| !r.to_ascii_lowercase().contains(";lr"));
        let target = if strict { unbracket(&self.routes[0]) } else { self.target.as_str() };
        let uri = Uri::parse(target.as_bytes().to_vec().into()).ok()?;
        let method_text = method.to_string();
        let mut request = Request::new(method, uri);
        let headers = &mut request.headers;
        wire::push(headers, HeaderName::MaxForwards, "70");
        wire::push(headers, HeaderName::From, self.local.clone());
        wire::push(headers, HeaderName::To, self.remote.clone());
        wire::push(headers, HeaderName::CallId, self.call_id.clone());
        wire::push(headers, HeaderName::CSeq, format!("{cseq} {method_text}"));
        for route in self.routes.iter().skip(usize::from(strict)) {
            wire::push(headers, HeaderName::Route, route.clone());
        }
        if strict {
            wire::push(headers, HeaderName::Route, format!("<{}>", self.target)); // RFC 3261 §12.2.1.1
        }
        Some(request)
    }

    /// Where the next request goes: first route, else the target, else back along the flow.
    pub(crate) fn next_hop(&self, udp_from: Option<SocketAddr>) -> Destination {
        if let Some(route) = self.routes.first() {
            return self.prefer_stream(destination(unbracket(route), udp_from));
        }
        let behind_nat = match (target_ip(&self.target), self.flow_address) {
            (Some(ip), Some(seen)) => ip != seen.ip() && is_private(ip),
            _ => false,
        };
        if behind_nat || matches!(self.flow, Destination::Stream(_)) {
            return self.flow.clone();
        }
        self.prefer_stream(destination(&self.target, udp_from))
    }

    fn prefer_stream(&self, found: Option<Destination>) -> Destination {
        found.unwrap_or_else(|| self.flow.clone())
    }
}

/// The text between `<` and `>`.
pub(crate) fn unbracket(text: &str) -> &str {
    text.trim().trim_start_matches('<').trim_end_matches('>')
}

/// Where a SIP URI leads.
pub(crate) fn destination(uri: &str, udp_from: Option<SocketAddr>) -> Option<Destination> {
    let uri = Uri::parse(uri.as_bytes().to_vec().into()).ok()?;
    let stream = matches!(uri.selected_transport(), Ok(UriTransport::Tcp | UriTransport::Tls));
    let transport = if stream { Transport::Tcp } else { Transport::Udp };
    Some(match (uri.host()?, transport) {
        (Host::Ip(ip), Transport::Tcp) => Destination::Connect { to: SocketAddr::new(*ip, uri.port().unwrap_or(5060)) },
        (Host::Ip(ip), Transport::Udp) => {
            Destination::Udp { from: udp_from?, to: SocketAddr::new(*ip, uri.port().unwrap_or(5060)) }
        }
        (Host::Name(name), transport) => Destination::Host {
            transport,
            host: String::from_utf8_lossy(name.as_bytes()).into_owned(),
            port: uri.port(),
        },
    })
}

fn target_ip(uri: &str) -> Option<IpAddr> {
    match Uri::parse(uri.as_bytes().to_vec().into()).ok()?.host()? {
        Host::Ip(ip) => Some(*ip),
        Host::Name(_) => None,
    }
}

/// Addresses that mean something only where the phone stands.
fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let shared = v4.octets()[0] == 100 && (64..128).contains(&v4.octets()[1]); // RFC 6598
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified() || shared
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unspecified() || (v6.segments()[0] & 0xfe00) == 0xfc00,
    }
}
