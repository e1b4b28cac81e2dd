//! Every call and leg: the pure machine between flows, queues and telephones.
//!
//! It is told the time and what happened, and answers with commands. It never parses SIP,
//! touches audio, blocks or reads the clock.
//!
//! One input, then drain: after every `handle_*` call take all of [`Switchboard::poll_command`],
//! then ask [`Switchboard::poll_timeout`] when it wants to be woken.

mod agents;
mod arriving;
mod asking;
mod board;
mod boxes;
mod boxes_verbs;
mod bridge;
mod call;
mod callback_time;
mod callbacks;
mod campaign;
mod caps;
mod card;
mod centre;
mod centre_config;
mod collect;
mod command;
mod desk;
mod ending;
mod events;
mod flow;
mod forgetting;
mod holding;
mod live;
mod lost;
mod memory;
mod message_work;
mod offering;
mod owed;
mod pins;
mod place;
mod placing;
mod queuing;
mod reconcile;
mod recording;
mod route;
mod sending;
mod service;
mod stuck;
mod supervising;
mod talk;
mod tape;
mod tape_pause;
mod timer;
mod voicemail;
mod voicemail_draft;
mod voicemail_mail;

pub use board::{CallView, Switchboard};
pub use campaign::{Asked, CampaignRequest, Through};
pub use command::{
    AudioCommand, AudioEvent, AudioItem, Callee, Command, Contact, Dial, LegCommand, LegEvent, Offered, StoreCommand,
    Supervision, Tone, Tracks,
};
pub use lost::LostCaller;
pub use timer::Timer;
pub use voicemail_draft::{CutMessage, message_of_dead_run};

/// A party that sends no audio for so long is gone, unless it holds.
pub const VANISHED_AFTER: std::time::Duration = std::time::Duration::from_secs(30);

/// How the speech crate names what `say` reads; none for free text.
fn spoken_kind(kind: script::SayKind) -> Option<speech::Kind> {
    Some(match kind {
        script::SayKind::Text => return None,
        script::SayKind::Number => speech::Kind::Number,
        script::SayKind::Digits => speech::Kind::Digits,
        script::SayKind::Date => speech::Kind::Date,
        script::SayKind::Time => speech::Kind::Time,
        script::SayKind::Duration => speech::Kind::Duration,
        script::SayKind::Money => speech::Kind::Money,
        script::SayKind::Position => speech::Kind::Position,
    })
}
