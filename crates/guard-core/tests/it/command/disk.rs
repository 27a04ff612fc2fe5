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

/// A `cd` to a directory that is there cannot fail, unless this text has changed that.
#[test]
fn a_directory_that_is_there() {
    let files = ["out.txt", "src/lib/a.txt", "d/x"];
    check(
        &files,
        Allow,
        &[
            "cd src; cat ../out.txt",
            "cd src && ls || ls ..",
            "cd src && cargo build || cd ..",
            "cd src && cargo build; cd .. && ls",
            "mkdir -p d; cd d; cat ../out.txt",
            "cd src; touch b; cd lib; cat ../../out.txt",
        ],
    );
    check(
        &files,
        Ask,
        &[
            "cd nowhere; cat ../out.txt",
            "cd src; cd nowhere/../lib; cat ../../out.txt",
            "rm d/x; rmdir d; cd d; cat ../out.txt",
            "mv d e; cd d; cat ../out.txt",
            "chmod 000 d; cd d; cat ../out.txt",
            "ls -d d | xargs rmdir; cd d; cat ../out.txt",
            "find . -type d -empty -delete; cd d; cat ../out.txt",
            "(sleep 1; cd d; cat ../out.txt) & rmdir d",
            "{ sleep 1; cd d; cat ../out.txt; } | rmdir d",
            "for i in 1 2; do (cd d; cat ../out.txt); rmdir d; done",
            "cd d x; cat ../out.txt",
            "cd d; cd ..; mv d e; cd -; cat ../out.txt",
            "cd d; cd ..; mv d e; cd - || cat out.txt; cat ../out.txt",
            "pushd d; pushd ..; mv d e; pushd; cat ../out.txt",
            "pushd d; pushd ..; mv d e; popd; cat ../out.txt",
        ],
    );
}

/// What a text does behind a link that is there already.
#[cfg(unix)]
#[test]
fn links_that_are_there() {
    let directory = tempfile::tempdir().expect("a directory");
    fs::create_dir_all(directory.path().join("p/a/b")).expect("a directory");
    let link = |target: &str, name: &str| {
        std::os::unix::fs::symlink(target, directory.path().join("p").join(name)).expect("a link");
    };
    link(".", "here");
    link("../..", "a/b/top");
    link("../../a", "a/b/down");
    let root = Root::open(directory.path().join("p")).expect("a root");
    let decision = |text: &str| Policy::agent().evaluate(text, &Context::new(&root)).decision();
    for text in [
        "cat here/../x",
        "cd here && cat ../x",
        "mv a/b/top . && cat top/x",
        "cp -a a/b/top m && cat m/x",
        "mv a/b/down . && cat down/x",
    ] {
        assert_eq!(decision(text), Deny, "{text}");
    }
    for text in ["cat here/x", "ls a/b/top", "cat a/b/down/x", "cp -a a/b/down a/b/too && ls a/b/too"] {
        assert_eq!(decision(text), Allow, "{text}");
    }
}
