//! Disks that fail or are full: no call is dropped, nothing false is promised, and without a restart all is well again.

use std::path::PathBuf;

use callwright_tests::disk::SmallDisk;
use callwright_tests::strace::Strace;
use callwright_tests::{Call, Dial, Phone, Project, Server, clock, wav};

use crate::books::Books;
use crate::vocabulary::{hears, never_heard, seconds};

/// A server of the project `owed` and whoever calls it.
struct Office {
    server: Server,
    phone: Phone,
    ben: Phone,
    /// Every call so far.
    calls: Vec<Call>,
    /// How often each kind of promise was given.
    promised: usize,
}

impl Office {
    fn opens(project: Project) -> Self {
        let server = Server::start(project.with_prompt("vm-msgsaved").with_prompt("vm-failed"));
        let (phone, ben) = (Phone::udp("caller", server.address()), server.agent("ben", "202"));
        let mut office = Self { server, phone, ben, calls: Vec::new(), promised: 0 };
        office.promises_everything();
        office
    }

    fn file(&self, name: &str) -> PathBuf {
        self.server.project.dir().join(name)
    }

    fn called(&mut self, number: &str) -> Call {
        let from = format!("+4915{:05}", self.calls.len());
        let call = self.phone.dials(Dial::to(number).showing(&from));
        call.is_answered();
        self.calls.push(call.clone());
        call
    }

    /// A caller who stays.
    fn caller(&mut self) -> Call {
        let call = self.called("804");
        hears(&call, "welcome");
        call
    }

    /// Whoever speaks ends with a key when he has said it all.
    fn speaks(&mut self, number: &str) -> Call {
        let call = self.called(number);
        call.says(&wav::melody(83, seconds(8))).presses("#");
        call
    }

    /// A call back, a message, a recording and a registration are promised.
    fn promises_everything(&mut self) {
        let booker = self.called("802");
        booker.presses("1");
        hears(&booker, "goodbye");
        let [speaker, recorder] = ["801", "803"].map(|number| self.speaks(number));
        hears(&speaker, "vm-msgsaved");
        hears(&recorder, "saved");
        assert_eq!(self.ben.try_register(300), 200);
        self.promised += 1;
    }

    /// Nothing of that is, and everybody is told.
    fn refuses_everything(&mut self) {
        let booker = self.called("802");
        booker.presses("1");
        hears(&booker, "wrong");
        let [speaker, recorder] = ["801", "803"].map(|number| self.called(number));
        hears(&speaker, "vm-failed");
        hears(&recorder, "wrong");
        never_heard(&speaker, "vm-msgsaved");
        never_heard(&recorder, "saved");
        assert_ne!(self.ben.try_register(300), 200);
    }

    /// The fault is over: without a restart there is soon room for promises.
    fn recovers(&self) {
        let takes = || (self.ben.try_register(300) == 200).then_some(());
        assert!(clock::wait_for(seconds(10), takes).is_some(), "nothing is taken after the fault");
    }

    /// Everybody hangs up; then each fact is there once, and every promise.
    fn is_whole(&self) {
        self.calls.iter().filter(|call| call.is_up()).for_each(|call| _ = call.hangs_up());
        let count = |question: &str| Books::Sqlite.count(&self.server.project, question);
        let ended = || count("select count(*) from calls where ended_at is not null");
        let there = clock::wait_for(seconds(30), || (ended() == self.calls.len()).then_some(()));
        assert!(there.is_some(), "{} records of {} calls", ended(), self.calls.len());
        for kind in ["call_arrived", "call_ended"] {
            let facts = count(&format!("select count(*) from journal where kind = '{kind}'"));
            assert_eq!(facts, self.calls.len(), "{kind} once for each call");
        }
        for kind in ["callback", "message"] {
            let kept = count(&format!("select count(*) from work where kind = '{kind}'"));
            assert_eq!(kept, self.promised, "{kind}: what was promised and nothing else");
        }
        assert_eq!(Books::Sqlite.asks(&self.server.project, "pragma integrity_check"), ["ok"]);
    }
}

/// While the log fails like this, nothing is promised and nobody is dropped.
fn survives(calls: &str, error: &str) {
    let mut office = Office::opens(Books::Sqlite.project());
    let stays = office.caller();
    let fault = Strace::breaks(&office.server, (calls, error), &[office.file("callwright.db-wal")]);
    office.refuses_everything();
    assert!(stays.is_up(), "a live call was dropped\n{}", stays.log());
    fault.detaches();
    office.recovers();
    office.promises_everything();
    assert!(stays.is_up(), "a live call was dropped\n{}", stays.log());
    office.is_whole();
}

#[test]
fn a_database_that_cannot_be_synced_promises_nothing() {
    survives("fdatasync,fsync", "EIO");
}

#[test]
fn a_database_that_cannot_be_written_promises_nothing() {
    survives("pwrite64", "ENOSPC");
}

#[test]
fn a_spool_whose_sync_failed_is_not_written_again() {
    let mut office = Office::opens(Books::Sqlite.project());
    let files = ["callwright.db-wal", "callwright.db.journal.spool"].map(|name| office.file(name));
    let fault = Strace::breaks(&office.server, ("fdatasync,fsync", "EIO"), &files);
    office.refuses_everything();
    assert!(office.server.says("Failing", seconds(10)), "neither file takes a fact");
    let trace = fault.detaches();
    let failed = trace.calls.iter().position(|call| call.is_sync_of("journal.spool"));
    let failed = failed.expect("a sync of the spool was tried");
    let after = &trace.calls[failed + 1..];
    assert!(after.iter().all(|call| !call.is_write_to("journal.spool") && !call.is_sync_of("journal.spool")));
    office.recovers();
    office.promises_everything();
    office.is_whole();
}

#[test]
fn a_full_disk_drops_no_call_and_loses_no_fact() {
    let disk = match SmallDisk::of_megabytes(8) {
        Ok(disk) => disk,
        Err(reason) => return eprintln!("skipped: {reason}"),
    };
    let mut office = Office::opens(Project::named_on(disk.path(), "owed"));
    let stays = office.caller();
    let speaker = office.called("801");
    hears(&speaker, "welcome");
    speaker.audio().say(&wav::melody(84, seconds(20)));
    disk.fills();
    hears(&speaker, "vm-failed");
    office.refuses_everything();
    assert!(stays.is_up(), "a live call was dropped\n{}", stays.log());
    disk.has_room_again();
    office.recovers();
    office.promises_everything();
    assert!(stays.is_up(), "a live call was dropped\n{}", stays.log());
    office.is_whole();
}

/// A recording's own file fails while the caller speaks: he is told at once, and nobody else notices.
fn is_told(calls: &str, error: &str) {
    let mut office = Office::opens(Books::Sqlite.project());
    // Each call's first recording; the next calls are the fourth and the fifth.
    let files = ["4-1-desk", "5-1-note"].map(|name| office.file(&format!("recordings/{name}.wav")));
    let fault = Strace::breaks(&office.server, (calls, error), &files);
    let [speaker, recorder] = ["801", "803"].map(|number| office.called(number));
    for call in [&speaker, &recorder] {
        call.audio().say(&wav::melody(85, seconds(60)));
    }
    hears(&speaker, "vm-failed");
    hears(&recorder, "wrong");
    office.promises_everything();
    fault.detaches();
    office.is_whole();
}

#[test]
fn a_recording_that_cannot_be_synced_is_not_called_saved() {
    is_told("fdatasync,fsync", "EIO");
}

#[test]
fn a_recording_that_cannot_be_written_is_not_called_saved() {
    is_told("write", "ENOSPC");
}
