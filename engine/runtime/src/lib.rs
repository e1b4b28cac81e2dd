//! Sockets, threads, files and the real clock around the switchboard.
//!
//! This shell does all I/O of a live node and decides nothing about a call: the switchboard, the
//! SIP endpoint and the media workers are told what happened and say what to do.

mod caller;
mod clock;
mod control;
mod custodian;
mod cut_messages;
mod directories;
mod exchange;
mod files;
mod http;
mod inbox;
mod keeper;
mod media;
mod net;
mod outbox;
mod ports;
pub mod recordings;
mod remembered;
mod serve;
mod shelf;
mod tape;
mod voice;
mod watch;

pub use caller::{
    CallError, CallOptions, CallProgress, CallReport, CallerEnd, Press, PressError, parse_pause, parse_presses,
    place_call,
};
pub use clock::Clock;
pub use control::{CampaignSwitch, Request as ControlRequest, ask_server, control_socket, request_server};
pub use custodian::delete_files;
pub use directories::Directories;
pub use exchange::Report;
pub use files::{ShippedFiles, load_project, load_project_watched, read_tree};
pub use outbox::again as retry_delivery;
pub use serve::{Notice, ServeError, ServeOptions, Summary, serve};
pub use watch::Verify;
