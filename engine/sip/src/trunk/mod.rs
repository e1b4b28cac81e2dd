//! One provider or site: is it there, are we registered, may a call use it. Decides, sends nothing.

mod action;
mod config;
mod health;
mod machine;
mod registration;
#[cfg(test)]
mod tests;

pub use action::{CallDirection, DownReason, RegisterInfo, RequestId, TrunkAction, TrunkAuthorization, TrunkBusy};
pub use config::{Network, RegisterPolicy, TrunkConfig};
pub use machine::Trunk;
