//! What opening refuses, repairs and keeps.

use callwright_store::{Store, StoredContact};
use expect_test::expect;
use model::{AgentId, CallId};

use super::*;

#[tokio::test]
async fn a_crash_ends_open_calls_at_the_last_sign_of_life() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    store.append(&[entry(1, 1, arrived()), entry(3, 1, connected(2, "anna"))]).await.unwrap();
    store.append(&[entry(2, 2, arrived()), entry(4, 2, ended()), entry(5, 3, arrived())]).await.unwrap();
    store.touch_boot(wall(8)).await.unwrap();
    drop(store);

    let (store, report) = shelf.open(100).await;
    assert_eq!(report.repaired_calls, [CallId(1), CallId(3)]);
    let line = |record: &callwright_store::CallRecord| {
        let end = record.end.unwrap();
        format!(
            "call {} {} {} at {} after {:?} of talk",
            record.call,
            end.outcome,
            end.cause,
            end.at.0,
            record.talked()
        )
    };
    let lines: Vec<String> = store.recent(10).await.unwrap().iter().map(line).collect();
    expect![[r#"
        call 1 answered crash at 8000000 after 5s of talk
        call 2 answered normal at 4000000 after 0ns of talk
        call 3 failed crash at 8000000 after 0ns of talk"#]]
    .assert_eq(&lines.join("\n"));

    drop(store);
    let (_, report) = shelf.open(200).await;
    assert_eq!(report.repaired_calls, [], "a call is repaired once");
}

#[tokio::test]
async fn call_ids_go_on_after_a_restart() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    assert_eq!(store.next_call_id().await.unwrap(), CallId(1));
    store.append(&[entry(1, 7, arrived()), entry(1, 9, logged("a call without a record"))]).await.unwrap();
    store.close(wall(2)).await.unwrap();
    drop(store);
    let (store, _) = shelf.open(3).await;
    assert_eq!(store.next_call_id().await.unwrap(), CallId(10));
    assert_eq!(store.boot().0, 2);
}

#[tokio::test]
async fn a_newer_schema_is_refused_with_the_way_out() {
    let shelf = shelf();
    drop(shelf.open(0).await);
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
        VALUES (999, 'from the future', true, '', 0)";
    shelf.stranger().await.run(newer).await;
    let error = shelf.try_open(1).await.unwrap_err().to_string();
    let (_, error) = error.split_once(" has ").unwrap();
    let (found, way_out) = error.split_once(';').unwrap();
    let error = format!("{};{way_out}", found.trim_end_matches(|c: char| c.is_ascii_digit()));
    expect!["schema version 999, this callwright knows versions up to ; start the newer callwright again, or restore your copy from before the upgrade"].assert_eq(&error);
}

#[tokio::test]
async fn two_processes_cannot_serve_from_one_database() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let error = shelf.try_open(1).await.unwrap_err().to_string();
    assert!(error.contains("is served by another callwright process"), "{error}");
    drop(store);
    shelf.open(2).await;
}

#[tokio::test]
async fn a_reader_sees_a_served_database_and_changes_nothing() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    store.append(&[entry(1, 1, arrived())]).await.unwrap();
    let reader = Store::open_to_read(shelf.url(), shelf.path()).await.unwrap();
    assert_eq!(reader.recent(5).await.unwrap().len(), 1);
    reader.append(&[entry(2, 1, ended())]).await.unwrap_err();
    store.append(&[entry(3, 2, arrived())]).await.unwrap();
    assert_eq!(reader.recent(5).await.unwrap().len(), 2);
}

#[tokio::test]
async fn phones_stay_reachable_over_a_restart() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let (anna, ben) = (AgentId::parse("anna").unwrap(), AgentId::parse("ben").unwrap());
    let contact = |uri: &str, expires| StoredContact {
        uri: uri.into(),
        expires_at: wall(expires),
        received: Some("198.51.100.7:5060".parse().unwrap()),
        user: "201".into(),
        q: 500,
        call_id: "reg-1".into(),
        cseq: 4_000_000_000,
        user_agent: "desk phone".into(),
    };
    store.save_contacts(&anna, &[contact("sip:old@198.51.100.7", 60)]).await.unwrap();
    store.save_contacts(&anna, &[contact("sip:a@198.51.100.7", 60), contact("sip:b@198.51.100.7", 30)]).await.unwrap();
    store.save_contacts(&ben, &[contact("sip:c@198.51.100.8", 60)]).await.unwrap();
    store.save_contacts(&ben, &[]).await.unwrap();
    let (longer, gone) = (contact("sip:a@198.51.100.7", 90), "sip:b@198.51.100.7".to_owned());
    store.change_contacts(&anna, &[longer], &[gone]).await.unwrap();
    drop(store);
    let (store, _) = shelf.open(10).await;
    assert_eq!(store.load_contacts(wall(20)).await.unwrap(), [(anna, contact("sip:a@198.51.100.7", 90))]);
}
