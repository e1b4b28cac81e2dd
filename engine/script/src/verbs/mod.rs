//! The verbs, one file each. The list feeds registration, `check` and the reference.

mod agent;
mod answer;
mod bounds;
mod bridge;
mod callback;
mod callback_time;
mod cancel_callback;
mod check_box_pin;
mod check_pin;
mod collect;
mod email;
mod forward_message;
mod hangup;
mod http;
mod info;
pub(crate) mod invocation;
mod log;
mod lookup;
mod mark_message;
mod messages;
mod now;
mod open;
mod opens;
pub(crate) mod options;
mod play;
mod play_recording;
mod queue;
mod queue_state;
mod random;
mod record;
mod recording;
mod reference;
mod reject;
mod ring;
mod say;
mod set_agent;
mod set_greeting;
mod sms;
mod supervise;
mod tag;
mod transfer;
mod voicemail;
mod wait;
mod webhook;

use std::any::TypeId;
use std::sync::Arc;

use rhai::{Dynamic, FnNamespace, FuncRegistration, Module, NativeCallContext, RhaiFunc};

pub(crate) use bounds::refused_value;
pub use info::{OptionInfo, OptionKind, VerbInfo, VerbKind};
pub(crate) use log::one_line;
pub(crate) use mark_message::STATES;
pub use reference::reference_markdown;
pub(crate) use reject::REASONS;
pub(crate) use say::KINDS;
pub(crate) use set_agent::REQUESTS;
pub(crate) use set_greeting::GREETINGS;
pub(crate) use supervise::MANNERS;

use invocation::VerbCall;

const VERBS: &[VerbInfo] = &[
    answer::VERB,
    ring::VERB,
    reject::VERB,
    hangup::VERB,
    play::VERB,
    say::VERB,
    collect::VERB,
    record::VERB,
    recording::RECORD_CALL,
    recording::PAUSE_RECORDING,
    recording::RESUME_RECORDING,
    queue::VERB,
    queue_state::VERB,
    bridge::VERB,
    transfer::VERB,
    voicemail::VERB,
    messages::VERB,
    mark_message::VERB,
    forward_message::VERB,
    play_recording::VERB,
    set_greeting::VERB,
    check_box_pin::VERB,
    callback::VERB,
    callback_time::VERB,
    cancel_callback::VERB,
    agent::VERB,
    set_agent::VERB,
    check_pin::VERB,
    supervise::VERB,
    lookup::VERB,
    open::VERB,
    opens::VERB,
    now::VERB,
    wait::VERB,
    random::VERB,
    tag::VERB,
    log::VERB,
    sms::VERB,
    email::VERB,
    webhook::VERB,
    http::VERB,
];

/// Every verb that a flow may write, and those that later versions bring.
pub fn verbs() -> &'static [VerbInfo] {
    VERBS
}

/// The verb of that name.
pub fn verb(name: &str) -> Option<&'static VerbInfo> {
    VERBS.iter().find(|verb| verb.name == name)
}

/// All verbs as native functions.
pub(crate) fn module() -> Module {
    let mut module = Module::new();
    for verb in VERBS {
        for count in verb.args_min..=verb.args_max {
            register(&mut module, verb, verb.name, count);
        }
    }
    module
}

fn register(module: &mut Module, verb: &'static VerbInfo, name: &str, count: usize) {
    let native = move |context: Option<NativeCallContext<'_>>, args: &mut [&mut Dynamic]| {
        let context = context.expect("verbs are registered with their context");
        let mut call = VerbCall::new(verb, &context, args)?;
        (verb.run)(&mut call)
    };
    FuncRegistration::new(name).with_namespace(FnNamespace::Global).set_into_module_raw(
        module,
        vec![TypeId::of::<Dynamic>(); count],
        RhaiFunc::Pure { func: Arc::new(native), has_context: true, is_pure: true, is_volatile: true },
    );
}
