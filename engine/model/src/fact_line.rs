//! The trace line of each fact.

use std::fmt;

use crate::{Fact, Place, short_duration};

struct At<'a>(&'a Option<Place>);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(place) => write!(f, " ({place})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fact::CallArrived { from, to, source, .. } => write!(f, "arrived from {from} to {to} by {source}"),
            Fact::FlowStarted { flow, version } => write!(f, "flow {flow} started, version {version}"),
            Fact::CallRang => f.write_str("ringing"),
            Fact::CallAnswered => f.write_str("answered"),
            Fact::CallRejected { reason } => write!(f, "rejected: {reason}"),
            Fact::PromptStarted { prompt, language, place } => {
                write!(f, "hears `{prompt}` in {language}{}", At(place))
            }
            Fact::PromptEnded { prompt, how } => write!(f, "`{prompt}` {how}"),
            Fact::DigitsCollected { digits, place } if digits.is_empty() => write!(f, "pressed nothing{}", At(place)),
            Fact::DigitsCollected { digits, place } => write!(f, "pressed {digits}{}", At(place)),
            Fact::RecordingStarted { name, .. } => write!(f, "recording `{name}` started"),
            Fact::RecordingSaved { name, length, ended_by, .. } => {
                write!(f, "recording `{name}` saved, {}, ended by {ended_by}", short_duration(*length))
            }
            Fact::RecordingFailed { name, reason } => write!(f, "recording `{name}` failed: {reason}"),
            Fact::LegDialed { leg, to, route } => write!(f, "leg {leg} dialed {to} by {route}"),
            Fact::LegRang { leg } => write!(f, "leg {leg} is ringing"),
            Fact::LegAnswered { leg, to } => write!(f, "leg {leg} answered: {to}"),
            Fact::LegConfirmed { leg } => write!(f, "leg {leg} confirmed by key"),
            Fact::LegFailed { leg, to, reason } => write!(f, "leg {leg} to {to} failed: {reason}"),
            Fact::LegReleased { leg, cause } => write!(f, "leg {leg} released: {cause}"),
            Fact::CallConnected { leg, to } => write!(f, "connected to {to} on leg {leg}"),
            Fact::CallDisconnected { leg, talked, cause } => {
                write!(f, "disconnected from leg {leg} after {}: {cause}", short_duration(*talked))
            }
            Fact::BridgeEnded { result, place } => write!(f, "bridge gave {result}{}", At(place)),
            Fact::CallHeld { leg } => write!(f, "held by leg {leg}"),
            Fact::CallResumed { leg } => write!(f, "resumed by leg {leg}"),
            Fact::TransferRequested { leg, to, attended } => {
                write!(f, "leg {leg} asked for {} transfer to {to}", if *attended { "attended" } else { "blind" })
            }
            Fact::CallTransferred { leg, to } => write!(f, "transferred to {to} on leg {leg}"),
            Fact::TransferFailed { to, reason } => write!(f, "transfer to {to} failed: {reason}"),
            Fact::LookupAnswered { directory, key, found, took, place } => {
                let result = if *found { "found" } else { "nothing" };
                write!(f, "lookup {directory} {key}: {result} in {}{}", short_duration(*took), At(place))
            }
            Fact::CalendarAsked { calendar, open } => {
                write!(f, "calendar {calendar} is {}", if *open { "open" } else { "closed" })
            }
            Fact::TagSet { key, value } => write!(f, "tag {key} = {value}"),
            Fact::LanguageSet { language } => write!(f, "language {language}"),
            Fact::Logged { text, place } => write!(f, "log: {text}{}", At(place)),
            Fact::FlowFailed { message, place: Some(place) } => {
                write!(f, "flow failed: {message} ({place}:{})", place.column)
            }
            Fact::FlowFailed { message, place: None } => write!(f, "flow failed: {message}"),
            Fact::FallbackTaken { to } => write!(f, "fallback to {to}"),
            Fact::FlowEnded => f.write_str("flow ended"),
            Fact::CallEnded { outcome, cause, by } => write!(f, "ended {outcome} by {by}: {cause}"),
            Fact::VersionPublished { version } => write!(f, "version {version} published"),
            Fact::VersionRefused { reason } => write!(f, "version refused: {reason}"),
            Fact::TrunkUp { trunk } => write!(f, "trunk {trunk} up"),
            Fact::TrunkDown { trunk, reason } => write!(f, "trunk {trunk} down: {reason}"),
            Fact::PhoneRegistered { agent, contacts } => write!(f, "phone of {agent} registered, {contacts} contacts"),
            Fact::Drained => f.write_str("drained"),
            Fact::Repaired { what } => write!(f, "repaired: {what}"),
            fact => fmt_queue_fact(fact, f),
        }
    }
}

/// The lines of queues, agents and supervisors.
fn fmt_queue_fact(fact: &Fact, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match fact {
        Fact::CallQueued { queue, position, kept, place } => {
            let kept = if *kept { ", old place kept" } else { "" };
            write!(f, "queued in {queue}, position {position}{kept}{}", At(place))
        }
        Fact::OfferMade { agent, why, .. } => write!(f, "offered to {agent}: {why}"),
        Fact::OfferEnded { agent, reason } => write!(f, "offer to {agent} ended: {reason}"),
        Fact::SearchWidened { step } => write!(f, "search widened: {step}"),
        Fact::QueueAnswered { queue, agent, waited } => {
            write!(f, "{agent} answered in {queue} after {}", short_duration(*waited))
        }
        Fact::QueueTalkEnded { queue, agent, talked } => {
            write!(f, "{agent} of {queue} talked for {}", short_duration(*talked))
        }
        Fact::QueueLeft { queue, waited, reason } => {
            write!(f, "left {queue} after {}: {reason}", short_duration(*waited))
        }
        Fact::AgentStateChanged { agent, state, reason, at } => {
            write!(f, "agent {agent} {state}")?;
            if !reason.is_empty() {
                write!(f, ": {reason}")?;
            }
            if at.is_empty() { Ok(()) } else { write!(f, ", at {at}") }
        }
        Fact::SupervisionStarted { agent, by, how } => write!(f, "{by} began to {how} to {agent}"),
        Fact::SupervisionEnded { agent, by } => write!(f, "{by} left the conversation of {agent}"),
        fact => fmt_work_fact(fact, f),
    }
}

/// The lines of messages, calls back, deliveries and campaigns.
fn fmt_work_fact(fact: &Fact, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match fact {
        Fact::CallPlaced { to, errand, attempt, .. } => write!(f, "placed to {to} for {errand}, attempt {attempt}"),
        Fact::MessageSaved { message, mailbox, length, urgent } => {
            let urgent = if *urgent { ", urgent" } else { "" };
            write!(f, "message {message} saved in {mailbox}, {}{urgent}", short_duration(*length))
        }
        Fact::MessageChanged { message, mailbox, state, by } => {
            write!(f, "message {message} in {mailbox} {} by {by}", state.as_str())
        }
        Fact::CallbackBooked { callback, number, queue, at } => {
            let later = if at.is_some() { ", for later" } else { "" };
            write!(f, "callback {callback} to {number} booked in {queue}{later}")
        }
        Fact::CallbackChanged { callback, state, attempts, result } => {
            write!(f, "callback {callback} {}, attempt {attempts}: {result}", state.as_str())
        }
        Fact::ContactChanged { campaign, number, state, attempts, result } => {
            write!(f, "contact {number} of {campaign} {}, attempt {attempts}: {result}", state.as_str())
        }
        Fact::CampaignChanged { campaign, state } => write!(f, "campaign {campaign} {state}"),
        Fact::DeliveryQueued { key, by, to } => write!(f, "{by} to {to} queued as {key}"),
        Fact::Delivered { key, by, to, attempts } => write!(f, "{by} {key} to {to} delivered, attempt {attempts}"),
        Fact::DeliveryFailed { key, by, to, error, gave_up } => {
            let then = if *gave_up { "given up" } else { "to be tried again" };
            write!(f, "{by} {key} to {to} failed, {then}: {error}")
        }
        Fact::CallerLost { number, queue, waited, callback } => {
            let who = if number.is_empty() { "somebody" } else { number };
            write!(f, "{who} was lost in {queue} after {}", short_duration(*waited))?;
            callback.map_or(Ok(()), |id| write!(f, ", callback {id}"))
        }
        Fact::RecordingPaused { by } => write!(f, "recording paused by {by}"),
        Fact::RecordingResumed { by } => write!(f, "recording resumed by {by}"),
        Fact::RecordingDeclined { key } => write!(f, "recording declined with {key}"),
        Fact::CallEvaluated { form, by, score, answers } => {
            let answers: Vec<String> =
                answers.iter().map(|(question, points)| format!("{question} {points}")).collect();
            write!(f, "evaluated by {by} with {form}, {score} %: {}", answers.join(", "))
        }
        Fact::HttpAnswered { host, status, took, place } => {
            write!(f, "http {host}: {status} in {}{}", short_duration(*took), At(place))
        }
        fact => write!(f, "{fact:?}"),
    }
}
