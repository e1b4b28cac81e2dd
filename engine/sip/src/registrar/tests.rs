//! Phones that register, and what callers see of it.

use std::net::SocketAddr;
use std::time::Duration;

use model::Timestamp;

use super::*;

const NOW: Timestamp = Timestamp::from_micros(10_000_000);
const DESK: &str = "sip:anna@192.0.2.10:5060";

fn after(seconds: u64) -> Timestamp {
    NOW + Duration::from_secs(seconds)
}

fn registrar() -> Registrar {
    Registrar::new(RegistrarLimits::default())
}

fn listed(uris: &[&str]) -> Contacts {
    Contacts::Listed(uris.iter().map(|uri| RegisteredContact { uri: (*uri).into(), expires: None, q: None }).collect())
}

fn anna(cseq: u32, contacts: Contacts, expires: Option<u32>) -> Registration {
    Registration {
        user: "anna".into(),
        authenticated_user: "anna".into(),
        call_id: "a@phone".into(),
        cseq,
        expires,
        contacts,
        source: "192.0.2.10:5060".parse().unwrap(),
        flow: None,
    }
}

fn change(registrar: &mut Registrar, registration: &Registration) -> (RegisterTicket, Change) {
    match registrar.prepare(NOW, registration).expect("a good registration") {
        Prepared::Store { ticket, change } => (ticket, change),
        Prepared::Unchanged { .. } => panic!("nothing to store"),
    }
}

fn register(registrar: &mut Registrar, registration: &Registration) -> Vec<Binding> {
    let (ticket, _) = change(registrar, registration);
    registrar.commit(NOW, ticket).expect("our ticket")
}

fn uris(bindings: &[Binding]) -> Vec<&str> {
    bindings.iter().map(|binding| binding.uri.as_str()).collect()
}

fn status(registrar: &mut Registrar, registration: &Registration) -> u16 {
    registrar.prepare(NOW, registration).expect_err("a bad registration").status()
}

#[test]
fn nothing_counts_before_it_is_stored() {
    let mut registrar = registrar();
    let (ticket, change) = change(&mut registrar, &anna(1, listed(&[DESK]), None));
    assert_eq!((change.saved.len(), change.saved[0].expires_in), (1, Duration::from_secs(300)));
    assert!(registrar.contacts(NOW, "anna").is_empty());
    let contacts = registrar.commit(NOW, ticket).unwrap();
    assert_eq!(uris(&contacts), [DESK]);
    assert_eq!(contacts[0].expires_in(NOW), 300);
    assert_eq!(contacts[0].expires_in(NOW + Duration::from_millis(1)), 300, "rounded up");
    assert_eq!(registrar.contacts(NOW, "anna"), contacts);
    assert_eq!(registrar.commit(NOW, ticket), None, "a ticket is good once");
}

#[test]
fn what_could_not_be_stored_never_was() {
    let mut registrar = registrar();
    let (ticket, _) = change(&mut registrar, &anna(1, listed(&[DESK]), None));
    registrar.abort(ticket);
    assert_eq!(registrar.commit(NOW, ticket), None);
    assert!(registrar.contacts(NOW, "anna").is_empty());
    register(&mut registrar, &anna(1, listed(&[DESK]), None));
}

#[test]
fn expiry_is_granted_within_bounds() {
    for (asked, granted) in
        [(None, 300), (Some(60), 60), (Some(3600), 3600), (Some(3601), 3600), (Some(u32::MAX), 3600)]
    {
        let contacts = register(&mut registrar(), &anna(1, listed(&[DESK]), asked));
        assert_eq!(contacts[0].expires_in(NOW), granted, "{asked:?}");
    }
    for asked in [1, 59] {
        let error = registrar().prepare(NOW, &anna(1, listed(&[DESK]), Some(asked))).unwrap_err();
        assert_eq!(error, RegisterError::IntervalTooBrief { asked, min: 60 });
        assert_eq!(error.status(), 423);
    }
    let own = Contacts::Listed(vec![RegisteredContact { uri: DESK.into(), expires: Some(120), q: None }]);
    assert_eq!(
        register(&mut registrar(), &anna(1, own, Some(600)))[0].expires_in(NOW),
        120,
        "the contact's own wish wins"
    );
}

#[test]
fn contacts_expire() {
    let mut registrar = registrar();
    register(&mut registrar, &anna(1, listed(&[DESK]), Some(60)));
    register(&mut registrar, &anna(2, listed(&["sip:anna@192.0.2.11"]), Some(90)));
    assert_eq!(registrar.poll_timeout(), Some(after(60)));
    assert!(registrar.handle_timeout(after(59)).is_empty());
    assert_eq!(uris(&registrar.contacts(after(60), "anna")), ["sip:anna@192.0.2.11"], "even before the timer");
    assert_eq!(registrar.handle_timeout(after(60)), [Removed { user: "anna".into(), uri: DESK.into() }]);
    assert_eq!(registrar.poll_timeout(), Some(after(90)));
    assert_eq!(registrar.handle_timeout(after(90)).len(), 1);
    assert_eq!(registrar.poll_timeout(), None);
}

#[test]
fn a_refresh_moves_the_end() {
    let mut registrar = registrar();
    register(&mut registrar, &anna(1, listed(&[DESK]), Some(60)));
    register(&mut registrar, &anna(2, listed(&[DESK]), Some(600)));
    assert_eq!(registrar.poll_timeout(), Some(after(600)));
    assert_eq!(registrar.contacts(NOW, "anna").len(), 1);
}

#[test]
fn only_the_owner_registers() {
    let mallory = Registration { authenticated_user: "mallory".into(), ..anna(1, listed(&[DESK]), None) };
    assert_eq!(status(&mut registrar(), &mallory), 403);
    let query = Registration { contacts: Contacts::Query, ..mallory };
    assert_eq!(status(&mut registrar(), &query), 403, "asking is not allowed either");
}

#[test]
fn a_query_changes_nothing() {
    let mut registrar = registrar();
    register(&mut registrar, &anna(1, listed(&[DESK]), None));
    let contacts = registrar.contacts(NOW, "anna");
    assert_eq!(registrar.prepare(NOW, &anna(1, Contacts::Query, None)), Ok(Prepared::Unchanged { contacts }));
}

#[test]
fn the_star_needs_expires_zero_and_stands_alone() {
    let mut registrar = registrar();
    register(&mut registrar, &anna(1, listed(&[DESK, "sip:anna@192.0.2.11"]), None));
    assert_eq!(status(&mut registrar, &anna(2, Contacts::All, None)), 400);
    assert_eq!(status(&mut registrar, &anna(2, Contacts::All, Some(60))), 400);
    assert_eq!(status(&mut registrar, &anna(2, Contacts::AllAndListed, Some(0))), 400);
    assert_eq!(status(&mut registrar, &anna(1, Contacts::All, Some(0))), 500, "an old request");
    let (ticket, change) = change(&mut registrar, &anna(2, Contacts::All, Some(0)));
    assert_eq!((change.saved.len(), change.removed.len()), (0, 2));
    assert!(registrar.commit(NOW, ticket).unwrap().is_empty());
    assert_eq!(registrar.poll_timeout(), None);
}

#[test]
fn one_contact_can_be_taken_back() {
    let mut registrar = registrar();
    register(&mut registrar, &anna(1, listed(&[DESK, "sip:anna@192.0.2.11"]), None));
    let (ticket, change) = change(&mut registrar, &anna(2, listed(&["sip:anna@192.0.2.10:5060;ob"]), Some(0)));
    assert_eq!(change.removed, [DESK], "by the URI under which it was stored");
    assert_eq!(uris(&registrar.commit(NOW, ticket).unwrap()), ["sip:anna@192.0.2.11"]);
    let unknown = registrar.prepare(NOW, &anna(3, listed(&["sip:anna@192.0.2.99"]), Some(0)));
    assert!(matches!(unknown, Ok(Prepared::Unchanged { .. })));
}

#[test]
fn ten_contacts_are_kept_and_no_more() {
    let mut registrar = registrar();
    let uri = |index: u32| format!("sip:anna@192.0.2.{index}");
    for index in 1..=10 {
        register(&mut registrar, &anna(index, listed(&[&uri(index)]), None));
    }
    assert_eq!(status(&mut registrar, &anna(11, listed(&[&uri(11)]), None)), 403);
    register(&mut registrar, &anna(12, listed(&[&uri(1)]), None));
    assert_eq!(registrar.contacts(NOW, "anna").len(), 10);
    let many: Vec<String> = (1..=11).map(uri).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(status(&mut self::registrar(), &anna(1, listed(&many), None)), 403);
    assert_eq!(register(&mut self::registrar(), &anna(1, listed(&many[..10]), None)).len(), 10);
}

#[test]
fn changes_on_the_way_to_the_store_count_for_later_requests() {
    let mut registrar = registrar();
    let (first, _) = change(&mut registrar, &anna(5, listed(&[DESK]), None));
    assert_eq!(status(&mut registrar, &anna(5, listed(&[DESK]), None)), 500, "the same request again");
    let (second, change) = change(&mut registrar, &anna(6, listed(&[DESK]), Some(0)));
    assert_eq!(change.removed, [DESK]);
    registrar.commit(NOW, first);
    assert!(registrar.commit(NOW, second).unwrap().is_empty());
}

#[test]
fn order_is_kept_within_a_call_id_only() {
    let mut registrar = registrar();
    register(&mut registrar, &anna(7, listed(&[DESK]), None));
    assert_eq!(status(&mut registrar, &anna(6, listed(&[DESK]), None)), 500);
    assert_eq!(status(&mut registrar, &anna(7, listed(&[DESK]), None)), 500);
    register(&mut registrar, &anna(8, listed(&[DESK]), None));
    let rebooted = Registration { call_id: "b@phone".into(), ..anna(1, listed(&[DESK]), None) };
    assert_eq!(register(&mut registrar, &rebooted)[0].cseq, 1);
}

#[test]
fn phones_are_reached_where_they_really_are() {
    let received = |uri: &str, source: &str| {
        let source: SocketAddr = source.parse().unwrap();
        register(&mut registrar(), &Registration { source, ..anna(1, listed(&[uri]), None) })[0].received
    };
    assert_eq!(received("sip:anna@192.0.2.10:5070", "192.0.2.10:33000"), None);
    assert_eq!(received("sip:anna@192.0.2.10", "[::ffff:192.0.2.10]:5060"), None);
    let nat = "203.0.113.5:41000";
    for uri in ["sip:anna@10.0.0.7:5060", "sip:anna@phone.local", "sip:anna@198.51.100.99", "sip:anna@127.0.0.1"] {
        assert_eq!(received(uri, nat), Some(nat.parse().unwrap()), "{uri}");
    }
}

#[test]
fn a_connection_is_used_while_it_lasts() {
    let mut registrar = registrar();
    let tcp = Registration { flow: Some(FlowId(4)), ..anna(1, listed(&[DESK]), None) };
    assert_eq!(register(&mut registrar, &tcp)[0].flow, Some(FlowId(4)));
    let (ticket, _) = change(&mut registrar, &Registration { cseq: 2, ..tcp });
    registrar.flow_closed(FlowId(5));
    assert_eq!(registrar.contacts(NOW, "anna")[0].flow, Some(FlowId(4)));
    registrar.flow_closed(FlowId(4));
    assert_eq!(registrar.contacts(NOW, "anna")[0].flow, None);
    assert_eq!(registrar.commit(NOW, ticket).unwrap()[0].flow, None, "closed while the store was busy");
}

#[test]
fn contacts_come_best_first() {
    let mut registrar = registrar();
    let contact = |uri: &str, q| RegisteredContact { uri: uri.into(), expires: None, q };
    let contacts =
        vec![contact("sip:anna@a", Some(500)), contact("sip:anna@b", None), contact("sip:anna@c", Some(700))];
    let bindings = register(&mut registrar, &anna(1, Contacts::Listed(contacts), None));
    assert_eq!(uris(&bindings), ["sip:anna@b", "sip:anna@c", "sip:anna@a"]);
}

#[test]
fn stored_contacts_survive_a_restart() {
    let mut before = registrar();
    let (_, change) = change(&mut before, &anna(3, listed(&[DESK]), Some(600)));
    let mut rows = change.saved;
    rows.push(StoredBinding { uri: "nonsense".into(), ..rows[0].clone() });
    rows.push(StoredBinding { uri: "sip:anna@192.0.2.12".into(), expires_in: Duration::ZERO, ..rows[0].clone() });
    let mut registrar = registrar();
    registrar.restore(NOW, rows);
    assert_eq!(uris(&registrar.contacts(NOW, "anna")), [DESK]);
    assert_eq!(registrar.poll_timeout(), Some(after(600)));
    assert_eq!(status(&mut registrar, &anna(3, listed(&[DESK]), None)), 500, "the order is remembered");
}

#[test]
fn a_store_that_does_not_answer_is_not_buried() {
    let mut registrar = registrar();
    let user = |index: u32| {
        let name = format!("user{index}");
        Registration { user: name.clone(), authenticated_user: name, ..anna(1, listed(&[DESK]), None) }
    };
    for index in 0..1000 {
        change(&mut registrar, &user(index));
    }
    assert_eq!(status(&mut registrar, &user(1000)), 503);
}

#[test]
fn unreadable_contacts_get_400() {
    for uri in ["tel:+4930", "sip:", "sip:anna@host\r\nX: y"] {
        assert_eq!(status(&mut registrar(), &anna(1, listed(&[uri]), None)), 400, "{uri}");
    }
}
