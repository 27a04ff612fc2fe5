//! A consent is to the files that a command runs, as they were.

use std::fs;
use std::path::Path;

use guard_core::command::{Consent, Context, Digest, Policy};
use guard_core::path::Root;

fn digest(directory: &Path, text: &str) -> Digest {
    let root = Root::open(directory).expect("a root");
    Policy::agent().evaluate(text, &Context::new(&root)).digest()
}

/// Each command runs the file: directly, by an interpreter, by a tool that finds its work in it.
#[test]
fn a_changed_file_is_another_command() {
    for (file, text) in [
        ("x.sh", "./x.sh"),
        ("x.sh", "sh x.sh a b"),
        ("x.sh", "cd . && bash ./x.sh"),
        ("x.sh", "source x.sh"),
        ("a.py", "python3 a.py"),
        ("a.js", "node a.js"),
        ("a.rb", "ruby a.rb"),
        ("Makefile", "make test"),
        ("package.json", "npm test"),
        ("package.json", "sudo ls; npm run build"),
        ("justfile", "just test"),
        ("Cargo.toml", "cargo run"),
        ("tool", "find . -name x -exec ./tool {} +"),
    ] {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join(file);
        fs::write(&path, "one").expect("a file");
        let before = digest(directory.path(), text);
        assert_eq!(before, digest(directory.path(), text), "{text}");
        fs::write(directory.path().join("other.txt"), "x").expect("a file");
        assert_eq!(before, digest(directory.path(), text), "{text}: another file");
        fs::write(&path, "two").expect("a file");
        assert_ne!(before, digest(directory.path(), text), "{text}: changed");
        fs::remove_file(&path).expect("the file");
        assert_ne!(before, digest(directory.path(), text), "{text}: gone");
    }
}

#[test]
fn a_large_file_counts_by_its_size_and_times() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("x.sh");
    fs::write(&path, vec![b'#'; 3 << 20]).expect("a file");
    let before = digest(directory.path(), "sh x.sh");
    fs::write(&path, vec![b'#'; (3 << 20) + 1]).expect("a file");
    assert_ne!(before, digest(directory.path(), "sh x.sh"));
}

#[test]
fn a_consent_does_not_outlive_the_file() {
    let directory = tempfile::tempdir().expect("a directory");
    fs::write(directory.path().join("x.sh"), "ls").expect("a file");
    let root = Root::open(directory.path()).expect("a root");
    let evaluate = || Policy::agent().evaluate("source x.sh", &Context::new(&root));
    let consent = Consent::new(evaluate().digest(), "user:7");
    assert!(evaluate().approve(consent.clone()).is_ok());
    fs::write(directory.path().join("x.sh"), "rm -rf src").expect("a file");
    assert!(evaluate().approve(consent).is_err());
}
