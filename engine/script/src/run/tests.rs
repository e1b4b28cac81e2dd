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
    let project: Sources = files
        .iter()
        .map(|(file, text)| ((*file).to_owned(), Arc::from(*text)))
        .collect();
    Flow::compile("main.rhai", &project, &crate::testing::library()).expect("the flow compiles")
}

#[test]
fn a_flow_suspends_at_each_verb_and_goes_on_with_the_answer() {
    let flow = flow(
        "play(\"welcome\");\nlet key = collect(#{ max: 1 });\nif key == \"1\" { play(\"one\"); }",
    );
    let (mut run, step) = flow.start(CallerCard::default());
    let Step::Effect(Effect::Play(play), place) = step else {
        panic!("{step:?}")
    };
    assert_eq!(
        (play.prompts, place.to_string()),
        (vec!["welcome".to_owned()], "main.rhai:1".to_owned())
    );
    let step = run.resume(EffectResult::Done);
    let Step::Effect(Effect::Collect(_), place) = step else {
        panic!("{step:?}")
    };
    assert_eq!((place.line, place.column), (2, 11));
    let step = run.resume(EffectResult::Digits("1".to_owned()));
    let Step::Effect(Effect::Play(play), _) = step else {
        panic!("{step:?}")
    };
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
        (
            "main.rhai",
            "import \"lib/greet\" as greet;\ngreet::hello();\n",
        ),
        (
            "lib/greet.rhai",
            "import \"./deep\" as deep;\nfn hello() { deep::er(1); }",
        ),
        ("lib/deep.rhai", "fn er(n) {\n    play(n);\n}"),
    ]);
    let (_, step) = flow.start(CallerCard::default());
    let Step::Failed(failure) = step else {
        panic!("{step:?}")
    };
    expect![[
        "lib/deep.rhai:2:5: the prompt of `play` is a text or an array of texts, not a whole number"
    ]]
    .assert_eq(&failure.to_string());
    expect![[r#"
        in er, called from lib/greet.rhai:2
        in hello, called from main.rhai:2"#]]
    .assert_eq(&failure.help.join("\n"));
}
