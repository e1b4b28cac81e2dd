use super::*;
use expect_test::{Expect, expect};

const MAIN: &str = "import \"helper\" as helper;\nanswer();\nhangup();\n";

fn clinic(config: &str) -> SourceTree {
    SourceTree::default().with(CONFIG_FILE, config).with("main.rhai", MAIN).with("helper.rhai", "fn one() { 1 }\n")
}

fn compile(tree: &SourceTree) -> Result<Project, Diagnostics> {
    let read = |_: &str| Err(io::Error::from(io::ErrorKind::NotFound));
    Project::compile(tree, &Shipped::default(), Secrets { env: &|_| None, read: &read })
}

#[expect(clippy::needless_pass_by_value, reason = "expected texts are written in place")]
fn finds(tree: &SourceTree, expected: Expect) {
    expected.assert_eq(&compile(tree).map_or_else(|found| found, |project| project.diagnostics).render(false));
}

#[test]
fn a_project_knows_the_flow_of_each_number() {
    let tree = clinic("numbers: { \"+7495*\": sales.rhai, default: main.rhai }\n").with("sales.rhai", "hangup();");
    let project = compile(&tree).unwrap();
    assert_eq!(project.flow_for("+74951").unwrap().name(), "sales.rhai");
    assert_eq!(project.flow_for("201").unwrap().name(), "main.rhai");
    assert_eq!(project.flows.keys().collect::<Vec<_>>(), ["main.rhai", "sales.rhai"], "an imported file is no flow");
}

#[test]
fn a_version_names_the_content() {
    let tree = clinic("numbers: { default: main.rhai }\n");
    let first = compile(&tree).unwrap().version;
    assert_eq!(first.as_str().len(), 12);
    assert_eq!(compile(&tree.clone()).unwrap().version, first);
    assert_ne!(compile(&tree.clone().with("helper.rhai", "fn one() { 2 }\n")).unwrap().version, first);
    let mut louder = tree;
    louder.insert("sounds/en/welcome.wav", SourceFile::Sound { bytes: 1, hash: [1; 32] });
    let quiet = compile(&louder).unwrap().version;
    louder.insert("sounds/en/welcome.wav", SourceFile::Sound { bytes: 1, hash: [2; 32] });
    assert_ne!(compile(&louder).unwrap().version, quiet);
}

#[test]
fn a_project_is_shared_by_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Project>();
}

#[test]
fn holidays_are_read_from_the_projects_files() {
    let ics = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20270101\nEND:VEVENT\n";
    let tree = clinic("calendars: { office: { hours: always, holidays: [ru.ics] } }\n").with("ru.ics", ics);
    let office = &compile(&tree).unwrap().config.calendars["office"];
    assert!(!office.is_open("2027-01-01T12:00".parse().unwrap()));
    assert!(office.is_open("2027-01-02T12:00".parse().unwrap()));
}

#[test]
fn files_that_are_not_there_are_named() {
    let config = "numbers: { default: mian.rhai }\nqueues: { support: { music: hold/default } }\n\
        directories: { customers: { csv: customer.csv, key: phone } }\n\
        calendars: { office: { hours: always, holidays: [ru.ics, us.ics] } }\n";
    let tree = clinic(config).with("customers.csv", "phone\n").with("us.ics", "BEGIN:VEVENT\nRRULE:x\n");
    finds(
        &tree,
        expect![[r#"
            warning[unserved-queue]: no agent serves queue `support`
             --> callwright.yaml:2:11
              |
            2 | queues: { support: { music: hold/default } }
              |           ^^^^^^^
              |
              = help: write `queues: [support]` at an agent, or let `widen` add a queue

            error[missing-flow]: there is no flow `mian.rhai`
             --> callwright.yaml:1:21
              |
            1 | numbers: { default: mian.rhai }
              |                     ^^^^^^^^^
              |
              = help: did you mean `main.rhai`?

            warning[missing-prompt]: there is no prompt `hold/default`
             --> callwright.yaml:2:29
              |
            2 | queues: { support: { music: hold/default } }
              |                             ^^^^^^^^^^^^

            error[missing-file]: there is no file `customer.csv` in the project
             --> callwright.yaml:3:34
              |
            3 | directories: { customers: { csv: customer.csv, key: phone } }
              |                                  ^^^^^^^^^^^^
              |
              = help: did you mean `customers.csv`?

            error[missing-file]: there is no file `ru.ics` in the project
             --> callwright.yaml:4:50
              |
            4 | calendars: { office: { hours: always, holidays: [ru.ics, us.ics] } }
              |                                                  ^^^^^^
              |
              = help: did you mean `us.ics`?

            error[bad-calendar]: `us.ics`, line 2: `x` of `RRULE` is not supported, list the dates by `RDATE` or as events of their own
             --> callwright.yaml:4:58
              |
            4 | calendars: { office: { hours: always, holidays: [ru.ics, us.ics] } }
              |                                                          ^^^^^^
        "#]],
    );
}

#[test]
fn mistakes_in_configuration_and_flows_are_reported_together() {
    let tree = clinic("langauge: ru\ntrunks: { a: { address: a.example, pasword: hunter2 } }\n")
        .with("main.rhai", "answer(;\n");
    finds(
        &tree,
        expect![[r#"
        error[unknown-key]: unknown key `langauge` in `callwright.yaml`
         --> callwright.yaml:1:1
          |
        1 | langauge: ru
          | ^^^^^^^^
          |
          = help: did you mean `language`?

        error[unknown-key]: unknown key `pasword` in `trunks.a`
         --> callwright.yaml:2:36
          |
        2 | trunks: { a: { address: a.example, pasword: ******* } }
          |                                    ^^^^^^^
          |
          = help: did you mean `password`?

        error[syntax]: unexpected ';'
         --> main.rhai:1:8
          |
        1 | answer(;
          |        ^
    "#]],
    );
    finds(
        &SourceTree::default(),
        expect![[r#"
        error[no-project]: there is no `callwright.yaml`
         |
         = help: `callwright new DIR` makes a project that works
    "#]],
    );
}

#[test]
fn limits_hold() {
    let mut tree = clinic("").with("long.rhai", &"// x\n".repeat(50_000));
    tree.insert("bytes.rhai", SourceFile::Bytes(Arc::from([0xff_u8, 0xfe].as_slice())));
    for number in 0..FILES_MAX {
        tree.insert(format!("sounds/en/{number}.wav"), SourceFile::Sound { bytes: 0, hash: [0; 32] });
    }
    finds(
        &tree,
        expect![[r#"
        error[too-many-files]: the project has 1005 files, at most 1000 are read

        error[not-utf-8]: `bytes.rhai` is not written in UTF-8
        --> bytes.rhai

        error[too-large]: `long.rhai` is longer than 200 KiB
        --> long.rhai
    "#]],
    );
}

#[test]
fn a_list_that_cannot_be_read_does_not_pass_for_an_empty_one() {
    let outgoing = "outgoing: { debts: { flow: main.rhai, show: \"100\", list: list.csv, do_not_call: never.csv } }\n";
    let mut tree =
        clinic(&format!("dial: [{{ to: \"sip:*@a.example\" }}]\n{outgoing}")).with("main.rhai", "answer();\n");
    // As a spreadsheet of Windows saves Cyrillic.
    tree.insert("list.csv", SourceFile::Bytes(b"phone,name\n+71,\xc0\xed\xed\xe0\n".as_slice().into()));
    tree.insert("never.csv", SourceFile::Sound { bytes: 9 << 20, hash: [0; 32] });
    let told = compile(&tree).err().unwrap().render(false);
    for file in ["list.csv", "never.csv"] {
        assert!(told.contains(&format!("the list `{file}` cannot be read")), "{told}");
    }
}
