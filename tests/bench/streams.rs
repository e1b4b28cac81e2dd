//! A thousand callers hear a prompt: what it costs and how regular the packets are.

use std::time::Duration;

use callwright_tests::clock;

use crate::ear::Ear;
use crate::loader::Loader;
use crate::report::{Report, Row, Target};
use crate::{Size, server};

pub(crate) fn measure(size: Size, report: &mut Report) {
    let (count, time) = (size.pick(300, 1_000), Duration::from_secs(size.pick(5, 20)));
    let ear = Ear::open();
    let mut loader = Loader::new(ear.address);
    let server = server(loader.address);
    loader.loads(server.address());
    loader.dial_many("200", count, 200.0, |_, _| {});
    loader.pump(Duration::from_secs(1));
    ear.forget();
    let (cpu, start) = (server.cpu_seconds(), clock::now());
    loader.pump(time);
    let cores = (server.cpu_seconds() - cpu) / start.elapsed().as_secs_f64();
    let gaps = ear.gaps();
    let expected = count as f64 * 50.0;
    let floor = report.send_us.map(|us| us * expected / 1e6);
    let scale = count as f64 / 1_000.0;
    let note =
        format!("{} of {count} streams, {:.0} packets/s", gaps.streams, gaps.packets as f64 / time.as_secs_f64());
    report.add(
        Row::new(format!("{count} prompt streams"), cores, "cores", Target::AtMost(0.25 * scale))
            .against(floor)
            .noting(note),
    );
    report
        .add(Row::new("packet spacing, p99", gaps.p99_ms, "ms", Target::AtMost(22.0)).noting("as the loader receives"));
    report.add(Row::new("packet spacing, p1", gaps.p01_ms, "ms", Target::AtLeast(18.0)));
    report.add(Row::new("packet spacing, longest", gaps.max_ms, "ms", Target::AtMost(40.0)));
    report.add(Row::new("packet spacing, gaps over 40 ms", gaps.late as f64, "", Target::AtMost(0.0)));
}
