use callwright_store::StoreError;
use model::{CallId, Message, MessageId, MessageState, Work, WorkState};

use super::*;

fn message(id: u64, state: MessageState) -> Work {
    Work::Message(Message {
        id: MessageId(id),
        mailbox: "reception".into(),
        call: CallId(7),
        from: "+4930111111".into(),
        name: String::new(),
        file: format!("recordings/7-{id}.wav"),
        length: std::time::Duration::from_secs(12),
        left_at: wall(3),
        urgent: false,
        state,
    })
}

#[tokio::test]
async fn work_is_there_after_a_restart_until_it_is_done() -> Result<(), StoreError> {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    store.keep(&[message(9, MessageState::New), message(10, MessageState::New)], wall(3)).await?;
    store.keep(&[message(9, MessageState::Deleted)], wall(4)).await?;
    drop(store);
    let (store, _) = shelf.open(5).await;
    assert_eq!(store.work("message", WorkState::Open).await?, [message(10, MessageState::New)]);
    assert_eq!(store.next_work_ids().await?.0, MessageId(11), "ids count on, as numbers and not as text");
    Ok(())
}
