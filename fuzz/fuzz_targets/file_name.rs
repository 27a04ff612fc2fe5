#![no_main]
//! Oracle: an accepted name is one component that stays as it is, and the verdict allows nothing that is not accepted.

use std::path::{Component, Path};

use guard_core::Decision;
use guard_core::path::FileName;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let verdict = FileName::judge(text);
    match FileName::parse(text) {
        Err(error) => {
            assert_eq!(verdict.decision(), Decision::Deny);
            assert_eq!(verdict.findings()[0].code(), error.code());
        }
        Ok(name) => {
            assert_eq!(name.as_str(), text);
            let components: Vec<_> = Path::new(text).components().collect();
            assert_eq!(components, [Component::Normal(text.as_ref())]);
            assert!(text.len() <= FileName::MAX && !text.contains(['/', '\\', '\0']));
            assert!(!text.chars().any(char::is_control));
            // What Windows would turn into another name.
            assert!(!text.ends_with(['.', ' ']) && !text.contains(':'));
        }
    }
});
