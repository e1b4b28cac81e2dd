//! What an endpoint reports: facts about legs, phones and trunks.

use std::collections::BTreeMap;

use model::{AgentId, HangupCause, LegFailure, LegId, MediaSpec, Source, TrunkId};

use crate::registrar::{Change, RegisterTicket};

/// A call that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Who it came from, as far as it is verified.
    pub source: Source,
    /// The caller's number or user part; `""` when withheld.
    pub from: String,
    /// The display name, one printable line.
    pub name: String,
    /// The dialled number: user part of the Request-URI.
    pub to: String,
    /// Header fields by lower-case name, each one printable line.
    pub headers: BTreeMap<String, String>,
    /// RFC 3891: the leg that the new one takes over.
    pub replaces: Option<LegId>,
    /// Did the INVITE carry SDP?
    pub offer: Offer,
}

/// Who makes the first offer (RFC 3264).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// They did, in the INVITE.
    Theirs,
    /// We shall, in the response; their answer comes with ACK or PRACK.
    Ours,
}

/// A phone that can be rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneContact {
    /// Its contact address: what `dial` wants as target.
    pub uri: String,
}

/// A fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SipEvent {
    /// Somebody calls; the leg's number was taken from the endpoint's own counter.
    Incoming {
        /// The new leg.
        leg: LegId,
        /// Who and whom.
        incoming: Box<Incoming>,
    },
    /// Our call rings. [`SipEvent::MediaAgreed`] came before it when there is early audio.
    Ringing {
        /// Which leg.
        leg: LegId,
        /// The party can be heard before it answers.
        early_media: bool,
    },
    /// Our call was answered, or the ACK to our answer arrived.
    Answered {
        /// Which leg.
        leg: LegId,
    },
    /// Offer and answer are complete, the first time or anew.
    MediaAgreed {
        /// Which leg.
        leg: LegId,
        /// What was agreed.
        spec: Box<MediaSpec>,
    },
    /// Our call was not answered; [`SipEvent::LegGone`] follows.
    Failed {
        /// Which leg.
        leg: LegId,
        /// In one word.
        reason: LegFailure,
        /// SIP status; 408 when nothing came.
        status: u16,
    },
    /// The party is gone; [`SipEvent::LegGone`] follows.
    HungUp {
        /// Which leg.
        leg: LegId,
        /// Why.
        cause: HangupCause,
    },
    /// The party does not listen any more.
    Held {
        /// Which leg.
        leg: LegId,
    },
    /// The party is back.
    Resumed {
        /// Which leg.
        leg: LegId,
    },
    /// A digit by INFO.
    Digit {
        /// Which leg.
        leg: LegId,
        /// `0-9*#A-D`
        digit: char,
    },
    /// REFER: answer with `transfer_done`.
    TransferRequested {
        /// Which leg.
        leg: LegId,
        /// User part of Refer-To when it is a number, else the SIP address.
        to: String,
        /// Attended: the leg named by Replaces.
        replaces: Option<LegId>,
    },
    /// Keep this durably, then call `confirm_binding`: the phone's 200 waits for it.
    StoreBindings {
        /// To be given back.
        ticket: RegisterTicket,
        /// Whose, when the user is an agent.
        agent: AgentId,
        /// What.
        change: Change,
    },
    /// An agent can be reached at these contacts from now on.
    ContactsChanged {
        /// Whose phones.
        agent: AgentId,
        /// All that can be rung now, best first.
        contacts: Vec<PhoneContact>,
    },
    /// A trunk can be used.
    TrunkUp {
        /// Which.
        trunk: TrunkId,
    },
    /// A trunk cannot be used.
    TrunkDown {
        /// Which.
        trunk: TrunkId,
        /// Why, one line.
        reason: String,
    },
    /// Nothing is left of a leg: its audio port may be freed.
    LegGone {
        /// Which leg.
        leg: LegId,
    },
    /// One line of the SIP ladder, without secrets: `<- INVITE 1 from udp 192.0.2.1:5060`.
    Ladder {
        /// Which leg.
        leg: LegId,
        /// The line.
        line: String,
    },
}
