//! A stream of a trunk or of a stranger, cut anywhere.
//!
//! The first byte says who it is and where the stream is cut; the rest is the stream.

#![no_main]

use std::time::Duration;

use fuzz_sip::{Exchange, STRANGER, TRUNK, connect};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((control, bytes)) = data.split_first() else { return };
    let mut exchange = Exchange::new();
    let connection = connect(&mut exchange, if control & 1 == 1 { STRANGER } else { TRUNK });
    let piece = [1, 7, 64, 700, 4096][usize::from(control >> 1) % 5];
    for piece in bytes.chunks(piece) {
        let taken = exchange.endpoint.handle_stream(exchange.now, connection, piece);
        exchange.settle();
        exchange.pass(Duration::from_millis(u64::from(control >> 6) * 10));
        if taken.is_err() {
            break;
        }
        let mut stalled = false;
        while exchange.endpoint.poll_close().is_some() {
            stalled = true;
        }
        if stalled {
            break;
        }
    }
    exchange.endpoint.stream_closed(exchange.now, connection);
    exchange.settle();
    exchange.end();
});
