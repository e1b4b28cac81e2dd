//! Queues, agents and offers: who waits, who is free, who gets whom, and why.
//!
//! [`Acd`] is pure: time is an argument, calls are ids, what happened comes out as [`Event`]s. It never reads a clock,
//! does I/O, or knows SIP and scripts. The order of callers is `waited + priority`, so every place ages and nobody
//! starves; an offer is a lease with a deadline; after every input no caller and free agent who fit are left.
//!
//! ```
//! use callwright_acd::{Acd, AcdConfig, AgentConfig, Enqueue, Event, QueueConfig, ReadyFor};
//! use model::{AgentId, CallId, QueueId, Timestamp};
//!
//! let (support, anna) = (QueueId::parse("support")?, AgentId::parse("anna")?);
//! let agent = AgentConfig { queues: [(support.clone(), 1)].into(), ..Default::default() };
//! let mut acd = Acd::new(AcdConfig {
//!     queues: [(support.clone(), QueueConfig::default())].into(),
//!     agents: [(anna.clone(), agent)].into(),
//!     ..Default::default()
//! });
//! acd.agent_ready(Timestamp::ZERO, &anna, ReadyFor::Calls)?;
//! acd.enqueue(Timestamp::ZERO, CallId(1), Enqueue::new(support))?;
//! let events: Vec<String> = std::iter::from_fn(|| acd.poll_event()).map(|event| event.to_string()).collect();
//! assert_eq!(events, ["anna ready", "call 1 queued in support, position 1", "call 1 offered to anna"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod acd;
mod agent;
mod arriving;
mod audit;
mod bits;
mod caller;
mod config;
mod error;
mod estimate;
mod event;
mod explain;
mod figures;
mod group;
mod lane;
mod line;
mod matching;
mod offering;
mod queue;
mod reconcile;
mod reloading;
mod request;
mod timer;
mod timing;
mod view;
mod why;
mod working;

pub use acd::Acd;
pub use agent::{AgentState, NotReadyReason, OfferFailure, Party, ReadyFor};
pub use config::{AcdConfig, AgentConfig, QueueConfig, Widen, WidenStep};
pub use error::AcdError;
pub use estimate::{Estimator, ExpectedWait};
pub use event::{Event, LeaveReason, OfferId, Place, WithdrawReason};
pub use figures::{Counts, ServiceLevel};
pub use group::{GroupView, StandingCounts};
pub use model::{BackOff, SkillOrder, Strategy};
pub use reconcile::Legs;
pub use request::{Enqueue, Prefer, Who};
pub use timer::Timer;
pub use view::{AgentView, QueueLoad, QueueView};
pub use why::{Attempt, Candidate, Decision, Explanation, PassedOver, Wish};
