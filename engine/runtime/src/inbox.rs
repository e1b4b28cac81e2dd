//! Everything the signalling thread is told, in one queue.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use media::{MediaEvent, Prompt};
use model::{LegId, Ticket, TrunkId};
use script::Project;
use sip::registrar::RegisterTicket;
use sip::{ConnectionId, Destination};

use crate::directories::Directories;
use crate::shelf::Source;

/// A letter to the signalling thread.
pub(crate) enum Inbox {
    Datagram {
        local: SocketAddr,
        from: SocketAddr,
        bytes: Vec<u8>,
    },
    StreamOpened {
        connection: ConnectionId,
        peer: SocketAddr,
        writer: crate::net::StreamWriter,
    },
    StreamBytes {
        connection: ConnectionId,
        bytes: Vec<u8>,
    },
    StreamClosed {
        connection: ConnectionId,
    },
    Unreachable(Destination),
    Resolved {
        destination: Destination,
        bytes: Vec<u8>,
        to: SocketAddr,
    },
    TrunkResolved {
        trunk: TrunkId,
        address: String,
        ips: Vec<IpAddr>,
    },
    Audio(MediaEvent),
    TapeClosed {
        leg: LegId,
        ticket: Ticket,
        length: Duration,
        ended_by: String,
    },
    Loaded {
        leg: LegId,
        generation: u64,
        prompts: Vec<(Source, Result<Arc<Prompt>, String>)>,
    },
    Stored {
        ticket: Ticket,
        kept: bool,
    },
    BindingStored {
        ticket: RegisterTicket,
        kept: bool,
    },
    Publish(Arc<Project>, Arc<Directories>),
    Restore(crate::remembered::Restored),
    RefuseVersion(String),
    Drain,
    EndAll,
    /// A directory or another system answered; null when it did not.
    Answered {
        ticket: Ticket,
        value: serde_json::Value,
    },
    /// Something that happened outside, for the journal.
    Note {
        call: Option<model::CallId>,
        fact: model::Fact,
    },
    /// Somebody wants this number forgotten; told which calls with it go on.
    ForgetNumber(model::WrittenNumber, Box<dyn FnOnce(std::collections::BTreeSet<model::CallId>) + Send>),
    /// These messages are too old: their rows and files are gone.
    ForgetMessages(std::collections::BTreeSet<model::MessageId>),
    /// A request of the control socket, answered in JSON.
    Control(crate::control::Request, Box<dyn FnOnce(serde_json::Value) + Send>),
    Report(Box<dyn FnOnce(crate::exchange::Report) + Send>),
}

/// Letters that may wait; datagrams beyond this are dropped as a full socket would drop them.
const CAPACITY: usize = 16_384;
/// More waiting letters than this, and new calls get 503 before any work.
pub(crate) const OVERLOADED_AT: usize = 4_096;

/// The writing end; cheap to clone.
#[derive(Clone)]
pub(crate) struct Post {
    sender: SyncSender<Inbox>,
    waiting: Arc<AtomicUsize>,
}

/// The reading end.
pub(crate) struct PostBox {
    receiver: Receiver<Inbox>,
    waiting: Arc<AtomicUsize>,
}

pub(crate) fn post_box() -> (Post, PostBox) {
    let (sender, receiver) = sync_channel(CAPACITY);
    let waiting = Arc::new(AtomicUsize::new(0));
    (Post { sender, waiting: waiting.clone() }, PostBox { receiver, waiting })
}

impl Post {
    /// Waits for a place when the box is full: nothing of ours is lost.
    pub(crate) fn send(&self, letter: Inbox) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        if self.sender.send(letter).is_err() {
            tracing::debug!("the signalling thread has ended");
        }
    }

    /// Drops the letter when the box is full: for what the network repeats anyway.
    pub(crate) fn offer(&self, letter: Inbox) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        if let Err(TrySendError::Full(_)) = self.sender.try_send(letter) {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl PostBox {
    pub(crate) fn wait(&self, patience: Duration) -> Result<Inbox, RecvTimeoutError> {
        let letter = self.receiver.recv_timeout(patience)?;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        Ok(letter)
    }

    pub(crate) fn next(&self) -> Option<Inbox> {
        let letter = self.receiver.try_recv().ok()?;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        Some(letter)
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}
