//! Placing one call to the outside of a call: caps, the number shown, who owns the leg.

use model::{Fact, LegFailure, LegId, QueueId, Timestamp};
use script::ShowNumber;
use script::config::DialRule;

use crate::call::{Call, Party, Rights};
use crate::command::{Callee, Dial};
use crate::desk::Desk;

/// What the called phone shows.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) number: &'a ShowNumber,
    /// The queue that gives the call: agents read it beside the name.
    pub(crate) queue: Option<&'a QueueId>,
}

/// A cap refused the call; the journal says which.
pub(crate) struct NotPlaced;

/// In a dial rule: nobody's number is shown.
const HIDDEN: &str = "hidden";

impl Call {
    /// Dials `callee` on a new leg of this call.
    pub(crate) fn place(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        text: &str,
        callee: Callee,
        rule: Option<&DialRule>,
        shown: Shown<'_>,
    ) -> Result<LegId, NotPlaced> {
        let (id, leg) = (self.id, desk.new_leg());
        // A queue that rings many agents for long must not run into caps that are there against loops and fraud; the
        // cap of a rule is for the provider's lines, whoever is rung on them.
        let admitted = match (shown.queue, rule) {
            (Some(_), None) => Ok(()),
            (Some(_), Some(rule)) => desk.caps.admit_offer(now, leg, rule),
            (None, rule) => desk.caps.admit(now, (id, leg), &self.caller.number, rule),
        };
        if let Err(why) = admitted {
            let fact = Fact::LegFailed { leg, to: text.to_owned(), reason: LegFailure::NotAllowed };
            desk.journal(now, Some(id), fact);
            desk.journal(now, Some(id), Fact::Logged { text: format!("{text} not dialled: {why}"), place: None });
            return Err(NotPlaced);
        }
        let (show, show_name) = self.shown(rule, shown);
        let agent = match &callee {
            Callee::Phone { agent, .. } => Some(agent.clone()),
            Callee::Trunk { .. } | Callee::Uri(_) => None,
        };
        // The queue core knows of its own calls; any other makes the agent busy.
        if let (Some(agent), None) = (&agent, shown.queue) {
            desk.centre.engage(now, leg, agent);
        }
        let card = crate::card::outgoing(self, &callee, shown.queue);
        let rights = if agent.is_some() { Rights::Inside } else { Rights::Outside };
        let route = match &callee {
            Callee::Phone { contact, .. } => contact.clone(),
            Callee::Trunk { trunk, .. } => format!("trunk {trunk}"),
            Callee::Uri(uri) => uri.clone(),
        };
        desk.owners.insert(leg, id);
        desk.journal(now, Some(id), Fact::LegDialed { leg, to: text.to_owned(), route });
        desk.dial(leg, Dial { callee, show, show_name, call: id, card });
        self.parties.insert(leg, Party { to: text.to_owned(), rights, agent });
        Ok(leg)
    }

    fn shown(&self, rule: Option<&DialRule>, shown: Shown<'_>) -> (Option<String>, String) {
        let name = match shown.queue {
            None => self.caller.name.clone(),
            Some(queue) if self.caller.name.is_empty() => queue.to_string(),
            Some(queue) => format!("{} ({queue})", self.caller.name),
        };
        match shown.number {
            ShowNumber::Caller => {
                // A trunk that lets only its own numbers pass has one in its rule.
                let by_rule = rule.and_then(|rule| rule.show.clone());
                if by_rule.as_deref() == Some(HIDDEN) {
                    return (None, String::new());
                }
                let own = (!self.caller.number.is_empty()).then(|| self.caller.number.clone());
                (by_rule.or(own), name)
            }
            ShowNumber::Hidden => (None, String::new()),
            ShowNumber::Number(number) => (Some(number.clone()), String::new()),
        }
    }
}
