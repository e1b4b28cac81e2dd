//! Tests of campaigns: one contact is called, and does what the steps say.

use std::sync::Arc;
use std::time::Duration;

use model::{Errand, Fact, LegId};
use script::config::CampaignStart;
use script::{CampaignLists, ContactRow, Diagnostic, Project, plain_number};
use switchboard::{CampaignRequest, Through};

use super::file::StepKind;
use super::run::Bench;
use crate::habits::{Answer, Habits};
use crate::world::World;

/// Somebody answers after so much ringing, unless the test says otherwise.
const ANSWERS_AFTER: Duration = Duration::from_secs(5);

impl Bench<'_> {
    /// The project with nobody on its lists: a test calls the one contact that it names.
    pub(super) fn without_lists(&self, project: &Arc<Project>) -> Arc<Project> {
        if self.test.outgoing.is_none() {
            return project.clone();
        }
        let mut alone = project.altered(project.version.clone(), |config| {
            config.outgoing.values_mut().for_each(|campaign| campaign.start = CampaignStart::ByHand);
        });
        for lists in alone.lists.values_mut() {
            let do_not_call = lists.do_not_call.clone();
            *lists = Arc::new(CampaignLists { contacts: Vec::new(), do_not_call });
        }
        Arc::new(alone)
    }

    /// Lets the campaign call; none when it does not call now.
    pub(super) fn call_out(&self, world: &mut World<'_>, campaign: &str) -> Result<Option<LegId>, Box<Diagnostic>> {
        let fail = |code, message: String| {
            Box::new(Diagnostic::error(code, message).at(self.file, self.text, self.test.span.clone()))
        };
        let number = self.contact().ok_or_else(|| fail("missing-key", "`to` says whom the campaign calls".into()))?;
        let own = self.project.lists.get(campaign).and_then(|lists| {
            let numbering = &self.project.config.numbering;
            lists.contacts.iter().find(|row| numbering.same(&row.number, &number))
        });
        let mut tags = own.map(|row| row.tags.clone()).unwrap_or_default();
        tags.extend(self.test.tags.clone());
        for spelling in self.project.config.numbering.spellings(&number) {
            world.set_habits(&spelling, self.habits());
        }
        let row = ContactRow { number: number.clone(), tags };
        let add = CampaignRequest::Add { rows: vec![row], through: Through::CalledAgain };
        for request in [add, CampaignRequest::Start] {
            world.campaign(campaign, &request).map_err(|error| fail("unknown-campaign", error))?;
            while world.next_time() == Some(world.now()) && placed(world, &number).is_none() {
                world.step();
            }
        }
        let leg = placed(world, &number);
        if leg.is_none() && !self.test.steps.is_empty() {
            let message = format!("`{number}` is not called now: the steps tell what he does");
            let help = "the clock must lie within the campaign's `hours`, and `do_not_call` must not name the number";
            return Err(Box::new((*fail("not-called", message)).help(help)));
        }
        Ok(leg)
    }

    /// The number that is called.
    pub(super) fn contact(&self) -> Option<String> {
        plain_number(self.test.to.as_deref()?)
    }

    /// The last word about the contact.
    pub(super) fn result(&self, world: &World<'_>) -> Option<String> {
        let wanted = self.contact()?;
        world.journal().iter().rev().find_map(|entry| match &entry.fact {
            Fact::ContactChanged { number, result, .. } if *number == wanted && !result.is_empty() => {
                Some(result.clone())
            }
            _ => None,
        })
    }

    fn habits(&self) -> Habits {
        let answer = self.test.steps.iter().find_map(|step| match step.what {
            StepKind::Answers { after } => Some(Answer::After(after)),
            StepKind::NoAnswer => Some(Answer::Ignores),
            StepKind::Busy => Some(Answer::Busy),
            _ => None,
        });
        Habits { talks_for: None, ..Habits::who(answer.unwrap_or(Answer::After(ANSWERS_AFTER))) }
    }
}

fn placed(world: &World<'_>, wanted: &str) -> Option<LegId> {
    world.journal().iter().find_map(|entry| match &entry.fact {
        Fact::CallPlaced { errand: Errand::Contact(_, number), leg, .. } if number == wanted => Some(*leg),
        _ => None,
    })
}
