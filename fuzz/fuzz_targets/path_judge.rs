//! Judges paths in a small fixed tree and compares with a model that knows nothing of file systems.
//!
//! The first byte chooses the operation, the second the working directory, the rest is the path.
#![no_main]

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::LazyLock;

use guard_core::Decision;
use guard_core::names::classify;
use guard_core::path::{Operation, Root};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// Path and, for a link, its target; `/r` stands for the root.
const TREE: &[(&str, Option<&str>)] = &[
    ("a", None),
    ("a/b", None),
    ("a/b/c", None),
    ("d", None),
    ("d/in", Some("../a")),
    ("l", Some("a/b")),
    ("abs", Some("/r/d")),
    ("out", Some("../x")),
    ("etc", Some("/etc")),
    ("up", Some("..")),
    ("dot", Some(".")),
    ("new", Some("a/n/m")),
    ("gone", Some("../gone")),
    ("p", Some("q")),
    ("q", Some("p")),
    ("e", Some("d/.env")),
    ("deep", Some("l/../../d/in/b")),
];

static ROOT: LazyLock<(Root, TempDir)> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let base = dir.path().canonicalize().expect("its true path").join("r");
    std::fs::create_dir(&base).expect("the root");
    for (name, target) in TREE {
        match target {
            None => std::fs::create_dir(base.join(name)).expect("a directory"),
            Some(target) => {
                let target = target.strip_prefix("/r/").map_or((*target).into(), |below| base.join(below));
                symlink(target, base.join(name)).expect("a link");
            }
        }
    }
    (Root::open(base).expect("the root opens"), dir)
});

/// Where a path leads, or nothing if that is out of the root or nowhere. The last link may be what is meant.
fn follow(text: &str, keeps_last: bool) -> Option<String> {
    let mut at: Vec<String> = Vec::new();
    let mut todo: Vec<String> = text.rsplit('/').map(String::from).collect();
    let mut links = 0;
    while let Some(name) = todo.pop() {
        if name == ".." {
            at.pop()?;
        } else if !matches!(&*name, "" | ".") {
            at.push(name);
            let path = at.join("/");
            let is_last = todo.iter().all(|name| matches!(&**name, "" | "."));
            if let Some((_, Some(target))) = TREE.iter().find(|(name, _)| *name == path)
                && !(keeps_last && is_last)
            {
                at.pop();
                links += 1;
                if links > 40 {
                    return None;
                }
                let below = target.strip_prefix("/r/");
                if below.is_some() {
                    at.clear();
                } else if target.starts_with('/') {
                    return None;
                }
                todo.extend(below.unwrap_or(target).rsplit('/').map(String::from));
            }
        }
    }
    Some(at.join("/"))
}

/// The path with `..` taken away before anything is looked up, or nothing if it climbs out.
fn flatten(text: &str) -> Option<String> {
    let mut at: Vec<&str> = Vec::new();
    for name in text.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(at.pop()?),
            _ => at.push(name),
        }
    }
    Some(at.join("/"))
}

/// Names about which there are rules that the model does not know.
fn is_odd(path: &str) -> bool {
    classify(Path::new(path)).is_some()
        || path.split('/').any(|name| {
            let stem = name.split('.').next().unwrap_or_default();
            name.len() > 255 || name.ends_with('.') || matches!(stem, "con" | "prn" | "aux" | "nul")
        })
}

fuzz_target!(|data: &[u8]| {
    let [operation, cwd, text @ ..] = data else { return };
    let operation =
        [Operation::Read, Operation::Write, Operation::List, Operation::Delete][usize::from(operation % 4)];
    let cwd = ["", "a", "d/in"][usize::from(cwd % 3)];
    let Ok(text) = std::str::from_utf8(text) else { return };
    let root = &ROOT.0;
    let judgement = root.judge(cwd, text, operation);
    let allowed = judgement.decision() == Decision::Allow;
    assert_eq!(allowed, judgement.verdict().findings().is_empty(), "an answer without a reason");
    if allowed {
        assert!(!text.contains(char::is_control) && !text.contains(['\u{200b}', '\u{202e}']), "{text:?}");
        // A link that is removed may lead anywhere.
        if operation != Operation::Delete
            && let Err(error) = root.resolve_from(cwd, text).and_then(|name| name.metadata())
        {
            // What is opaque is free but for reading.
            let is_opaque = operation != Operation::Read && error.code() == "secret-file";
            let is_absent = matches!(error.code(), "path-missing" | "path-not-a-directory");
            assert!(is_absent || is_opaque, "{text:?}: {error:?}");
        }
    }
    // The model knows plain relative paths only, short enough for every limit.
    let is_plain = text.bytes().all(|byte| byte.is_ascii_lowercase() || b"./_".contains(&byte));
    if !is_plain || text.is_empty() || text.starts_with('/') || text.len() > 400 {
        return;
    }
    let end = text.rsplit('/').next();
    let keeps_last = operation == Operation::Delete && !matches!(end, None | Some("" | "." | ".."));
    let follow = |text: &str| follow(text, keeps_last);
    let text = format!("{cwd}/{text}");
    let flat = flatten(&text);
    match (follow(&text), flat.as_deref().and_then(follow)) {
        (Some(raw), Some(found)) => {
            let odd = [Some(&text), Some(&raw), flat.as_ref(), Some(&found)]
                .into_iter()
                .flatten()
                .any(|path| is_odd(path));
            let is_changed_root = (raw.is_empty() || found.is_empty())
                && matches!(operation, Operation::Write | Operation::Delete);
            if !odd {
                assert_eq!(
                    allowed,
                    flat.is_some() && !is_changed_root,
                    "{operation:?} {text:?} {judgement:?}"
                );
            }
            if allowed {
                assert_eq!(judgement.relative(), Some(Path::new(&found)), "{text:?}");
            }
        }
        _ => assert!(!allowed, "{operation:?} {text:?} leaves"),
    }
});
