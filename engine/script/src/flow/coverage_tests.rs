//! Which lines count, and which are reached.

use std::collections::BTreeMap;
use std::sync::Arc;

use expect_test::expect;

use super::*;
use crate::effect::EffectResult;
use crate::testing::library;

/// Each line of `main.rhai` with `+` when all of it ran, `-` when something did not, and nothing when it does not count.
fn reached(main: &str, others: &[(&str, &str)]) -> String {
    let coverage = Coverage::default();
    let mut project: BTreeMap<String, Arc<str>> =
        others.iter().map(|(file, text)| ((*file).to_owned(), (*text).into())).collect();
    project.insert("main.rhai".to_owned(), main.into());
    let flow = Flow::compile_watched("main.rhai", &project, &library(), &coverage).expect("the flow compiles");
    let (mut run, mut step) = flow.start(CallerCard::default());
    while let Step::Effect(..) = step {
        step = run.resume(EffectResult::Done);
    }
    assert!(matches!(step, Step::Finished), "{step:?}");
    assert!(coverage.unmarked().is_empty(), "{:?}", coverage.unmarked());
    let files = coverage.files();
    let file = files.iter().find(|file| file.file == "main.rhai").unwrap();
    let missed = file.missed_lines();
    let points = coverage_lines(&coverage);
    let sign = |line: u32| match (points.contains(&line), missed.contains(&line)) {
        (false, _) => ' ',
        (true, true) => '-',
        (true, false) => '+',
    };
    (1..).zip(main.lines()).map(|(line, text)| format!("{} {text}", sign(line)).trim_end().to_owned() + "\n").collect()
}

/// Lines of `main.rhai` that count.
fn coverage_lines(coverage: &Coverage) -> Vec<u32> {
    coverage.lines("main.rhai")
}

#[test]
fn branches_that_do_not_run_are_found_wherever_they_stand() {
    let flow = r#"//! A flow.
const OFFICE = "office"; // a constant
let x = 3;
if x == 3 { x += 1; } else { x = 9; }
if x == 9 {
    x = 10;
} else if x == 8 {
    x = 11;
} else {
    x = 4;
}
switch x {
    1 => x = 2, // never
    2 | 3 => { x = 1; }
    4 if x > 9 => log("never"),
    4 => log(`x is ${ if x > 3 { "big" } else { "small" } }`),
    _ => { log("no, never") }
}
let next = |a| a + 1;
let y = twice(next.call(x), [1, 2], #{ a: 1 });
while y > 0 { y -= 5; if y < 3 { break; } }
let z = switch y { 1 => "one", _ => "many" };
(z + "!").len();
try { throw "up"; } catch (error) { log(error); }
loop { break; }

/// Twice `a`.
fn twice(a, list, card) {
    if a > 100 {
        return 1;
    }
    for one in list { a += one; }
    a * 2 + card.a
}

fn never() { 7 }
"#;
    expect![[r#"
          //! A flow.
        + const OFFICE = "office"; // a constant
        + let x = 3;
        - if x == 3 { x += 1; } else { x = 9; }
        + if x == 9 {
        -     x = 10;
          } else if x == 8 {
        -     x = 11;
          } else {
        +     x = 4;
          }
        + switch x {
        -     1 => x = 2, // never
        -     2 | 3 => { x = 1; }
        -     4 if x > 9 => log("never"),
        -     4 => log(`x is ${ if x > 3 { "big" } else { "small" } }`),
        -     _ => { log("no, never") }
          }
        + let next = |a| a + 1;
        + let y = twice(next.call(x), [1, 2], #{ a: 1 });
        + while y > 0 { y -= 5; if y < 3 { break; } }
        - let z = switch y { 1 => "one", _ => "many" };
          (z + "!").len();
        + try { throw "up"; } catch (error) { log(error); }
        + loop { break; }

          /// Twice `a`.
          fn twice(a, list, card) {
        +     if a > 100 {
        -         return 1;
              }
        +     for one in list { a += one; }
        +     a * 2 + card.a
          }

        - fn never() { 7 }
    "#]]
    .assert_eq(&reached(flow, &[]));
}

#[test]
fn modules_of_the_project_count_and_the_library_does_not() {
    let main = "import \"std/menu\" as menu;\nimport \"hours\" as hours;\nhours::tell(1);\nif hours::LATE { hours::tell(2); }\n";
    let hours =
        "export const LATE = false;\nfn tell(what) {\n    if what == 2 { log(\"two\"); }\n    log(\"one\");\n}\n";
    expect![[r#"
        + import "std/menu" as menu;
        + import "hours" as hours;
        + hours::tell(1);
        - if hours::LATE { hours::tell(2); }
    "#]]
    .assert_eq(&reached(main, &[("hours.rhai", hours)]));
}

#[test]
fn a_watched_flow_does_what_the_flow_does() {
    let text = "let x = if 2 > 1 { 1 } else { 2 };\nswitch x { 1 => log(\"one\"), _ => log(\"two\") }\nlog(`${x}`);";
    let project = BTreeMap::from([("main.rhai".to_owned(), Arc::from(text))]);
    let told = |flow: Flow| {
        let (mut run, mut step) = flow.start(CallerCard::default());
        let mut told = Vec::new();
        while let Step::Effect(effect, place) = step {
            told.push(format!("{effect:?} at {}:{}", place.file, place.line));
            step = run.resume(EffectResult::Done);
        }
        (told, format!("{step:?}"))
    };
    let plain = told(Flow::compile("main.rhai", &project, &library()).unwrap());
    let coverage = Coverage::default();
    assert_eq!(plain.0.len(), 2, "{plain:?}");
    assert_eq!(told(Flow::compile_watched("main.rhai", &project, &library(), &coverage).unwrap()), plain);
}
