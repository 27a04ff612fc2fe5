//! What is allowed because of what is there on disk.

use std::fs;

use guard_core::Decision::{self, Allow, Ask, Deny};
use guard_core::command::{Context, Policy};
use guard_core::path::Root;

#[track_caller]
fn check(files: &[&str], want: Decision, texts: &[&str]) {
    let directory = tempfile::tempdir().expect("a directory");
    for file in files {
        let path = directory.path().join(file);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, "x").expect("a file");
    }
    let root = Root::open(directory.path()).expect("a root");
    let mut wrong = String::new();
    for text in texts {
        let evaluation = Policy::agent().evaluate(text, &Context::new(&root));
        if evaluation.decision() != want {
            wrong += &format!("\n{text}: {evaluation}");
        }
    }
    assert!(wrong.is_empty(), "not {want}:{wrong}");
}

/// `sort *` is what it looks like where no name begins with a dash.
#[test]
fn a_pattern_where_no_name_is_an_option() {
    let texts =
        ["sort *.csv", "for f in *.csv; do sort \"$f\" -o \"$f\"; done", "cd . && sort *", "tar czf a.tgz *"];
    check(&["a.csv", "src/-x.csv"], Allow, &texts);
    check(&["a.csv", "--compress-program=x.csv"], Ask, &texts[..3]);
}

/// `rm -r` of a file takes no tree away.
#[test]
fn a_file_is_no_tree() {
    check(&["package-lock.json", "node_modules/a"], Allow, &["rm -rf node_modules package-lock.json"]);
    check(&["package-lock.json/a"], Ask, &["rm -rf node_modules package-lock.json"]);
}

/// That a secret is there is no secret; what is in it is.
#[test]
fn a_secret_that_is_looked_at() {
    let files = [".env", "config/server.key"];
    check(
        &files,
        Allow,
        &[
            "ls -la .env",
            "ls -l .env*",
            "test -f .env && echo there",
            "[ -f .env ] || echo missing",
            "[[ -s config/server.key ]]",
            "stat -c %s .env",
            "du -h .env",
            "find . -maxdepth 1 -type f",
            "git check-ignore -v .env",
        ],
    );
    check(
        &files,
        Deny,
        &[
            "cat .env",
            "cat $(ls .env)",
            "ls .env | xargs cat",
            "cat $(ls -d .e*)",
            "cat $(realpath .env)",
            "cat \"$(readlink -f .env)\"",
            "find .env -exec cat {} +",
            "ls -a | grep env | xargs cat",
            "cat $(ls -a | grep '\\.env$')",
            "fd . .env -x cat",
            "make -f .env",
            "head config/*.key",
        ],
    );
}
