//! `queue("support", #{ … })`: waits for an agent and talks to him.

use std::time::Duration;

use rhai::Dynamic;

use super::info::{OptionInfo, OptionKind, VerbInfo, VerbKind};
use super::invocation::{ScriptError, VerbCall};
use crate::effect::{Effect, Preferred, QueueRequest};

/// How long a preferred agent is waited for.
const PREFER_FOR: Duration = Duration::from_secs(30);

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
    OptionInfo {
        name: "prefer",
        kind: OptionKind::Agent,
        default: "none",
        doc: "An agent to prefer, or several, one after the other; `\"last\"` is whoever talked to this number last. Nobody waits for one who is not on duty.",
    },
    OptionInfo {
        name: "prefer_for",
        kind: OptionKind::Duration,
        default: "30.seconds",
        doc: "How long to wait for each of them before anybody may take it.",
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
    OptionInfo {
        name: "whisper",
        kind: OptionKind::Prompt,
        default: "the queue's own",
        doc: "What the agent hears before he is connected.",
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
        prefer: preferred(options.texts("prefer")?, options.duration("prefer_for")?),
        exit_keys: options.keys("exit_keys")?.unwrap_or_default(),
        music: options.text("music")?,
        whisper: options.text("whisper")?,
    });
    call.word(effect)
}

fn preferred(agents: Option<Vec<String>>, wait: Option<Duration>) -> Vec<Preferred> {
    let wait = wait.unwrap_or(PREFER_FOR);
    agents.unwrap_or_default().into_iter().map(|agent| Preferred { agent, wait }).collect()
}
