//! `callwright call` without anybody on the other side; with somebody: `run.rs`.

use std::net::{TcpListener, UdpSocket};

use crate::vocabulary::{callwright, folder};

#[test]
fn nobody_there_is_a_failed_call() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let uri = format!("sip:100@{}", silent.local_addr().unwrap());
    let done = callwright(folder().path(), &["call", &uri]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.out.contains("not answered: 408 unreachable"), "{done:?}");
}

#[test]
fn a_stream_that_closes_is_a_failed_call() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("sip:100@{}", listener.local_addr().unwrap());
    let closing = std::thread::spawn(move || drop(listener.accept()));
    let done = callwright(folder().path(), &["call", &uri, "--transport", "tcp", "--json"]);
    closing.join().unwrap();
    assert_eq!(done.code, 1, "{done:?}");
    let json = done.json();
    assert_eq!((&json["answered"], &json["end"]), (&false.into(), &"refused".into()));
}

#[test]
fn nonsense_could_not_run() {
    let folder = folder();
    for arguments in [
        &["not-an-address"][..],
        &["sip:100@127.0.0.1", "--press", "hello"],
        &["sip:100@127.0.0.1", "--for", "soon"],
        &["sip:100@127.0.0.1", "--user", "anna"],
        &["sip:100@127.0.0.1", "--from", "a b"],
        &["sip:100@127.0.0.1", "--play", "nothing.wav"],
        &["sip:mail@127.0.0.1", "--user", "anna", "--password", "secret-word"],
    ] {
        let done = callwright(folder.path(), &[&["call"], arguments].concat());
        assert_eq!(done.code, 2, "{arguments:?} {done:?}");
        assert!(!done.err.contains("secret-word"), "{done:?}");
    }
}
