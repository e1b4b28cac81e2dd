use std::time::Duration;

use model::{CallId, Fact, Parcel};
use script::{Secrets, Shipped, SourceTree};
use tempfile::TempDir;

use super::*;
use crate::http::sink::{Script, Sink};
use crate::inbox::{PostBox, post_box};

/// An outbox over a real store, beside a system that answers as told.
struct House {
    folder: TempDir,
    sink: Sink,
    store: Store,
    jobs: UnboundedSender<OutboxJob>,
    journal: PostBox,
    clock: Clock,
}

fn project(url: &str) -> Arc<Project> {
    let config = format!(
        "numbers: {{ default: main.rhai }}\nhttp: {{ private: [127.0.0.1] }}\noutbox: {{ attempts: 3, first: 10ms }}\n\
         webhooks: {{ crm: {{ url: \"{url}\", secret: \"s\" }} }}\n"
    );
    let tree = SourceTree::default().with("callwright.yaml", &config).with("main.rhai", "hangup();");
    let secrets = Secrets { env: &|_| None, read: &|_| Ok(String::new()) };
    Arc::new(Project::compile(&tree, &Shipped::default(), secrets).map_err(|found| found.render(false)).unwrap())
}

fn order(key: &str) -> Delivery {
    Delivery {
        key: key.into(),
        call: Some(CallId(7)),
        about: "+4930111".into(),
        what: Parcel::Webhook { name: "crm".into(), body: json!({ "order": 17 }) },
        made_at: WallTime(0),
        attempts: 0,
        next_at: WallTime(0),
        state: WorkState::Open,
        error: String::new(),
    }
}

impl House {
    async fn beside(script: Script) -> Self {
        let (folder, clock) = (tempfile::tempdir().unwrap(), Clock::start());
        let sink = Sink::that_says(script).await;
        let (store, _) = Store::open("sqlite:test.db", folder.path(), clock.wall()).await.unwrap();
        let (post, journal) = post_box();
        let jobs = start(store.clone(), clock, folder.path().to_owned(), post);
        Self { folder, sink, store, jobs, journal, clock }
    }

    fn opens(&self) {
        let project = project(&self.sink.url("/calls"));
        let web = Web::new(&project.config.reach.http).unwrap();
        self.jobs.send(OutboxJob::Configure(project, Some(web))).ok().unwrap();
    }

    async fn keeps(&self, row: Delivery) {
        self.store.keep(&[Work::Delivery(row.clone())], self.clock.wall()).await.unwrap();
        self.jobs.send(OutboxJob::Kept(vec![row])).ok().unwrap();
    }

    /// The next fact; facts are told after their row is kept.
    async fn tells(&mut self) -> String {
        for _ in 0..1000 {
            if let Some(Inbox::Note { call, fact }) = self.journal.next() {
                assert_eq!(call, Some(CallId(7)));
                let kept = matches!(fact, Fact::Delivered { .. } | Fact::DeliveryFailed { .. });
                assert!(kept, "{fact}");
                return fact.to_string();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nothing was told");
    }

    async fn rows(&self, state: WorkState) -> Vec<Delivery> {
        self.store.work("delivery", state).await.unwrap().into_iter().filter_map(delivery).collect()
    }
}

#[tokio::test]
async fn what_is_kept_is_posted_once_signed_and_marked() {
    let mut house = House::beside(vec![("200 OK", String::new())]).await;
    house.opens();
    house.keeps(order("7-1-a")).await;
    assert_eq!(house.tells().await, "webhook 7-1-a to crm delivered, attempt 1");
    let asked = house.sink.asked();
    assert_eq!((asked.len(), asked[0].body.as_str()), (1, r#"{"order":17}"#));
    assert_eq!((asked[0].header("idempotency-key"), asked[0].header("x-callwright-call")), (Some("7-1-a"), Some("7")));
    assert!(asked[0].header("x-callwright-signature").unwrap().starts_with("sha256="));
    assert!(asked[0].header("x-callwright-timestamp").unwrap().parse::<u64>().is_ok());
    assert_eq!(house.rows(WorkState::Done).await.len(), 1);
}

#[tokio::test]
async fn a_system_that_stumbles_is_asked_again_with_the_same_key() {
    let mut house = House::beside(vec![("503 Busy", "later".into()), ("202 Accepted", String::new())]).await;
    house.opens();
    house.keeps(order("7-1-a")).await;
    let told = house.tells().await;
    assert!(told.contains("it answered 503: later") && told.contains("tried again"), "{told}");
    assert!(house.tells().await.contains("delivered, attempt 2"));
    let keys: Vec<_> =
        house.sink.asked().iter().map(|asked| asked.header("idempotency-key").map(str::to_owned)).collect();
    assert_eq!(keys, [Some("7-1-a".to_owned()), Some("7-1-a".to_owned())]);
}

#[tokio::test]
async fn what_an_earlier_life_owed_is_sent_when_the_outbox_opens() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Clock::start());
    let (store, _) = Store::open("sqlite:test.db", folder.path(), clock.wall()).await.unwrap();
    store.keep(&[Work::Delivery(order("7-1-a"))], clock.wall()).await.unwrap();
    let (post, journal) = post_box();
    let jobs = start(store.clone(), clock, folder.path().to_owned(), post);
    let sink = Sink::that_says(vec![("200 OK", String::new())]).await;
    let mut house = House { folder, sink, store, jobs, journal, clock };
    house.opens();
    assert!(house.tells().await.contains("7-1-a to crm delivered"));
    assert!(house.rows(WorkState::Open).await.is_empty() && house.folder.path().exists());
}

#[tokio::test]
async fn a_dead_letter_stays_until_somebody_sends_it_again() {
    let mut house = House::beside(vec![("410 Gone", String::new()), ("200 OK", String::new())]).await;
    house.opens();
    house.keeps(order("7-1-a")).await;
    assert!(house.tells().await.contains("given up"));
    assert_eq!(house.rows(WorkState::Failed).await[0].error, "it answered 410");
    let (tell, told) = oneshot::channel();
    let tell = Box::new(move |answer: Value| drop(tell.send(answer)));
    house.jobs.send(OutboxJob::Retry { key: "7-1-a".into(), tell }).ok().unwrap();
    assert_eq!(told.await.unwrap(), json!({ "retried": "7-1-a" }));
    assert!(house.tells().await.contains("delivered, attempt 1"));
    let (tell, told) = oneshot::channel();
    let tell = Box::new(move |answer: Value| drop(tell.send(answer)));
    house.jobs.send(OutboxJob::Retry { key: "7-1-a".into(), tell }).ok().unwrap();
    assert!(told.await.unwrap()["error"].as_str().unwrap().contains("no delivery `7-1-a`"), "it is done");
}

#[tokio::test]
async fn at_the_end_what_is_under_way_finishes_and_nothing_new_begins() {
    let mut house = House::beside(vec![("200 OK", String::new())]).await;
    house.opens();
    house.keeps(order("7-1-a")).await;
    house.tells().await;
    let (stopped, waiting) = oneshot::channel();
    house.jobs.send(OutboxJob::Stop(stopped)).ok().unwrap();
    waiting.await.unwrap();
    assert!(house.jobs.send(OutboxJob::Kept(vec![order("7-2-a")])).is_err(), "it is closed");
    assert_eq!(house.sink.asked().len(), 1);
}
