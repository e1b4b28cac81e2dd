//! Datagrams of a trunk and of strangers, with time in between.
//!
//! The input is datagrams, each after one byte of control; `\n~~\n` stands between them.

#![no_main]

use std::net::SocketAddr;
use std::time::Duration;

use fuzz_sip::{Exchange, HERE, STRANGER, TRUNK};
use libfuzzer_sys::fuzz_target;

const SEPARATOR: &[u8] = b"\n~~\n";
const DATAGRAMS_MAX: usize = 24;

fuzz_target!(|data: &[u8]| {
    let mut exchange = Exchange::new();
    let mut rest = data;
    for _ in 0..DATAGRAMS_MAX {
        let end = rest.windows(SEPARATOR.len()).position(|window| window == SEPARATOR);
        let datagram = &rest[..end.unwrap_or(rest.len())];
        if let Some((control, bytes)) = datagram.split_first() {
            let stranger = control & 1 == 1;
            let from = SocketAddr::from(if stranger { STRANGER } else { TRUNK });
            exchange.endpoint.handle_datagram(exchange.now, SocketAddr::from(HERE), from, bytes);
            let sent = exchange.settle();
            assert!(!stranger || sent <= 1, "{sent} messages for one of a stranger");
            exchange.pass(Duration::from_millis(u64::from(control >> 4) * 300));
        }
        let Some(end) = end else { break };
        rest = &rest[end + SEPARATOR.len()..];
    }
    exchange.end();
});
