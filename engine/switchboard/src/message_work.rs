//! A message to a queue is work for its agents: one is found as for a caller, hears it, and calls the sender back.

use std::time::Duration;

use model::{
    CallbackOrder, Errand, Fact, LegId, Message, MessageId, MessageState, PlaybackId, QueueId, Reached, Timestamp, Work,
};
use script::{QueueRequest, ShowNumber};

use crate::board::Switchboard;
use crate::boxes::{BoxChange, Persistence};
use crate::bridge::Purpose;
use crate::call::{Activity, Call};
use crate::callbacks::FOR_EVER;
use crate::command::AudioItem;
use crate::desk::{BETWEEN_ROUNDS, Desk, prompt};
use crate::owed::ErrandEnd;
use crate::placing::{Outgoing, Then};
use crate::queuing::{Queuing, Wish};

/// A message that was offered and not dealt with comes again after this.
const LATER: Duration = Duration::from_secs(300);
/// How often the message and its menu are said.
const ROUNDS: u32 = 5;

/// An agent hears a message.
pub(crate) struct Hearing {
    queuing: Box<Queuing>,
    message: Message,
    playback: PlaybackId,
    rounds: u32,
}

impl Switchboard {
    /// New messages of boxes with a `queue:` wait in it from the time they were left.
    pub(crate) fn offer_messages(&mut self, now: Timestamp) {
        let Some(project) = self.project.clone() else { return };
        self.desk.owed.resting.retain(|_, until| *until > now);
        let owed = &self.desk.owed;
        let is_free = |message: &&Message| {
            let resting = owed.resting.get(&message.id).is_some_and(|until| *until > now);
            !resting && !owed.live.contains_key(&Errand::Message(message.id))
        };
        let queue_of = |message: &Message| project.config.boxes.get(&message.mailbox)?.queue.clone();
        let new = owed.boxes.new_messages().filter(is_free);
        let waiting: Vec<(Message, QueueId)> =
            new.filter_map(|message| Some((message.clone(), queue_of(message)?))).collect();
        for (message, queue) in waiting {
            if self.has_room(now, &queue, CallbackOrder::AgentFirst, project.config.callbacks.share) {
                self.offer_message(now, message, queue);
            }
        }
    }

    /// Does a new message lie in a box whose messages are work? Those of other boxes wait for a person.
    pub(crate) fn has_message_work(&self) -> bool {
        let Some(project) = &self.project else { return false };
        let boxes = &project.config.boxes;
        let is_work = |message: &Message| boxes.get(&message.mailbox).is_some_and(|config| config.queue.is_some());
        self.desk.owed.boxes.new_messages().any(is_work)
    }

    fn offer_message(&mut self, now: Timestamp, message: Message, queue: QueueId) {
        let config = self.project.as_ref().map(|project| project.config.callbacks.clone()).unwrap_or_default();
        let joined = now.before(self.wall(now).since(message.left_at));
        let request = QueueRequest { queue: queue.to_string(), max_wait: Some(FOR_EVER), ..QueueRequest::default() };
        let outgoing = Outgoing {
            errand: Errand::Message(message.id),
            number: message.from,
            name: message.name,
            language: None,
            show: config.show.map_or(ShowNumber::Caller, ShowNumber::Number),
            tags: [("mailbox".to_owned(), message.mailbox.into())].into(),
            attempt: 1,
            ring_for: config.ring_for,
            then: Then::Agent,
        };
        self.desk.owed.offered.insert(message.id, queue);
        self.queue_errand(now, outgoing, |waiter| Wish {
            request,
            purpose: Purpose::Direct,
            waiter,
            joined: Some(joined),
            sent_by: None,
        });
    }

    /// An agent is done with a message, or nobody could take it now.
    pub(crate) fn message_over(&mut self, now: Timestamp, id: MessageId, end: &ErrandEnd) {
        self.desk.owed.offered.remove(&id);
        if let ErrandEnd::Over { reached: Reached::Talked, .. } = end {
            self.desk.message_is_heard(id, "the agent who called back");
        } else {
            self.desk.owed.resting.insert(id, now + LATER);
        }
        self.look_at_callbacks_soon(now);
    }
}

impl Desk {
    /// Nobody has to see to this message any more.
    fn message_is_heard(&mut self, id: MessageId, by: &str) {
        self.owed.resting.remove(&id);
        let Some(mut message) = self.owed.boxes.get(id).filter(|one| one.state == MessageState::New).cloned() else {
            return;
        };
        message.state = MessageState::Heard;
        let (call, state) = (message.call, message.state);
        let fact = Fact::MessageChanged { message: id, mailbox: message.mailbox.clone(), state, by: by.to_owned() };
        let (work, facts) = (vec![Work::Message(message)], vec![fact]);
        self.change_boxes(BoxChange { call, work, facts, persistence: Persistence::Again });
    }
}

impl Call {
    /// The agent who was found hears the message and what he can do with it.
    pub(crate) fn tell_message(&mut self, desk: &mut Desk, now: Timestamp, id: MessageId, queuing: Box<Queuing>) {
        let Some(message) = desk.owed.boxes.get(id).cloned() else {
            return self.errand_failed(desk, now, ErrandEnd::NotServed);
        };
        let Some(leg) = queuing.agent_leg() else { return };
        let playback = self.say_message(desk, leg, &message);
        self.activity = Activity::Hearing(Box::new(Hearing { queuing, message, playback, rounds: 1 }));
    }

    fn say_message(&self, desk: &mut Desk, leg: LegId, message: &Message) -> PlaybackId {
        let language = &self.project.config.language;
        let items = vec![
            AudioItem::Recording { file: message.file.clone() },
            prompt(&self.project, "message-work-menu", language),
            AudioItem::Silence(BETWEEN_ROUNDS),
        ];
        desk.play(leg, items, false)
    }

    /// He pressed nothing: once more, or somebody else hears it later.
    pub(crate) fn message_said(&mut self, desk: &mut Desk, now: Timestamp, playback: PlaybackId) {
        match &self.activity {
            Activity::Hearing(hearing) if hearing.playback != playback => {}
            Activity::Hearing(hearing) if hearing.rounds < ROUNDS => self.say_again(desk),
            Activity::Hearing(_) => self.errand_failed(desk, now, ErrandEnd::NotServed),
            _ => {}
        }
    }

    fn say_again(&mut self, desk: &mut Desk) {
        let Activity::Hearing(hearing) = &self.activity else { return };
        let Some(leg) = hearing.queuing.agent_leg() else { return };
        let playback = self.say_message(desk, leg, &hearing.message);
        if let Activity::Hearing(hearing) = &mut self.activity {
            hearing.playback = playback;
            hearing.rounds += 1;
        }
    }

    /// 1 calls the sender, 2 says it again, 3 is done with it.
    pub(crate) fn message_digit(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, digit: char) {
        let Activity::Hearing(hearing) = &self.activity else { return };
        if hearing.queuing.agent_leg() != Some(leg) {
            return;
        }
        match digit {
            '1' => {
                let Activity::Hearing(hearing) = std::mem::replace(&mut self.activity, Activity::Idle) else { return };
                self.reach(desk, now, Some(hearing.queuing));
            }
            '2' => self.say_again(desk),
            '3' => {
                let (id, agent) = (hearing.message.id, self.service.as_ref().map(|service| service.agent.to_string()));
                desk.message_is_heard(id, &agent.unwrap_or_default());
                self.errand_failed(desk, now, ErrandEnd::NotServed);
            }
            _ => {}
        }
    }

    /// The agent hung up while he heard a message.
    pub(crate) fn hearer_left(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId) -> bool {
        let Activity::Hearing(hearing) = &self.activity else { return false };
        if hearing.queuing.agent_leg() != Some(leg) {
            return false;
        }
        desk.forget_leg(leg);
        self.parties.remove(&leg);
        self.errand_failed(desk, now, ErrandEnd::NotServed);
        true
    }
}
