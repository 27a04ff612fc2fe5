use std::fs;
use std::io::{Read as _, Write as _, read_to_string};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use guard_core::path::{Confined, FileKind, PathError};

use super::tree::Tree;

#[track_caller]
fn refused<T: std::fmt::Debug>(answer: Result<T, PathError>, want: &str) {
    assert_eq!(answer.unwrap_err().code(), want);
}

fn at(tree: &Tree, name: &str) -> Confined {
    tree.root.resolve(tree.expand(name)).unwrap()
}

#[test]
fn open() {
    let tree = Tree::new();
    for name in ["README.md", "{root}/README.md", "src/../README.md", "here/README.md", "in/../README.md"] {
        assert_eq!(read_to_string(at(&tree, name).open().unwrap()).unwrap(), "root/README.md", "{name}");
    }
    for name in ["in/main.rs", "in_abs/main.rs", "in_chain/main.rs"] {
        assert_eq!(read_to_string(at(&tree, name).open().unwrap()).unwrap(), "root/src/main.rs", "{name}");
    }
    for (name, want) in [
        ("missing", "path-missing"),
        ("src", "path-not-a-file"),
        ("README.md/x", "path-not-a-directory"),
        ("fifo", "path-special-file"),
        ("socket", "path-special-file"),
        ("out/file.txt", "path-link-leaves-root"),
        ("dangling_out", "path-link-leaves-root"),
        ("dangling_in", "path-missing"),
        ("loop_a", "path-link-loop"),
        (".env", "secret-file"),
        ("env_link", "secret-file"),
        ("env_dir/config", "secret-file"),
        ("env_hard.txt", "secret-file"),
        ("innocent.txt", "secret-file"),
    ] {
        refused(at(&tree, name).open(), want);
    }
    refused(at(&tree, "outside_hard.txt").open(), "path-hard-link");
    for name in ["linked.txt", "node_modules/store.js"] {
        at(&tree, name).open().unwrap();
    }
}

#[test]
fn create() {
    let tree = Tree::new();
    for name in ["new.txt", "in/created.rs", "src/../other.txt"] {
        at(&tree, name).create().unwrap().write_all(b"new").unwrap();
        assert_eq!(read_to_string(at(&tree, name).open().unwrap()).unwrap(), "new", "{name}");
    }
    for (name, want) in [
        ("README.md", "path-exists"),
        ("dangling_in", "path-exists"),
        ("dangling_out", "path-exists"),
        ("no/parent", "path-missing"),
        ("out/new", "path-link-leaves-root"),
        ("CON", "path-not-portable"),
        ("a:b", "path-not-portable"),
        (".git/hooks/x", "guarded-file"),
        ("hooks_link/x", "guarded-file"),
        ("sub/deep/.env", "secret-file"),
        ("AGENTS.md", "guarded-file-ask"),
        (".", "path-is-root"),
        ("sub/..", "path-is-root"),
    ] {
        refused(at(&tree, name).create(), want);
    }
    at(&tree, "AGENTS.md").with_consent().create().unwrap();
    refused(at(&tree, ".mcp.json").with_consent().create(), "guarded-file");
    assert!(!tree.outside().join("new.txt").exists());
}

#[test]
fn replace_leaves_other_hard_links_alone() {
    let tree = Tree::new();
    let path = tree.root.path().join("outside_hard.txt");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o754)).unwrap();
    let mut new = at(&tree, "outside_hard.txt").replace().unwrap();
    new.write_all(b"mine").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "outside/file.txt");
    new.commit().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o754);
    assert_eq!(fs::read_to_string(tree.outside().join("file.txt")).unwrap(), "outside/file.txt");
}

#[test]
fn replace_follows_links_inside_and_cleans_up() {
    let tree = Tree::new();
    let before = tree.root.entries("src", 100).unwrap();
    drop(at(&tree, "in/main.rs").replace().unwrap());
    assert_eq!(tree.root.entries("src", 100).unwrap(), before);
    let mut new = at(&tree, "dangling_in").replace().unwrap();
    new.write_all(b"through").unwrap();
    new.commit().unwrap();
    assert_eq!(fs::read_to_string(tree.root.path().join("src/new.rs")).unwrap(), "through");
    assert!(tree.root.path().join("dangling_in").is_symlink());
    for (name, want) in [
        ("out_file", "path-link-leaves-root"),
        ("dangling_out", "path-link-leaves-root"),
        ("src", "path-not-a-file"),
        ("fifo", "path-special-file"),
        ("env_link", "secret-file"),
        ("new:name", "path-not-portable"),
    ] {
        refused(at(&tree, name).replace(), want);
    }
}

#[test]
fn append() {
    let tree = Tree::new();
    at(&tree, "in/main.rs").append().unwrap().write_all(b"+").unwrap();
    assert_eq!(fs::read_to_string(tree.root.path().join("src/main.rs")).unwrap(), "root/src/main.rs+");
    at(&tree, "outside_hard.txt").append().unwrap().write_all(b"+").unwrap();
    assert_eq!(fs::read_to_string(tree.root.path().join("outside_hard.txt")).unwrap(), "outside/file.txt+");
    assert_eq!(fs::read_to_string(tree.outside().join("file.txt")).unwrap(), "outside/file.txt");
    refused(at(&tree, "missing").append(), "path-missing");
    refused(at(&tree, "fifo").append(), "path-special-file");
    refused(at(&tree, "out_file").append(), "path-link-leaves-root");
}

#[test]
fn truncate() {
    let tree = Tree::new();
    at(&tree, "in/main.rs").truncate().unwrap().write_all(b"new").unwrap();
    assert_eq!(fs::read_to_string(tree.root.path().join("src/main.rs")).unwrap(), "new");
    at(&tree, "outside_hard.txt").truncate().unwrap();
    assert_eq!(fs::read_to_string(tree.root.path().join("outside_hard.txt")).unwrap(), "");
    assert_eq!(fs::read_to_string(tree.outside().join("file.txt")).unwrap(), "outside/file.txt");
    for (name, want) in [
        ("missing", "path-missing"),
        ("fifo", "path-special-file"),
        ("src", "path-not-a-file"),
        ("out_file", "path-link-leaves-root"),
        ("CLAUDE.md", "guarded-file-ask"),
        (".git/config", "guarded-file"),
    ] {
        refused(at(&tree, name).truncate(), want);
    }
    at(&tree, "env_hard.txt").truncate().unwrap();
    assert_eq!(fs::read_to_string(tree.root.path().join(".env")).unwrap(), "root/.env");
}

#[test]
fn walk() {
    let tree = Tree::new();
    let walked = |name: &str, limit: usize| {
        let mut names = Vec::new();
        let is_complete = at(&tree, name).walk(limit, |path, _| {
            names.push(path.to_str().unwrap().to_owned());
            std::ops::ControlFlow::Continue(())
        });
        is_complete.map(|is_complete| (names, is_complete))
    };
    let (names, is_complete) = walked("in", 100).unwrap();
    assert_eq!(names, ["src/app", "src/main.rs", "src/app/[...slug]", "src/app/[...slug]/page.tsx"]);
    assert!(is_complete);
    // Links are named and not entered; secrets are not even named.
    let (names, _) = walked(".", 1000).unwrap();
    assert!(names.contains(&"out".to_owned()) && names.contains(&"sub/deep/file.txt".to_owned()));
    assert!(
        !names
            .iter()
            .any(|name| name.starts_with("out/") || name.starts_with(".ssh") || name.ends_with(".env"))
    );
    assert!(!walked(".", 3).unwrap().1);
    refused(walked("out", 10), "path-link-leaves-root");
    refused(walked(".ssh", 10), "secret-file");
    refused(walked("README.md", 10), "path-not-a-directory");
}

#[test]
fn list() {
    let tree = Tree::new();
    let listing = at(&tree, "in_abs").list(10).unwrap();
    let names: Vec<_> =
        listing.entries.iter().map(|entry| (entry.name.to_str().unwrap(), entry.kind)).collect();
    assert_eq!(names, [("app", Some(FileKind::Directory)), ("main.rs", Some(FileKind::File))]);
    assert!(listing.is_complete);
    let cut = tree.root.entries(".", 3).unwrap();
    assert_eq!((cut.entries.len(), cut.is_complete), (3, false));
    refused(at(&tree, "README.md").list(10), "path-not-a-directory");
    refused(at(&tree, ".ssh").list(10), "secret-file");
    refused(at(&tree, "env_dir").list(10), "secret-file");
    refused(at(&tree, "out").list(10), "path-link-leaves-root");
}

#[test]
fn metadata_and_links() {
    let tree = Tree::new();
    assert!(at(&tree, "in").metadata().unwrap().is_dir());
    assert_eq!(at(&tree, "README.md").metadata().unwrap().len(), 14);
    refused(at(&tree, "out_file").metadata(), "path-link-leaves-root");
    assert_eq!(at(&tree, "out").read_link().unwrap().to_str(), Some("../outside"));
    refused(at(&tree, "README.md").read_link(), "path-not-a-file");
    refused(at(&tree, "out/sub").read_link(), "path-link-leaves-root");
    assert_eq!(at(&tree, "in_chain/app/..").true_path().unwrap().to_str(), Some("src"));
}

#[test]
fn create_dir_rename_and_remove() {
    let tree = Tree::new();
    at(&tree, "made").create_dir().unwrap();
    at(&tree, "made/file").create().unwrap();
    refused(at(&tree, "made").create_dir(), "path-exists");
    refused(at(&tree, "out/made").create_dir(), "path-link-leaves-root");
    refused(at(&tree, "made").remove(), "path-exists");
    at(&tree, "made/file").rename(&at(&tree, "in/moved")).unwrap();
    at(&tree, "made").remove().unwrap();
    assert_eq!(fs::read_to_string(tree.root.path().join("src/moved")).unwrap(), "");
    refused(at(&tree, "in/moved").rename(&at(&tree, "README.md")), "path-exists");
    refused(at(&tree, "in/moved").rename(&at(&tree, "out/moved")), "path-link-leaves-root");
    refused(at(&tree, "in/moved").rename(&at(&tree, ".git/hooks/x")), "guarded-file");
    refused(at(&tree, ".env").rename(&at(&tree, "plain.txt")), "secret-file");
    refused(at(&tree, ".").rename(&at(&tree, "plain.txt")), "path-is-root");
    refused(at(&tree, "out/file.txt").remove(), "path-link-leaves-root");
    refused(at(&tree, ".env").remove(), "secret-file");
    refused(at(&tree, "missing").remove(), "path-missing");
    // A link is removed, never what it points to.
    at(&tree, "out_file").remove().unwrap();
    assert!(tree.outside().join("file.txt").exists());
}

#[test]
fn a_root_that_moved_is_still_the_same_directory() {
    let tree = Tree::new();
    let name = at(&tree, "README.md");
    fs::rename(tree.root.path(), tree.base().join("moved")).unwrap();
    let mut contents = String::new();
    name.open().unwrap().read_to_string(&mut contents).unwrap();
    assert_eq!(contents, "root/README.md");
}
