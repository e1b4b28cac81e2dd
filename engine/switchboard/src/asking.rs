//! What a flow asks others: directories and systems that speak HTTP, each with a deadline.

use std::time::Duration;

use model::{Fact, Place, Ticket, Timestamp};
use script::config::web::host_of;
use script::{EffectResult, HttpRequest, Lookup};
use serde_json::Value;

use crate::call::{Activity, Call, CallerState};
use crate::command::{AudioCommand, Command};
use crate::desk::{Desk, prompt};
use crate::timer::Timer;

/// A question that takes longer lets the caller hear something.
const MEANWHILE_AFTER: Duration = Duration::from_millis(300);
/// Questions over HTTP that one call may ask: a loop in a flow must not storm another system.
const QUESTIONS_MAX: u32 = 50;

/// A question that is not answered yet.
pub(crate) struct Asking {
    ticket: Ticket,
    asked: Timestamp,
    what: Question,
    meanwhile: Option<String>,
    place: Place,
}

enum Question {
    Directory { directory: String, key: String },
    Host(String),
}

impl Call {
    pub(crate) fn look_up(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        lookup: Lookup,
        place: Place,
    ) -> Option<EffectResult> {
        let Some(directory) = self.project.config.directories.get(&lookup.directory) else {
            return Some(EffectResult::Refused(format!("unknown directory `{}`", lookup.directory)));
        };
        let timeout = directory.timeout;
        let Lookup { directory, key, meanwhile } = lookup;
        let what = Question::Directory { directory: directory.clone(), key: key.clone() };
        let ticket = self.wait_for_answer(desk, now, (what, meanwhile), (timeout, place));
        let version = self.project.version.clone();
        desk.commands.push_back(Command::Lookup { ticket, version, directory, key });
        None
    }

    pub(crate) fn ask_http(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        request: HttpRequest,
        place: Place,
    ) -> Option<EffectResult> {
        let Some(host) = host_of(&request.url) else {
            return Some(EffectResult::Refused("`http` takes an address like `https://crm.example/…`".into()));
        };
        if !self.project.config.reach.http.allow.iter().any(|pattern| pattern.matches(&host)) {
            let reason = format!("the project does not allow host `{host}`; name it in `http: {{ allow: […] }}`");
            return Some(EffectResult::Refused(reason));
        }
        self.questions += 1;
        if self.questions > QUESTIONS_MAX {
            return Some(EffectResult::Refused(format!("a call may use `http` {QUESTIONS_MAX} times")));
        }
        let wanted = (Question::Host(host), request.meanwhile.clone());
        let ticket = self.wait_for_answer(desk, now, wanted, (request.timeout, place));
        desk.commands.push_back(Command::Ask { ticket, version: self.project.version.clone(), request });
        None
    }

    fn wait_for_answer(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        (what, meanwhile): (Question, Option<String>),
        (timeout, place): (Duration, Place),
    ) -> Ticket {
        let ticket = desk.new_ticket(self.id);
        desk.timers.set(Timer::LookupTimeout(self.id, ticket), now + timeout);
        if meanwhile.is_some() && !self.is_after_call() {
            desk.timers.set(Timer::Meanwhile(self.id), now + MEANWHILE_AFTER);
        }
        self.activity = Activity::Asking(Box::new(Asking { ticket, asked: now, what, meanwhile, place }));
        ticket
    }

    /// The answer, null when there was none or it came too late.
    pub(crate) fn looked_up(&mut self, desk: &mut Desk, now: Timestamp, ticket: Ticket, value: Value) {
        if !matches!(&self.activity, Activity::Asking(asking) if asking.ticket == ticket) {
            return;
        }
        let Activity::Asking(asking) = std::mem::replace(&mut self.activity, Activity::Idle) else { return };
        desk.tickets.remove(&ticket);
        desk.timers.cancel(Timer::LookupTimeout(self.id, ticket));
        desk.timers.cancel(Timer::Meanwhile(self.id));
        if asking.meanwhile.is_some() && self.caller.state == CallerState::Answered {
            desk.audio(self.caller.leg, AudioCommand::StopPlayback);
        }
        let (took, place) = (now - asking.asked, Some(asking.place));
        let fact = match asking.what {
            Question::Directory { directory, key } => {
                Fact::LookupAnswered { directory, key, found: !value.is_null(), took, place }
            }
            Question::Host(host) => Fact::HttpAnswered { host, status: status_of(&value), took, place },
        };
        desk.journal(now, Some(self.id), fact);
        self.resume(desk, now, EffectResult::Value(value));
    }

    pub(crate) fn meanwhile(&mut self, desk: &mut Desk, now: Timestamp) {
        let Activity::Asking(asking) = &self.activity else { return };
        let Some(name) = asking.meanwhile.clone() else { return };
        let place = Some(asking.place.clone());
        self.answer(desk);
        let language = self.caller.language.clone();
        let item = prompt(&self.project, &name, &language);
        desk.journal(now, Some(self.id), Fact::PromptStarted { prompt: name, language, place });
        desk.play(self.caller.leg, vec![item], false);
    }
}

/// 0 when nobody answered.
fn status_of(answer: &Value) -> u16 {
    answer.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok()).unwrap_or(0)
}
