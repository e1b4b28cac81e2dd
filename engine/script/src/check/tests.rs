//! What the check says, as people read it.

use std::sync::Arc;

use expect_test::{Expect, expect};

use super::*;
use crate::flow::Flow;

fn known() -> Known {
    let names = |text: &str| text.split(' ').map(str::to_owned).collect();
    Known {
        prompts: names("welcome goodbye main-menu menu-invalid menu-timeout"),
        queues: names("support sales"),
        boxes: names("reception"),
        calendars: names("office"),
        directories: names("customers"),
        agents: names("anna"),
        skills: names("english"),
        reach: crate::config::Reach::default(),
        speaks_text: false,
        campaign_flows: BTreeSet::new(),
        dials_nobody: false,
    }
}

/// Checks a flow and compares every finding, one line each.
fn says(text: &str, expected: &Expect) {
    let project: Sources = [("main.rhai".to_owned(), Arc::from(text))].into();
    let found = match Flow::compile("main.rhai", &project, &crate::testing::library()) {
        Ok(flow) => flow.check(&known()),
        Err(found) => found,
    };
    let lines = found.iter().map(|finding| {
        let help: String = finding.help.iter().map(|line| format!(" ({line})")).collect();
        format!("{finding}{help}\n")
    });
    expected.assert_eq(&lines.collect::<String>());
}

#[test]
fn misspelt_verbs_functions_and_variables_are_found() {
    says(
        "plya(\"welcome\");\nhelo(1);\nfn hello(n) { n }",
        &expect![[r#"
        main.rhai:1:1: unknown function `plya` (did you mean `play`?)
        main.rhai:2:1: unknown function `helo` (did you mean `hello`?)
    "#]],
    );
    says(
        "let customer = 1;\nplay(custmer);",
        &expect![[r#"
        main.rhai:2:6: unknown variable `custmer` (did you mean `customer`?)
    "#]],
    );
    says(
        "let customer = 1;\nfn f() { customer }",
        &expect![[r#"
        main.rhai:2:10: unknown variable `customer` (functions do not see the variables of the flow: pass `customer` as a value, or declare it with `const` and write `global::customer`)
    "#]],
    );
    says(
        "const NAME = \"a\";\nfn f() { NAME }",
        &expect![[r#"
        main.rhai:2:10: unknown variable `NAME` (functions see constants of the file as `global::NAME`)
    "#]],
    );
    says(
        "const NAME = \"a\";\nlog(global::NAME);\nif open(\"office\") { log(#{ a: global::NAME }); }\nfn f() { global::NAME }",
        &expect![[r#"
            main.rhai:2:13: unknown variable `global::NAME` (outside functions a constant is written `NAME`)
            main.rhai:3:39: unknown variable `global::NAME` (outside functions a constant is written `NAME`)
        "#]],
    );
    says(
        "fn f(a) { a }\nf(1, 2);\nplay();\n\"x\".lenght();",
        &expect![[r#"
        main.rhai:2:1: `f` takes 1 value, not 2
        main.rhai:3:1: `play` takes 1 or 2 values, not 0
        main.rhai:4:5: no value has a method `lenght`
    "#]],
    );
    says(
        "caller.langauge = \"ru\";\nif caller.tags.blocked == true { reject(\"declned\"); }",
        &expect![[r#"
        main.rhai:1:8: `caller` has no `langauge` (did you mean `language`?)
        main.rhai:2:41: `reject` cannot say `declned` (did you mean `declined`?)
    "#]],
    );
}

#[test]
fn options_and_words_of_verbs_are_checked() {
    says(
        "play(\"welcome\", #{ barge: false });\nbridge(\"201\", #{ ring_for: 20 });",
        &expect![[r#"
        main.rhai:1:20: unknown option `barge` of `play`, it has `barge_in`
        main.rhai:2:28: option `ring_for` of `bridge` needs a unit, write `20.seconds`
    "#]],
    );
    says(
        "if bridge(\"201\") == \"noanswer\" { play(\"goodbye\"); }",
        &expect![[r#"
        main.rhai:1:21: `bridge` never gives `noanswer` (did you mean `no_answer`?) (it gives answered, busy, no_answer, declined, failed)
    "#]],
    );
    says(
        "let r = queue(\"support\");\nif r == \"timeout\" || r == \"exit:0\" { }",
        &expect![[r#"
        main.rhai:2:9: `queue` never gives `timeout` (did you mean `timed_out`?) (it gives answered, timed_out, full, no_agents, exit:*, callback, withdrawn)
    "#]],
    );
    says(
        "switch bridge(\"201\") { \"busy\" => play(\"goodbye\"), \"noanswer\" => (), _ => () }",
        &expect![[r#"
        main.rhai:1:51: `bridge` never gives `noanswer` (did you mean `no_answer`?) (it gives answered, busy, no_answer, declined, failed)
    "#]],
    );
    says(
        "play(\"welcome\");\nsleep(5);",
        &expect![[r#"
        main.rhai:2:1: `sleep` would stop every call: write `wait`
    "#]],
    );
}

#[test]
fn names_of_the_project_are_checked() {
    says(
        "play(\"welcom\");\nqueue(\"suport\");\nvoicemail(\"x\");\nopen(\"ofice\");\nlookup(\"customer\", \"1\");",
        &expect![[r#"
        main.rhai:1:6: there is no prompt `welcom` (did you mean `welcome`?)
        main.rhai:2:7: unknown queue `suport` (did you mean `support`?)
        main.rhai:3:11: unknown box `x`
        main.rhai:4:6: unknown calendar `ofice` (did you mean `office`?)
        main.rhai:5:8: unknown directory `customer` (did you mean `customers`?)
    "#]],
    );
    says(
        "say(\"hello\");\nsay(3, \"number\");\nsay(3, \"numbr\");",
        &expect![[r#"
        main.rhai:1:1: `say` cannot read text: the project has no `speech:` command (record the sentence as a prompt and `play` it, or add `speech:` to callwright.yaml)
        main.rhai:3:8: `say` has no kind `numbr` (did you mean `number`?)
    "#]],
    );
    says(
        "bridge(0049301234);",
        &expect![[r#"
        main.rhai:1:8: the number 0049301234 loses its leading zeros (numbers of telephones are texts: write "0049301234")
    "#]],
    );
    says(
        "fn f(caller) { caller }\nfn play(x) { x }",
        &expect![[r#"
        main.rhai:1:6: `f` has a parameter `caller`, which is always the caller of this call
        main.rhai:2:4: a function cannot be called `play`: that is a verb
    "#]],
    );
}

#[test]
fn agents_skills_and_what_they_are_told_are_checked() {
    says(
        "queue(\"support\", #{ prefer: [\"last\", \"ana\", \"anna\"], skills: #{ english: 3, englsh: 1 } });\nqueue(\"sales\", #{ prefer: \"lst\", skills: [\"french\"] });\nqueue_state(\"sale\");",
        &expect![[r#"
            main.rhai:1:38: unknown agent `ana` (did you mean `anna`?)
            main.rhai:1:77: no agent has the skill `englsh` (did you mean `english`?)
            main.rhai:2:27: unknown agent `lst` (did you mean `last`?)
            main.rhai:2:43: no agent has the skill `french`
            main.rhai:3:13: unknown queue `sale` (did you mean `sales`?)
        "#]],
    );
    says(
        "agent(\"ana\");\nagent(\"201\");\nset_agent(\"ana\", \"redy\");\nset_agent(\"anna\", \"not_ready\", #{ reson: \"lunch\" });\nsupervise(\"anna\", \"listn\");",
        &expect![[r#"
            main.rhai:1:7: unknown agent `ana` (did you mean `anna`?)
            main.rhai:3:11: unknown agent `ana` (did you mean `anna`?)
            main.rhai:3:18: `set_agent` cannot make an agent `redy` (did you mean `ready`?)
            main.rhai:4:35: unknown option `reson` of `set_agent`, did you mean `reason`?
            main.rhai:5:19: `supervise` cannot `listn` (did you mean `listen`?)
        "#]],
    );
    says(
        "bridge([\"anna\", \"ana\", \"201\", \"+49\", \"sip:ana@b\"]);\ntransfer(\"bob\");",
        &expect![[r#"
        main.rhai:1:17: there is no agent `ana` to ring (did you mean `anna`?)
        main.rhai:2:10: there is no agent `bob` to ring
    "#]],
    );
    says(
        "let who = agent(caller.agent);\nlog(who.name);\nif set_agent(\"anna\", \"ready\") == \"ok\" { }",
        &expect![[r#"
            main.rhai:2:5: `who` is `()` when nothing was found, and has no `name` then (write `who?.name`)
            main.rhai:3:34: `set_agent` never gives `ok` (it gives done, unknown, refused)
        "#]],
    );
}

#[test]
fn names_in_calls_of_the_library_are_checked() {
    says(
        "import \"std/queue\" as lines;\nimport \"std/vip\" as vip;\nlines::enter(\"suport\");\nlines::overflow([\"support\", \"sale\"], #{});\nvip::connect(\"anna\", \"sales\");\nlines::entr(\"support\");\nlines::enter(\"support\", #{ message: \"receptoin\" });\nlines::message(\"night\");\nlines::enter(\"support\", #{ message: \"\" });",
        &expect![[r#"
            main.rhai:3:14: unknown queue `suport` (did you mean `support`?)
            main.rhai:4:29: unknown queue `sale` (did you mean `sales`?)
            main.rhai:6:8: `lines` has no function `entr` (did you mean `enter`?)
            main.rhai:7:37: unknown box `receptoin` (did you mean `reception`?)
            main.rhai:8:16: unknown box `night`
        "#]],
    );
}

#[test]
fn menus_handle_the_keys_that_they_offer() {
    says(
        "import \"std/menu\" as menu;\nswitch menu::ask(\"main-menu\", #{ keys: [\"1\", \"2\"] }) {\n    \"1\" => play(\"welcome\"),\n    \"3\" => { play(\"goodbye\"); },\n}",
        &expect![[r#"
            main.rhai:2:14: the key `2` of this menu has no branch (add a branch, or `_ =>` for all others)
            main.rhai:4:5: the menu does not offer `3`
        "#]],
    );
    says(
        "import \"std/menu\" as menu;\nmenu::aks(\"main-menu\", #{});\nmenu::ask(\"main-menu\");",
        &expect![[r#"
        main.rhai:2:7: `menu` has no function `aks` (did you mean `ask`?)
        main.rhai:3:7: `menu::ask` takes 2 values, not 1
    "#]],
    );
}

#[test]
fn lookups_may_find_nothing_and_calls_end_once() {
    says(
        "let c = lookup(\"customers\", caller.number);\nlog(c.name);\nif c?.vip == true { log(c.name); }\nif c != () { log(c.name); }",
        &expect![[r#"
            main.rhai:2:5: `c` is `()` when nothing was found, and has no `name` then (write `c?.name`)
        "#]],
    );
    says(
        "let c = lookup(\"customers\", caller.number);\nif c == () || c.vip { reject(); }\nlog(c.name);",
        &expect![[""]],
    );
    says(
        "let c = lookup(\"customers\", caller.number);\nif c == () { log(1); }\nlog(c.name);",
        &expect![[r#"
        main.rhai:3:5: `c` is `()` when nothing was found, and has no `name` then (write `c?.name`)
    "#]],
    );
    says(
        "hangup();\nplay(\"goodbye\");",
        &expect![[r#"
        main.rhai:2:1: this is never reached: `hangup` has ended the call
    "#]],
    );
}

#[test]
fn imports_are_frozen_and_stay_in_the_project() {
    says(
        "import \"std/meny\" as menu;",
        &expect![[r#"
        main.rhai:1:8: there is no `std/meny` to import (did you mean `std/menu`?)
    "#]],
    );
    says(
        "import \"../x\" as x;",
        &expect![[r#"
        main.rhai:1:8: imports cannot leave the project: `..` and empty parts are refused
    "#]],
    );
    says(
        "let p = \"std/menu\";\nimport p as x;",
        &expect![[r#"
        main.rhai:2:8: an import names its file in quotes: it is frozen when the flow is published
    "#]],
    );
    says(
        "import \"main\" as x;",
        &expect![[r#"
        main.rhai:1:8: `main.rhai` imports itself by way of `main.rhai`
    "#]],
    );
}

#[test]
fn verbs_that_reach_nobody_are_named() {
    says(
        "sms(\"+7\", \"x\");\nemail(\"a@b.c\", \"s\", \"t\");\nwebhook(\"crm\", #{ any: 1 });\nlet a = http(\"https://crm.example/\");\nlog(a.status);",
        &expect![[r#"
            main.rhai:1:1: `sms` gives "refused": callwright.yaml has no `sms:`
            main.rhai:2:1: `email` gives "refused": callwright.yaml has no `mail:`
            main.rhai:3:9: unknown webhook `crm`
            main.rhai:4:9: `http` may ask nobody: callwright.yaml allows no host (add `http: { allow: [crm.example] }` to callwright.yaml)
            main.rhai:5:5: `a` is `()` when nothing was found, and has no `status` then (write `a?.status`)
        "#]],
    );
    let allow = vec![crate::config::web::HostPattern::parse("crm.example").unwrap()];
    let http = crate::config::HttpRules { allow, private: Vec::new() };
    let known = Known { reach: crate::config::Reach { http, ..Default::default() }, ..known() };
    let found = |url: &str| {
        let text = format!("http(\"{url}\");");
        let project: Sources = [("main.rhai".to_owned(), Arc::from(text.as_str()))].into();
        let flow = Flow::compile("main.rhai", &project, &crate::testing::library()).unwrap();
        flow.check(&known).iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(found("https://crm.example/orders"), "");
    assert!(found("https://crm.exmaple/").contains("does not allow host `crm.exmaple`"));
    assert!(found("crm.example/orders").contains("is no web address"));
}

#[test]
fn bookings_that_are_always_refused_are_named() {
    let text =
        "import \"std/callbacks\" as callbacks;\ncallback(#{ queue: \"support\" });\ncallbacks::book(\"suport\");";
    let project: Sources = [("main.rhai".to_owned(), Arc::from(text))].into();
    let flow = Flow::compile("main.rhai", &project, &crate::testing::library()).unwrap();
    let found = |known: &Known| flow.check(known).iter().map(|one| format!("{one}\n")).collect::<String>();
    expect![[r#"
        main.rhai:2:1: `callback` gives "refused": no row of `dial` lets anybody be called
        main.rhai:3:12: `callbacks::book` gives "refused": no row of `dial` lets anybody be called
        main.rhai:3:17: unknown queue `suport`
    "#]]
    .assert_eq(&found(&Known { dials_nobody: true, ..known() }));
    assert!(!found(&known()).contains("refused"));
}

#[test]
fn literal_values_that_a_verb_refuses_are_found_before_a_call() {
    says(
        "callback(#{ queue: \"support\", at: \"tomorrow\" });\ncallback(#{ queue: \"support\", at: \"2026-11-23 10:00\" });\npause_recording(#{ at_most: 2.hours });\npause_recording(#{ at_most: \"61m\" });\npause_recording(#{ at_most: 60.minutes });\nhttp(\"https://a.example\", #{ timeout: 31.seconds });",
        &expect![[r#"
            main.rhai:1:35: option `at` of `callback` is a date and a time like "2026-11-23 10:00", not "tomorrow"
            main.rhai:3:30: `at_most` of `pause_recording` is longer than nothing and an hour at most
            main.rhai:4:29: `at_most` of `pause_recording` is longer than nothing and an hour at most
            main.rhai:6:1: `http` may ask nobody: callwright.yaml allows no host (add `http: { allow: [crm.example] }` to callwright.yaml)
            main.rhai:6:41: option `timeout` of `http` is longer than nothing and at most 30 seconds
        "#]],
    );
}

#[test]
fn a_result_that_comes_after_the_call_is_named() {
    let text = "tag(\"result\", \"listened\");\nfn after_call(outcome) { tag(\"note\", 1); if outcome == \"served\" { tag(\"result\", \"x\"); } }";
    let project: Sources = [("main.rhai".to_owned(), Arc::from(text))].into();
    let flow = Flow::compile("main.rhai", &project, &crate::testing::library()).unwrap();
    let found = |known: &Known| flow.check(known).iter().map(ToString::to_string).collect::<Vec<_>>();
    let campaign = Known { campaign_flows: ["main.rhai".to_owned()].into(), ..known() };
    let late = "main.rhai:2:67: this does not become the contact's result: his row is written before `after_call` runs";
    assert_eq!(found(&campaign), [late]);
    assert!(found(&known()).is_empty());
}
