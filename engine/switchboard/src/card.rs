//! What is known about a call travels with it: to agents' phones for their screens, and between sites of one business.
//!
//! Header fields: `X-Callwright-Queue`, `X-Callwright-Waited` (seconds) and `X-Callwright-Tag-NAME`. Nobody else gets
//! them, and from nobody else they are believed.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{QueueId, Source};
use script::Project;
use serde_json::Value;

use crate::call::Call;
use crate::command::{Callee, Offered};

const QUEUE: &str = "X-Callwright-Queue";
const WAITED: &str = "X-Callwright-Waited";
const TAG: &str = "X-Callwright-Tag-";
/// Tags that travel; the rest stays.
const TAGS_MAX: usize = 20;
/// Longest value that travels.
const VALUE_MAX: usize = 300;
/// Longest wait that another site may claim.
const WAIT_MAX: Duration = Duration::from_secs(4 * 3600);

/// The card as header fields, for whoever may see it.
pub(crate) fn outgoing(call: &Call, callee: &Callee, queue: Option<&QueueId>) -> Vec<(String, String)> {
    let as_text: fn(&Value) -> String = match callee {
        Callee::Phone { .. } => |value| value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        // A site needs to know a text from a number.
        Callee::Trunk { trunk, .. } if call.project.config.trunks.get(trunk).is_some_and(|trunk| trunk.share_card) => {
            Value::to_string
        }
        Callee::Trunk { .. } | Callee::Uri(_) => return Vec::new(),
    };
    let tags = match (&call.run, &call.card) {
        (Some(run), _) => run.card().tags.clone(),
        (None, Some(card)) => card.tags.clone(),
        (None, None) => BTreeMap::new(),
    };
    let mut fields: Vec<(String, String)> =
        queue.map(|queue| (QUEUE.to_owned(), queue.to_string())).into_iter().collect();
    if !call.waited.is_zero() {
        fields.push((WAITED.into(), call.waited.as_secs().to_string()));
    }
    let tags =
        tags.iter().filter(|(name, _)| is_token(name)).map(|(name, value)| (format!("{TAG}{name}"), as_text(value)));
    fields.extend(tags.filter(|(_, text)| fits(text)).take(TAGS_MAX));
    fields
}

/// What another site of ours knows about a call that it sends: tags and the wait so far.
pub(crate) fn incoming(project: &Project, offered: &Offered) -> (BTreeMap<String, Value>, Duration) {
    let shares = match &offered.source {
        Source::Trunk(trunk) => project.config.trunks.get(trunk).is_some_and(|trunk| trunk.share_card),
        Source::Agent(_) | Source::Local => false,
    };
    if !shares {
        return Default::default();
    }
    let prefix = TAG.to_ascii_lowercase();
    let tags = offered.headers.iter().filter_map(|(name, text)| {
        let name = name.strip_prefix(&prefix).filter(|name| is_token(name))?;
        Some((name.to_owned(), serde_json::from_str(text).ok()?))
    });
    let waited = offered.headers.get(&WAITED.to_ascii_lowercase()).and_then(|text| text.parse().ok());
    (tags.take(TAGS_MAX).collect(), Duration::from_secs(waited.unwrap_or(0)).min(WAIT_MAX))
}

fn is_token(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// One line that no header can be made of.
fn fits(text: &str) -> bool {
    !text.is_empty() && text.len() <= VALUE_MAX && !text.chars().any(char::is_control)
}
