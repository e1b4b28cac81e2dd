//! The shipped office and the examples pass their own tests, and would not pass other ones.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::Folder;

fn passes(folder: &str) {
    let report = Folder::open(folder).run_tests();
    assert!(!report.tests.is_empty(), "{folder} has tests");
    assert_eq!(report.verdict().is_ok(), report.failed() == 0);
    assert_eq!(report.failed(), 0, "\n{}{}", report.render(false), report.summary());
}

#[test]
fn the_office_passes_its_tests() {
    passes("scripts");
}

#[test]
fn the_clinic_passes_its_tests() {
    passes("examples/clinic");
}

#[test]
fn the_vip_desk_passes_its_tests() {
    passes("examples/vip");
}

#[test]
fn the_shop_passes_its_tests() {
    passes("examples/shop");
}

#[test]
fn the_bank_passes_its_tests() {
    passes("examples/bank");
}

#[test]
fn the_hotline_passes_its_tests() {
    passes("examples/hotline");
}

#[test]
fn the_collections_pass_their_tests() {
    passes("examples/collections");
}

#[test]
fn the_standard_library_passes_its_tests() {
    passes("engine/simulator/tests/stdlib");
}
