//! A secret inside git's store is a secret under another name.

use std::fs;

use guard_core::Decision::{Allow, Ask};
use guard_core::command::{Context, Policy};
use guard_core::path::Root;

use super::stopped;

#[test]
fn named_by_path_pattern_or_stream() {
    stopped(&[
        "git cat-file --batch <<< HEAD:.env",
        "echo HEAD:.env | git cat-file --batch",
        "printf 'HEAD:.env\\n' | git cat-file --batch-check --batch",
        "git cat-file --batch < a.txt",
        "git cat-file -p $(git rev-parse HEAD:.env)",
        "git cat-file blob HEAD:.env",
        "git cat-file --filters HEAD:.env",
        "git cat-file -p `git ls-tree HEAD .env | awk '{print $3}'`",
        "git cat-file --textconv HEAD:.env",
        "git show $(git rev-parse HEAD:.env)",
        "git log -p -- .env",
        "git log -p .env",
        "git log --patch -- '.e*'",
        "git log -p -- ':(glob)**/.env'",
        "git log -p -- ':/.env'",
        "git log -p -- ':(top).env'",
        "git log -p --all -- .en?",
        "git log -L1,5:.env",
        "git log -L :x:.env",
        "git blame .env",
        "git show HEAD -- .env",
        "git diff HEAD~1 -- .env",
        "git diff HEAD~1:.env HEAD:.env",
        "git grep SECRET HEAD -- .env",
        "git grep -h . -- '.env'",
        "git show :.env",
        "git show :0:.env",
        "git show HEAD~3:./.env",
        "git show \"HEAD:.e\"\"nv\"",
        "git show stash@{0}:.env",
        "git archive HEAD .env",
        "git archive HEAD .env | tar xO",
        "git archive --format=tar HEAD -- .env",
        "git checkout HEAD -- .env",
        "git checkout-index --prefix=out/ .env",
        "git restore --source=HEAD -W .env",
        "git ls-files -s .env",
        "git worktree add ../x HEAD",
        "git stash show -p stash@{0} -- .env",
    ]);
}

#[test]
fn the_store_as_files() {
    stopped(&[
        "tar c .git",
        "tar czf x.tgz .git",
        "cp -r .git gitcopy",
        "zip -r x.zip .git",
        "grep -ra SECRET .git",
        "cat .git/objects/ab/cdef",
    ]);
}

/// A repository whose index tracks these names.
fn repository(names: &[&str]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let git = directory.path().join(".git");
    fs::create_dir(&git).expect("a repository");
    let mut index = b"DIRC\0\0\0\x02".to_vec();
    index.extend(u32::try_from(names.len()).expect("few names").to_be_bytes());
    for name in names {
        let start = index.len();
        index.extend([0; 62]);
        index.extend(name.as_bytes());
        index.push(0);
        while !(index.len() - start).is_multiple_of(8) {
            index.push(0);
        }
    }
    fs::write(git.join("index"), index).expect("an index");
    directory
}

const SHOW_EVERYTHING: &[&str] = &[
    "git log -p",
    "git log --patch",
    "git log -u",
    "git show",
    "git show HEAD",
    "git show HEAD~2",
    "git archive HEAD",
    "git archive HEAD | tar x -C out",
    "git format-patch -1 --stdout",
    "git bundle create b.bundle HEAD",
    "git stash show -p",
    "git diff HEAD~5",
    "git whatchanged -p",
    "git -C . show",
    "cd . && git show",
    "git grep KEY HEAD",
];

#[test]
fn what_shows_everything_is_asked_where_a_secret_is_tracked() {
    let with = repository(&["README.md", "config/.env"]);
    let without = repository(&["README.md", "src/main.rs"]);
    for (directory, want) in [(with, Ask), (without, Allow)] {
        let root = Root::open(directory.path()).expect("a root");
        for text in SHOW_EVERYTHING {
            let evaluation = Policy::agent().evaluate(text, &Context::new(&root));
            assert_eq!(evaluation.decision(), want, "{text}: {evaluation}");
        }
    }
}

#[test]
fn what_names_its_files_or_counts_them_is_not() {
    let directory = repository(&["README.md", ".env"]);
    let root = Root::open(directory.path()).expect("a root");
    for text in [
        "git show --stat",
        "git log --oneline",
        "git show HEAD:README.md",
        "git log -p -- README.md",
        "git diff --name-only",
        "git status",
    ] {
        let evaluation = Policy::agent().evaluate(text, &Context::new(&root));
        assert_eq!(evaluation.decision(), Allow, "{text}: {evaluation}");
    }
}

#[test]
fn an_index_that_cannot_be_read_is_asked() {
    let directory = repository(&[]);
    fs::write(directory.path().join(".git/index"), "DIRC?").expect("an index");
    let root = Root::open(directory.path()).expect("a root");
    assert_eq!(Policy::agent().evaluate("git show", &Context::new(&root)).decision(), Ask);
}
