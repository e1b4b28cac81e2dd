//! A recording in memory.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use callwright_media::{Layout, Recording, RecordingSink, SessionKey, SinkFull};
use model::Ticket;

use super::Line;

#[derive(Clone, Default)]
pub(crate) struct Tape(Arc<Mutex<Vec<i16>>>);

impl RecordingSink for Tape {
    fn append(&mut self, samples: &[i16]) -> Result<(), SinkFull> {
        self.0.lock().unwrap().extend(samples);
        Ok(())
    }

    fn finish(&mut self) {}
}

impl Tape {
    pub(crate) fn samples(&self) -> Vec<i16> {
        self.0.lock().unwrap().clone()
    }

    /// One channel of two.
    pub(crate) fn channel(&self, n: usize) -> Vec<i16> {
        self.samples().iter().skip(n).step_by(2).copied().collect()
    }

    pub(crate) fn start(&self, line: &mut Line, key: SessionKey, layout: Layout, silence: Duration) {
        let (ticket, max) = (Ticket(1), Duration::from_secs(60));
        line.worker.record(key, Recording { ticket, layout, max, silence, sink: Box::new(self.clone()) });
    }
}
