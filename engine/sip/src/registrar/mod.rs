//! Who can be reached where (RFC 3261 §10.3): users, their contacts, and nothing that touches a disk.

mod bindings;
mod failures;
mod table;
#[cfg(test)]
mod tests;
mod uri;

pub use bindings::{
    Binding, Change, Contacts, FlowId, Prepared, RegisterError, RegisterTicket, RegisteredContact, RegistrarLimits,
    Registration, Removed, StoredBinding,
};
pub use failures::{AuthFailures, FailureStanding};
pub use table::Registrar;
