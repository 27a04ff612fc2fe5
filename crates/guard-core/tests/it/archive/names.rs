//! What names mean to Git, shells and editors.

use std::io::Cursor;

use guard_core::archive::{Limits, inspect};

use super::build::tar::{Member, tar};
use super::build::zip::{Entry, zip};
use super::{check, check_notes, verdict};

#[track_caller]
fn names(names: &[&str], want: &str) {
    check(names[0], &zip(names.iter().map(|name| Entry::stored(name, b"x"))).bytes(), want);
    check(names[0], &tar(names.iter().map(|name| Member::file(name, b"x"))), want);
}

#[test]
fn git() {
    for name in
        [".git", ".git/config", ".git/HEAD", "a/.git/hooks/pre-commit", ".GIT/x", ".Git/config", "sub/.git"]
    {
        names(&[name], "archive-git-directory");
    }
    names(&[".g\u{131}t/x", ".gitignore", ".github/FUNDING.yml", "git/config", "x.git.txt"], "ok");
}

#[test]
fn bare_repositories() {
    names(&["HEAD", "objects/x", "refs/heads/main"], "archive-bare-repository");
    names(&["r/head", "r/Objects/x", "r/REFS/x"], "archive-bare-repository");
    names(&["r/HEAD", "r/commondir"], "archive-bare-repository");
    names(&["r/HEAD", "r/objects/x"], "ok");
    names(&["r/HEAD", "r/objects", "r/refs"], "ok");
    names(&["HEAD", "a/objects/x", "a/refs/x"], "ok");
    let with_links = [
        Member::symbolic_link("HEAD", "h"),
        Member::symbolic_link("objects", "o"),
        Member::directory("refs"),
    ];
    check("by links", &tar(with_links), "archive-bare-repository");
}

#[test]
fn guarded() {
    for name in [
        ".claude/settings.json",
        ".envrc",
        ".husky/pre-commit",
        ".bashrc",
        "sub/.mcp.json",
        "x.git/hooks/update",
    ] {
        names(&[name], "archive-guarded-name");
    }
    names(&[".claude/.credentials.json"], "archive-guarded-name");
}

#[test]
fn reported() {
    let note = |name: &str| zip([Entry::stored(name, b"x")]).bytes();
    check_notes("secret", &note("app/.env"), &["archive-secret-name"]);
    check_notes("key", &note(".ssh/id_ed25519"), &["archive-secret-name"]);
    check_notes("pipeline", &note(".github/workflows/ci.yml"), &["archive-asked-name"]);
    check_notes("instructions", &tar([Member::file("CLAUDE.md", b"x")]), &["archive-asked-name"]);
    check_notes("ordinary", &note("src/main.rs"), &[]);
}

#[test]
fn an_owner_may_let_git_in() {
    let limits = Limits::default().allowing_git();
    let look = |names: &[&str]| {
        let bytes = zip(names.iter().map(|name| Entry::stored(name, b"x"))).bytes();
        verdict(&inspect(Cursor::new(bytes), &limits))
    };
    assert_eq!(
        look(&[".git/HEAD", ".git/config", ".git/objects/x", ".git/refs/x", ".git/hooks/pre-commit", "a"]),
        "ok"
    );
    assert_eq!(look(&[".git/modules/m/HEAD", ".git/modules/m/objects/x", ".git/modules/m/refs/x"]), "ok");
    assert_eq!(look(&["HEAD", "objects/x", "refs/x"]), "archive-bare-repository");
    assert_eq!(look(&[".git/HEAD", ".claude/settings.json"]), "archive-guarded-name");
    assert_eq!(look(&[".husky/pre-commit"]), "archive-guarded-name");
}
