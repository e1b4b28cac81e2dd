//! What a waiting caller hears: music, and between it his position, the expected wait and adverts.
//!
//! Rules of acd-semantics: the position on entry when it is not the first, then only when it improved and a while has
//! passed; one announcement at a time; the music goes on afterwards.

use std::time::Duration;

use acd::ExpectedWait;
use model::{Fact, PlaybackId, Timestamp};
use script::config::{Announce, AnnounceWhen};

use crate::call::{Activity, Call};
use crate::command::AudioItem;
use crate::desk::Desk;
use crate::timer::Timer;

/// Between two announcements of the same kind that depend on a change.
const CHANGE_EVERY: Duration = Duration::from_secs(15);

pub(crate) struct Hold {
    music: Vec<AudioItem>,
    saying: Option<PlaybackId>,
    position: Schedule,
    wait: Schedule,
    advert_at: Option<Timestamp>,
    adverts_said: usize,
    told_position: Option<usize>,
    told_wait: Option<u64>,
}

/// When something is said next, and how often.
struct Schedule {
    when: Option<AnnounceWhen>,
    next: Option<Timestamp>,
}

impl Schedule {
    fn new(now: Timestamp, when: Option<AnnounceWhen>) -> Self {
        Self { when, next: when.map(|_| now) }
    }

    /// Is it due? The next time is set then.
    fn take(&mut self, now: Timestamp) -> bool {
        let due = self.next.is_some_and(|at| at <= now);
        if due {
            self.next = self.when.map(|when| match when {
                AnnounceWhen::OnChange => now + CHANGE_EVERY,
                AnnounceWhen::Every(period) => now + period,
            });
        }
        due
    }

    fn only_changes(&self) -> bool {
        self.when == Some(AnnounceWhen::OnChange)
    }
}

impl Hold {
    pub(crate) fn new(now: Timestamp, music: Vec<AudioItem>, announce: &Announce) -> Self {
        Self {
            music,
            saying: None,
            position: Schedule::new(now, announce.position),
            wait: Schedule::new(now, announce.wait),
            advert_at: announce.adverts_every.filter(|_| !announce.adverts.is_empty()).map(|every| now + every),
            adverts_said: 0,
            told_position: None,
            told_wait: None,
        }
    }

    pub(crate) fn is_saying(&self, playback: PlaybackId) -> bool {
        self.saying == Some(playback)
    }

    fn next(&self) -> Option<Timestamp> {
        [self.position.next, self.wait.next, self.advert_at].into_iter().flatten().min()
    }

    /// The prompts of a position worth telling: on entry unless it is the first, later when it improved.
    fn position_prompts(&mut self, now: Timestamp, position: usize, language: &str) -> Vec<String> {
        if !self.position.take(now) {
            return Vec::new();
        }
        let told = self.told_position.replace(position);
        let worth = match told {
            None => position > 1,
            Some(told) => position < told || !self.position.only_changes(),
        };
        match position {
            _ if !worth => Vec::new(),
            1 => vec!["queue-youarenext".into()],
            position => speech::say(speech::Kind::Position, &position.to_string(), language).unwrap_or_default(),
        }
    }

    fn wait_prompts(&mut self, now: Timestamp, expected: Option<ExpectedWait>, language: &str) -> Vec<String> {
        if !self.wait.take(now) {
            return Vec::new();
        }
        let Some(expected) = expected else { return Vec::new() };
        let told = self.told_wait.replace(expected.to_minutes);
        if self.wait.only_changes() && told == Some(expected.to_minutes) {
            return Vec::new();
        }
        expected_wait_prompts(expected, language)
    }

    fn advert(&mut self, now: Timestamp, announce: &Announce) -> Option<String> {
        let every = announce.adverts_every.filter(|_| self.advert_at.is_some_and(|at| at <= now))?;
        self.advert_at = Some(now + every);
        let advert = announce.adverts.get(self.adverts_said % announce.adverts.len().max(1)).cloned();
        self.adverts_said += 1;
        advert
    }
}

/// "The expected wait is four to six minutes."
fn expected_wait_prompts(expected: ExpectedWait, language: &str) -> Vec<String> {
    if expected.to_minutes <= 1 {
        return vec!["queue-less-than-minute".into()];
    }
    let say = |kind, value: u64| speech::say(kind, &value.to_string(), language).unwrap_or_default();
    let mut prompts = vec!["queue-holdtime".to_owned()];
    if expected.from_minutes > 0 && expected.from_minutes < expected.to_minutes {
        prompts.extend(say(speech::Kind::Number, expected.from_minutes));
        prompts.push("queue-to".into());
    }
    prompts.extend(say(speech::Kind::Duration, expected.to_minutes * 60));
    prompts
}

impl Call {
    /// Says what is due to a waiting caller, and looks again when the next thing is.
    pub(crate) fn announce(&mut self, desk: &mut Desk, now: Timestamp) {
        let (id, project, language) = (self.id, self.project.clone(), self.caller.language.clone());
        let position = desk.centre.acd.position(id);
        let Activity::Queuing(queuing) = &mut self.activity else { return };
        let Some(config) = project.config.queues.get(&queuing.queue).filter(|_| queuing.is_waiting()) else { return };
        let hold = &mut queuing.hold;
        if hold.saying.is_some() {
            return;
        }
        let mut prompts = position.map(|at| hold.position_prompts(now, at, &language)).unwrap_or_default();
        if hold.wait.next.is_some_and(|at| at <= now) {
            let expected = desk.centre.acd.expected_wait(now, id);
            prompts.extend(hold.wait_prompts(now, expected, &language));
        }
        prompts.extend(hold.advert(now, &config.announce));
        if prompts.is_empty() {
            return self.announce_later(desk);
        }
        let (waiter, place) = (queuing.waiter, queuing.purpose.place().cloned());
        let fact = Fact::PromptStarted { prompt: prompts.join(" "), language, place };
        desk.journal(now, Some(id), fact);
        let saying = desk.play(waiter, self.prompts(&prompts), false);
        if let Activity::Queuing(queuing) = &mut self.activity {
            queuing.hold.saying = Some(saying);
        }
    }

    /// The music begins, or goes on after an announcement.
    pub(crate) fn play_music(&mut self, desk: &mut Desk) {
        let Activity::Queuing(queuing) = &mut self.activity else { return };
        queuing.hold.saying = None;
        let (waiter, music) = (queuing.waiter, queuing.hold.music.clone());
        if music.is_empty() {
            return;
        }
        desk.play(waiter, music, true);
        self.announce_later(desk);
    }

    /// An agent answered: an announcement is cut, only the music may go on.
    pub(crate) fn stop_announcing(&mut self, desk: &mut Desk) {
        desk.timers.cancel(Timer::Announcement(self.id));
        if let Activity::Queuing(queuing) = &mut self.activity
            && queuing.hold.saying.take().is_some()
        {
            let (waiter, music) = (queuing.waiter, queuing.hold.music.clone());
            desk.play(waiter, music, true);
        }
    }

    fn announce_later(&self, desk: &mut Desk) {
        let Activity::Queuing(queuing) = &self.activity else { return };
        if let Some(at) = queuing.hold.next() {
            desk.timers.set(Timer::Announcement(self.id), at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::ZERO + Duration::from_secs(seconds)
    }

    fn hold(announce: &Announce) -> Hold {
        Hold::new(at(0), Vec::new(), announce)
    }

    #[test]
    fn a_position_is_told_on_entry_and_when_it_improved() {
        let mut hold = hold(&Announce { position: Some(AnnounceWhen::OnChange), ..Default::default() });
        assert_eq!(hold.position_prompts(at(0), 3, "en"), ["queue-position-3"]);
        assert!(hold.position_prompts(at(5), 2, "en").is_empty(), "a while must pass");
        assert_eq!(hold.position_prompts(at(15), 2, "en"), ["queue-position-2"]);
        assert!(hold.position_prompts(at(30), 2, "en").is_empty(), "nothing changed");
        assert_eq!(hold.position_prompts(at(45), 1, "en"), ["queue-youarenext"]);
    }

    #[test]
    fn whoever_is_first_is_not_told_so() {
        let mut hold = hold(&Announce { position: Some(AnnounceWhen::OnChange), ..Default::default() });
        assert!(hold.position_prompts(at(0), 1, "en").is_empty());
        assert!(hold.position_prompts(at(15), 1, "en").is_empty());
    }

    #[test]
    fn a_wait_is_a_range() {
        let by = acd::Estimator::QueueLength;
        let range = |from_minutes, to_minutes| ExpectedWait { from_minutes, to_minutes, by };
        assert_eq!(expected_wait_prompts(range(0, 1), "en"), ["queue-less-than-minute"]);
        assert_eq!(
            expected_wait_prompts(range(4, 6), "en"),
            ["queue-holdtime", "digits/4", "queue-to", "digits/6", "minutes"]
        );
    }

    #[test]
    fn adverts_come_in_turn() {
        let announce = Announce {
            adverts: vec!["spring".into(), "summer".into()],
            adverts_every: Some(Duration::from_secs(45)),
            ..Default::default()
        };
        let mut hold = hold(&announce);
        assert_eq!(hold.advert(at(44), &announce), None);
        assert_eq!(hold.advert(at(45), &announce).as_deref(), Some("spring"));
        assert_eq!(hold.advert(at(90), &announce).as_deref(), Some("summer"));
        assert_eq!(hold.advert(at(135), &announce).as_deref(), Some("spring"));
    }
}
