//! The verbs, one file each. The list feeds registration, `check` and the reference.

mod answer;
mod collect;
mod hangup;
mod info;
pub(crate) mod invocation;
pub(crate) mod options;
mod play;

use std::any::TypeId;
use std::sync::Arc;

use rhai::{Dynamic, FnNamespace, FuncRegistration, Module, NativeCallContext, RhaiFunc};

pub use info::{OptionInfo, OptionKind, VerbInfo, VerbKind};

use invocation::VerbCall;

const VERBS: &[VerbInfo] = &[answer::VERB, hangup::VERB, play::VERB, collect::VERB];

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
    FuncRegistration::new(name)
        .with_namespace(FnNamespace::Global)
        .set_into_module_raw(
            module,
            vec![TypeId::of::<Dynamic>(); count],
            RhaiFunc::Method {
                func: Arc::new(native),
                has_context: true,
                is_pure: true,
                is_volatile: true,
            },
        );
}
