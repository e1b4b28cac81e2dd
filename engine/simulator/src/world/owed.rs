//! What lies there when a story begins.

use model::{CallbackId, MessageId, Work};

use super::World;

impl World<'_> {
    /// What an earlier life owed to people, and the first ids that are free.
    pub fn restore(&mut self, work: Vec<Work>, next: (MessageId, CallbackId)) {
        self.board.restore_work(self.now, work, next);
        self.carry_out();
    }
}
