//! Session timers (RFC 4028): a call whose other side is gone ends by itself.

use std::time::Duration;

use model::{LegId, Timestamp};
use sipx_sip::session::{Answer, MinSe, Refresher, Session, SessionExpires, adopt, answer};
use sipx_sip::{HeaderName, Request, Response};

use super::Endpoint;
use super::gate::Refusal;
use crate::leg::{Key, OfferProgress, OurOffer};
use crate::timer::Timer;
use crate::wire;

impl Endpoint {
    /// 422 for an interval that would keep us busy.
    pub(super) fn session_gate(&self, request: &Request) -> Result<(), Refusal> {
        match self.session_answer(request) {
            Answer::TooBrief(min) => Err(Refusal::new(422).with(HeaderName::MinSe, min.as_secs().to_string())),
            Answer::None | Answer::Accept(_) => Ok(()),
        }
    }

    fn session_answer(&self, request: &Request) -> Answer {
        let requested = request.headers.typed::<SessionExpires>().and_then(Result::ok);
        let min = request.headers.typed::<MinSe>().and_then(Result::ok).map(|m| m.0);
        let supports = wire::lists(&request.headers, &HeaderName::Supported, "timer")
            || wire::lists(&request.headers, &HeaderName::Require, "timer");
        answer(supports, requested, min, self.config.session_timers.min)
    }

    /// Agrees to the timer that a request asks for and returns the fields of the 2xx.
    pub(super) fn accept_session(&mut self, now: Timestamp, id: LegId, request: &Request) -> Vec<(HeaderName, String)> {
        let Answer::Accept(accepted) = self.session_answer(request) else {
            self.set_session(now, id, None);
            return Vec::new();
        };
        let we_refresh = accepted.refresher == Refresher::Uas;
        self.set_session(now, id, Some(Session { interval: accepted.interval, we_refresh }));
        let value = SessionExpires { interval: accepted.interval, refresher: Some(accepted.refresher) };
        let mut fields = vec![(HeaderName::SessionExpires, value.to_string())];
        if accepted.require {
            fields.push((HeaderName::Require, "timer".to_owned()));
        }
        fields
    }

    /// What our own INVITE asks for, at least `min` seconds when the other side wanted more.
    pub(super) fn session_request(&self, min: Option<u32>) -> Vec<(HeaderName, String)> {
        let timers = self.config.session_timers;
        let min = Duration::from_secs(u64::from(min.unwrap_or(0))).max(timers.min);
        let interval = timers.interval.max(min);
        vec![
            (HeaderName::SessionExpires, interval.as_secs().to_string()),
            (HeaderName::MinSe, min.as_secs().to_string()),
        ]
    }

    /// A refresh keeps interval and roles; the refresher of the new transaction is named from its sender.
    pub(super) fn session_refresh(&self, session: Session) -> Vec<(HeaderName, String)> {
        let refresher = if session.we_refresh { Refresher::Uac } else { Refresher::Uas };
        let value = SessionExpires { interval: session.interval, refresher: Some(refresher) };
        vec![
            (HeaderName::SessionExpires, value.to_string()),
            (HeaderName::MinSe, self.config.session_timers.min.as_secs().to_string()),
        ]
    }

    /// Takes what a 2xx to our INVITE or UPDATE says.
    pub(super) fn adopt_session(&mut self, now: Timestamp, id: LegId, response: &Response) {
        let agreed = response.headers.typed::<SessionExpires>().and_then(Result::ok);
        let session = adopt(agreed, Some(self.config.session_timers.interval));
        self.set_session(now, id, session);
    }

    fn set_session(&mut self, now: Timestamp, id: LegId, session: Option<Session>) {
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        leg.session = session;
        match session {
            Some(session) => self.timers.set(now + session.act_after(), Timer::Session(id)),
            None => self.timers.clear(&Timer::Session(id)),
        }
    }

    /// Half of the interval is over and we refresh; or all of it is, and nobody did.
    pub(super) fn session_due(&mut self, now: Timestamp, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        let Some(session) = leg.session else { return };
        if !session.we_refresh {
            self.vanish(now, id);
            return;
        }
        if leg.pending.is_none() {
            leg.pending = Some(OurOffer { media: None, progress: OfferProgress::Waiting });
        }
        self.timers.set(now + session.act_after(), Timer::Session(id));
        self.send_pending_offer(now, id);
    }

    pub(super) fn reply_refusal(&mut self, now: Timestamp, key: &Key, request: &Request, refusal: Refusal) {
        let Some(mut response) = wire::response(request, refusal.status, "") else {
            return;
        };
        for (name, value) in refusal.headers {
            wire::push(&mut response.headers, name, value);
        }
        wire::close(&mut response, None);
        self.reply(now, key, response);
    }
}
