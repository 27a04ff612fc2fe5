use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use guard_core::path::{Access, Operation, Root};

use super::tree::Tree;

#[test]
fn what_is_no_directory_is_no_root() {
    let tree = Tree::new();
    for (dir, want) in [
        ("{base}/nothing", "root-missing"),
        ("{root}/README.md", "root-not-directory"),
        ("{root}/loop_a", "root-missing"),
        ("{root}/fifo", "root-not-directory"),
    ] {
        assert_eq!(Root::open(tree.expand(dir)).unwrap_err().code(), want, "{dir}");
    }
}

#[test]
fn a_root_given_by_a_link_answers_to_both_names() {
    let tree = Tree::new();
    let alias = tree.base().join("alias");
    symlink("root", &alias).unwrap();
    let root = Root::open(&alias).unwrap();
    assert_eq!(root.path(), tree.root.path());
    assert!(root.resolve(alias.join("README.md")).unwrap().open().is_ok());
    assert!(root.resolve(tree.root.path().join("README.md")).unwrap().open().is_ok());
}

#[test]
fn a_replaced_root_is_noticed() {
    let tree = Tree::new();
    assert!(tree.root.is_current());
    fs::rename(tree.root.path(), tree.base().join("moved")).unwrap();
    assert!(!tree.root.is_current());
    assert_eq!(tree.judge("", "README.md", Operation::Read), "root-missing");
    fs::create_dir(tree.root.path()).unwrap();
    assert!(!tree.root.is_current());
    assert_eq!(tree.judge("", "README.md", Operation::Read), "root-replaced");
}

#[test]
fn extra_roots() {
    let tree = Tree::new();
    let root = tree.root.clone().with_extra("data", tree.outside(), Access::ReadOnly).unwrap();
    let file = tree.outside().join("file.txt");
    let judgement = root.judge("", &file, Operation::Read);
    assert_eq!((judgement.verdict().findings(), judgement.extra()), (&[][..], Some("data")));
    let code = |name: &str, operation| {
        let judgement = root.judge("", tree.expand(name), operation);
        judgement.verdict().findings().first().map_or("allow", |finding| finding.code())
    };
    assert_eq!(code("{base}/outside/file.txt", Operation::Write), "path-read-only");
    assert_eq!(code("{base}/outside/../root-evil/file.txt", Operation::Read), "path-outside-root");
    // An absolute link into an extra root is a way there; a relative one is not.
    assert_eq!(code("out_abs/file.txt", Operation::Read), "allow");
    assert_eq!(code("out_abs/file.txt", Operation::Write), "path-read-only");
    assert_eq!(code("out/file.txt", Operation::Read), "path-link-leaves-root");
    assert!(root.resolve(&file).unwrap().open().is_ok());
    assert_eq!(root.resolve(&file).unwrap().append().unwrap_err().code(), "path-read-only");
    assert_eq!(tree.root.resolve(&file).unwrap_err().code(), "path-outside-root");
    // Another name in an approved directory is known, but writing in place would change what is read-only.
    assert_eq!(code("outside_hard.txt", Operation::Read), "allow");
    assert_eq!(code("outside_hard.txt", Operation::Write), "path-hard-link");
    assert!(root.resolve("outside_hard.txt").unwrap().open().is_ok());
}

#[test]
fn another_file_system_is_refused() {
    let root = Root::open("/").unwrap();
    for name in ["/proc/version", "proc/version", "/proc/loadavg/../net/x"] {
        let judgement = root.judge("", name, Operation::Read);
        assert_eq!(judgement.verdict().findings()[0].code(), "path-other-filesystem", "{name}");
        assert_eq!(root.resolve(name).unwrap().open().unwrap_err().code(), "path-other-filesystem", "{name}");
    }
}

#[test]
fn mounts_can_be_approved_and_still_lead_nowhere_else() {
    let root = Root::open("/").unwrap().with_mounts().unwrap();
    assert!(
        std::io::read_to_string(root.resolve("proc/version").unwrap().open().unwrap())
            .unwrap()
            .starts_with("Linux")
    );
    // Magic links lead to what their text does not say.
    for name in ["proc/self/fd/0", "proc/self/root/etc/passwd", "proc/self/cwd/x"] {
        assert_eq!(root.resolve(name).unwrap().open().unwrap_err().code(), "secret-file", "{name}");
    }
    assert_eq!(root.resolve("proc/self/environ").unwrap().open().unwrap_err().code(), "secret-file");
}

#[test]
fn absolute_rules_hold_below_the_root_of_everything() {
    let root = Root::open("/").unwrap();
    assert_eq!(root.judge("", "etc/shadow", Operation::Read).verdict().findings()[0].code(), "secret-file");
    assert_eq!(root.resolve("etc/shadow").unwrap().open().unwrap_err().code(), "secret-file");
}

#[test]
fn concerns() {
    let tree = Tree::new();
    let codes = || -> Vec<_> { tree.root.concerns().unwrap().iter().map(|finding| finding.code()).collect() };
    assert_eq!(codes(), [""; 0]);
    fs::set_permissions(tree.root.path(), fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(codes(), ["root-world-writable"]);
    // Only root can give a directory to a group that it is not in.
    if std::os::unix::fs::chown(tree.root.path(), None, Some(70_000)).is_ok() {
        fs::set_permissions(tree.root.path(), fs::Permissions::from_mode(0o775)).unwrap();
        assert_eq!(codes(), ["root-group-writable"]);
        fs::set_permissions(tree.root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(codes(), [""; 0]);
    }
}
