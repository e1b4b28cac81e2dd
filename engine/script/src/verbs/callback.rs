//! `callback(#{ queue: "support" })`: books a call back.

use rhai::Dynamic;

use super::info::{OptionInfo, OptionKind, VerbInfo, VerbKind};
use super::invocation::{ScriptError, VerbCall, wrong};
use crate::effect::{Callback, Effect};
use model::CallbackOrder;

/// Who may be called first.
const ORDERS: &[&str] = &["agent", "customer"];

const OPTIONS: &[OptionInfo] = &[
    OptionInfo {
        name: "queue",
        kind: OptionKind::Queue,
        default: "needed",
        doc: "The queue that the call back belongs to.",
    },
    OptionInfo { name: "number", kind: OptionKind::Text, default: "caller.number", doc: "Number to call." },
    OptionInfo {
        name: "keep_place",
        kind: OptionKind::Flag,
        default: "true",
        doc: "It keeps the caller's place in the queue.",
    },
    OptionInfo {
        name: "at",
        kind: OptionKind::Text,
        default: "as soon as possible",
        doc: "Not before, like `\"2026-11-23 10:00\"`, by the project's clock unless an offset follows.",
    },
    OptionInfo {
        name: "first",
        kind: OptionKind::Word(ORDERS),
        default: "`callbacks.order`",
        doc: "Who is called first: `\"agent\"` or `\"customer\"`.",
    },
];

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "callback",
    signatures: &["callback(options)"],
    args_min: 1,
    args_max: 1,
    options: OPTIONS,
    results: &["booked", "refused"],
    gives: "`\"booked\"` when it is safe, `\"refused\"` when `dial:` or `callbacks:` does not permit the number",
    doc: "Books a call back. It keeps the place of the queue that the caller left last; one for each number and queue.",
    kind: VerbKind::Anywhere,
    run: callback,
};

fn callback(call: &mut VerbCall<'_, '_>) -> Result<Dynamic, ScriptError> {
    let mut options = call.options(0)?;
    let queue = options.text("queue")?.ok_or_else(|| wrong("`callback` needs the option `queue`"))?;
    let at = options.text("at")?;
    if let Some(problem) = at.as_deref().and_then(no_moment) {
        return Err(wrong(problem));
    }
    let effect = Effect::Callback(Callback {
        queue,
        number: options.text("number")?,
        keep_place: options.flag("keep_place")?.unwrap_or(true),
        at,
        order: options.word("first", ORDERS)?.map(|word| match word.as_str() {
            "customer" => CallbackOrder::CustomerFirst,
            _ => CallbackOrder::AgentFirst,
        }),
    });
    call.word(effect)
}

/// What is wrong with the text of `at`.
pub(super) fn no_moment(at: &str) -> Option<String> {
    let wrong = at.parse::<jiff::civil::DateTime>().is_err();
    wrong.then(|| format!("option `at` of `callback` is a date and a time like \"2026-11-23 10:00\", not {at:?}"))
}
