//! Stacks of coroutines, used again: a new one costs two system calls.

use std::cell::RefCell;
use std::io;

use corosensei::stack::DefaultStack;

use crate::host::limits::STACK_BYTES;

/// Idle stacks kept per thread. A stack keeps the pages that a deep flow touched, so few are kept.
const IDLE_MAX: usize = 64;

thread_local! {
    static IDLE: RefCell<Vec<DefaultStack>> = const { RefCell::new(Vec::new()) };
}

/// A stack from the pool, or a new one.
pub(super) fn take() -> io::Result<DefaultStack> {
    match IDLE.with_borrow_mut(Vec::pop) {
        Some(stack) => Ok(stack),
        None => DefaultStack::new(STACK_BYTES),
    }
}

/// Gives a stack back; the pool keeps it or frees it.
pub(super) fn give_back(stack: DefaultStack) {
    // At the end of a thread the pool may be gone already; the stack is then freed here.
    let _ = IDLE.try_with(|idle| {
        let mut idle = idle.borrow_mut();
        if idle.len() < IDLE_MAX {
            idle.push(stack);
        }
    });
}
