use std::time::Duration;

use script::config::Network;
use script::config::web::HostPattern;

use super::sink::Sink;
use super::*;

fn rules(allow: &[&str], private: &[&str]) -> HttpRules {
    let private = private.iter().map(|ip| Network { address: ip.parse().unwrap(), prefix: 32 }).collect();
    HttpRules { allow: allow.iter().map(|host| HostPattern::parse(host).unwrap()).collect(), private }
}

fn request(url: &str) -> HttpRequest {
    HttpRequest {
        method: "GET".into(),
        url: url.into(),
        headers: BTreeMap::new(),
        body: None,
        timeout: Duration::from_secs(5),
        meanwhile: None,
    }
}

async fn refusal(web: &Web, url: &str) -> String {
    web.ask_for_flow(&request(url)).await.expect_err(url).to_string()
}

#[tokio::test]
async fn every_way_to_write_this_machine_is_refused() {
    let all = ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "10.1.2.3", "0.0.0.0"];
    let web = Web::new(&rules(&all, &[])).unwrap();
    for url in [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://10.1.2.3/",
        "http://0/",
        "http://127.0.0.1。/",
        "http://localhost/",
        "http://LOCALHOST./",
    ] {
        let why = refusal(&web, url).await;
        assert!(why.contains("no public address") || why.contains("not allow"), "{url}: {why}");
    }
    for url in
        ["file:///etc/passwd", "ftp://crm.example/", "http://u:p@crm.example/", "gopher://crm.example", "crm.example"]
    {
        let why = refusal(&web, url).await;
        assert!(why.contains("the address"), "{url}: {why}");
    }
}

#[tokio::test]
async fn only_hosts_that_the_project_allows_are_asked() {
    let sink = Sink::that_says(vec![("200 OK", r#"{"order": 17}"#.into())]).await;
    let web = Web::new(&rules(&["crm.example"], &["127.0.0.1"])).unwrap();
    assert!(refusal(&web, &sink.url("/")).await.contains("does not allow host `127.0.0.1`"));
    let web = Web::new(&rules(&["127.0.0.1"], &["127.0.0.1"])).unwrap();
    assert_eq!(web.answer_flow(request(&sink.url("/orders"))).await, json!({ "status": 200, "body": { "order": 17 } }));
    assert_eq!(sink.asked().len(), 1, "who is not allowed hears nothing");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_a_way_in() {
    let inside = Sink::that_says(vec![("200 OK", "secret".into())]).await;
    let status = Box::leak(format!("302 Found\r\nLocation: {}", inside.url("/")).into_boxed_str());
    let outside = Sink::that_says(vec![(status, String::new())]).await;
    let web = Web::new(&rules(&["127.0.0.1"], &["127.0.0.1"])).unwrap();
    let answer = web.answer_flow(request(&outside.url("/"))).await;
    assert_eq!(answer, json!({ "status": 302, "body": "" }));
    assert!(inside.asked().is_empty());
}

#[tokio::test]
async fn answers_without_end_and_hosts_that_hang_give_nothing() {
    let web = Web::new(&rules(&["127.0.0.1"], &["127.0.0.1"])).unwrap();
    let long = Sink::that_says(vec![("200 OK", "x".repeat(ANSWER_BYTES_MAX + 1))]).await;
    assert_eq!(web.answer_flow(request(&long.url("/"))).await, Value::Null);
    let dumb = Sink::that_says(vec![("", String::new())]).await;
    let patient = HttpRequest { timeout: Duration::from_millis(50), ..request(&dumb.url("/")) };
    assert_eq!(web.answer_flow(patient).await, Value::Null);
    assert_eq!(dumb.asked().len(), 1);
}

#[tokio::test]
async fn a_body_goes_out_as_json_with_the_fields_of_the_flow() {
    let sink = Sink::that_says(vec![("201 Created", "made".into())]).await;
    let web = Web::new(&rules(&["127.0.0.1"], &["127.0.0.1"])).unwrap();
    let asked = HttpRequest {
        method: "POST".into(),
        headers: [("X-Desk".to_owned(), "7".to_owned())].into(),
        body: Some(json!({ "a": 1 })),
        ..request(&sink.url("/new?x=1"))
    };
    assert_eq!(web.answer_flow(asked).await, json!({ "status": 201, "body": "made" }));
    let heard = &sink.asked()[0];
    assert!(heard.head.starts_with("POST /new?x=1 "), "{}", heard.head);
    assert_eq!((heard.header("content-type"), heard.header("x-desk")), (Some("application/json"), Some("7")));
    assert_eq!(heard.body, r#"{"a":1}"#);
}
