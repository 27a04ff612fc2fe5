//! The rules' own examples, and that each rule and pattern is needed.

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::select;
use serde::Deserialize;

use super::fold::fold_path;
use super::index::{Index, is_ordinary, shapes};
use super::rule::{Shape, matches_name};
use super::{Kind, NameRule, Pattern, classify, classify_aimed, classify_pattern, rules};

#[derive(Deserialize)]
struct File {
    rule: Vec<Examples>,
}

#[derive(Deserialize)]
struct Examples {
    id: String,
    #[serde(rename = "match")]
    matches: Vec<String>,
    not_match: Vec<String>,
}

fn examples() -> Vec<(&'static NameRule, Examples)> {
    let texts = [include_str!("../../data/secret_names.toml"), include_str!("../../data/guarded_names.toml")];
    let files = texts.map(|text| toml::from_str::<File>(text).unwrap().rule);
    let examples: Vec<_> = rules().iter().zip(files.into_iter().flatten()).collect();
    assert!(examples.iter().all(|(rule, examples)| rule.id == examples.id));
    assert_eq!(examples.len(), rules().len());
    examples
}

#[test]
fn every_example_is_classified_by_its_rule() {
    let mut wrong = Vec::new();
    for (rule, examples) in examples() {
        let wanted = examples.matches.into_iter().map(|example| (example, Some(rule.id)));
        for (example, want) in wanted.chain(examples.not_match.into_iter().map(|example| (example, None))) {
            let found = classify(Path::new(&example)).map(|rule| rule.id);
            if found != want {
                wrong.push((rule.id, example, found));
            }
        }
    }
    assert_eq!(wrong, []);
}

#[test]
fn without_any_one_pattern_an_example_of_its_rule_is_unprotected() {
    let mut padding = Vec::new();
    for (rule, examples) in examples() {
        for &pattern in rule.patterns {
            let others = rules().iter().flat_map(|other| {
                let is_taken = move |its: &&&'static str| other.id == rule.id && **its == pattern;
                let kept = other.patterns.iter().filter(move |its| !is_taken(its));
                kept.map(move |its| Shape::new(other, its))
            });
            let index = Index::new(others);
            let is_protected = |example: &String| {
                index.classify(Path::new(example)).is_some_and(|found| found.kind >= rule.kind)
            };
            if examples.matches.iter().all(is_protected) {
                padding.push((rule.id, pattern));
            }
        }
    }
    assert_eq!(padding, []);
}

#[test]
fn without_any_one_exception_an_example_of_its_rule_is_refused() {
    let mut padding = Vec::new();
    for (rule, examples) in examples() {
        for exception in rule.except {
            let except: Vec<&'static str> =
                rule.except.iter().copied().filter(|other| other != exception).collect();
            let rule: &'static NameRule = Box::leak(Box::new(NameRule {
                id: rule.id,
                kind: rule.kind,
                reason: rule.reason,
                patterns: rule.patterns,
                except: Vec::leak(except),
            }));
            let index = Index::new(rule.shapes());
            let is_free = |example: &String| index.classify(Path::new(example)).is_none();
            if examples.not_match.iter().all(is_free) {
                padding.push((rule.id, *exception));
            }
        }
    }
    assert_eq!(padding, []);
}

#[test]
fn the_strictest_rule_wins() {
    #[track_caller]
    fn check(path: &str, want: Kind) {
        assert_eq!(classify(Path::new(path)).map(|rule| rule.kind), Some(want));
    }
    check(".claude/settings.json", Kind::GuardedDeny);
    check(".claude/.credentials.json", Kind::Secret);
    check(".github/workflows/.env", Kind::Secret);
    check(".config/git/config", Kind::GuardedDeny);
    check(".config/git/credentials", Kind::Secret);
    check(".idea/dataSources.xml", Kind::Secret);
    check(".idea/workspace.xml", Kind::GuardedAsk);
}

#[test]
fn bytes_that_are_not_text_are_names_like_others() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    #[track_caller]
    fn check(path: &[u8], want: Option<&str>) {
        assert_eq!(classify(Path::new(OsStr::from_bytes(path))).map(|rule| rule.id), want);
    }
    check(b"\xff/.env", Some("environment-file"));
    check(b".env.\xff", Some("environment-file"));
    check(b"\xff.key", Some("private-key-file"));
    check(b"\xff.env.example", None);
    check(b".e\xffnv", None);
}

#[test]
fn enough_is_covered() {
    let secret = rules().iter().filter(|rule| rule.kind == Kind::Secret);
    assert!(secret.clone().count() >= 38);
    assert!(secret.map(|rule| rule.patterns.len()).sum::<usize>() >= 200);
}

#[test]
fn a_pattern_without_holes_is_a_path() {
    for (_, examples) in examples() {
        for example in examples.matches.iter().chain(&examples.not_match) {
            let pattern = Pattern::new().text(example);
            let want = classify(Path::new(example)).map(|rule| rule.kind);
            assert_eq!(classify_pattern(&pattern).map(|rule| rule.kind), want, "{example:?}");
            assert_eq!(classify_aimed(&pattern).map(|rule| rule.kind), want, "{example:?}");
        }
    }
}

#[test]
fn a_hole_anywhere_in_an_example_keeps_it_protected() {
    for (rule, examples) in examples() {
        for example in &examples.matches {
            for (at, c) in example.char_indices().filter(|(_, c)| *c != '/') {
                let (before, after) = (&example[..at], &example[at + c.len_utf8()..]);
                let holes = [
                    Pattern::new().text(before).any_char().text(after),
                    Pattern::new().text(before).any_run(true).text(after),
                    Pattern::new().text(before).anything().text(after),
                    Pattern::new().text(before).anything(),
                    Pattern::new().anything().text(after),
                ];
                for pattern in holes {
                    let found = classify_pattern(&pattern).map(|rule| rule.kind);
                    assert!(found >= Some(rule.kind), "{example:?} {pattern:?} {found:?}");
                }
            }
        }
    }
}

/// Written as in a shell: `?`, `*` (no leading dot) and `$` for anything.
fn glob(text: &str) -> Pattern {
    text.chars().fold(Pattern::new(), |pattern, c| match c {
        '?' => pattern.any_char(),
        '*' => pattern.any_run(false),
        '$' => pattern.anything(),
        c => pattern.text(c.encode_utf8(&mut [0; 4])),
    })
}

#[test]
fn globs_that_are_aimed_at_a_protected_name() {
    #[track_caller]
    fn check(text: &str, want: Kind) {
        assert_eq!(classify_aimed(&glob(text)).map(|rule| rule.kind), Some(want), "{text}");
        assert!(classify_pattern(&glob(text)).is_some(), "{text}");
    }
    check(".e*v", Kind::Secret);
    check(".en?", Kind::Secret);
    check(".e*", Kind::Secret);
    check("?env", Kind::Secret);
    check("$/.env", Kind::Secret);
    check("$.env", Kind::Secret);
    check("sub/.env*", Kind::Secret);
    check(".??v", Kind::Secret);
    check("config/*.pem", Kind::Secret);
    check("config/*.k?y", Kind::Secret);
    check("i*_rsa", Kind::Secret);
    check("id_*", Kind::Secret);
    check("$/.ssh/$", Kind::Secret);
    check("/home/$/.ss?/*", Kind::Secret);
    check("~/.aws/cred*", Kind::Secret);
    check(".AW?/x", Kind::Secret);
    check("cred*.json", Kind::Secret);
    check("/etc/sha*", Kind::Secret);
    check("/etc/shado?", Kind::Secret);
    check("/proc/$/environ", Kind::Secret);
    check("/proc/*/env*", Kind::Secret);
    check(".git/hooks/*", Kind::GuardedDeny);
    check(".gi?/hoo*/pre-commit", Kind::GuardedDeny);
    check(".git/modules/*/config", Kind::GuardedDeny);
    check(".git/modules/$/config", Kind::GuardedDeny);
    check(".cl*/settings.json", Kind::GuardedDeny);
    check("*.kdbx", Kind::Secret);
    check("./.n*rc", Kind::Secret);
    // To a shell a backslash in a name is a character, so that the star stands for nothing here.
    check("dir\\*.ssh/id_rsa", Kind::Secret);
}

#[test]
fn globs_that_may_match_a_protected_name_by_accident() {
    #[track_caller]
    fn check(text: &str) {
        assert!(classify_pattern(&glob(text)).is_some(), "{text} may match");
        assert_eq!(classify_aimed(&glob(text)).map(|rule| rule.id), None, "{text} is not aimed");
    }
    check("*");
    check("$");
    check("src/*");
    check(".*");
    check("$/file.txt");
    check("*.json");
    check("config/*.y*ml");
    check("*.toml");
    check("$/config");
    check("$dir/*");
    check("docs/*.md");
    check("*/*");
    check("????");
    check("README*");
    check("Cargo.*");
}

#[test]
fn globs_of_ordinary_names() {
    #[track_caller]
    fn check(text: &str) {
        assert_eq!(classify_pattern(&glob(text)).map(|rule| rule.id), None, "{text}");
    }
    check("*.rs");
    check("src/*.rs");
    check("src/**/*.tsx");
    check("test_*.py");
    check(".env.example");
    check("*_test.go");
    check(".gitignor?");
    check("");
}

#[test]
fn an_endless_pattern_may_match_everything() {
    let long = Pattern::new().text(&"a/".repeat(Pattern::MAX_LEN)).text("README.md");
    assert_eq!(classify_pattern(&long).map(|rule| rule.kind), Some(Kind::Secret));
}

#[test]
fn an_exception_holds_behind_a_hole() {
    assert_eq!(
        classify_pattern(&glob("$/.env.example")).map(|rule| rule.kind),
        Some(Kind::Secret),
        "the hole itself"
    );
    assert_eq!(classify_aimed(&glob("$/.env.example")), None);
    assert_eq!(classify_aimed(&glob("*/.env.example")), None);
    assert_eq!(classify_aimed(&glob("$/id_rsa.pub")), None);
}

/// How strictly `path` is protected, by comparing every pattern with every part of it.
fn scan(path: &Path) -> Option<Kind> {
    let path = fold_path(path);
    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    let is_hit = |shape: &Shape| {
        (1..=names.len()).filter(|len| shape.is_tree || *len == names.len()).any(|len| {
            let parts: Vec<&str> = shape.body.split('/').collect();
            ends_with(&names[..len], &parts, shape.is_anchored.then_some(path.starts_with('/')))
                && !shape.is_excepted(names[len - 1])
        })
    };
    shapes().filter(is_hit).map(|shape| shape.rule.kind).max()
}

/// Whether the last of `names` match `parts`; all of them where it matters whether the path is absolute.
fn ends_with(names: &[&str], parts: &[&str], is_absolute: Option<bool>) -> bool {
    match (parts, names) {
        ([], []) => is_absolute != Some(false),
        ([], _) => is_absolute.is_none(),
        ([before @ .., "**"], _) => {
            (1..=names.len()).any(|some| ends_with(&names[..names.len() - some], before, is_absolute))
        }
        ([before @ .., part], [others @ .., name]) => {
            matches_name(part, name) && ends_with(others, before, is_absolute)
        }
        (_, []) => false,
    }
}

/// A name that no rule is about, all names of a pattern, or one of a rule, as they are or spelt otherwise.
fn some_name() -> impl Strategy<Value = String> {
    let with_runs = |pattern: &str| {
        let pattern = pattern.replace("**", "x/y");
        ["x", "", "a.b", "example"].map(|run| pattern.replace('*', run))
    };
    let plain = ["src", "main.rs", "README.md", "a b", "x.git", "docs", "~", "1"].map(String::from);
    let bodies: Vec<_> = shapes().flat_map(|shape| with_runs(shape.body)).collect();
    let parts = shapes().flat_map(|shape| shape.body.split('/').chain(shape.rule.except.iter().copied()));
    let mut parts: Vec<_> = parts.flat_map(with_runs).collect();
    parts.retain(|part| !part.is_empty());
    let others = "[ -~]{1,12}|\\PC{1,4}|\\.{3}".prop_map(|name| name.replace('/', "x"));
    let spelt = (prop_oneof![5 => select(bodies), 3 => select(parts), 1 => others], 0..12_u8);
    let spelt = spelt.prop_map(|(name, change)| match change {
        0 => name.to_uppercase(),
        1 => name + ".",
        2 => name + " ",
        3 => name.replace('s', "\u{17f}"),
        4 => name + "\\x",
        5 => format!("{name}/"),
        6 => format!("./{name}"),
        7 => format!("\u{200b}{name}"),
        _ => name,
    });
    prop_oneof![select(plain.to_vec()), spelt]
}

fn some_path() -> impl Strategy<Value = String> {
    (any::<bool>(), proptest::collection::vec(some_name(), 0..5))
        .prop_map(|(is_absolute, names)| format!("{}{}", if is_absolute { "/" } else { "" }, names.join("/")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn the_index_finds_what_a_comparison_with_every_pattern_finds(path in some_path()) {
        let path = Path::new(&path);
        prop_assert_eq!(classify(path).map(|rule| rule.kind), scan(path));
    }

    #[test]
    fn ordinary_paths_are_unprotected_also_joined(path in some_path()) {
        let is_protected = scan(Path::new(&path)).is_some();
        prop_assert!(!(is_protected && is_ordinary(Path::new(&path))));
        for (slash, _) in path.match_indices('/') {
            let (first, second) = (Path::new(&path[..slash]), Path::new(&path[slash + 1..]));
            prop_assert!(!(is_protected && is_ordinary(first) && is_ordinary(second)), "{slash}");
        }
    }
}

#[test]
fn names_that_need_no_second_look() {
    for path in [
        "README.md",
        "src/main.rs",
        "/home/user/project/Cargo.toml",
        "package.json",
        ".github/CONTRIBUTING.md",
        ".gitignore",
        "docs/config/index.html",
        "src/profile",
        "/tmp/.tmpA1b2C3",
        "app/models/user_history.rb",
        "a/b/c/",
        "//a//b",
        "keys.rs",
        "",
    ] {
        assert!(is_ordinary(Path::new(path)), "{path}");
    }
}
