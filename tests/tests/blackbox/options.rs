//! OPTIONS and what else is asked outside of calls.

use callwright_tests::{Method, Phone, Server};

#[test]
fn options_says_what_we_can_do() {
    let server = Server::of("office");
    let phone = server.phone("probe");
    let reply = phone.request(Method::Options, &format!("sip:{}", server.address()), &[]).expect("an answer");
    assert_eq!(reply.code(), Some(200));
    for method in ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS"] {
        assert!(reply.lists("Allow", method), "{:?}", reply.headers("Allow"));
    }
    assert!(reply.lists("Accept", "application/sdp"), "{:?}", reply.headers("Accept"));
    assert_eq!(Phone::tcp("probe", server.address()).asks_options(), 200);
}

#[test]
fn requests_without_a_call_get_481() {
    let server = Server::of("office");
    let phone = server.phone("probe");
    for method in [Method::Bye, Method::Info, Method::Update, Method::PRack] {
        let uri = format!("sip:100@{}", server.address());
        let extra = [("To", format!("<{uri}>;tag=nobody")), ("RAck", "1 1 INVITE".into())];
        let mut headers = extra.to_vec();
        if method != Method::PRack {
            headers.pop();
        }
        let code = phone.request(method, &uri, &headers).and_then(|r| r.code());
        assert_eq!(code, Some(481), "{method}");
    }
}

#[test]
fn an_extension_that_nobody_knows_gets_420() {
    let server = Server::of("office");
    let phone = server.phone("probe");
    let uri = format!("sip:{}", server.address());
    let reply = phone.request(Method::Options, &uri, &[("Require", "time-travel".into())]).expect("an answer");
    assert_eq!((reply.code(), reply.header("Unsupported").as_deref()), (Some(420), Some("time-travel")));
}
