//! The flow's side of a call: performing effects and resuming the run with what came of them.

use model::Place;
use model::{Fact, LegId, PlaybackId, Timestamp};
use rand::Rng;
use script::{Collect, Diagnostic, Effect, EffectResult, Play, QueueRequest, Say, Step};

use crate::bridge::Purpose;
use crate::call::{Activity, Call, CallerState};
use crate::callbacks::cancel_callbacks;
use crate::collect::Collector;
use crate::command::AudioItem;
use crate::desk::{Desk, prompt};
use crate::queuing::Wish;
use crate::timer::Timer;

impl Call {
    /// Goes on with the flow until it waits for the world again.
    pub(crate) fn resume(&mut self, desk: &mut Desk, now: Timestamp, result: EffectResult) {
        if self.back_to_the_tone(desk, now, &result) {
            return;
        }
        let Some(mut run) = self.run.take() else { return };
        if self.effects.is_at_once(now) {
            run.answered_at_once();
        }
        let step = run.resume(result);
        self.run = Some(run);
        self.follow(desk, now, step);
    }

    pub(crate) fn perform_and_follow(&mut self, desk: &mut Desk, now: Timestamp, effect: Effect, place: Place) {
        if let Some(result) = self.perform(desk, now, effect, place) {
            self.resume(desk, now, result);
        }
    }

    pub(crate) fn follow(&mut self, desk: &mut Desk, now: Timestamp, mut step: Step) {
        loop {
            match step {
                Step::Effect(_, place) if self.effects.is_hopeless() => return self.stop_loop(desk, now, place),
                Step::Effect(effect, place) => {
                    let Some(result) = self.budgeted(desk, now, effect, place) else { return };
                    let Some(run) = self.run.as_mut() else { return };
                    run.answered_at_once();
                    step = run.resume(result);
                }
                Step::Finished => return self.flow_finished(desk, now),
                Step::Failed(diagnostic) => return self.flow_failed(desk, now, &diagnostic),
                Step::Ended => {
                    return self.drop_run();
                }
            }
        }
    }

    /// A loop that catches its own errors would stall every other call.
    fn stop_loop(&mut self, desk: &mut Desk, now: Timestamp, place: Place) {
        self.end_run();
        let mut failure = Diagnostic::error("endless-loop", "the flow loops without waiting and catches its errors");
        (failure.file, failure.line, failure.column) = (Some(place.file), place.line, place.column);
        self.flow_failed(desk, now, &failure);
    }

    fn budgeted(&mut self, desk: &mut Desk, now: Timestamp, effect: Effect, place: Place) -> Option<EffectResult> {
        if self.effects.spend(now) {
            self.perform(desk, now, effect, place)
        } else {
            Some(EffectResult::Refused("the flow used 1000 verbs within a second; a loop without `wait`?".into()))
        }
    }

    /// Starts an effect. Gives its result when it is known at once; otherwise the call waits.
    fn perform(&mut self, desk: &mut Desk, now: Timestamp, effect: Effect, place: Place) -> Option<EffectResult> {
        if self.is_after_call() && needs_caller(&effect) {
            return Some(EffectResult::Refused("the call is over: `after_call` cannot reach the caller".into()));
        }
        if self.history.handed_over && waits(&effect) {
            return Some(EffectResult::Refused(
                "the caller was handed over: the flow cannot reach him any more".into(),
            ));
        }
        if needs_audio(&effect) && self.caller.state != CallerState::Answered {
            self.answer(desk);
            self.activity = Activity::Answering(Box::new((effect, place)));
            return None;
        }
        match effect {
            Effect::Answer => Some(EffectResult::Done),
            Effect::Ring => {
                self.ring(desk, now);
                Some(EffectResult::Done)
            }
            Effect::Reject(word) => self.reject(desk, now, &word),
            Effect::Hangup => self.flow_hangs_up(desk, now),
            Effect::Play(play) => self.play(desk, now, &play, place),
            Effect::Say(say) => self.say(desk, now, &say, place),
            Effect::Collect(collect) => self.collect(desk, now, collect, place),
            Effect::Record(record) => self.start_record(desk, record),
            Effect::Bridge(bridge) => self.start_bridge(desk, now, bridge, Purpose::Flow(place)),
            Effect::Transfer(bridge) => self.start_bridge(desk, now, bridge, Purpose::Transfer(place)),
            Effect::Wait(duration) => {
                desk.timers.set(Timer::PauseOver(self.id), now + duration);
                self.activity = Activity::Pausing;
                None
            }
            Effect::Now => Some(EffectResult::Text(desk.iso_now(now, &self.project.config.time_zone))),
            Effect::Open(calendar) => Some(self.ask_calendar(desk, now, calendar)),
            Effect::Opens(calendar) => Some(self.ask_opening(desk, now, &calendar)),
            Effect::CallbackTime { number, time } => Some(self.callback_time(desk, now, &number, time)),
            Effect::Lookup(lookup) => self.look_up(desk, now, lookup, place),
            Effect::Tag { key, value } => {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                Some(self.noted(desk, now, Fact::TagSet { key, value }))
            }
            Effect::Language(language) => {
                self.caller.language.clone_from(&language);
                Some(self.noted(desk, now, Fact::LanguageSet { language }))
            }
            Effect::Log(text) => Some(self.noted(desk, now, Fact::Logged { text, place: Some(place) })),
            Effect::Random { low, high } => Some(random(desk, low, high)),
            Effect::Queue(request) => self.wait_in_queue(desk, now, request, place),
            Effect::FindAgent(who) => Some(self.describe_agent(desk, now, &who)),
            Effect::CheckPin { agent, pin } => Some(self.check_pin(desk, now, &agent, &pin)),
            Effect::CheckBoxPin { mailbox, pin } => Some(self.check_box_pin(desk, now, &mailbox, &pin)),
            Effect::SetAgent(wanted) => Some(self.set_agent(desk, now, &wanted)),
            Effect::Supervise { agent, how } => self.supervise(desk, now, &agent, how),
            Effect::QueueState(name) => Some(self.queue_state(desk, now, &name)),
            Effect::Voicemail(wanted) => self.start_voicemail(desk, now, &wanted, place),
            Effect::Callback(wanted) => self.book_callback(desk, now, &wanted),
            Effect::CancelCallback(number) => Some(cancel_callbacks(desk, now, &number)),
            Effect::Messages(mailbox) => Some(self.list_messages(desk, &mailbox)),
            Effect::ChangeMessage(wanted) => self.change_message(desk, now, &wanted),
            Effect::PlayRecording { file, barge_in } => self.play_recording(desk, now, (file, barge_in), place),
            Effect::SetGreeting { mailbox, greeting, file } => self.set_greeting(desk, &mailbox, &greeting, file),
            Effect::Send(parcel) => self.send(desk, now, parcel),
            Effect::Http(request) => self.ask_http(desk, now, request, place),
            Effect::RecordCall(on) => self.record_call(desk, now, on),
            Effect::PauseRecording { at_most } => Some(self.flow_pauses(desk, now, at_most)),
            Effect::ResumeRecording => Some(self.flow_resumes(desk, now)),
        }
    }

    fn wait_in_queue(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        request: QueueRequest,
        place: Place,
    ) -> Option<EffectResult> {
        let waiter = self.caller.leg;
        let wish = Wish { request, purpose: Purpose::Queue(place), waiter, joined: None, sent_by: None };
        self.enter_queue(desk, now, wish).err().map(EffectResult::Refused)
    }

    fn noted(&self, desk: &mut Desk, now: Timestamp, fact: Fact) -> EffectResult {
        desk.journal(now, Some(self.id), fact);
        EffectResult::Done
    }

    fn play(&mut self, desk: &mut Desk, now: Timestamp, play: &Play, place: Place) -> Option<EffectResult> {
        let items = self.prompts(&play.prompts);
        self.start_playback(desk, now, items, &play.prompts.join(" "), play.barge_in, place)
    }

    fn say(&mut self, desk: &mut Desk, now: Timestamp, say: &Say, place: Place) -> Option<EffectResult> {
        let language = self.caller.language.clone();
        let items = match crate::spoken_kind(say.kind).map(|kind| speech::say(kind, &say.value, &language)) {
            None => vec![AudioItem::Text { text: say.value.clone(), language }],
            Some(Ok(names)) => self.prompts(&names),
            Some(Err(error)) => return Some(EffectResult::Refused(error.to_string())),
        };
        let name = format!("say: {}", say.value);
        self.start_playback(desk, now, items, &name, say.barge_in, place)
    }

    pub(crate) fn start_playback(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        items: Vec<AudioItem>,
        name: &str,
        barge_in: bool,
        place: Place,
    ) -> Option<EffectResult> {
        if barge_in && !self.typed.is_empty() {
            return Some(EffectResult::Done);
        }
        let language = self.caller.language.clone();
        let fact = Fact::PromptStarted { prompt: name.to_owned(), language, place: Some(place) };
        desk.journal(now, Some(self.id), fact);
        let playback = desk.play(self.caller.leg, items, false);
        self.activity = Activity::Playing { playback, barge_in };
        None
    }

    pub(crate) fn prompts(&self, names: &[String]) -> Vec<AudioItem> {
        names.iter().map(|name| prompt(&self.project, name, &self.caller.language)).collect()
    }

    fn collect(&mut self, desk: &mut Desk, now: Timestamp, collect: Collect, place: Place) -> Option<EffectResult> {
        let items = self.prompts(&collect.prompts);
        let name = collect.prompts.join(" ");
        let collector = Collector::new(collect);
        let mut prompts = None;
        if items.is_empty() {
            desk.timers.set(Timer::DigitTimeout(self.id), now + collector.first_timeout());
        } else if self.typed.is_empty() {
            let language = self.caller.language.clone();
            let fact = Fact::PromptStarted { prompt: name, language, place: Some(place.clone()) };
            desk.journal(now, Some(self.id), fact);
            prompts = Some(desk.play(self.caller.leg, items, false));
        }
        self.activity = Activity::Collecting { collector, prompts, place };
        self.collect_typed(desk, now);
        None
    }

    pub(crate) fn playback_ended(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, playback: PlaybackId) {
        match &mut self.activity {
            Activity::Playing { playback: current, .. } if *current == playback => {
                self.activity = Activity::Idle;
                self.resume(desk, now, EffectResult::Done);
            }
            Activity::Collecting { collector, prompts, .. } if *prompts == Some(playback) => {
                *prompts = None;
                if collector.is_empty() {
                    desk.timers.set(Timer::DigitTimeout(self.id), now + collector.first_timeout());
                }
            }
            Activity::Recording(recording) if recording.is_beeping(playback) => self.start_taping(desk, now),
            Activity::Apologizing(current) if *current == playback => self.take_fallback(desk, now),
            Activity::Leaving(_) => self.leaving_playback_ended(desk, now, playback),
            Activity::Queuing(_) => self.queue_playback_ended(desk, now, playback),
            Activity::Hearing(_) => self.message_said(desk, now, playback),
            Activity::Greeting(_) => self.greeting_ended(desk, now, playback),
            Activity::Bridging(_) | Activity::Talking(_) => self.party_prompt_ended(desk, now, leg, playback),
            _ => {}
        }
    }

    pub(crate) fn pause_over(&mut self, desk: &mut Desk, now: Timestamp) {
        if matches!(self.activity, Activity::Pausing) {
            self.activity = Activity::Idle;
            self.resume(desk, now, EffectResult::Done);
        }
    }

    fn ask_calendar(&self, desk: &mut Desk, now: Timestamp, name: String) -> EffectResult {
        let config = &self.project.config;
        let Some(calendar) = config.calendars.get(&name) else {
            return EffectResult::Refused(format!("unknown calendar `{name}`"));
        };
        let open = calendar.is_open_at(desk.wall(now), &config.time_zone);
        desk.journal(now, Some(self.id), Fact::CalendarAsked { calendar: name, open });
        EffectResult::Bool(open)
    }

    fn ask_opening(&self, desk: &Desk, now: Timestamp, name: &str) -> EffectResult {
        let config = &self.project.config;
        let Some(calendar) = config.calendars.get(name) else {
            return EffectResult::Refused(format!("unknown calendar `{name}`"));
        };
        let opening = calendar.next_opening(desk.wall(now), &config.time_zone);
        EffectResult::Text(opening.map(|at| crate::desk::iso(at, &config.time_zone)).unwrap_or_default())
    }
}

fn random(desk: &mut Desk, low: i64, high: i64) -> EffectResult {
    if low > high {
        return EffectResult::Refused(format!("random({low}, {high}) has nothing to choose from"));
    }
    EffectResult::Number(desk.rng.random_range(low..=high))
}

/// A verb that needs audio answers by itself.
fn needs_audio(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Answer
            | Effect::Play(_)
            | Effect::Say(_)
            | Effect::Collect(_)
            | Effect::Record(_)
            | Effect::Voicemail(_)
            | Effect::PlayRecording { .. }
            | Effect::RecordCall(true)
            | Effect::Queue(_)
            | Effect::Supervise { .. }
    )
}

/// Verbs that would take the place of a conversation.
fn waits(effect: &Effect) -> bool {
    let silent = matches!(effect, Effect::Wait(_) | Effect::Lookup(_) | Effect::Http(_));
    silent || (needs_caller(effect) && !matches!(effect, Effect::Hangup))
}

/// Verbs that make no sense once the caller is gone.
fn needs_caller(effect: &Effect) -> bool {
    needs_audio(effect)
        || matches!(effect, Effect::Ring | Effect::Reject(_) | Effect::Hangup | Effect::Bridge(_) | Effect::Transfer(_))
}
