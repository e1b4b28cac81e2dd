//! Callers, queues and agents on the telephone: the project `centre`.

mod announcements;
mod callbacks;
mod distribution;
mod duty;
mod foreign_phones;
mod lost;
mod on_the_line;
mod simulated;
mod supervisors;
mod ten_callers;
mod transfers;
mod working;

use std::process::Command;

use callwright_tests::{Answering, Call, Dial, Method, Phone, Project, Server, binary, clock, tools};

use crate::vocabulary::seconds;

/// A served call centre with a telephone company beside it.
pub(crate) struct Centre {
    pub(crate) server: Server,
    /// Where calls to numbers outside go.
    pub(crate) near: Phone,
    /// Whoever calls from outside.
    pub(crate) callers: Phone,
}

impl Centre {
    pub(crate) fn open() -> Self {
        let near = Phone::udp("near", ([127, 0, 0, 1], 9).into());
        let server = Server::start(Project::named("centre").with("NEAR", near.address()));
        let callers = Phone::udp("callers", server.address());
        Self { server, near, callers }
    }

    /// The phone of an agent, registered; with `sign_in: phone` he is on duty now.
    pub(crate) fn agent(&self, name: &str) -> Phone {
        self.agent_who(name, Answering::ring_forever())
    }

    /// The same, when it matters what he does with the very first call.
    pub(crate) fn agent_who(&self, name: &str, answering: Answering) -> Phone {
        let phone = self.phone_of(name);
        phone.when_called(answering);
        phone.registers();
        phone
    }

    /// The phone of an agent, not registered yet.
    pub(crate) fn phone_of(&self, name: &str) -> Phone {
        let known = ["anna", "ben", "carl", "dora", "emma"];
        let place = known.iter().position(|one| *one == name).expect("an agent of the project");
        let password = Project::password(&format!("{}_PASSWORD", name.to_ascii_uppercase()));
        Phone::with_password(&format!("20{}", place + 1), &password, self.server.address())
    }

    /// Registers an address that is not ours as the phone of an agent.
    pub(crate) fn registers_for(&self, name: &str, uri: &str) {
        let contact = [("Contact", format!("<{uri}>")), ("Expires", "300".into())];
        let server = format!("sip:{}", self.server.address());
        let reply = self.phone_of(name).request(Method::Register, &server, &contact);
        assert_eq!(reply.and_then(|reply| reply.code()), Some(200), "{uri} registers");
    }

    /// Somebody calls.
    pub(crate) fn calls(&self, number: &str, from: &str) -> Call {
        self.callers.dials(Dial::to(number).showing(from))
    }

    /// Somebody calls and waits in a queue.
    pub(crate) fn waits(&self, number: &str, from: &str) -> Call {
        self.until_queued(|| self.calls(number, from))
    }

    /// Somebody calls, presses a key in the menu and waits in a queue.
    pub(crate) fn chooses(&self, key: &str, from: &str) -> Call {
        self.until_queued(|| {
            let call = self.calls("700", from);
            call.is_answered().presses(key);
            call
        })
    }

    fn until_queued(&self, begin: impl FnOnce() -> Call) -> Call {
        let before = self.count(" queued in ");
        let call = begin();
        let queued = clock::wait_for(seconds(10), || (self.count(" queued in ") > before).then_some(()));
        assert!(queued.is_some(), "the caller does not wait anywhere\n{}", call.log());
        call
    }

    /// How often the journal says something.
    pub(crate) fn count(&self, text: &str) -> usize {
        self.server.log().matches(text).count()
    }

    /// `callwright trace` of a call.
    pub(crate) fn trace(&self, call: u64) -> String {
        let mut command = Command::new(binary());
        let command = command.arg("trace").arg(call.to_string()).arg(self.server.project.dir()).env("NO_COLOR", "1");
        let done = tools::run(command, seconds(20));
        assert_eq!(done.code, Some(0), "{}", done.text);
        done.text
    }

    /// Waits until the journal says something.
    pub(crate) fn says(&self, text: &str) {
        assert!(self.server.says(text, seconds(10)), "the journal does not say `{text}`");
    }
}

/// The first of several phones to ring, and its call.
pub(crate) fn who_rings(phones: &[&Phone]) -> (usize, Call) {
    let ringing = || {
        let mut found = phones.iter().enumerate();
        found.find_map(|(place, phone)| Some((place, phone.rings_within(seconds(0))?)))
    };
    clock::wait_for(seconds(10), ringing).expect("somebody rings")
}

/// No other call came.
pub(crate) fn never_rang(phone: &Phone) {
    let call = phone.rings_within(seconds(0));
    assert!(call.is_none(), "it rang:\n{}", call.map(|call| call.log()).unwrap_or_default());
}
