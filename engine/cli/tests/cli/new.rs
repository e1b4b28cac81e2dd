//! `callwright new`

use crate::vocabulary::{callwright, folder, project};

#[test]
fn every_template_passes_its_own_tests() {
    let folder = folder();
    for template in ["office", "clinic", "vip", "shop", "bank", "hotline"] {
        let made = callwright(folder.path(), &["new", template, "--template", template]);
        assert_eq!(made.code, 0, "{made:?}");
        assert!(made.out.contains(&format!("callwright test {template}")), "{made:?}");
        let checked = callwright(folder.path(), &["check", template]);
        assert_eq!(checked.code, 0, "{checked:?}");
        let tested = callwright(folder.path(), &["test", template, "--json"]);
        assert_eq!(tested.code, 0, "{}", tested.out);
        assert!(tested.json()["run"].as_u64().unwrap() > 3, "{}", tested.out);
    }
}

#[test]
fn the_command_that_is_shown_next_calls_the_main_number() {
    let folder = folder();
    for (template, number) in [("office", "100"), ("shop", "+4940555100"), ("hotline", "+4930888000")] {
        assert_eq!(callwright(folder.path(), &["new", template, "--template", template]).code, 0);
        let call = callwright(folder.path(), &["simulate", template, "--press", "1", "--json"]);
        assert_eq!((call.code, call.json()["to"].as_str()), (0, Some(number)), "{call:?}");
    }
}

#[test]
fn nothing_is_written_into_a_folder_that_is_in_use() {
    let used = project(&[("thesis.txt", "years of work")]);
    let refused = callwright(used.path(), &["new", "."]);
    assert_eq!(refused.code, 2);
    assert_eq!(refused.err, "error: `.` is not empty; name a new folder\n");
    assert_eq!(std::fs::read_dir(used.path()).unwrap().count(), 1);
}
