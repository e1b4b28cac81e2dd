//! `messages:` of a scenario: what lies in the boxes when the call comes.

use std::time::Duration;

use model::{CallId, CallbackId, Message, MessageId, MessageState, WallTime, Work};
use script::config::tree::Node;

use crate::reader::Reader;

/// A message somebody left before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Left {
    mailbox: String,
    from: String,
    length: Duration,
    ago: Duration,
    urgent: bool,
    state: MessageState,
}

pub(super) fn messages(reader: &mut Reader<'_>, node: &Node) -> Vec<Left> {
    reader.items(node, "messages").iter().filter_map(|item| message(reader, item)).collect()
}

fn message(reader: &mut Reader<'_>, node: &Node) -> Option<Left> {
    let fields = reader.fields(node, "a message", &["box", "from", "length", "ago", "urgent", "heard"]);
    let Some(mailbox) = fields.get("box") else {
        reader.error(&node.span, "missing-key", "this message lies in no `box`");
        return None;
    };
    let mut time = |key: &str, usual| fields.get(key).map_or(Some(usual), |node| reader.duration(node, key));
    let (length, ago) = (time("length", Duration::from_secs(10))?, time("ago", Duration::from_secs(3600))?);
    let mut flag = |key: &str| fields.get(key).is_some_and(|node| reader.is_true(node, key));
    let (urgent, heard) = (flag("urgent"), flag("heard"));
    let state = if heard { MessageState::Heard } else { MessageState::New };
    let from = fields.get("from").and_then(|node| reader.text(node, "from")).unwrap_or_default();
    Some(Left { mailbox: reader.text(mailbox, "box")?, from, length, ago, urgent, state })
}

/// As the store would give them, and the ids that follow.
pub(super) fn restored(left: &[Left], now: WallTime) -> (Vec<Work>, (MessageId, CallbackId)) {
    let message = |(index, left): (usize, &Left)| {
        let id = index as u64 + 1;
        let ago = i64::try_from(left.ago.as_micros()).unwrap_or(i64::MAX);
        Work::Message(Message {
            id: MessageId(id),
            mailbox: left.mailbox.clone(),
            call: CallId(0),
            from: left.from.clone(),
            name: String::new(),
            file: format!("recordings/0-{id}-{}.wav", left.mailbox),
            length: left.length,
            left_at: WallTime(now.0.saturating_sub(ago)),
            urgent: left.urgent,
            state: left.state,
        })
    };
    (left.iter().enumerate().map(message).collect(), (MessageId(left.len() as u64 + 1), CallbackId(1)))
}
