use std::path::Path;

use guard_core::Decision;
use guard_core::path::{FileName, Operation, RULES, Root};
use proptest::prelude::*;

use super::tree::Tree;

/// Paths over a few names that mean something in the tree.
fn paths() -> impl Strategy<Value = String> {
    let names = [
        "src",
        "main.rs",
        "..",
        ".",
        "",
        "in",
        "out",
        "out_file",
        "up",
        "here",
        ".env",
        "sub",
        "deep",
        "back",
        "away",
        "new",
        "loop_a",
        "dangling_out",
        "dangling_in",
        "env_link",
        "file.txt",
        "outside",
        "in_abs",
        "fifo",
        "in_chain",
    ];
    (any::<bool>(), prop::collection::vec(prop::sample::select(names.to_vec()), 1..7))
        .prop_map(|(absolute, names)| format!("{}{}", if absolute { "{root}/" } else { "" }, names.join("/")))
}

/// Failures to open that say nothing about confinement.
const HARMLESS: [&str; 3] = ["path-missing", "path-not-a-file", "path-not-a-directory"];

thread_local!(static TREE: Tree = Tree::new());

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_judged_fit_to_read_opens(path in paths()) {
        TREE.with(|tree| {
            let path = tree.expand(&path);
            if tree.root.judge("", &path, Operation::Read).decision() == Decision::Allow
                && let Err(error) = tree.root.resolve(&path).and_then(|name| name.open())
            {
                prop_assert!(HARMLESS.contains(&error.code()), "{path}: {}", error.code());
            }
            Ok(())
        })?;
    }

    #[test]
    fn what_opens_lies_inside(path in paths()) {
        TREE.with(|tree| {
            let name = tree.root.resolve(tree.expand(&path));
            if let Ok(mut file) = name.and_then(|name| name.open()) {
                let mut contents = String::new();
                std::io::Read::read_to_string(&mut file, &mut contents).unwrap();
                prop_assert!(contents.starts_with("root/") && !contents.ends_with(".env"), "{path}: {contents}");
            }
            Ok(())
        })?;
    }

    #[test]
    fn resolving_is_idempotent(path in paths()) {
        TREE.with(|tree| {
            if let Ok(once) = tree.root.resolve(tree.expand(&path)) {
                let twice = tree.root.resolve(once.path()).unwrap();
                prop_assert_eq!(once.relative(), twice.relative());
                if let Ok(found) = once.true_path() {
                    let again = tree.root.resolve(tree.root.path().join(&found)).unwrap().true_path().unwrap();
                    prop_assert_eq!(found, again);
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn no_text_is_too_much(text in ".{0,300}", operation in 0..4_usize) {
        let operation = [Operation::Read, Operation::Write, Operation::List, Operation::Delete][operation];
        TREE.with(|tree| {
            let judgement = tree.root.judge("", &text, operation);
            prop_assert_eq!(judgement.decision() == Decision::Allow, judgement.verdict().findings().is_empty());
            Ok(())
        })?;
    }

    #[test]
    fn a_file_name_is_one_name(text in ".{0,40}") {
        if let Ok(name) = FileName::parse(&text) {
            let components: Vec<_> = Path::new(name.as_str()).components().collect();
            prop_assert_eq!(components, [std::path::Component::Normal(text.as_ref())]);
        }
    }
}

#[test]
fn roots_pass_between_threads() {
    fn check<T: Clone + Send + Sync + 'static>() {}
    check::<Root>();
    check::<guard_core::path::Confined>();
}

#[test]
fn every_code_is_listed_once() {
    let codes: Vec<_> = RULES.iter().map(|rule| rule.code).collect();
    assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
}
