//! Flows that suspend, resume, fail and end.

use std::sync::Arc;

use expect_test::expect;

use super::*;
use crate::effect::Effect;
use crate::flow::Flow;
use crate::source::Sources;

fn flow(text: &str) -> Flow {
    flow_of(&[("main.rhai", text)])
}

fn flow_of(files: &[(&str, &str)]) -> Flow {
    let project: Sources = files.iter().map(|(file, text)| ((*file).to_owned(), Arc::from(*text))).collect();
    Flow::compile("main.rhai", &project, &crate::testing::library()).expect("the flow compiles")
}

#[test]
fn a_flow_suspends_at_each_verb_and_goes_on_with_the_answer() {
    let flow = flow("play(\"welcome\");\nlet key = collect(#{ max: 1 });\nif key == \"1\" { play(\"one\"); }");
    let (mut run, step) = flow.start(CallerCard::default());
    let Step::Effect(Effect::Play(play), place) = step else { panic!("{step:?}") };
    assert_eq!((play.prompts, place.to_string()), (vec!["welcome".to_owned()], "main.rhai:1".to_owned()));
    let step = run.resume(EffectResult::Done);
    let Step::Effect(Effect::Collect(_), place) = step else { panic!("{step:?}") };
    assert_eq!((place.line, place.column), (2, 11));
    let step = run.resume(EffectResult::Digits("1".to_owned()));
    let Step::Effect(Effect::Play(play), _) = step else { panic!("{step:?}") };
    assert_eq!(play.prompts, ["one"]);
    assert!(matches!(run.resume(EffectResult::Done), Step::Finished));
    assert!(matches!(run.resume(EffectResult::Done), Step::Ended));
}

#[test]
fn no_script_can_catch_a_hang_up() {
    let flow = flow("loop { try { play(\"a\"); } catch { play(\"b\"); } }");
    let (mut run, _) = flow.start(CallerCard::default());
    assert!(matches!(run.resume(EffectResult::HungUp), Step::Ended));
}

#[test]
fn a_failure_points_at_the_culprit_in_the_imported_file() {
    let flow = flow_of(&[
        ("main.rhai", "import \"lib/greet\" as greet;\ngreet::hello();\n"),
        ("lib/greet.rhai", "import \"./deep\" as deep;\nfn hello() { deep::er(1); }"),
        ("lib/deep.rhai", "fn er(n) {\n    play(n);\n}"),
    ]);
    let (_, step) = flow.start(CallerCard::default());
    let Step::Failed(failure) = step else { panic!("{step:?}") };
    expect![["lib/deep.rhai:2:5: the prompt of `play` is a text or an array of texts, not a whole number"]]
        .assert_eq(&failure.to_string());
    expect![[r#"
        in er, called from lib/greet.rhai:2
        in hello, called from main.rhai:2"#]]
    .assert_eq(&failure.help.join("\n"));
}

/// Answers every effect with `Done` or a fitting value until the flow ends; gives what it asked for.
fn asked(flow: &Flow) -> Vec<String> {
    let (mut run, mut step) =
        flow.start(CallerCard { number: "+7495".into(), language: "ru".into(), ..CallerCard::default() });
    let mut asked = Vec::new();
    loop {
        let answer = match &step {
            Step::Effect(Effect::Collect(_), _) => EffectResult::Digits("1".into()),
            Step::Effect(Effect::Now, _) => EffectResult::Text("2026-03-02T09:05:00+03:00".into()),
            Step::Effect(Effect::Open(_), _) => EffectResult::Bool(true),
            Step::Effect(Effect::Lookup(_), _) => {
                EffectResult::Value(serde_json::json!({ "name": "Anna", "vip": true, "debt": 3 }))
            }
            Step::Effect(Effect::FindAgent(who), _) if who == "nobody" => EffectResult::Value(serde_json::Value::Null),
            Step::Effect(Effect::FindAgent(_), _) => EffectResult::Value(serde_json::json!({
                "id": "anna", "name": "Anna", "extension": "201", "mobile": null, "state": "ready", "reason": "",
                "queues": ["support"], "skills": { "english": 3 }, "on_call": false,
            })),
            Step::Effect(Effect::CheckPin { pin, .. }, _) => EffectResult::Bool(pin == "4711"),
            Step::Effect(Effect::CheckBoxPin { pin, .. }, _) => EffectResult::Bool(pin == "1234"),
            Step::Effect(Effect::SetAgent(_) | Effect::Supervise { .. }, _) => EffectResult::Word("done".into()),
            Step::Effect(Effect::ChangeMessage(_) | Effect::SetGreeting { .. }, _) => EffectResult::Word("done".into()),
            Step::Effect(Effect::Messages(_), _) => EffectResult::Value(serde_json::json!([
                { "id": 3, "box": "desk", "from": "+4930", "urgent": true, "seconds": 12, "file": "recordings/1.wav" },
            ])),
            Step::Effect(Effect::QueueState(_), _) => EffectResult::Value(serde_json::json!({
                "waiting": 3, "longest_wait": 75.5, "agents_free": 0, "agents_on_duty": 2, "expected_wait": null,
            })),
            Step::Effect(Effect::Random { high, .. }, _) => EffectResult::Number(*high),
            Step::Effect(Effect::Record(_), _) => EffectResult::Recorded {
                file: "r/1.wav".into(),
                length: std::time::Duration::from_secs(7),
                ended_by: "silence".into(),
            },
            Step::Effect(Effect::Bridge(_), _) => EffectResult::Bridged(model::BridgeResult::NoAnswer),
            Step::Effect(Effect::Queue(_) | Effect::Transfer(_) | Effect::Voicemail(_) | Effect::Callback(_), _) => {
                EffectResult::Word("failed".into())
            }
            Step::Effect(..) => EffectResult::Done,
            Step::Finished => return asked,
            Step::Failed(failure) => {
                asked.push(failure.to_string());
                return asked;
            }
            Step::Ended => {
                asked.push("ended".into());
                return asked;
            }
        };
        if let Step::Effect(effect, place) = &step {
            asked.push(format!("{}: {effect:?}", place.line));
        }
        step = run.resume(answer);
    }
}

/// The lines that a flow logs.
fn logged(text: &str) -> Vec<String> {
    let asked = asked(&flow(text));
    asked
        .iter()
        .filter_map(|line| line.split_once("Log(").map(|(_, text)| text.trim_end_matches(')').replace('"', "")))
        .collect()
}

#[test]
fn the_caller_is_seen_in_functions_and_modules() {
    let flow = flow_of(&[
        ("main.rhai", "import \"lib/greet\" as greet;\nfn own() { log(caller.number); }\nown();\ngreet::hello();"),
        ("lib/greet.rhai", "fn hello() { log(caller.language); caller.language = \"fa\"; log(caller.language); }"),
    ]);
    expect![[r#"
        [
            "2: Log(\"+7495\")",
            "1: Log(\"ru\")",
            "1: Language(\"fa\")",
            "1: Log(\"fa\")",
        ]"#]]
    .assert_eq(&format!("{:#?}", asked(&flow)));
}

#[test]
fn two_runs_of_one_flow_do_not_see_each_other() {
    let flow = flow("tag(\"who\", caller.number);\nwait(1.seconds);\nlog(caller.tags.who);");
    let card = |number: &str| CallerCard { number: number.into(), ..CallerCard::default() };
    let (mut one, _) = flow.start(card("1"));
    let (mut two, _) = flow.start(card("2"));
    for run in [&mut two, &mut one] {
        assert!(matches!(run.resume(EffectResult::Done), Step::Effect(Effect::Wait(_), _)));
    }
    let Step::Effect(Effect::Log(line), _) = one.resume(EffectResult::Done) else { panic!() };
    assert_eq!(line, "1");
    let Step::Effect(Effect::Log(line), _) = two.resume(EffectResult::Done) else { panic!() };
    assert_eq!(line, "2");
    assert_eq!(two.card().tags["who"], "2");
}

#[test]
fn tags_and_headers_that_are_not_there_are_nothing() {
    assert_eq!(logged("log(caller.tags.blocked == true); log(type_of(caller.headers[\"x-a\"]));"), ["false", "()"]);
}

#[test]
fn durations_carry_units() {
    assert_eq!(
        logged(
            "log(20.seconds); log(1.minutes + 30.seconds); log(2.seconds < 1.minutes); log(1.5.seconds); log(250.ms); log(`in ${5.minutes}`);"
        ),
        ["20s", "1m30s", "true", "1.5s", "250ms", "in 5m"]
    );
}

#[test]
fn verbs_give_what_they_promise() {
    let lines = logged(
        "let r = record(\"complaint\"); log(r.seconds); log(r.ended_by);
         let c = lookup(\"customers\", caller.number); log(c.name); log(c.debt + 1);
         let n = now(); log(n.weekday); log(n.hour); log(n);
         log(bridge(\"201\")); log(random(1, 6)); log(open(\"office\")); log(voicemail(\"a\"));
         print(\"printed\");",
    );
    assert_eq!(
        lines,
        [
            "7",
            "silence",
            "Anna",
            "4",
            "monday",
            "9",
            "2026-03-02T09:05:00+03:00",
            "no_answer",
            "6",
            "true",
            "failed",
            "printed"
        ]
    );
}

#[test]
fn a_mailbox_is_listened_to_and_changed() {
    let flow = flow(
        "if check_box_pin(\"desk\", \"1234\") { for m in messages(\"desk\") { play_recording(m.file);
           log(mark_message(m.id, if m.urgent { \"heard\" } else { \"deleted\" })); log(forward_message(m.id, \"anna\")); } }
         log(set_greeting(\"desk\", \"temporary\")); log(set_greeting(\"desk\", \"busy\", \"recordings/1.wav\"));
         log(voicemail(\"desk\", #{ greeting: \"closed\" }));",
    );
    let asked: Vec<String> = asked(&flow).into_iter().filter(|line| !line.contains("Messages(")).collect();
    expect![[r#"
        [
            "1: CheckBoxPin { mailbox: \"desk\", pin: \"1234\" }",
            "1: PlayRecording { file: \"recordings/1.wav\", barge_in: true }",
            "2: ChangeMessage(ChangeMessage { message: 3, to: State(Heard), by: \"+7495\" })",
            "2: Log(\"done\")",
            "2: ChangeMessage(ChangeMessage { message: 3, to: Forward(\"anna\"), by: \"+7495\" })",
            "2: Log(\"done\")",
            "3: SetGreeting { mailbox: \"desk\", greeting: \"temporary\", file: None }",
            "3: Log(\"done\")",
            "3: SetGreeting { mailbox: \"desk\", greeting: \"busy\", file: Some(\"recordings/1.wav\") }",
            "3: Log(\"done\")",
            "4: Voicemail(Voicemail { mailbox: \"desk\", greeting: Some(\"closed\") })",
            "4: Log(\"failed\")",
        ]"#]]
    .assert_eq(&format!("{asked:#?}"));
}

#[test]
fn agents_and_queues_are_maps_and_words() {
    let lines = logged(
        "let a = agent(\"201\"); log(a.id); log(a.skills.english); log(a.on_call); log(a.mobile == \"\"); log(agent(\"nobody\")?.name == ());
         log(check_pin(a.id, \"4711\")); log(check_pin(a.id, \"1\"));
         log(set_agent(a.id, \"ready\", #{ at: \"+49\" })); log(supervise(a.id, \"whisper\"));
         let q = queue_state(\"support\"); log(q.waiting); log(q.longest_wait); log(q.expected_wait == ());",
    );
    assert_eq!(lines, ["anna", "3", "false", "true", "true", "true", "false", "done", "done", "3", "1m15s", "true"]);
}

#[test]
fn a_variable_keeps_its_value_when_a_verb_or_the_library_has_used_it() {
    let lines = logged(
        "import \"std/menu\" as menu;
         let who = \"201\"; bridge(who); log(who);
         let options = #{ keys: [\"1\"] }; let prompt = \"main\"; menu::ask(prompt, options); log(prompt); log(options.keys.len());
         fn call_twice(to) { bridge(to); bridge(to); log(to); } call_twice(who);
         fn found(directory, key) { let gone = if key == \"\" { false } else { lookup(directory, key) != () }; log(directory); tag(\"t\", directory); log(directory); }
         found(\"customers\", \"1\");",
    );
    assert_eq!(lines, ["201", "main", "1", "201", "customers", "customers"]);
}

#[test]
fn what_agents_are_told_reaches_the_switchboard_as_written() {
    let flow = flow(
        "set_agent(\"anna\", \"not_ready\", #{ reason: \"lunch\" }); set_agent(\"anna\", \"one_call\");
         supervise(\"anna\", \"join\"); set_agent(\"anna\", \"signed_out\", #{ reason: \"late\" });",
    );
    expect![[r#"
        1: SetAgent(SetAgent { agent: "anna", to: NotReady { reason: "lunch" } })
        1: SetAgent(SetAgent { agent: "anna", to: OneCall })
        2: Supervise { agent: "anna", how: Join }
        main.rhai:2:37: option `reason` of `set_agent` belongs to `not_ready`, not to `signed_out`"#]]
    .assert_eq(&asked(&flow).join("\n"));
}

#[test]
fn the_standard_menu_asks_again_and_gives_the_key() {
    let flow = flow(
        "import \"std/menu\" as menu;\nlog(menu::ask(\"main\", #{ keys: [\"1\", \"2\"] }));\nlog(menu::ask(\"x\", #{ keys: [\"5\"], tries: 2, otherwise: \"0\" }));\nlog(menu::confirm(\"sure\"));\nlog(menu::digits(\"pin\", #{ max: 4, secret: true }));",
    );
    let asked = asked(&flow);
    let short: Vec<&str> = asked
        .iter()
        .filter_map(|line| line.split_once(": ").map(|(_, effect)| effect))
        .filter(|e| !e.starts_with("Collect"))
        .collect();
    assert_eq!(
        short,
        [
            "Log(\"1\")",
            "Play(Play { prompts: [\"menu-invalid\"], barge_in: true })",
            "Log(\"0\")",
            "Log(\"true\")",
            "Log(\"1\")"
        ]
    );
}

#[test]
fn a_misspelt_option_of_a_menu_is_named() {
    let flow = flow("import \"std/menu\" as menu;\nmenu::ask(\"main\", #{ keys: [\"1\"], trys: 2 });");
    let asked = asked(&flow);
    assert_eq!(asked, ["main.rhai:2:7: unknown option `trys` of menu::ask"]);
}

#[test]
fn after_call_runs_without_audio_and_without_the_main_path() {
    let flow = flow(
        "const X = 5;\nplay(\"welcome\");\nfn after_call(outcome) {\n    log(outcome.result + global::X);\n    play(\"x\");\n}",
    );
    assert!(flow.has_after_call());
    let outcome = [("result".to_owned(), serde_json::json!("served"))].into();
    let (mut run, step) = flow.start_after_call(CallerCard::default(), &outcome);
    let Step::Effect(Effect::Log(line), _) = step else { panic!("{step:?}") };
    assert_eq!(line, "served5");
    let Step::Failed(failure) = run.resume(EffectResult::Done) else { panic!() };
    assert_eq!(failure.to_string(), "main.rhai:5:5: `play` cannot be used in `after_call`: the caller is gone");
}

#[test]
fn a_suspended_run_can_be_dropped_and_its_stack_is_used_again() {
    let flow = flow(
        "fn deep(n) { if n > 0 { deep(n - 1) } else { loop { play(\"a\"); } } }\ntry { deep(10); } catch { play(\"b\"); }",
    );
    for _ in 0..1_000 {
        let (run, step) = flow.start(CallerCard::default());
        assert!(matches!(step, Step::Effect(Effect::Play(_), _)));
        drop(run);
    }
}

#[test]
fn a_loop_without_waiting_is_stopped_and_one_with_waiting_is_not() {
    let busy = flow("loop { log(\"x\"); }");
    let lines = asked(&busy);
    assert!(lines.last().unwrap().contains("runs in circles"), "{:?}", lines.last());
    let patient = flow("for i in 0..3 { let n = 0; while n < 150000 { n += 1; } wait(1.seconds); }");
    assert_eq!(asked(&patient).len(), 3);
}

#[test]
fn verbs_at_the_top_of_an_import_are_refused_when_it_is_compiled() {
    let project: Sources = [("main.rhai", "import \"a\" as a;"), ("a.rhai", "\nplay(\"x\");")]
        .map(|(f, t)| (f.to_owned(), Arc::from(t)))
        .into();
    let found = Flow::compile("main.rhai", &project, &crate::testing::library()).unwrap_err();
    assert_eq!(
        found[0].to_string(),
        "a.rhai:2:1: `play` cannot be used at the top of an imported file, put it into a function"
    );
}

#[test]
fn the_hash_names_everything_that_is_used() {
    let hash = |greet: &str| {
        flow_of(&[("main.rhai", "import \"greet\" as g; g::f();"), ("greet.rhai", greet)]).hash().to_owned()
    };
    assert_eq!(hash("fn f() { 1 }"), hash("fn f() { 1 }"));
    assert_ne!(hash("fn f() { 1 }"), hash("fn f() { 2 }"));
}

#[test]
fn what_a_menu_plays_belongs_to_the_line_that_asked() {
    let flow = flow("import \"std/menu\" as menu;\n\nmenu::ask(\"main\", #{ keys: [\"1\"] });\nlog(\"next\");");
    let asked = asked(&flow);
    let lines: Vec<&str> = asked.iter().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(lines, ["3", "4"]);
    let (mut run, _) = flow.start(CallerCard::default());
    assert!(matches!(run.resume(EffectResult::HungUp), Step::Ended));
}
