//! One call, dry: keys, patience, and a clock.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use model::{Fact, LegId, Source, Timestamp, WallTime};
use script::Project;
use script::config::Numbers;

use crate::habits::People;
use crate::outside::Outside;
use crate::report::{Report, trace_hash};
use crate::world::{Experience, FakeDirectories, Moment, World};

/// A caller needs a moment before he presses a key.
pub(crate) const REACTION: Duration = Duration::from_millis(500);
/// When nothing new is heard for so long, the next keys are pressed anyway.
pub(crate) const IMPATIENCE: Duration = Duration::from_secs(2);

/// One simulated call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The caller's number, `""` when withheld.
    pub from: String,
    /// The dialled number.
    pub to: String,
    /// When it arrives.
    pub at: WallTime,
    /// What the caller presses.
    pub keys: Vec<Key>,
    /// When he loses patience; none stays until the end.
    pub hang_up_after: Option<Duration>,
    /// Decides all chance.
    pub seed: u64,
    /// Who can be rung.
    pub people: People,
    /// What lookups find.
    pub directories: FakeDirectories,
}

/// One step of a key script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// Keys pressed one after the other as soon as the flow listens.
    Press(String),
    /// A pause.
    Wait(Duration),
}

/// Why a call cannot be simulated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The key script is none.
    #[error("`{0}` is no key, write keys and pauses like \"1 w2s 3#\"")]
    BadKeys(String),
    /// The clock is none.
    #[error("`{0}` is no time, write \"2026-03-02 09:00\"")]
    BadTime(String),
}

/// Reads `"1 w2s 3#"`: groups of keys and pauses.
///
/// A group is pressed as soon as the flow listens to keys and something new is heard, half a second
/// later; after two seconds of nothing new it is pressed anyway.
///
/// # Errors
/// Names the word that is neither keys nor a pause.
pub fn parse_keys(text: &str) -> Result<Vec<Key>, CallError> {
    let bad = |word: &str| CallError::BadKeys(word.to_owned());
    text.split_whitespace()
        .map(|word| match word.strip_prefix('w') {
            Some(pause) => script::config::duration(pause).map(Key::Wait).map_err(|_| bad(word)),
            None if is_keys(word) => Ok(Key::Press(word.to_owned())),
            None => Err(bad(word)),
        })
        .collect()
}

/// Keys of a telephone.
pub(crate) fn is_keys(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '*' | '#' | 'A'..='D'))
}

/// Reads `2026-03-02 09:00` in a time zone.
pub(crate) fn parse_clock(text: &str, zone: &TimeZone) -> Result<WallTime, CallError> {
    let bad = || CallError::BadTime(text.to_owned());
    let time: jiff::civil::DateTime = text.parse().map_err(|_| bad())?;
    let zoned = time.to_zoned(zone.clone()).map_err(|_| bad())?;
    Ok(WallTime(zoned.timestamp().as_microsecond()))
}

/// A number that leads to a flow.
pub(crate) fn number_of_flow(numbers: &Numbers, flow: &str) -> Option<String> {
    let exact = numbers.exact.iter().find(|(_, name)| *name == flow).map(|(number, _)| number.clone());
    let prefix = || numbers.prefixes.iter().find(|(_, name)| *name == flow).map(|(one, _)| format!("{one}0"));
    let default = || (numbers.flow_for("0") == Some(flow)).then(|| "0".to_owned());
    exact.or_else(prefix).or_else(default)
}

/// Runs one call to its end.
pub fn simulate(project: &Arc<Project>, call: &Call, outside: Outside<'_>) -> Report {
    let mut world = World::new(call.seed, call.at, outside);
    world.set_directories(call.directories.clone());
    world.publish(project.clone());
    world.populate(project, call.people.clone());
    let leg = world.call_in(&call.from, &call.to, Source::Local);
    let deadline = call.hang_up_after.map(|patience| world.now() + patience);
    let mut keys = Keys { rest: call.keys.iter(), heard: 0, quiet_since: world.now() };
    keys.type_all(&mut world, leg, deadline);
    run_until(&mut world, leg, deadline);
    if world.is_live(leg) && deadline.is_some() {
        world.hang_up(leg);
    }
    while world.step() {}
    report(&world, project, leg)
}

struct Keys<'k> {
    rest: std::slice::Iter<'k, Key>,
    heard: usize,
    quiet_since: Timestamp,
}

impl Keys<'_> {
    fn type_all(&mut self, world: &mut World<'_>, leg: LegId, deadline: Option<Timestamp>) {
        for key in self.rest.by_ref() {
            match key {
                Key::Wait(pause) => world.advance(*pause),
                Key::Press(keys) => {
                    let late = |world: &World<'_>| deadline.is_some_and(|deadline| world.now() >= deadline);
                    loop {
                        if !world.is_live(leg) || late(world) {
                            return;
                        }
                        let new = world.moments(leg).iter().filter(is_sound).count() > self.heard;
                        let impatient = world.now() - self.quiet_since >= IMPATIENCE;
                        if world.board().hears_keys(leg) && (new || impatient) {
                            break;
                        }
                        let tick = self.quiet_since + IMPATIENCE;
                        match world.next_time() {
                            Some(at) if tick > world.now() && tick < at => world.advance(tick - world.now()),
                            Some(_) => drop(world.step()),
                            None => return,
                        }
                    }
                    world.advance(REACTION);
                    self.heard = world.moments(leg).iter().filter(is_sound).count();
                    world.press(leg, keys);
                    world.advance(World::time_to_press(keys));
                    self.quiet_since = world.now();
                }
            }
        }
    }
}

fn is_sound(moment: &&Moment) -> bool {
    matches!(moment.what, Experience::Heard(_))
}

fn run_until(world: &mut World<'_>, leg: LegId, deadline: Option<Timestamp>) {
    while world.is_live(leg) {
        match (world.next_time(), deadline) {
            (Some(at), Some(deadline)) if at > deadline => return world.advance(deadline - world.now()),
            (Some(_), _) => drop(world.step()),
            (None, _) => return,
        }
    }
}

fn report(world: &World<'_>, project: &Project, leg: LegId) -> Report {
    let entries = world.journal().to_vec();
    let call = world.call_of(leg);
    let mine = entries.iter().filter(|entry| entry.call.is_some() && entry.call == call);
    let ended = mine.clone().find_map(|entry| match entry.fact {
        Fact::CallEnded { outcome, .. } => Some((entry.at, outcome)),
        _ => None,
    });
    let arrived = mine.clone().next().map_or(Timestamp::ZERO, |entry| entry.at);
    let heard = world.moments(leg).iter().filter_map(|moment| match &moment.what {
        Experience::Heard(heard) => Some(heard.name.clone()),
        _ => None,
    });
    Report {
        heard: heard.collect(),
        outcome: ended.map(|(_, outcome)| outcome),
        lasted: ended.map_or(world.now(), |(at, _)| at) - arrived,
        zone: project.config.time_zone.clone(),
        trace_hash: trace_hash(&entries),
        entries,
    }
}
