//! From the text in a flow to phones, trunks and addresses. What no rule allows is not dialled.

use model::{LegFailure, QueueId};
use script::Project;
use script::config::{Config, DialRule, QueueConfig, is_phone_number};

use crate::command::Callee;
use crate::desk::Desk;

/// Where a target can be reached: groups tried one after the other, the members of a group at once.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) groups: Vec<Vec<Callee>>,
    pub(crate) rule: Option<DialRule>,
}

/// Why a target cannot be dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoRoute {
    pub(crate) failure: LegFailure,
    pub(crate) why: String,
}

/// Finds the way to an agent's name, an extension, a SIP address or a number.
pub(crate) fn resolve(project: &Project, desk: &Desk, target: &str) -> Result<Route, NoRoute> {
    let config = &project.config;
    if let Some(agent) = find_agent(config, target) {
        return phones_of(desk, &agent);
    }
    resolve_outside(config, desk, target)
}

/// Does a number reach a colleague or a queue? A number that `numbers:` names itself does not.
pub(crate) fn is_inside(config: &Config, dialed: &str) -> bool {
    let known = find_agent(config, dialed).is_some() || find_queue(config, dialed).is_some();
    known && !config.numbers.exact.contains_key(dialed)
}

pub(crate) fn find_agent(config: &Config, target: &str) -> Option<model::AgentId> {
    let named = config.agents.keys().find(|id| id.as_str() == target);
    let by_extension = || {
        let mut agents = config.agents.iter();
        agents.find(|(_, agent)| agent.extension.as_deref() == Some(target)).map(|(id, _)| id)
    };
    named.or_else(by_extension).cloned()
}

/// A queue by name or extension.
pub(crate) fn find_queue(config: &Config, target: &str) -> Option<QueueId> {
    let by_extension = |queue: &QueueConfig| queue.extension.as_deref() == Some(target);
    let mut queues = config.queues.iter();
    queues.find(|(id, queue)| id.as_str() == target || by_extension(queue)).map(|(id, _)| id.clone())
}

/// Where an agent takes the calls of his queues: the number he signed in with, or his phones.
pub(crate) fn at_work(project: &Project, desk: &Desk, agent: &model::AgentId) -> Result<Route, NoRoute> {
    match desk.centre.post(agent) {
        Some(number) => resolve_outside(&project.config, desk, number),
        None => phones_of(desk, agent),
    }
}

/// May an agent work at this number? It must be one that `dial:` allows.
pub(crate) fn may_work_at(project: &Project, desk: &Desk, number: &str) -> Result<(), NoRoute> {
    resolve_outside(&project.config, desk, number).map(|_| ())
}

pub(crate) fn resolve_outside(config: &Config, desk: &Desk, target: &str) -> Result<Route, NoRoute> {
    if target.starts_with("sip:") || target.starts_with("sips:") {
        return resolve_uri(config, target);
    }
    resolve_number(config, desk, target)
}

fn phones_of(desk: &Desk, agent: &model::AgentId) -> Result<Route, NoRoute> {
    let contacts = desk.phones.get(agent).filter(|contacts| !contacts.is_empty());
    let Some(contacts) = contacts else {
        return Err(NoRoute { failure: LegFailure::Unreachable, why: format!("no phone of {agent} is registered") });
    };
    let phone = |contact: &crate::Contact| Callee::Phone { agent: agent.clone(), contact: contact.uri.clone() };
    Ok(Route { groups: vec![contacts.iter().map(phone).collect()], rule: None })
}

fn resolve_uri(config: &Config, target: &str) -> Result<Route, NoRoute> {
    let Some(rule) = config.dial_rule_for(target) else { return Err(not_allowed(target)) };
    Ok(Route { groups: vec![vec![Callee::Uri(target.to_owned())]], rule: Some(rule.clone()) })
}

fn resolve_number(config: &Config, desk: &Desk, target: &str) -> Result<Route, NoRoute> {
    let number = model::plain(target);
    if !is_phone_number(&number) {
        let why = format!("`{}` is not a number, an agent or a SIP address", target.escape_debug());
        return Err(NoRoute { failure: LegFailure::NotFound, why });
    }
    let Some((rule, number)) = config.dialling(&number) else { return Err(not_allowed(&number)) };
    let up = rule.through.iter().filter(|trunk| !desk.trunks_down.contains(*trunk));
    // When every trunk looks down, trying is better than refusing.
    let down = rule.through.iter().filter(|trunk| desk.trunks_down.contains(*trunk));
    let by = |trunk: &model::TrunkId| vec![Callee::Trunk { trunk: trunk.clone(), number: number.clone() }];
    let groups: Vec<Vec<Callee>> = up.chain(down).map(by).collect();
    if groups.is_empty() {
        return Err(NoRoute {
            failure: LegFailure::NotAllowed,
            why: format!("dial rule `{}` names no trunk", rule.to),
        });
    }
    Ok(Route { groups, rule: Some(rule.clone()) })
}

fn not_allowed(target: &str) -> NoRoute {
    NoRoute { failure: LegFailure::NotAllowed, why: format!("no rule of `dial:` allows `{target}`") }
}

/// Does `dial:` let a number out by a trunk, whether that is up just now or not?
pub(crate) fn has_way_out(config: &Config, number: &str) -> bool {
    is_phone_number(number) && config.dial_rule_for(number).is_some_and(|rule| !rule.through.is_empty())
}

/// Are all trunks down by which a number would be reached? What can wait waits until one is up.
pub(crate) fn is_cut_off(config: &Config, desk: &Desk, number: &str) -> bool {
    let rule = config.dial_rule_for(number).filter(|rule| !rule.through.is_empty());
    rule.is_some_and(|rule| rule.through.iter().all(|trunk| desk.trunks_down.contains(trunk)))
}
