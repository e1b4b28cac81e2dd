//! `callwright check`

use expect_test::expect;

use crate::vocabulary::{callwright, folder, project};

const CONFIG: &str = "name: Shop\nnumbers: { default: main.rhai }\n";

#[test]
fn a_good_project_is_ok() {
    let shop = project(&[("callwright.yaml", CONFIG), ("main.rhai", "answer();\nhangup();\n")]);
    let done = callwright(shop.path(), &["check"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.out.starts_with("ok: Shop, 1 flow, version "), "{done:?}");
}

#[test]
fn mistakes_are_shown_where_they_are() {
    let shop = project(&[("callwright.yaml", CONFIG), ("main.rhai", "answer();\nplya(\"goodbye\");\nhangup();\n")]);
    let done = callwright(shop.path(), &["check"]);
    assert_eq!(done.code, 2, "{done:?}");
    expect![[r#"
        error[unknown-function]: unknown function `plya`
         --> main.rhai:2:1
          |
        2 | plya("goodbye");
          | ^^^^
          |
          = help: did you mean `play`?

        failed: 1 error
    "#]]
    .assert_eq(&done.out);
}

#[test]
fn a_misspelt_key_of_the_configuration_is_shown_where_it_is() {
    let config = "name: Shop\nnumbrs: { default: main.rhai }\n";
    let shop = project(&[("callwright.yaml", config), ("main.rhai", "answer();\n")]);
    let done = callwright(shop.path(), &["check"]);
    assert_eq!(done.code, 2, "{done:?}");
    expect![[r#"
        error[unknown-key]: unknown key `numbrs` in `callwright.yaml`
         --> callwright.yaml:2:1
          |
        2 | numbrs: { default: main.rhai }
          | ^^^^^^
          |
          = help: did you mean `numbers`?

        failed: 1 error
    "#]]
    .assert_eq(&done.out);
}

#[test]
fn a_missing_prompt_is_shown_where_it_is() {
    let shop = project(&[("callwright.yaml", CONFIG), ("main.rhai", "play(\"goodby\");\n")]);
    let done = callwright(shop.path(), &["check"]);
    expect![[r#"
        error[missing-prompt]: there is no prompt `goodby`
         --> main.rhai:1:6
          |
        1 | play("goodby");
          |      ^^^^^^^^
          |
          = help: did you mean `goodbye`?

        failed: 1 error
    "#]]
    .assert_eq(&done.out);
}

#[test]
fn json_has_the_same_findings() {
    let shop = project(&[("callwright.yaml", CONFIG), ("main.rhai", "plya(\"goodbye\");\n")]);
    let done = callwright(shop.path(), &["check", "--json"]);
    assert_eq!(done.code, 2);
    let json = done.json();
    assert_eq!(json["passed"], false);
    assert_eq!(json["diagnostics"][0]["file"], "main.rhai");
    assert_eq!(json["diagnostics"][0]["line"], 1);
}

#[test]
fn what_is_no_project_cannot_be_checked() {
    let nothing = folder();
    let done = callwright(nothing.path(), &["check"]);
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    expect![[r#"
        error: there is no `callwright.yaml` in `.`; `callwright new DIR` makes a project that works
    "#]]
    .assert_eq(&done.err);
    assert_eq!(callwright(nothing.path(), &["check", "nowhere"]).code, 2);
    assert_eq!(callwright(nothing.path(), &["chekc"]).code, 2);
}

#[test]
fn secrets_are_not_printed() {
    let config = "name: Shop\nnumbers: { default: main.rhai }\nagents:\n  anna: { extension: \"201\", password: hunter2hunter2, nmae: Anna }\n";
    let shop = project(&[("callwright.yaml", config), ("main.rhai", "answer();\n")]);
    for arguments in [&["check"][..], &["check", "--json"][..]] {
        let done = callwright(shop.path(), arguments);
        assert_eq!(done.code, 2, "{done:?}");
        assert!(!format!("{done:?}").contains("hunter2"), "{done:?}");
    }
}
