//! What only a file can do.

use std::os::unix::fs::PermissionsExt as _;

use callwright_store::Store;

use crate::shelf::*;

#[tokio::test]
async fn urls_that_mean_no_file_are_refused() {
    let shelf = Shelf::on_sqlite();
    for (url, reason) in [
        ("sqlite:", "it names no file"),
        ("sqlite::memory:", "a store in memory loses calls"),
        ("postgres://me:secret@host", "it names no database"),
        ("calls.db", "only `sqlite:` and `postgres://` are known"),
    ] {
        let error = Store::open(url, shelf.path(), wall(0)).await.unwrap_err().to_string();
        assert!(error.contains(reason) && !error.contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn only_the_owner_may_read_the_files() {
    let shelf = Shelf::on_sqlite();
    let (store, _) = shelf.open(0).await;
    store.append(&[entry(1, 1, arrived())]).await.unwrap();
    for file in std::fs::read_dir(shelf.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.path().display());
    }
}

#[tokio::test]
async fn a_backup_is_made_under_a_serving_store_and_opens_like_any_other() {
    let shelf = Shelf::on_sqlite();
    let (store, _) = shelf.open(0).await;
    store.append(&[entry(1, 1, arrived())]).await.unwrap();
    let reader = Store::open_to_read(shelf.url(), shelf.path()).await.unwrap();
    let copy = Shelf::on_sqlite();
    reader.backup(&copy.file("calls.db")).await.unwrap();
    store.append(&[entry(2, 2, arrived())]).await.unwrap();
    let mode = std::fs::metadata(copy.file("calls.db")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let error = reader.backup(&copy.file("calls.db")).await.unwrap_err().to_string();
    assert!(error.contains("File exists"), "{error}");
    let (restored, report) = copy.open(3).await;
    assert_eq!((restored.damage().await.unwrap(), report.repaired_calls.len()), (vec![], 1));
}

#[test]
fn both_back_ends_have_the_same_migrations() {
    let names = |back_end: &str| {
        let folder = format!("{}/migrations/{back_end}", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
        files.collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[tokio::test]
async fn whoever_reads_before_anybody_has_served_is_told_so() {
    let shelf = Shelf::on_sqlite();
    let error = Store::open_to_read(shelf.url(), shelf.path()).await.err().unwrap().to_string();
    assert!(error.starts_with("nothing is kept yet: the database ") && error.contains("callwright run"), "{error}");
}
