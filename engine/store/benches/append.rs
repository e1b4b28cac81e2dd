//! How many facts per second reach the disk, records included.

use std::time::Duration;

use callwright_store::{JournalWriter, Store, WriterOptions};
use divan::Bencher;
use divan::counter::ItemsCount;
use model::{CallId, Entry, Fact, LegId, Source, Timestamp, WallTime};
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

struct Bench {
    _folder: tempfile::TempDir,
    runtime: Runtime,
    store: Store,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (store, _) = runtime.block_on(Store::open("sqlite:calls.db", folder.path(), WallTime(0))).expect("a store");
    Bench { _folder: folder, runtime, store }
}

/// The facts of a short call through a menu, over and over.
fn facts(count: u64) -> Vec<Entry> {
    let fact = |n: u64| match n % 10 {
        0 => Fact::CallArrived {
            from: "+4930111111".into(),
            to: "+4930222222".into(),
            source: Source::Local,
            leg: LegId(n),
        },
        1 => Fact::CallAnswered,
        2 => Fact::DigitsCollected { digits: "1".into(), place: None },
        _ => Fact::PromptStarted { prompt: "main-menu".into(), language: "en".into(), place: None },
    };
    let entry =
        |n: u64| Entry { at: Timestamp::from_micros(n), wall: WallTime(0), call: Some(CallId(n / 10)), fact: fact(n) };
    (0..count).map(entry).collect()
}

#[divan::bench(args = [1, 10, 100, 500], max_time = 2)]
fn append_batch(bencher: Bencher, rows: u64) {
    let bench = bench();
    let entries = facts(rows);
    bencher.counter(ItemsCount::new(rows)).bench_local(|| {
        bench.runtime.block_on(bench.store.append(&entries)).expect("appended");
    });
}

#[divan::bench(max_time = 2)]
fn writer_10_000(bencher: Bencher) {
    let bench = bench();
    let entries = facts(10_000);
    let options = WriterOptions { batch_for: Duration::from_millis(10), ..WriterOptions::default() };
    bencher.counter(ItemsCount::new(entries.len())).bench_local(|| {
        bench.runtime.block_on(async {
            let writer = JournalWriter::start(bench.store.clone(), options.clone());
            for entry in &entries {
                writer.push(entry.clone()).await.expect("pushed");
            }
            writer.close().await.expect("written");
        });
    });
}
