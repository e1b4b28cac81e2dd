//! `set_agent("anna", "not_ready", #{ reason: "lunch" })`: signs in and out, takes breaks.

use rhai::Dynamic;

use super::info::{OptionInfo, OptionKind, VerbInfo, VerbKind};
use super::invocation::{ScriptError, VerbCall, wrong};
use crate::diagnostic::did_you_mean;
use crate::effect::{AgentRequest, Effect, SetAgent};

/// What an agent can be told to do.
pub(crate) const REQUESTS: &[&str] = &["ready", "one_call", "not_ready", "signed_out", "wrap_up_done"];

const OPTIONS: &[OptionInfo] = &[
    OptionInfo {
        name: "reason",
        kind: OptionKind::Text,
        default: "\"\"",
        doc: "With `\"not_ready\"`: why, for the wallboard and the reports.",
    },
    OptionInfo {
        name: "at",
        kind: OptionKind::Text,
        default: "his own phone",
        doc: "With `\"ready\"`: the telephone number on which he works, until he signs out.",
    },
];

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "set_agent",
    signatures: &["set_agent(agent, what)", "set_agent(agent, what, options)"],
    args_min: 2,
    args_max: 3,
    options: OPTIONS,
    results: &["done", "unknown", "refused"],
    gives: "`\"done\"`, `\"unknown\"` when there is no such agent, or `\"refused\"` when `dial:` does not let the number `at` be called",
    doc: "Changes what an agent does: `\"ready\"` signs him in and lets him take calls, `\"one_call\"` lets him take one and then rest, `\"not_ready\"` gives him a break, `\"signed_out\"` sends him home, `\"wrap_up_done\"` ends the work after a call. What is asked for during a call happens after it; the last wish counts.",
    kind: VerbKind::Anywhere,
    run: set_agent,
};

fn set_agent(call: &mut VerbCall<'_, '_>) -> Result<Dynamic, ScriptError> {
    let agent = call.text(0, "the agent")?;
    let word = call.text(1, "the second value")?;
    let mut options = call.options(2)?;
    let (reason, at) = (options.text("reason")?, options.text("at")?);
    let to = match word.as_str() {
        "ready" => AgentRequest::Ready { at: at.clone() },
        "one_call" => AgentRequest::OneCall,
        "not_ready" => AgentRequest::NotReady { reason: reason.clone().unwrap_or_default() },
        "signed_out" => AgentRequest::SignOut,
        "wrap_up_done" => AgentRequest::WrapUpDone,
        other => {
            let hint = did_you_mean(other, REQUESTS.iter().copied()).map_or_else(
                || format!("it is one of {}", REQUESTS.join(", ")),
                |close| format!("did you mean `{close}`?"),
            );
            return Err(wrong(format!("`set_agent` cannot make an agent `{other}`, {hint}")));
        }
    };
    for (option, given, fits) in [("reason", &reason, "not_ready"), ("at", &at, "ready")] {
        if given.is_some() && word != fits {
            return Err(wrong(format!("option `{option}` of `set_agent` belongs to `{fits}`, not to `{word}`")));
        }
    }
    call.word(Effect::SetAgent(SetAgent { agent, to }))
}
