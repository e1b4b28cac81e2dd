//! Ending a call in whatever state it is.

use model::{HangupCause, LegFailure, LegId, Timestamp};
use sipx_sip::{HeaderName, Method, Response};

use super::Endpoint;
use super::send::Purpose;
use crate::event::SipEvent;
use crate::leg::State;
use crate::timer::Timer;
use crate::wire;

impl Endpoint {
    /// Refuses a call that came in, with a status of 400–699.
    pub fn reject(&mut self, now: Timestamp, leg: LegId, status: u16, retry_after: Option<u32>) {
        let Some(l) = self.legs.get_mut(&leg) else {
            return;
        };
        let State::Incoming(incoming) = &l.state else {
            return;
        };
        let (key, request, tag) = (incoming.key.clone(), incoming.request.clone(), l.dialog.local_tag.clone());
        l.release();
        let status = if (400..700).contains(&status) { status } else { 500 };
        if let Some(mut response) = wire::response(&request, status, &tag) {
            if let Some(seconds) = retry_after {
                wire::push(&mut response.headers, HeaderName::RetryAfter, seconds.to_string());
            }
            wire::close(&mut response, None);
            self.reply(now, &key, response);
        }
        self.remove_leg(leg);
    }

    /// Ends a leg: CANCEL, BYE or a refusal, whatever fits. Only [`SipEvent::LegGone`] follows.
    pub fn hangup(&mut self, now: Timestamp, leg: LegId, cause: HangupCause) {
        let Some(l) = self.legs.get_mut(&leg) else {
            return;
        };
        l.release();
        match &l.state {
            State::Incoming(_) => self.reject(now, leg, refusal_status(cause), None),
            State::Calling(_) => {
                let elsewhere = cause == HangupCause::AnsweredElsewhere;
                let reason = elsewhere.then_some("SIP;cause=200;text=\"Call completed elsewhere\"");
                self.timers.clear(&Timer::NoResponse(leg));
                self.cancel_call(now, leg, reason);
            }
            State::Confirmed if l.unacked.iter().any(|u| u.invite == crate::leg::InviteKind::First) => {
                l.state = State::ByeAfterAck;
            }
            State::Confirmed => self.send_bye(now, leg, cause),
            State::ByeAfterAck | State::Ending => {}
        }
    }

    /// BYE; the leg is gone when it is answered or nobody answers.
    pub(super) fn send_bye(&mut self, now: Timestamp, leg: LegId, cause: HangupCause) {
        let udp_from = self.udp_from();
        let Some(l) = self.legs.get_mut(&leg) else {
            return;
        };
        l.release();
        l.state = State::Ending;
        for unacked in std::mem::take(&mut l.unacked) {
            self.timers.clear(&Timer::RepeatAnswer(leg, unacked.cseq));
        }
        self.timers.clear(&Timer::Session(leg));
        self.timers.clear(&Timer::OfferAgain(leg));
        let cseq = l.dialog.next_cseq();
        let Some(mut bye) = l.dialog.request(Method::Bye, cseq) else {
            self.remove_leg(leg);
            return;
        };
        let destination = l.dialog.next_hop(udp_from);
        if let Some(reason) = bye_reason(cause) {
            wire::push(&mut bye.headers, HeaderName::Reason, reason);
        }
        wire::set_body(&mut bye.headers, None);
        self.send_request(now, bye, &destination, Purpose::Bye(leg));
    }
}

fn refusal_status(cause: HangupCause) -> u16 {
    match cause {
        HangupCause::Rejected => 603,
        HangupCause::Shutdown => 503,
        HangupCause::Error => 500,
        _ => 480,
    }
}

fn bye_reason(cause: HangupCause) -> Option<&'static str> {
    match cause {
        HangupCause::Vanished => Some("SIP;cause=408;text=\"Peer does not answer\""),
        HangupCause::TimeLimit => Some("SIP;cause=480;text=\"Time limit\""),
        HangupCause::Shutdown => Some("SIP;cause=503;text=\"Shutdown\""),
        _ => None,
    }
}

/// What a final response to our INVITE means in one word.
pub(super) fn failure(response: &Response) -> LegFailure {
    match response.status.code() {
        486 | 600 => LegFailure::Busy,
        408 | 480 | 487 => LegFailure::NoAnswer,
        403 | 603 | 607 => LegFailure::Declined,
        404 | 410 | 484 | 604 => LegFailure::NotFound,
        500 | 502 | 503 | 504 => LegFailure::Unreachable,
        _ => LegFailure::Failed,
    }
}

impl Endpoint {
    /// Reports that our call failed, and forgets it.
    pub(super) fn fail_call(&mut self, leg: LegId, reason: LegFailure, status: u16) {
        self.emit(leg, SipEvent::Failed { leg, reason, status });
        self.remove_leg(leg);
    }
}
