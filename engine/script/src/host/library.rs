//! Modules of the standard library as flows call them: an error or an effect inside belongs to
//! the line of the flow that called, because that is the line its author can change.

use std::any::TypeId;
use std::sync::Arc;

use rhai::{
    AST, CallFnOptions, Dynamic, EvalAltResult, FnAccess, FnNamespace, FuncRegistration, Module, NativeCallContext,
    Position, RhaiFunc, Scope,
};

use crate::failure;
use crate::run::context;
use crate::verbs::invocation::{ScriptError, place_of};

/// A module whose functions are those of `ast`, called on behalf of the calling line.
pub(crate) fn module(ast: &AST) -> Module {
    let ast = Arc::new(ast.clone());
    let mut module = Module::new();
    for function in ast.iter_functions().filter(|function| function.access == FnAccess::Public) {
        let (ast, name) = (ast.clone(), function.name.to_owned());
        let native = move |context: Option<NativeCallContext<'_>>, args: &mut [&mut Dynamic]| {
            let context = context.expect("library functions are registered with their context");
            run(&context, &ast, &name, args)
        };
        FuncRegistration::new(function.name).with_namespace(FnNamespace::Internal).set_into_module_raw(
            &mut module,
            vec![TypeId::of::<Dynamic>(); function.params.len()],
            RhaiFunc::Pure { func: Arc::new(native), has_context: true, is_pure: true, is_volatile: true },
        );
    }
    module
}

fn run(
    context: &NativeCallContext<'_>,
    ast: &AST,
    name: &str,
    args: &mut [&mut Dynamic],
) -> Result<Dynamic, ScriptError> {
    let args: Vec<Dynamic> = args.iter_mut().map(|arg| arg.take()).collect();
    let work = || {
        let options = CallFnOptions::new().eval_ast(true);
        context.engine().call_fn_with_options::<Dynamic>(options, &mut Scope::new(), ast, name, args)
    };
    let result = match context::current() {
        Some(run) => run.on_behalf_of(place_of(context), work),
        None => work(),
    };
    result.map_err(|error| at_the_call(&error, name, context.call_position()))
}

/// The error with the place of the call instead of its place in the library.
fn at_the_call(error: &EvalAltResult, name: &str, position: Position) -> ScriptError {
    match error.unwrap_inner() {
        EvalAltResult::ErrorTerminated(token, _) => EvalAltResult::ErrorTerminated(token.clone(), position).into(),
        EvalAltResult::ErrorRuntime(value, _) => EvalAltResult::ErrorRuntime(value.clone(), position).into(),
        other => {
            let message = failure::message(other).unwrap_or_default();
            EvalAltResult::ErrorRuntime(format!("`{name}` of the standard library failed: {message}").into(), position)
                .into()
        }
    }
}
