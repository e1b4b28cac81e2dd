//! Playing one story: the caller does his steps, and every step is checked against what he experiences.

use std::time::Duration;

use model::{LegId, Place, Timestamp};
use script::Project;

use super::file::{Step, StepKind, Taping};
use crate::world::{Experience, Heard, HeardKind, World, plain};

/// A caller needs a moment between hearing and pressing.
const REACTION: Duration = Duration::from_millis(300);
/// Prompts that a failure lists after the first one.
const LISTED_MAX: usize = 5;

/// Why a story went otherwise.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Failure {
    pub(super) message: String,
    pub(super) at: Timestamp,
    pub(super) place: Option<Place>,
    pub(super) then: Vec<String>,
}

pub(super) struct Story<'s, 'o> {
    pub(super) world: &'s mut World<'o>,
    pub(super) project: &'s Project,
    pub(super) leg: LegId,
    /// Moments before this one belong to earlier steps.
    next: usize,
    listening: bool,
}

/// What a moment means for the step that waits.
enum Verdict {
    Yes,
    No(String),
    Skip,
}

impl<'s, 'o> Story<'s, 'o> {
    pub(super) fn new(world: &'s mut World<'o>, project: &'s Project, leg: LegId) -> Self {
        Self { world, project, leg, next: 0, listening: false }
    }

    pub(super) fn step(&mut self, step: &Step) -> Result<(), Failure> {
        let listened = std::mem::replace(&mut self.listening, matches!(step.what, StepKind::Hears(_)));
        match &step.what {
            StepKind::Hears(name) => self.hears(name),
            StepKind::HearsTone(tone) => self.hears_tone(tone),
            StepKind::TalksTo(who) => self.talks_to(who),
            StepKind::WaitsIn(queue) => self.waits_in(queue),
            StepKind::Rejected(word) => self.rejected(word),
            StepKind::Recording(taping) => self.recording(*taping),
            StepKind::Waits(duration) => {
                self.world.advance(*duration);
                Ok(())
            }
            StepKind::Says(duration) => self.says(*duration),
            StepKind::LeavesMessage(duration) => {
                self.hears_tone("beep")?;
                self.says(*duration)
            }
            StepKind::Presses(keys) => {
                if listened {
                    self.world.advance(REACTION);
                }
                self.must_live(&format!("press `{keys}`"))?;
                self.world.press(self.leg, keys);
                self.world.advance(World::time_to_press(&keys[1..]));
                Ok(())
            }
            // How somebody behaves whom we call is known before he is called.
            StepKind::Answers { .. } | StepKind::NoAnswer | StepKind::Busy => Ok(()),
            StepKind::HangsUp { after } => {
                self.world.advance(*after);
                self.must_live("hang up")?;
                self.world.hang_up(self.leg);
                Ok(())
            }
        }
    }

    fn says(&mut self, duration: Duration) -> Result<(), Failure> {
        self.must_live("speak")?;
        self.world.speak(self.leg, duration);
        self.world.advance(duration);
        Ok(())
    }

    fn must_live(&self, wish: &str) -> Result<(), Failure> {
        if self.world.is_live(self.leg) {
            return Ok(());
        }
        Err(self.failure(format!("the call was over before the caller could {wish}")))
    }

    fn hears(&mut self, name: &str) -> Result<(), Failure> {
        let first = self.next;
        let found = self.wait_for(|what| match what {
            Experience::Heard(heard) if heard.name == name => match heard.kind {
                HeardKind::Missing => Verdict::No(format!("nothing is heard: prompt `{name}` has no sound file")),
                _ => Verdict::Yes,
            },
            _ => Verdict::Skip,
        })?;
        if found { Ok(()) } else { Err(self.heard_instead(first, name)) }
    }

    /// The sentence that says what came instead of a prompt.
    fn heard_instead(&self, first: usize, name: &str) -> Failure {
        let moments = &self.world.moments(self.leg)[first..];
        let mut sounds = moments.iter().filter_map(|moment| match &moment.what {
            Experience::Heard(heard) if heard.kind != HeardKind::Tone => Some((moment.at, heard)),
            _ => None,
        });
        let Some((at, heard)) = sounds.next() else {
            return self.failure(format!("the call ended before the caller heard `{name}`"));
        };
        Failure {
            message: format!("caller heard `{}`, not `{name}`", heard.name),
            at,
            place: heard.place.clone(),
            then: sounds.take(LISTED_MAX).map(|(_, heard): (_, &Heard)| heard.name.clone()).collect(),
        }
    }

    fn hears_tone(&mut self, tone: &str) -> Result<(), Failure> {
        let found = self.wait_for(|what| match what {
            Experience::ToneEnded(name) if *name == tone => Verdict::Yes,
            Experience::Heard(heard) if heard.kind == HeardKind::Tone && heard.name == tone && tone != "beep" => {
                Verdict::Yes
            }
            _ => Verdict::Skip,
        })?;
        if found { Ok(()) } else { Err(self.failure(format!("the call ended before the caller heard a {tone} tone"))) }
    }

    fn talks_to(&mut self, wanted: &str) -> Result<(), Failure> {
        let agents = &self.project.config.agents;
        let by_extension = agents.iter().find(|(_, agent)| agent.extension.as_deref() == Some(wanted));
        let name = by_extension.map(|(id, _)| id.to_string());
        let found = self.wait_for(|what| match what {
            Experience::TalksTo { who, target, .. } => {
                let is_he =
                    who == wanted || target == wanted || plain(who) == plain(wanted) || name.as_ref() == Some(who);
                if is_he { Verdict::Yes } else { Verdict::No(format!("caller talked to `{who}`, not `{wanted}`")) }
            }
            _ => Verdict::Skip,
        })?;
        if found { Ok(()) } else { Err(self.failure(format!("the call ended before the caller talked to `{wanted}`"))) }
    }

    fn waits_in(&mut self, wanted: &str) -> Result<(), Failure> {
        let found = self.wait_for(|what| match what {
            Experience::WaitsIn(queue) if queue.as_str() == wanted => Verdict::Yes,
            Experience::WaitsIn(queue) => Verdict::No(format!("caller waits in `{queue}`, not in `{wanted}`")),
            _ => Verdict::Skip,
        })?;
        if found { Ok(()) } else { Err(self.failure(format!("the call ended before the caller waited in `{wanted}`"))) }
    }

    fn rejected(&mut self, word: &str) -> Result<(), Failure> {
        let found = self.wait_for(|what| match what {
            Experience::Refused(status) if reason(*status) == word => Verdict::Yes,
            Experience::Refused(status) => {
                Verdict::No(format!("the call was rejected as `{}`, not `{word}`", reason(*status)))
            }
            _ => Verdict::Skip,
        })?;
        if found { Ok(()) } else { Err(self.failure("the call was not rejected".to_owned())) }
    }

    fn recording(&mut self, wanted: Taping) -> Result<(), Failure> {
        let (what, word) = match wanted {
            Taping::Paused | Taping::NeverPaused => (Experience::RecordingPaused, "paused"),
            Taping::Resumed => (Experience::RecordingResumed, "resumed"),
        };
        let found = self.wait_for(|experience| if *experience == what { Verdict::Yes } else { Verdict::Skip })?;
        if found { Ok(()) } else { Err(self.failure(format!("the call ended before its recording was {word}"))) }
    }

    /// Lets things happen until one of them is what the step waits for; false when the call is over.
    fn wait_for(&mut self, judge: impl Fn(&Experience) -> Verdict) -> Result<bool, Failure> {
        let mut index = self.next;
        loop {
            while let Some(moment) = self.world.moments(self.leg).get(index) {
                index += 1;
                match judge(&moment.what) {
                    Verdict::Skip => {}
                    Verdict::Yes => {
                        self.next = index;
                        return Ok(true);
                    }
                    Verdict::No(message) => {
                        return Err(Failure { message, at: moment.at, place: None, then: Vec::new() });
                    }
                }
            }
            if !self.world.is_live(self.leg) || !self.world.step() {
                return Ok(false);
            }
        }
    }

    fn failure(&self, message: String) -> Failure {
        Failure { message, at: self.world.now(), place: None, then: Vec::new() }
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        486 => "busy",
        603 => "declined",
        404 => "not_found",
        480 => "unavailable",
        503 => "overloaded",
        _ => "failed",
    }
}
