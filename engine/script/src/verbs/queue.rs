//! `queue("support", #{ … })`: waits for an agent and talks to him.

use rhai::Dynamic;

use super::info::{OptionInfo, OptionKind, VerbInfo, VerbKind};
use super::invocation::{ScriptError, VerbCall};
use crate::effect::{Effect, QueueRequest};

const OPTIONS: &[OptionInfo] = &[
    OptionInfo {
        name: "priority",
        kind: OptionKind::Count,
        default: "0",
        doc: "Seconds of waiting that the caller is given in advance.",
    },
    OptionInfo {
        name: "skills",
        kind: OptionKind::Skills,
        default: "none",
        doc: "What the agent must be able to do, with least levels.",
    },
    OptionInfo { name: "max_wait", kind: OptionKind::Duration, default: "the queue's own", doc: "Longest wait." },
    OptionInfo { name: "prefer", kind: OptionKind::Agent, default: "none", doc: "An agent to prefer." },
    OptionInfo {
        name: "prefer_for",
        kind: OptionKind::Duration,
        default: "none",
        doc: "How long to wait for him alone.",
    },
    OptionInfo {
        name: "exit_keys",
        kind: OptionKind::Keys,
        default: "none",
        doc: "Keys with which the caller leaves the queue.",
    },
    OptionInfo {
        name: "music",
        kind: OptionKind::Prompt,
        default: "the queue's own",
        doc: "What the caller hears while he waits.",
    },
];

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "queue",
    signatures: &["queue(name)", "queue(name, options)"],
    args_min: 1,
    args_max: 2,
    options: OPTIONS,
    results: &["answered", "timed_out", "full", "no_agents", "exit:*", "callback", "withdrawn"],
    gives: "`\"answered\"` after the conversation, else how the wait ended; `\"exit:0\"` names the key",
    doc: "Waits in a queue and talks to the agent who answers.",
    kind: VerbKind::Call,
    run: queue,
};

fn queue(call: &mut VerbCall<'_, '_>) -> Result<Dynamic, ScriptError> {
    let queue = call.text(0, "the queue")?;
    let mut options = call.options(1)?;
    let effect = Effect::Queue(QueueRequest {
        queue,
        priority: options.count("priority", -86_400, 86_400)?.unwrap_or(0),
        skills: options.skills("skills")?,
        max_wait: options.duration("max_wait")?,
        prefer: options.text("prefer")?,
        prefer_for: options.duration("prefer_for")?,
        exit_keys: options.keys("exit_keys")?.unwrap_or_default(),
        music: options.text("music")?,
    });
    call.word(effect)
}
