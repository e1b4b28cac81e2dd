//! Ringing others and connecting the first who answers.
//!
//! A bridge has targets; a target has groups of phones or trunks, tried one after the other; every
//! phone that rings is a leg. The first answer wins and every other leg is released at once.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use model::Place;
use model::{BridgeResult, Fact, HangupCause, LegFailure, LegId, PlaybackId, Timestamp};
use rand::seq::SliceRandom;
use script::config::DialRule;
use script::{Bridge, BridgeOrder, EffectResult, ShowNumber};

use crate::call::{Activity, Call, CallerState};
use crate::command::{AudioCommand, AudioItem, Callee, LegCommand, Tone};
use crate::desk::{BETWEEN_ROUNDS, Desk, prompt};
use crate::place::{NotPlaced, Shown};
use crate::route::resolve;
use crate::timer::Timer;

/// Who answers must press the key within this time; a mobile's voicemail never does.
pub(crate) const CONFIRM_WITHIN: Duration = Duration::from_secs(10);

pub(crate) struct Bridging {
    pub(crate) purpose: Purpose,
    /// The leg that waits to be connected.
    pub(crate) waiter: LegId,
    request: Bridge,
    targets: Vec<Target>,
    /// Targets that have not begun to ring.
    waiting: VecDeque<usize>,
    tries: BTreeMap<LegId, Try>,
    early: Option<LegId>,
    all_end: Timestamp,
}

/// Why somebody is being rung.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Purpose {
    /// `bridge` of a flow.
    Flow(Place),
    /// `transfer` of a flow.
    Transfer(Place),
    /// A phone dialled a colleague; there is no flow.
    Direct,
    /// The flow failed.
    Fallback,
    /// `queue` of a flow.
    Queue(Place),
    /// REFER: `by` wants out.
    Blind { by: LegId },
    /// Nobody took a call that an agent sent away: it rings him again.
    Return(Box<Purpose>),
}

impl Purpose {
    /// The flow's line behind it.
    pub(crate) fn place(&self) -> Option<&Place> {
        match self {
            Purpose::Flow(place) | Purpose::Transfer(place) | Purpose::Queue(place) => Some(place),
            Purpose::Return(of) => of.place(),
            Purpose::Direct | Purpose::Fallback | Purpose::Blind { .. } => None,
        }
    }
}

struct Target {
    text: String,
    groups: VecDeque<Vec<Callee>>,
    rule: Option<DialRule>,
    failure: Option<LegFailure>,
}

struct Try {
    target: usize,
    stage: Stage,
}

#[derive(PartialEq, Eq)]
enum Stage {
    Ringing,
    Confirming,
    Whispering(PlaybackId),
}

impl Bridging {
    pub(crate) fn new(request: Bridge, purpose: Purpose, waiter: LegId, desk: &mut Desk, now: Timestamp) -> Self {
        let target = |text: &String| Target { text: text.clone(), groups: VecDeque::new(), rule: None, failure: None };
        let targets: Vec<Target> = request.targets.iter().map(target).collect();
        let mut order: Vec<usize> = (0..targets.len()).collect();
        if request.how == BridgeOrder::Random {
            order.shuffle(&mut desk.rng);
        }
        let rounds = u32::try_from(targets.len()).unwrap_or(u32::MAX);
        let all_end = now + request.ring_for.saturating_mul(rounds);
        let waiting = order.into();
        Self { purpose, waiter, request, targets, waiting, tries: BTreeMap::new(), early: None, all_end }
    }

    pub(crate) fn legs(&self) -> Vec<LegId> {
        self.tries.keys().copied().collect()
    }

    pub(crate) fn has(&self, leg: LegId) -> bool {
        self.tries.contains_key(&leg)
    }

    /// The targets as the flow or the phone named them.
    pub(crate) fn wanted(&self) -> String {
        self.request.targets.join(", ")
    }

    fn result(&self) -> BridgeResult {
        let has = |wanted: LegFailure| self.targets.iter().any(|target| target.failure == Some(wanted));
        if has(LegFailure::NoAnswer) {
            BridgeResult::NoAnswer
        } else if has(LegFailure::Declined) {
            BridgeResult::Declined
        } else if has(LegFailure::Busy) {
            BridgeResult::Busy
        } else {
            BridgeResult::Failed
        }
    }
}

impl Call {
    pub(crate) fn start_bridge(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        request: Bridge,
        purpose: Purpose,
    ) -> Option<EffectResult> {
        let bridging = Bridging::new(request, purpose, self.caller.leg, desk, now);
        self.begin_ringing(desk, now, bridging)
    }

    pub(crate) fn begin_ringing(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        bridging: Bridging,
    ) -> Option<EffectResult> {
        self.activity = Activity::Bridging(Box::new(bridging));
        self.let_waiter_hear(desk, now);
        let result = self.ring_more(desk, now)?;
        self.end_bridging(desk, now, result)
    }

    fn bridging(&mut self) -> Option<&mut Bridging> {
        match &mut self.activity {
            Activity::Bridging(bridging) => Some(bridging),
            Activity::Talking(talk) => talk.transfer.as_deref_mut(),
            _ => None,
        }
    }

    /// The ring tone, or the music that the flow asked for; a phone that is not answered makes its own.
    pub(crate) fn let_waiter_hear(&mut self, desk: &mut Desk, now: Timestamp) {
        let (language, project) = (self.caller.language.clone(), self.project.clone());
        let caller = (self.caller.leg, self.caller.state);
        let Some(bridging) = self.bridging() else { return };
        let waiter = bridging.waiter;
        if caller.0 == waiter && matches!(caller.1, CallerState::Offered | CallerState::Ringing) {
            return self.ring(desk, now);
        }
        let item = match &bridging.request.music {
            Some(name) => prompt(&project, name, &language),
            None => AudioItem::Tone(Tone::Ringback),
        };
        desk.play(waiter, vec![item], true);
    }

    /// Starts what has to ring now. Gives the result when nothing rings and nothing is left.
    pub(crate) fn ring_more(&mut self, desk: &mut Desk, now: Timestamp) -> Option<BridgeResult> {
        loop {
            let bridging = self.bridging()?;
            let at_once = bridging.request.how == BridgeOrder::All;
            if !bridging.tries.is_empty() && !at_once {
                return None;
            }
            let Some(index) = bridging.waiting.pop_front() else {
                return bridging.tries.is_empty().then(|| bridging.result());
            };
            self.start_target(desk, now, index);
        }
    }

    fn start_target(&mut self, desk: &mut Desk, now: Timestamp, index: usize) {
        let (id, project) = (self.id, self.project.clone());
        let Some(bridging) = self.bridging() else { return };
        let text = bridging.targets[index].text.clone();
        let cumulative = bridging.request.how == BridgeOrder::Cumulative;
        let ring_until = if cumulative { bridging.all_end } else { now + bridging.request.ring_for };
        let next = now + bridging.request.ring_for;
        if cumulative && !bridging.waiting.is_empty() {
            desk.timers.set(Timer::NextTarget(id), next);
        }
        match resolve(&project, desk, &text) {
            Ok(route) => {
                let target = &mut bridging.targets[index];
                target.groups = route.groups.into();
                target.rule = route.rule;
                desk.timers.set(Timer::RingTimeout(id, index), ring_until);
                self.dial_next_group(desk, now, index);
            }
            Err(no_route) => {
                bridging.targets[index].failure = Some(no_route.failure);
                let leg = desk.new_leg();
                desk.journal(now, Some(id), Fact::LegFailed { leg, to: text, reason: no_route.failure });
                desk.journal(now, Some(id), Fact::Logged { text: no_route.why, place: None });
            }
        }
    }

    /// Rings the next group of a target; false when there was none that could be rung.
    fn dial_next_group(&mut self, desk: &mut Desk, now: Timestamp, index: usize) -> bool {
        loop {
            let Some(bridging) = self.bridging() else { return false };
            let target = &mut bridging.targets[index];
            let Some(group) = target.groups.pop_front() else { return false };
            let (text, rule, show) = (target.text.clone(), target.rule.clone(), bridging.request.show.clone());
            let before = bridging.tries.len();
            for callee in group {
                self.dial(desk, now, index, &text, callee, rule.as_ref(), &show);
            }
            if self.bridging().is_some_and(|bridging| bridging.tries.len() > before) {
                return true;
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one call site; a struct would only rename the arguments")]
    fn dial(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        target: usize,
        text: &str,
        callee: Callee,
        rule: Option<&DialRule>,
        show: &ShowNumber,
    ) {
        let placed = self.place(desk, now, text, callee, rule, Shown { number: show, queue: None });
        let Some(bridging) = self.bridging() else { return };
        match placed {
            Ok(leg) => {
                bridging.tries.insert(leg, Try { target, stage: Stage::Ringing });
            }
            Err(NotPlaced) => {
                let refused = &mut bridging.targets[target];
                refused.failure = Some(LegFailure::NotAllowed);
                // The caps belong to the rule: another trunk of it would be refused as well.
                refused.groups.clear();
            }
        }
    }

    pub(crate) fn leg_rings(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, early_media: bool) {
        let caller = (self.caller.leg, self.caller.state);
        let id = self.id;
        if self.rings_agent(leg) {
            return desk.journal(now, Some(id), Fact::LegRang { leg });
        }
        let Some(bridging) = self.bridging() else { return };
        if !bridging.has(leg) {
            return;
        }
        desk.journal(now, Some(id), Fact::LegRang { leg });
        // One party may be heard before it answers; several at once would be noise.
        let alone = bridging.tries.len() == 1 && bridging.early.is_none();
        if early_media && alone && bridging.request.confirm.is_none() {
            bridging.early = Some(leg);
            let waiter = bridging.waiter;
            if caller.0 == waiter && caller.1.is_unanswered() {
                desk.leg(waiter, LegCommand::Ring { early_media: true });
                self.caller.state = CallerState::EarlyMedia;
            }
            desk.audio(waiter, AudioCommand::Join { with: leg });
        }
    }

    pub(crate) fn leg_failed(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, failure: LegFailure) {
        let to = self.parties.get(&leg).map(|party| party.to.clone()).unwrap_or_default();
        if self.rings_agent(leg) {
            desk.journal(now, Some(self.id), Fact::LegFailed { leg, to, reason: failure });
            return self.ring_over(desk, now, leg, failure);
        }
        desk.forget_leg(leg);
        if self.parties.remove(&leg).is_none() {
            return;
        }
        desk.journal(now, Some(self.id), Fact::LegFailed { leg, to, reason: failure });
        self.try_ended(desk, now, leg, failure);
    }

    /// A try is over without a connection: the next group, the next target, or the result.
    fn try_ended(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, failure: LegFailure) {
        desk.timers.cancel(Timer::ConfirmTimeout(self.id, leg));
        let Some(bridging) = self.bridging() else { return };
        let Some(ended) = bridging.tries.remove(&leg) else { return };
        let waiter_is_left_alone = bridging.early.take_if(|early| *early == leg).is_some();
        let rings_on = bridging.tries.values().any(|other| other.target == ended.target);
        bridging.targets[ended.target].failure = Some(failure);
        if waiter_is_left_alone {
            desk.audio(bridging.waiter, AudioCommand::Part);
            self.let_waiter_hear(desk, now);
        }
        let elsewhere = matches!(failure, LegFailure::Unreachable | LegFailure::Failed | LegFailure::NoLine);
        if !rings_on && elsewhere && self.dial_next_group(desk, now, ended.target) {
            return;
        }
        self.go_on(desk, now);
    }

    fn go_on(&mut self, desk: &mut Desk, now: Timestamp) {
        if let Some(result) = self.ring_more(desk, now)
            && let Some(outcome) = self.end_bridging(desk, now, result)
        {
            self.resume(desk, now, outcome);
        }
    }

    pub(crate) fn ring_timeout(&mut self, desk: &mut Desk, now: Timestamp, index: usize) {
        let Some(bridging) = self.bridging() else { return };
        let late = |attempt: &&Try| attempt.target == index && attempt.stage == Stage::Ringing;
        let legs: Vec<LegId> =
            bridging.tries.iter().filter(|(_, attempt)| late(attempt)).map(|(leg, _)| *leg).collect();
        bridging.targets[index].groups.clear();
        for leg in legs {
            desk.drop_leg(now, leg, HangupCause::NoAnswer);
            self.parties.remove(&leg);
            self.try_ended(desk, now, leg, LegFailure::NoAnswer);
        }
    }

    pub(crate) fn next_target(&mut self, desk: &mut Desk, now: Timestamp) {
        let Some(bridging) = self.bridging() else { return };
        if let Some(index) = bridging.waiting.pop_front() {
            self.start_target(desk, now, index);
            self.go_on(desk, now);
        }
    }

    pub(crate) fn leg_answered(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId) {
        let (id, language) = (self.id, self.project.config.language.clone());
        let to = self.parties.get(&leg).map(|party| party.to.clone()).unwrap_or_default();
        let Some(bridging) = self.bridging() else { return };
        let Some(attempt) = bridging.tries.get_mut(&leg) else { return };
        desk.journal(now, Some(id), Fact::LegAnswered { leg, to });
        let Some(key) = bridging.request.confirm else { return self.win(desk, now, leg) };
        attempt.stage = Stage::Confirming;
        // Whoever has to decide hears first what it is about.
        let whisper = bridging.request.whisper.clone();
        let mut items: Vec<AudioItem> = whisper.iter().map(|name| prompt(&self.project, name, &language)).collect();
        match key {
            '1' => items.push(prompt(&self.project, "agent-accept-press-1", &language)),
            key => items.extend([
                prompt(&self.project, "vm-press", &language),
                prompt(&self.project, &format!("digits/{}", key_prompt(key)), &language),
            ]),
        }
        items.push(AudioItem::Silence(BETWEEN_ROUNDS));
        desk.play(leg, items, true);
        desk.timers.set(Timer::ConfirmTimeout(id, leg), now + CONFIRM_WITHIN);
    }

    pub(crate) fn confirm_timeout(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId) {
        if self.rings_agent(leg) {
            return self.agent_confirms_nothing(desk, now, leg);
        }
        let confirming = |bridging: &mut Bridging| {
            bridging.tries.get(&leg).is_some_and(|attempt| attempt.stage == Stage::Confirming)
        };
        if self.bridging().is_some_and(confirming) {
            desk.drop_leg(now, leg, HangupCause::NoAnswer);
            self.parties.remove(&leg);
            self.try_ended(desk, now, leg, LegFailure::NoAnswer);
        }
    }

    pub(crate) fn party_digit(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, digit: char) {
        let id = self.id;
        if matches!(self.activity, Activity::Talking(_)) {
            self.talk_digit(desk, now, leg, digit);
        }
        let Some(bridging) = self.bridging() else { return };
        let confirms = bridging.request.confirm == Some(digit);
        let asked = bridging.tries.get(&leg).is_some_and(|attempt| attempt.stage == Stage::Confirming);
        if confirms && asked {
            desk.timers.cancel(Timer::ConfirmTimeout(id, leg));
            desk.audio(leg, AudioCommand::StopPlayback);
            desk.journal(now, Some(id), Fact::LegConfirmed { leg });
            self.win(desk, now, leg);
        }
    }

    /// `leg` will be connected; whoever else rings is released at once.
    fn win(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId) {
        let language = self.project.config.language.clone();
        self.cancel_bridge_timers(desk);
        let Some(bridging) = self.bridging() else { return };
        bridging.waiting.clear();
        let losers: Vec<LegId> = bridging.legs().into_iter().filter(|other| *other != leg).collect();
        bridging.tries.retain(|other, _| *other == leg);
        let whisper = bridging.request.whisper.clone().filter(|_| bridging.request.confirm.is_none());
        for loser in losers {
            desk.drop_leg(now, loser, HangupCause::AnsweredElsewhere);
            self.parties.remove(&loser);
        }
        let Some(name) = whisper else { return self.connect(desk, now, leg) };
        let playback = desk.play(leg, vec![prompt(&self.project, &name, &language)], false);
        if let Some(attempt) = self.bridging().and_then(|bridging| bridging.tries.get_mut(&leg)) {
            attempt.stage = Stage::Whispering(playback);
        }
    }

    pub(crate) fn party_prompt_ended(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, playback: PlaybackId) {
        let whispered = |bridging: &mut Bridging| {
            bridging.tries.get(&leg).is_some_and(|attempt| attempt.stage == Stage::Whispering(playback))
        };
        if self.bridging().is_some_and(whispered) {
            self.connect(desk, now, leg);
        }
    }

    /// A leg that was rung or confirming hung up.
    pub(crate) fn try_hung_up(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, cause: HangupCause) {
        desk.forget_leg(leg);
        self.parties.remove(&leg);
        desk.journal(now, Some(self.id), Fact::LegReleased { leg, cause });
        self.try_ended(desk, now, leg, LegFailure::NoAnswer);
    }

    pub(crate) fn cancel_bridge_timers(&mut self, desk: &mut Desk) {
        let id = self.id;
        let Some(bridging) = self.bridging() else { return };
        for index in 0..bridging.targets.len() {
            desk.timers.cancel(Timer::RingTimeout(id, index));
        }
        for leg in bridging.legs() {
            desk.timers.cancel(Timer::ConfirmTimeout(id, leg));
        }
        desk.timers.cancel(Timer::NextTarget(id));
    }
}

fn key_prompt(key: char) -> String {
    match key {
        '*' => "star".into(),
        '#' => "pound".into(),
        digit => digit.to_string(),
    }
}
