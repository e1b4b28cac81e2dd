//! Carries one delivery to its receiver and says what became of it.

use std::path::PathBuf;
use std::sync::Arc;

use model::{Delivery, Parcel};
use script::Project;

use super::book::Trouble;
use super::sms::Short;
use super::{mail, sms, webhook};
use crate::clock::Clock;
use crate::http::{Answer, Web, WebError};
use crate::recordings::Keys;

/// The ways out that the published version of a project has.
pub(super) struct Carrier {
    pub(super) project: Arc<Project>,
    pub(super) web: Option<Web>,
    pub(super) root: PathBuf,
    pub(super) clock: Clock,
}

impl Carrier {
    pub(super) async fn carry(&self, delivery: &Delivery) -> Result<(), Trouble> {
        let reach = &self.project.config.reach;
        // A way out that was taken away may come back with the next save.
        let gone = |key: &str| Trouble::later(format!("the project has no `{key}` any more"));
        let web = || self.web.as_ref().ok_or_else(|| Trouble::later("requests over HTTP cannot be set up"));
        match &delivery.what {
            Parcel::Email { .. } => {
                let config = reach.mail.as_ref().ok_or_else(|| gone("mail:"))?;
                let keys = Keys::new(&self.project.config.recording.keys);
                mail::send(config, (&self.root, &keys), delivery).await
            }
            Parcel::Sms { to, text } => {
                let config = reach.sms.as_ref().ok_or_else(|| gone("sms:"))?;
                sms::send(web()?, config, Short { key: &delivery.key, to, text }).await
            }
            Parcel::Webhook { name, body } => {
                let config = reach.webhooks.get(name).ok_or_else(|| gone(&format!("webhooks: {name}")))?;
                webhook::post(web()?, config, delivery, body, self.clock.wall()).await
            }
        }
    }
}

/// 2xx is delivered; what the receiver refuses (4xx) it will refuse again, all else may change.
pub(super) fn outcome(answer: Result<Answer, WebError>) -> Result<(), Trouble> {
    match answer {
        Ok(answer) => match answer.status {
            200..=299 => Ok(()),
            408 | 425 | 429 => Err(Trouble::Later { error: said(&answer), after: answer.retry_after }),
            400..=499 => Err(Trouble::Final(said(&answer))),
            _ => Err(Trouble::Later { error: said(&answer), after: answer.retry_after }),
        },
        Err(WebError::Refused(error)) => Err(Trouble::Final(error)),
        Err(WebError::Failed(error)) => Err(Trouble::later(error)),
    }
}

fn said(answer: &Answer) -> String {
    let text = String::from_utf8_lossy(&answer.body);
    let text: String = text.trim().chars().take(200).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.is_empty() {
        format!("it answered {}", answer.status)
    } else {
        format!("it answered {}: {text}", answer.status)
    }
}
