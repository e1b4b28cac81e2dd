//! INVITE, 200, ACK, BYE with a script behind it.

use std::time::Duration;

use crate::loader::{Loader, Phase};
use crate::report::{Report, Row, Target};
use crate::{Size, server};

pub(crate) fn measure(size: Size, report: &mut Report) {
    let mut loader = Loader::new(([127, 0, 0, 1], 9).into());
    let server = server(loader.address);
    loader.loads(server.address());
    run(&mut loader, 200, 200.0); // Warm up.
    let calls = size.pick(1_000, 5_000);
    let before = server.cpu_seconds();
    let (failed, _) = run(&mut loader, calls, 500.0);
    let per_thousand = (server.cpu_seconds() - before) * 1_000.0 / calls as f64;
    report.add(
        Row::new("signalling, CPU s per 1,000 calls", per_thousand, "s", Target::AtMost(0.5))
            .noting(format!("500 calls/s, {calls} calls, {failed} failed")),
    );
    let mut clean = 0.0;
    let mut note = "no rate was clean".to_owned();
    for rate in [500.0, 1_000.0, 1_500.0, 2_000.0, 2_500.0, 3_000.0, 4_000.0] {
        let (failed, again) = run(&mut loader, (rate * size.pick(1.0, 4.0)) as usize, rate);
        eprintln!("  {rate} calls/s: {failed} failed, {again} retransmissions");
        if failed + again > 0 {
            note = format!("at {rate}: {failed} failed, {again} retransmissions");
            break;
        }
        (clean, note) = (rate, "no failure, no retransmission".to_owned());
    }
    report.add(Row::new("clean rate", clean, "calls/s", Target::AtLeast(2_000.0)).noting(note));
}

/// Failed calls and retransmissions of `count` calls.
fn run(loader: &mut Loader, count: usize, rate: f64) -> (usize, usize) {
    let (first, again) = (loader.calls.len(), loader.retransmissions);
    loader.dial_many("100", count, rate, Loader::hang_up);
    let open = |l: &Loader| l.calls[first..].iter().filter(|c| c.phase == Phase::Ending).count();
    loader.pump_until(Duration::from_secs(9), |l| open(l) == 0);
    let done = loader.calls[first..].iter().filter(|c| c.phase == Phase::Done).count();
    (count - done, loader.retransmissions - again)
}
