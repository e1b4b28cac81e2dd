//! From the save of a flow to the first call that hears it.

use std::time::Duration;

use callwright_tests::clock;

use crate::ear::Ear;
use crate::loader::Loader;
use crate::report::{Report, Row, Target};
use crate::{Size, server};

const FLOWS: usize = 50;

pub(crate) fn measure(size: Size, report: &mut Report) {
    let ear = Ear::open();
    let mut loader = Loader::new(ear.address);
    let server = server(loader.address);
    loader.loads(server.address());
    for number in 0..FLOWS {
        let file = server.project.dir().join(format!("extra_{number}.rhai"));
        let text = format!("//! One of {FLOWS}.\nplay(\"welcome\");\nfn unused_{number}() {{ play(\"menu\"); }}\n");
        std::fs::write(file, text).expect("the project's copy can be written");
    }
    std::thread::sleep(Duration::from_secs(2));
    let mut waits = Vec::new();
    for round in 0..size.pick(5, 20) {
        // Flows alternate between refusing and answering: the caller sees at once which version serves.
        let answers = round % 2 == 1;
        let text = if answers { "answer();\nwait(5.minutes);\n" } else { "reject(\"busy\");\n" };
        server.project.edit("signal.rhai", |_| text.to_owned());
        let saved = clock::now();
        let live = clock::wait_for(Duration::from_secs(5), || {
            let call = loader.dial("100");
            loader.pump_until(Duration::from_secs(1), |l| l.calls[call].phase != crate::loader::Phase::Calling);
            let talking = loader.calls[call].phase == crate::loader::Phase::Talking;
            if talking {
                loader.hang_up(call);
            }
            (talking == answers).then(|| saved.elapsed().as_secs_f64() * 1_000.0)
        });
        waits.extend(live);
    }
    waits.sort_by(f64::total_cmp);
    let Some(worst) = waits.last().copied() else {
        eprintln!("  no reload went live");
        return;
    };
    let note = format!(
        "{} saves, median {:.0} ms, {FLOWS} flows, file watching included",
        waits.len(),
        waits[waits.len() / 2]
    );
    report.add(Row::new("save to live, longest", worst, "ms", Target::AtMost(200.0)).noting(note));
}
