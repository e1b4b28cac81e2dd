//! One leg: its dialog, how far its INVITE is, and what is being negotiated.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use model::{MediaSpec, Timestamp, TrunkId};
use sipx_sip::rel::{Numbering, Sequence};
use sipx_sip::session::Session;
use sipx_sip::{Request, TransactionKey};

use crate::dialog::Dialog;
use crate::sdp::LocalMedia;
use crate::transmit::Destination;

/// A transaction's key, shared by the maps that know it.
pub(crate) type Key = Arc<TransactionKey>;

#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) dialog: Dialog,
    pub(crate) state: State,
    /// Whose credentials may answer a challenge, and whose call count it is in.
    pub(crate) trunk: Option<TrunkId>,
    pub(crate) side: Side,
    pub(crate) interest: Interest,
    pub(crate) media: Media,
    /// 2xx of ours that wait for their ACK.
    pub(crate) unacked: Vec<Unacked>,
    /// An offer of ours inside the dialog that waits for its answer.
    pub(crate) pending: Option<OurOffer>,
    /// The last ACK that we sent, for 2xx that come again.
    pub(crate) ack: Option<(u32, Vec<u8>, Destination)>,
    pub(crate) session: Option<Session>,
    pub(crate) refresh_by: RefreshBy,
    pub(crate) referral: Referral,
    pub(crate) challenges: u8,
}

/// Which end of the dialog we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Called,
    Calling,
}

/// Does anybody still want to hear of this leg?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interest {
    /// Events are reported.
    Live,
    /// The user hung up: only LegGone is still owed.
    Released,
    /// LegGone was reported; what is left is between us and the network.
    Gone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefreshBy {
    Update,
    Reinvite,
}

/// REFER in progress (RFC 3515).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Referral {
    None,
    Pending,
}

#[derive(Debug)]
pub(crate) enum State {
    /// Their INVITE has no final response.
    Incoming(Box<Incoming>),
    /// Our INVITE has no final response.
    Calling(Box<Calling>),
    /// 2xx was sent or received.
    Confirmed,
    /// As `Confirmed`, but a BYE of ours waits for the ACK that must come first (RFC 3261 §15).
    ByeAfterAck,
    /// Our BYE waits for its response.
    Ending,
}

#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) key: Key,
    pub(crate) request: Request,
    pub(crate) reliable: Option<Reliable>,
    pub(crate) numbering: Numbering,
    /// Answered while a reliable response with SDP was not acknowledged yet.
    pub(crate) deferred: Option<LocalMedia>,
    /// Did our early response complete offer and answer?
    pub(crate) early: Early,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Early {
    Nothing,
    /// Our answer is out already.
    Answered,
    /// Our offer is out in a reliable response; PRACK brings the answer.
    Offered,
    /// PRACK brought it.
    Agreed,
}

/// A provisional response that is repeated until its PRACK (RFC 3262).
#[derive(Debug)]
pub(crate) struct Reliable {
    pub(crate) response: sipx_sip::Response,
    pub(crate) interval: Duration,
    pub(crate) until: Timestamp,
}

#[derive(Debug)]
pub(crate) struct Calling {
    pub(crate) key: Key,
    pub(crate) request: Request,
    pub(crate) destination: Destination,
    pub(crate) heard: Heard,
    pub(crate) cancel: Cancel,
    pub(crate) forks: BTreeMap<String, Fork>,
    pub(crate) redirected: u8,
    pub(crate) session_asks: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    Nothing,
    Provisional,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cancel {
    No,
    /// RFC 3261 §9.1: not before the first provisional response.
    Wanted(Option<&'static str>),
    Sent,
}

/// One early dialog of our INVITE.
#[derive(Debug)]
pub(crate) struct Fork {
    pub(crate) dialog: Dialog,
    pub(crate) sequence: Sequence,
}

#[derive(Debug)]
pub(crate) struct Unacked {
    pub(crate) cseq: u32,
    pub(crate) bytes: Vec<u8>,
    pub(crate) destination: Destination,
    pub(crate) interval: Duration,
    pub(crate) until: Timestamp,
    /// Our offer is in it: the ACK must bring the answer.
    pub(crate) offered: Option<LocalMedia>,
    pub(crate) invite: InviteKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InviteKind {
    /// It made the dialog.
    First,
    /// It changed the session.
    Again,
}

/// Our re-INVITE or UPDATE.
#[derive(Debug)]
pub(crate) struct OurOffer {
    pub(crate) media: Option<LocalMedia>,
    pub(crate) progress: OfferProgress,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OfferProgress {
    /// Waits for the end of something else, or for the glare timer.
    Waiting,
    /// Sent.
    Sent,
}

#[derive(Debug, Default)]
pub(crate) struct Media {
    pub(crate) local: Option<LocalMedia>,
    /// The last description that we sent.
    pub(crate) sent: String,
    pub(crate) spec: Option<MediaSpec>,
    pub(crate) hold: Hold,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Hold {
    #[default]
    Talking,
    Held,
}

impl Media {
    /// Remembers what was agreed and says whether the party went away or came back.
    pub(crate) fn agree(&mut self, spec: &MediaSpec) -> Option<Hold> {
        let hold = if spec.direction.sends() { Hold::Talking } else { Hold::Held };
        self.spec = Some(spec.clone());
        let changed = hold != self.hold;
        self.hold = hold;
        changed.then_some(hold)
    }
}

impl Leg {
    /// The user hung up: nothing but LegGone is reported from now on.
    pub(crate) fn release(&mut self) {
        if self.interest == Interest::Live {
            self.interest = Interest::Released;
        }
    }
}

impl Leg {
    /// Where the party's signalling comes from: decides which audio addresses it may name.
    pub(crate) fn peer_ip(&self) -> std::net::IpAddr {
        self.dialog.flow_address.map_or(std::net::IpAddr::from([0, 0, 0, 0]), |a| a.ip())
    }
}
