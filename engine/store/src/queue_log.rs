//! The journal as Asterisk's `queue_log`, for the tools that read it.
//!
//! A line is `epoch|call|queue|agent|EVENT|…`; the events and their fields are those of Asterisk 20, with FreePBX's
//! DID. A caller whom a full or deserted queue refused never entered it, so he has no line, as in Asterisk.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{AgentId, CallId, Entry, Fact, HangupCause, LegId, QueueId, WallTime};

use crate::journal::entry_from_row;
use crate::sql::sql;
use crate::{Span, Store, StoreError};

/// What stands where there is no call, queue or agent.
const NONE: &str = "NONE";
/// Entries that are read at once.
const PAGE: i64 = 10_000;
/// What a blind transfer names as its context.
const CONTEXT: &str = "callwright";

/// Writes the log of entries that come in their order.
#[derive(Debug, Default)]
pub struct QueueLog {
    /// In which queues each agent works.
    members: BTreeMap<AgentId, Vec<QueueId>>,
    calls: BTreeMap<CallId, Caller>,
    lines: BTreeMap<QueueId, Vec<CallId>>,
    agents: BTreeMap<AgentId, Presence>,
}

/// What the log must remember about a call until it ends.
#[derive(Debug, Default)]
struct Caller {
    number: String,
    dialed: String,
    leg: Option<LegId>,
    /// Position with which he entered the queue that he is in or was served by.
    entered_at: usize,
    offers: BTreeMap<AgentId, WallTime>,
    answered_leg: Option<LegId>,
    waited: Duration,
    /// Who was the first to leave the conversation.
    left_first: Option<LegId>,
    transfer: Option<Transfer>,
}

#[derive(Debug)]
struct Transfer {
    to: String,
    attended: bool,
}

/// What an agent does, as far as the log tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Away,
    Paused,
    Present,
}

/// How far somebody has read the journal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JournalPlace {
    boot: i64,
    seq: i64,
}

impl Store {
    /// The next entries of a span that concern the log, oldest first, and from where to go on; none at the end.
    pub async fn queue_log_entries(
        &self,
        span: Span,
        after: JournalPlace,
    ) -> Result<(Vec<Entry>, Option<JournalPlace>), StoreError> {
        let select = "SELECT boot, seq, at_us, wall, call_id, fact FROM journal \
            WHERE (boot, seq) > ($1, $2) AND wall >= $3 AND wall < $4 AND kind IN ('call_arrived', 'call_placed', \
            'call_queued', 'offer_made', 'offer_ended', 'leg_answered', 'call_disconnected', 'transfer_requested', \
            'transfer_failed', 'queue_answered', 'queue_talk_ended', 'queue_left', 'call_ended', \
            'agent_state_changed', 'version_published') ORDER BY boot, seq LIMIT $5";
        let select = sql(select).bind(after.boot).bind(after.seq).bind(span.from.0).bind(span.until.0).bind(PAGE);
        let rows = self.database().rows(select).await?;
        let next = match rows.last() {
            Some(last) => Some(JournalPlace { boot: last.get("boot")?, seq: last.get("seq")? }),
            None => None,
        };
        let entries: Result<Vec<Entry>, StoreError> = rows.iter().map(entry_from_row).collect();
        Ok((entries?, next))
    }
}

impl QueueLog {
    /// A log of agents who work in these queues.
    pub fn new(members: BTreeMap<AgentId, Vec<QueueId>>) -> Self {
        Self { members, ..Self::default() }
    }

    /// The lines that a fact makes, without their ends.
    pub fn take(&mut self, entry: &Entry) -> Vec<String> {
        match (&entry.fact, entry.call) {
            (Fact::AgentStateChanged { agent, state, reason, .. }, _) => {
                self.agent_changed(entry.wall, agent, state, reason)
            }
            (Fact::VersionPublished { .. }, _) => vec![line(entry.wall, NONE, NONE, NONE, "CONFIGRELOAD", &[])],
            (_, Some(call)) => self.of_call(entry, call),
            _ => Vec::new(),
        }
    }

    fn of_call(&mut self, entry: &Entry, call: CallId) -> Vec<String> {
        let caller = self.calls.entry(call).or_default();
        match &entry.fact {
            Fact::CallArrived { from, to, leg, .. } => {
                (caller.number, caller.dialed, caller.leg) = (from.clone(), to.clone(), Some(*leg));
            }
            Fact::CallPlaced { to, leg, .. } => (caller.number, caller.leg) = (to.clone(), Some(*leg)),
            Fact::CallQueued { queue, position, .. } => return self.entered(entry.wall, call, queue, *position),
            Fact::OfferMade { agent, .. } => {
                caller.offers.insert(agent.clone(), entry.wall);
            }
            Fact::LegAnswered { leg, .. } => caller.answered_leg = Some(*leg),
            Fact::CallDisconnected { leg, cause, .. } if *cause != HangupCause::Transferred => {
                caller.left_first = Some(*leg);
            }
            Fact::TransferRequested { to, attended, .. } => {
                caller.transfer = Some(Transfer { to: to.clone(), attended: *attended });
            }
            Fact::TransferFailed { .. } => caller.transfer = None,
            Fact::OfferEnded { agent, reason } => return self.offer_ended(entry.wall, call, agent, reason),
            Fact::QueueAnswered { queue, agent, waited } => {
                return self.connected(entry.wall, call, (queue, agent), *waited);
            }
            Fact::QueueTalkEnded { queue, agent, talked } => {
                return completed(entry.wall, call, caller, (queue, agent), *talked);
            }
            Fact::QueueLeft { queue, waited, reason } => {
                return self.left(entry.wall, call, queue, *waited, reason);
            }
            Fact::CallEnded { .. } => {
                self.calls.remove(&call);
                self.lines.values_mut().for_each(|line| line.retain(|waiting| *waiting != call));
            }
            _ => {}
        }
        Vec::new()
    }

    fn entered(&mut self, at: WallTime, call: CallId, queue: &QueueId, position: usize) -> Vec<String> {
        let caller = self.calls.entry(call).or_default();
        caller.entered_at = position;
        caller.offers.clear();
        (caller.transfer, caller.left_first) = (None, None);
        let waiting = self.lines.entry(queue.clone()).or_default();
        waiting.insert(position.saturating_sub(1).min(waiting.len()), call);
        let id = call.to_string();
        let did = line(at, &id, queue.as_str(), NONE, "DID", &[&caller.dialed]);
        let enter = line(at, &id, queue.as_str(), NONE, "ENTERQUEUE", &["", &caller.number, &position.to_string()]);
        if caller.dialed.is_empty() { vec![enter] } else { vec![did, enter] }
    }

    fn offer_ended(&mut self, at: WallTime, call: CallId, agent: &AgentId, reason: &str) -> Vec<String> {
        let queue = self.queue_of(call);
        let Some(since) = self.calls.get_mut(&call).and_then(|caller| caller.offers.remove(agent)) else {
            return Vec::new();
        };
        let event = match reason {
            "answered elsewhere" | "caller left" | "caller stepped out" | "agent left" => "RINGCANCELED",
            _ => "RINGNOANSWER",
        };
        let rang = (at.0 - since.0).max(0) / 1000;
        let queue = queue.as_ref().map_or(NONE, QueueId::as_str);
        vec![line(at, &call.to_string(), queue, agent.as_str(), event, &[&rang.to_string()])]
    }

    fn connected(
        &mut self,
        at: WallTime,
        call: CallId,
        (queue, agent): (&QueueId, &AgentId),
        waited: Duration,
    ) -> Vec<String> {
        self.leave_line(call, queue);
        let Some(caller) = self.calls.get_mut(&call) else { return Vec::new() };
        caller.waited = waited;
        let rang = caller.offers.remove(agent).map_or(0, |since| (at.0 - since.0).max(0) / 1_000_000);
        let peer = caller.answered_leg.map_or(call.to_string(), |leg| format!("{call}.{leg}"));
        let fields = [seconds(waited), peer, rang.to_string()];
        vec![line(
            at,
            &call.to_string(),
            queue.as_str(),
            agent.as_str(),
            "CONNECT",
            &fields.each_ref().map(String::as_str),
        )]
    }

    fn left(&mut self, at: WallTime, call: CallId, queue: &QueueId, waited: Duration, reason: &str) -> Vec<String> {
        let Some(position) = self.leave_line(call, queue) else { return Vec::new() };
        let entered_at = self.calls.get(&call).map_or(0, |caller| caller.entered_at);
        let (position, entered_at, waited) = (position.to_string(), entered_at.to_string(), seconds(waited));
        let places = [position.as_str(), entered_at.as_str(), waited.as_str()];
        let with_info = [places[0], places[1], places[2], reason];
        let (event, fields): (&str, &[&str]) = match reason {
            "abandoned" => ("ABANDON", &places),
            "timed_out" => ("EXITWITHTIMEOUT", &places),
            "no_agents" => ("EXITEMPTY", &places),
            _ => ("WITHDRAW", &with_info),
        };
        let with_key;
        let (event, fields) = match reason.strip_prefix("exit:") {
            Some(key) => {
                with_key = [key, places[0], places[1], places[2]];
                ("EXITWITHKEY", with_key.as_slice())
            }
            None => (event, fields),
        };
        vec![line(at, &call.to_string(), queue.as_str(), NONE, event, fields)]
    }

    /// Takes a caller out of the line; gives the position that he had.
    fn leave_line(&mut self, call: CallId, queue: &QueueId) -> Option<usize> {
        let waiting = self.lines.get_mut(queue)?;
        let index = waiting.iter().position(|one| *one == call)?;
        waiting.remove(index);
        Some(index + 1)
    }

    fn queue_of(&self, call: CallId) -> Option<QueueId> {
        self.lines.iter().find(|(_, waiting)| waiting.contains(&call)).map(|(queue, _)| queue.clone())
    }

    fn agent_changed(&mut self, at: WallTime, agent: &AgentId, state: &str, reason: &str) -> Vec<String> {
        let now = match state {
            "signed_out" => Presence::Away,
            "not_ready" => Presence::Paused,
            _ => Presence::Present,
        };
        let before = self.agents.insert(agent.clone(), now);
        let before = before.unwrap_or(if state == "ready" || now == Presence::Paused { Presence::Away } else { now });
        let mut events: Vec<(&str, &[&str], bool)> = Vec::new();
        let reason = [reason];
        if before == Presence::Away && now != Presence::Away {
            events.push(("ADDMEMBER", &[], false));
        }
        match (before, now) {
            (Presence::Away | Presence::Present, Presence::Paused) => {
                events.extend([("PAUSEALL", &reason[..], true), ("PAUSE", &reason[..], false)]);
            }
            (Presence::Paused, Presence::Present) => {
                events.extend([("UNPAUSEALL", &[""][..], true), ("UNPAUSE", &[""][..], false)]);
            }
            (Presence::Paused | Presence::Present, Presence::Away) => events.push(("REMOVEMEMBER", &[], false)),
            _ => {}
        }
        let queues = self.members.get(agent).map_or(&[][..], Vec::as_slice);
        let mut lines = Vec::new();
        for (event, fields, whole) in events {
            if whole || queues.is_empty() {
                lines.push(line(at, NONE, NONE, agent.as_str(), event, fields));
                continue;
            }
            lines.extend(queues.iter().map(|queue| line(at, NONE, queue.as_str(), agent.as_str(), event, fields)));
        }
        lines
    }
}

/// The agent is done with a caller: one of them hung up, or sent the other on.
fn completed(
    at: WallTime,
    call: CallId,
    caller: &mut Caller,
    (queue, agent): (&QueueId, &AgentId),
    talked: Duration,
) -> Vec<String> {
    let (waited, talked, position) = (seconds(caller.waited), seconds(talked), caller.entered_at.to_string());
    let (waited, talked, position) = (waited.as_str(), talked.as_str(), position.as_str());
    let id = call.to_string();
    let written = |event: &str, fields: &[&str]| vec![line(at, &id, queue.as_str(), agent.as_str(), event, fields)];
    let caller_left = caller.left_first.take().is_some_and(|leg| Some(leg) == caller.leg);
    match caller.transfer.take() {
        Some(Transfer { to, attended: true }) => {
            written("ATTENDEDTRANSFER", &["BRIDGE", &to, waited, talked, position])
        }
        Some(Transfer { to, attended: false }) => written("BLINDTRANSFER", &[&to, CONTEXT, waited, talked, position]),
        None if caller_left => written("COMPLETECALLER", &[waited, talked, position]),
        None => written("COMPLETEAGENT", &[waited, talked, position]),
    }
}

fn seconds(duration: Duration) -> String {
    duration.as_secs().to_string()
}

fn line(at: WallTime, call: &str, queue: &str, agent: &str, event: &str, fields: &[&str]) -> String {
    let mut line = format!("{}|{call}|{queue}|{agent}|{event}", at.0.div_euclid(1_000_000));
    if fields.is_empty() {
        line.push('|'); // Asterisk ends a line without fields so.
    }
    for field in fields {
        line.push('|');
        // What strangers send must not make fields or lines.
        line.extend(field.chars().map(|c| if c == '|' || c.is_control() { '_' } else { c }));
    }
    line
}
