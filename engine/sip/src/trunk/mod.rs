//! One provider or site: is it there, are we registered, may a call use it. Decides, sends nothing.

mod config;
mod health;
mod machine;
mod registration;

pub use config::{Network, RegisterPolicy, TrunkConfig};
pub use machine::{CallDirection, DownReason, RegisterInfo, RequestId, Trunk, TrunkAction, TrunkAuthorization, TrunkBusy};
