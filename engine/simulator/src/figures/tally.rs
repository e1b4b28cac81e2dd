//! The fold itself: each fact of the journal finds its place in the books.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::{AgentId, CallId, Entry, Fact, Outcome, QueueId, Timestamp};

use super::agent::{AgentDay, Load};
use super::book::Book;
use super::card::{Card, Fate};
use super::series::{Change, Level};
use super::settings::Settings;
use super::word::{AgentWord, Leave, Ring};

/// A journal that contradicts itself does so on every line; the first ones tell enough.
const ODDITIES_MAX: usize = 20;

/// A day's figures while the journal is being written: [`Tally::note`] every entry, ask for
/// [`Tally::figures`](Self::figures) whenever they are wanted.
#[derive(Debug)]
pub struct Tally {
    pub(super) settings: Settings,
    pub(super) whole: Book,
    pub(super) queues: BTreeMap<QueueId, Book>,
    pub(super) agents: BTreeMap<AgentId, AgentDay>,
    pub(super) arrived: u64,
    pub(super) live: BTreeSet<CallId>,
    pub(super) outcomes: BTreeMap<Outcome, u64>,
    cards: BTreeMap<CallId, Card>,
    early: BTreeSet<CallId>,
    oddities: Vec<String>,
}

impl Tally {
    /// Nothing has happened yet.
    pub fn new(settings: Settings) -> Self {
        let book = |limits| Book::new(limits, settings.bucket);
        let agent = |queues: &BTreeSet<QueueId>| AgentDay::new(queues.clone(), settings.count_from);
        let agents = settings.agents.iter().map(|(id, queues)| (id.clone(), agent(queues)));
        let served = settings.agents.values().flatten().map(|queue| (queue, settings.limits(queue)));
        let queues = settings.queues.iter().map(|(queue, limits)| (queue, *limits)).chain(served);
        Self {
            whole: book(settings.whole),
            queues: queues.map(|(queue, limits)| (queue.clone(), book(limits))).collect(),
            agents: agents.collect(),
            arrived: 0,
            live: BTreeSet::new(),
            outcomes: BTreeMap::new(),
            cards: BTreeMap::new(),
            early: BTreeSet::new(),
            oddities: Vec::new(),
            settings,
        }
    }

    /// One entry of the journal, in its order.
    pub fn note(&mut self, entry: &Entry) {
        let now = entry.at;
        if let Fact::AgentStateChanged { agent, state, .. } = &entry.fact {
            return self.agent_changed(now, agent, state);
        }
        let Some(call) = entry.call else { return };
        if now < self.settings.count_from && matches!(entry.fact, Fact::CallArrived { .. } | Fact::CallQueued { .. }) {
            self.early.insert(call);
        }
        if self.early.contains(&call) {
            return self.note_early(now, call, &entry.fact);
        }
        match &entry.fact {
            Fact::CallArrived { .. } => {
                self.arrived += 1;
                self.live.insert(call);
            }
            Fact::CallQueued { queue, kept, .. } => self.queued(now, call, queue, *kept),
            Fact::OfferMade { agent, .. } => self.offered_to(now, agent),
            Fact::OfferEnded { agent, reason } => self.offer_ended(now, agent, Ring::parse(reason)),
            Fact::QueueAnswered { queue, agent, waited } => self.answered(now, call, queue, agent, *waited),
            Fact::QueueTalkEnded { queue, talked, .. } => self.talked(queue, *talked),
            Fact::QueueLeft { queue, waited, reason } => self.left(now, call, queue, *waited, reason),
            Fact::CallEnded { outcome, .. } => self.ended(now, call, *outcome),
            _ => {}
        }
    }

    /// What contradicts itself: in the books, or in the journal that filled them. Empty on a good day.
    pub fn wrong(&self) -> Vec<String> {
        let mut wrong = self.oddities.clone();
        wrong.extend(self.whole.conservation().err());
        for (id, book) in &self.queues {
            wrong.extend(book.conservation().err().map(|why| format!("queue {id}: {why}")));
        }
        let waiting: u64 = self.queues.values().map(Book::waiting).sum();
        if waiting != self.whole.waiting() + self.answered_before() {
            wrong.push(format!("{waiting} wait in the queues, {} in the whole", self.whole.waiting()));
        }
        wrong
    }

    /// Callers who wait again after an agent has already answered them: the whole counts them as answered.
    fn answered_before(&self) -> u64 {
        let again = |card: &&Card| card.fate == Fate::Waiting && card.call_fate == Fate::Answered;
        self.cards.values().filter(again).count() as u64
    }

    fn note_early(&mut self, now: Timestamp, call: CallId, fact: &Fact) {
        if let Fact::QueueAnswered { queue, agent, .. } = fact {
            self.agent_talks(now, agent, queue);
        }
        if matches!(fact, Fact::CallEnded { .. }) {
            self.early.remove(&call);
        }
    }

    fn queued(&mut self, now: Timestamp, call: CallId, queue: &QueueId, kept: bool) {
        let Some(mut card) = self.cards.remove(&call) else {
            let entry = self.book(queue).offered(now, call);
            let whole = self.whole.offered(now, call);
            self.cards.insert(call, Card::new(queue.clone(), entry, whole));
            return;
        };
        if card.fate == Fate::Waiting {
            self.odd(now, call, &format!("queued in {queue} while waiting in {}", card.queue));
            self.book(&card.queue.clone()).left(now, call, now.since(card.entry.since), Leave::Overflowed);
        }
        let back = card.fate.overflowed().filter(|_| kept && card.queue == *queue);
        card.entry = match back {
            Some(waited) => self.book(queue).came_back(now, call, card.entry, waited),
            None => self.book(queue).offered(now, call),
        };
        if let Some(waited) = card.call_fate.overflowed() {
            card.call = self.whole.came_back(now, call, card.call, waited);
            card.call_fate = Fate::Waiting;
        }
        card.queue = queue.clone();
        card.fate = Fate::Waiting;
        self.cards.insert(call, card);
    }

    fn answered(&mut self, now: Timestamp, call: CallId, queue: &QueueId, agent: &AgentId, waited: Duration) {
        self.agent(agent).answered += 1;
        self.agent_talks(now, agent, queue);
        if !self.book(queue).is_waiting(call) {
            return self.odd(now, call, &format!("answered in {queue} without waiting there"));
        }
        self.book(queue).answered(now, call, waited);
        self.whole.answered(now, call, waited);
        if let Some(card) = self.cards.get_mut(&call) {
            card.fate = Fate::Answered;
            card.call_fate = Fate::Answered;
        }
    }

    /// That an agent talks to a caller is no fact of its own: the answer says it.
    fn agent_talks(&mut self, now: Timestamp, agent: &AgentId, queue: &QueueId) {
        self.agent(agent).last_queue = Some(queue.clone());
        self.agent_changed(now, agent, AgentWord::Talking.as_str());
    }

    fn talked(&mut self, queue: &QueueId, talked: Duration) {
        for book in [self.queues.get_mut(queue), Some(&mut self.whole)].into_iter().flatten() {
            book.counts.talks += 1;
            book.counts.talk += talked;
        }
    }

    fn left(&mut self, now: Timestamp, call: CallId, queue: &QueueId, waited: Duration, reason: &str) {
        if !self.book(queue).is_waiting(call) {
            // Refused on entry: such a caller never had a place.
            self.queued(now, call, queue, false);
        }
        self.leaves(now, call, queue, waited, Leave::parse(reason));
    }

    fn leaves(&mut self, now: Timestamp, call: CallId, queue: &QueueId, waited: Duration, how: Leave) {
        self.book(queue).left(now, call, waited, how);
        self.whole.left(now, call, waited, how);
        if let Some(card) = self.cards.get_mut(&call) {
            card.fate = Fate::Left { how, waited };
            if card.call_fate == Fate::Waiting {
                card.call_fate = Fate::Left { how, waited };
            }
        }
    }

    fn ended(&mut self, now: Timestamp, call: CallId, outcome: Outcome) {
        self.live.remove(&call);
        *self.outcomes.entry(outcome).or_default() += 1;
        let Some(card) = self.cards.get(&call) else { return };
        if card.fate == Fate::Waiting {
            let (queue, waited) = (card.queue.clone(), now.since(card.entry.since));
            let how = if outcome == Outcome::Abandoned { Leave::Abandoned } else { Leave::Overflowed };
            self.odd(now, call, &format!("ended while waiting in {queue}"));
            self.leaves(now, call, &queue, waited, how);
        }
        let Some(card) = self.cards.remove(&call) else { return };
        let how = match outcome {
            Outcome::Voicemail => Leave::Voicemail,
            Outcome::Callback => Leave::Callback,
            _ => return,
        };
        if card.fate.overflowed().is_some() {
            self.book(&card.queue).renamed(how);
        }
        if card.call_fate.overflowed().is_some() {
            self.whole.renamed(how);
        }
    }

    fn agent_changed(&mut self, now: Timestamp, agent: &AgentId, state: &str) {
        let Some(to) = AgentWord::parse(state) else {
            return self.remember(format!("{now} agent {agent} is `{state}`, which is no state"));
        };
        self.agent(agent);
        let Self { agents, queues, whole, .. } = self;
        let Some(day) = agents.get_mut(agent) else { return };
        let (from, lasted) = day.change(now, to);
        let wrap_up = if from == AgentWord::WrapUp { lasted } else { Duration::ZERO };
        whole.counts.wrap_up += wrap_up;
        if let Some(book) = day.last_queue.as_ref().and_then(|queue| queues.get_mut(queue)) {
            book.counts.wrap_up += wrap_up;
        }
        whole.follow(now, from, to);
        for queue in &day.queues {
            if let Some(book) = queues.get_mut(queue) {
                book.follow(now, from, to);
            }
        }
    }

    /// That an agent is reserved, and free again, are no facts of their own: the offer and its end say so.
    fn offered_to(&mut self, now: Timestamp, agent: &AgentId) {
        let day = self.agent(agent);
        day.offers += 1;
        if day.state() == AgentWord::Ready {
            self.agent_changed(now, agent, AgentWord::Reserved.as_str());
        }
    }

    fn offer_ended(&mut self, now: Timestamp, agent: &AgentId, ring: Ring) {
        let day = self.agent(agent);
        day.offer_ended(ring);
        if day.state() == AgentWord::Reserved {
            self.agent_changed(now, agent, AgentWord::Ready.as_str());
        }
    }

    fn book(&mut self, queue: &QueueId) -> &mut Book {
        let settings = &self.settings;
        self.queues.entry(queue.clone()).or_insert_with(|| Book::new(settings.limits(queue), settings.bucket))
    }

    fn agent(&mut self, agent: &AgentId) -> &mut AgentDay {
        let from = self.settings.count_from;
        self.agents.entry(agent.clone()).or_insert_with(|| AgentDay::new(BTreeSet::new(), from))
    }

    /// Time of the agents who serve a queue; of all agents when none is named.
    pub(super) fn loads(&self, now: Timestamp, serves: impl Fn(&AgentDay) -> bool) -> Vec<Load> {
        self.agents.values().filter(|day| serves(day)).map(|day| day.load(now)).collect()
    }

    fn odd(&mut self, now: Timestamp, call: CallId, what: &str) {
        self.remember(format!("{now} call {call} {what}"));
    }

    fn remember(&mut self, what: String) {
        if self.oddities.len() < ODDITIES_MAX {
            self.oddities.push(what);
        }
    }
}

impl Book {
    /// The charts of busy agents and agents on duty.
    fn follow(&mut self, now: Timestamp, from: AgentWord, to: AgentWord) {
        let levels = [(Level::Busy, from.is_busy(), to.is_busy()), (Level::OnDuty, from.is_on_duty(), to.is_on_duty())];
        for (level, before, after) in levels {
            match (before, after) {
                (false, true) => self.slices.change(now, level, Change::More),
                (true, false) => self.slices.change(now, level, Change::Fewer),
                _ => {}
            }
        }
    }
}
