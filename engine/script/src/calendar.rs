//! Opening hours: weekly hours across midnight, holidays, one-off days, in the project's zone.

/// A calendar of `callwright.yaml`.
#[derive(Debug, Clone)]
pub struct Calendar {}
