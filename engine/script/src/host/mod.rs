//! The Rhai engine as flows see it: chosen packages, limits, our types and verbs, nothing else.

pub(crate) mod library;
pub(crate) mod limits;
pub(crate) mod modules;

use std::sync::OnceLock;

use rhai::packages::{
    BasicArrayPackage, BasicMapPackage, BasicMathPackage, CorePackage, LogicPackage, MoreStringPackage, Package,
};
use rhai::{Dynamic, Engine, Module, OptimizationLevel, Position, Shared};

use crate::host::modules::FrozenModules;
use crate::run::context;
use crate::{values, verbs};

/// Symbols of the language that have no place in a flow: they read clocks, block or compile text.
const DISABLED: [&str; 1] = ["eval"];

/// An engine whose imports come from `modules` alone.
pub(crate) fn engine(modules: FrozenModules) -> Engine {
    let mut engine = Engine::new_raw();
    limits::apply(&mut engine);
    for module in shared_modules() {
        engine.register_global_module(module.clone());
    }
    for symbol in DISABLED {
        engine.disable_symbol(symbol);
    }
    engine
        .set_optimization_level(OptimizationLevel::None)
        .set_strict_variables(true)
        .set_fail_on_invalid_map_property(true)
        .set_module_resolver(modules)
        .on_progress(|_| context::count_operation().map(Dynamic::from))
        .on_print(|text| context::print(text, None, Position::NONE))
        .on_debug(context::print);
    engine
}

/// Packages, types and verbs, built once and shared by all engines of the process.
fn shared_modules() -> &'static [Shared<Module>] {
    static MODULES: OnceLock<Vec<Shared<Module>>> = OnceLock::new();
    MODULES.get_or_init(|| {
        vec![
            CorePackage::new().as_shared_module(),
            LogicPackage::new().as_shared_module(),
            BasicMathPackage::new().as_shared_module(),
            BasicArrayPackage::new().as_shared_module(),
            BasicMapPackage::new().as_shared_module(),
            MoreStringPackage::new().as_shared_module(),
            values::module().into(),
            verbs::module().into(),
        ]
    })
}
