//! What a flow may use. Every limit is explicit: Rhai's defaults differ between debug and release.

use rhai::Engine;

/// Operations between two verbs that let time pass; an endless loop must not stall other calls.
pub(crate) const OPERATIONS_PER_STEP_MAX: u64 = 1_000_000;
/// What an instant verb (`log`, `tag`, `random`) costs, so that a loop of them ends too.
pub(crate) const OPERATIONS_PER_VERB: u64 = 500;
/// Verbs in one run; a flow that asks for more runs in circles.
pub(crate) const EFFECTS_PER_RUN_MAX: u32 = 20_000;
/// Stack of one flow. Nested calls and expressions below fit in with room to spare.
pub(crate) const STACK_BYTES: usize = 512 * 1024;
/// Nested function calls.
pub(crate) const CALL_LEVELS_MAX: usize = 24;
/// Nesting of expressions and blocks at the top level.
pub(crate) const EXPRESSION_DEPTH_MAX: usize = 64;
/// Nesting of expressions and blocks in a function.
pub(crate) const FUNCTION_EXPRESSION_DEPTH_MAX: usize = 32;
/// Bytes of one string.
pub(crate) const STRING_BYTES_MAX: usize = 64 * 1024;
/// Elements of one array or map.
pub(crate) const COLLECTION_SIZE_MAX: usize = 10_000;
/// Variables in scope at once.
pub(crate) const VARIABLES_MAX: usize = 500;
/// Functions in one file.
pub(crate) const FUNCTIONS_MAX: usize = 500;
/// Imports that one step may execute.
pub(crate) const MODULES_MAX: usize = 64;
/// Bytes of one source file.
pub(crate) const SOURCE_BYTES_MAX: usize = 200 * 1024;

/// Sets every limit that the engine knows itself; operations are counted per step by the run.
pub(crate) fn apply(engine: &mut Engine) {
    engine
        .set_max_operations(0)
        .set_max_call_levels(CALL_LEVELS_MAX)
        .set_max_expr_depths(EXPRESSION_DEPTH_MAX, FUNCTION_EXPRESSION_DEPTH_MAX)
        .set_max_string_size(STRING_BYTES_MAX)
        .set_max_array_size(COLLECTION_SIZE_MAX)
        .set_max_map_size(COLLECTION_SIZE_MAX)
        .set_max_variables(VARIABLES_MAX)
        .set_max_functions(FUNCTIONS_MAX)
        .set_max_modules(MODULES_MAX);
}
