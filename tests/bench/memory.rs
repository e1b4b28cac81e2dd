//! What a waiting call holds, and what a burst leaves behind.

use std::time::Duration;

use crate::ear::Ear;
use crate::loader::{Loader, Phase};
use crate::report::{Report, Row, Target};
use crate::{Size, server};

pub(crate) fn measure(size: Size, report: &mut Report) {
    let ear = Ear::open();
    let mut loader = Loader::new(ear.address);
    let server = server(loader.address);
    loader.loads(server.address());
    loader.dial_many("100", 100, 100.0, Loader::hang_up); // Pools and caches fill once.
    loader.pump(Duration::from_secs(3));
    let start = server.memory_kib() as f64;
    let waiting = size.pick(300, 1_000);
    loader.dial_many("400", waiting, 200.0, |_, _| {});
    loader.pump(Duration::from_secs(3));
    let up: Vec<usize> = (0..loader.calls.len()).filter(|p| loader.calls[*p].phase == Phase::Talking).collect();
    let held = (server.memory_kib() as f64 - start) / up.len().max(1) as f64;
    let note = format!("{} callers after a prompt, script included", up.len());
    report.add(Row::new("memory per answered call in a menu", held, "KiB", Target::AtMost(60.0)).noting(note));
    for place in up {
        loader.hang_up(place);
        loader.pump(Duration::ZERO);
    }
    loader.pump(Duration::from_secs(35)); // RFC 3261 lets transactions live 32 s.
    let start = server.memory_kib() as f64;
    let burst = size.pick(2_000, 100_000);
    loader.dial_many("100", burst, 1_000.0, Loader::hang_up);
    loader.pump(Duration::from_secs(40));
    let grown = (server.memory_kib() as f64 / start.max(1.0) - 1.0) * 100.0;
    let note = format!("from {:.0} KiB, {} failed", start, loader.count(Phase::Failed));
    report.add(Row::new(format!("memory after {burst} calls"), grown, "% more", Target::AtMost(10.0)).noting(note));
}
