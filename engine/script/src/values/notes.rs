//! `caller.tags` and `caller.headers`: what is not there is `()`, not an error.

use rhai::{Array, Dynamic, FnNamespace, FuncRegistration, Map, Module};

/// A read-only map.
#[derive(Debug, Clone)]
pub(super) struct Notes(pub(super) Map);

pub(super) fn register(module: &mut Module) {
    module.set_custom_type::<Notes>("map");
    FuncRegistration::new_index_getter()
        .with_namespace(FnNamespace::Global)
        .with_purity(true)
        .set_into_module(module, |notes: &mut Notes, key: &str| -> Dynamic {
            notes.0.get(key).cloned().unwrap_or(Dynamic::UNIT)
        });
    method("keys", module, |notes| notes.0.keys().map(|key| Dynamic::from(key.to_string())).collect::<Array>().into());
    method("len", module, |notes| i64::try_from(notes.0.len()).unwrap_or(i64::MAX).into());
    method("to_map", module, |notes| notes.0.clone().into());
    method("to_string", module, |notes| format!("{:?}", notes.0).into());
    method("to_debug", module, |notes| format!("{:?}", notes.0).into());
    FuncRegistration::new("contains")
        .with_namespace(FnNamespace::Global)
        .set_into_module(module, |notes: &mut Notes, key: &str| notes.0.contains_key(key));
}

fn method(name: &str, module: &mut Module, read: fn(&Notes) -> Dynamic) {
    FuncRegistration::new(name)
        .with_namespace(FnNamespace::Global)
        .set_into_module(module, move |notes: &mut Notes| read(notes));
}
