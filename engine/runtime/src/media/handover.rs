//! A leg on its way from one audio thread to another: the new one is told to expect it and holds its jobs,
//! the old one to leave it, and answers with an arrival, or with none when it did not know the leg.

use media::Detached;
use model::LegId;

use super::sockets::Pair;
use super::{AudioJob, AudioLine};

/// What arrives.
pub(crate) struct Arrival {
    pub(super) session: Detached,
    pub(super) sockets: Option<Pair>,
}

/// The promise of a leg to another thread. Dropped unkept, even by a thread that ends, it says that
/// nothing will come, because the other thread waits.
pub(crate) struct Handover {
    leg: LegId,
    to: Option<AudioLine>,
}

impl Handover {
    pub(super) fn new(leg: LegId, to: AudioLine) -> Self {
        Self { leg, to: Some(to) }
    }

    pub(super) const fn leg(&self) -> LegId {
        self.leg
    }

    pub(super) fn keep(mut self, arrival: Arrival) {
        self.answer(Some(Box::new(arrival)));
    }

    fn answer(&mut self, arrival: Option<Box<Arrival>>) {
        if let Some(to) = self.to.take() {
            to.send(AudioJob::Arrive(self.leg, arrival));
        }
    }
}

impl Drop for Handover {
    fn drop(&mut self) {
        self.answer(None);
    }
}
