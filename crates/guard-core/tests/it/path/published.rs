//! Published holes in path confinement: the shape of each is built here and meets a refusal.
//!
//! The numbers are those of `src/path/published.md`, which is part of the documentation; both lists have to agree.

use std::fs;
use std::os::unix::fs::symlink;

use guard_core::path::Operation::{self, Delete, List, Read, Write};

use super::race::{self, read};
use super::tree::Tree;

/// What the shape is made of.
enum Shape {
    /// A path in the common tree is judged, and opened or written if nothing else stops it.
    Judged(&'static str, Operation, &'static str),
    /// Links are laid first: name and target.
    Linked(&'static [(&'static str, &'static str)], &'static str, Operation, &'static str),
    /// An attacker swaps a directory for a link that leaves while this goes on.
    Raced(fn(&guard_core::path::Root, u32)),
    /// Something that takes more than one step.
    Done(fn(&Tree)),
}

use Shape::{Done, Judged, Linked, Raced};

const HOLES: &[(&str, Shape)] = &[
    // Windows file names: the device behind a superscript digit (cap-std).
    ("CVE-2024-51756", Judged("sub/COM²", Write, "path-not-portable")),
    // `git~1` and `.GIT` name `.git` on other systems, and so does a name with an ignorable character.
    ("CVE-2014-9390", Judged(".G\u{200c}it/config", Write, "path-hidden-character")),
    ("CVE-2014-9390", Judged(".GIT/hooks/post-checkout", Write, "guarded-file")),
    ("CVE-2014-9390", Judged("GIT~1/config", Write, "path-not-portable")),
    // An alternate data stream of a directory is the directory.
    ("CVE-2019-1352", Judged(".git::$INDEX_ALLOCATION/hooks/x", Write, "path-not-portable")),
    // A line break inside a path that a later reader of a configuration cuts off.
    ("CVE-2025-48384", Judged("sub/module\r", Write, "path-control-character")),
    // A link named like a directory of a submodule leads into the hooks.
    (
        "CVE-2024-32002",
        Linked(&[("mod", ".git/modules/x/hooks")], "mod/post-checkout", Write, "guarded-file"),
    ),
    // A string prefix admits the sibling directory.
    ("CVE-2025-53110", Judged("{root}-evil/file.txt", Write, "path-outside-root")),
    ("CVE-2025-54794", Judged("{base}/root-evil/../outside/file.txt", Read, "path-outside-root")),
    // A link inside that points anywhere outside.
    ("CVE-2025-53109", Judged("out_abs/file.txt", Write, "path-link-leaves-root")),
    ("CVE-2026-39861", Judged("out_chain/new.txt", Write, "path-link-leaves-root")),
    // A rule on a name is dodged through a link.
    ("CVE-2026-25724", Judged("innocent.txt", Read, "secret-file")),
    // The configuration of a guard does not exist yet, and is created.
    ("CVE-2026-25725", Judged(".claude/settings.json", Write, "guarded-file")),
    // The parent of the root itself.
    ("CVE-2025-22873", Judged("../", Read, "path-outside-root")),
    // A trailing slash makes the kernel follow the last link.
    ("CVE-2026-39822", Judged("out/", Delete, "path-link-leaves-root")),
    // What is listed lies elsewhere by the time it is looked at.
    (
        "CVE-2026-27139",
        Raced(|root, _| {
            if let Ok(listing) = root.entries("dir", 10) {
                for entry in listing.entries {
                    read(root, &std::path::Path::new("dir").join(entry.name));
                }
            }
        }),
    ),
    // A directory is emptied through a link that took its place (Rust's remove_dir_all).
    (
        "CVE-2022-21658",
        Raced(|root, round| {
            let name = root.resolve(format!("dir/victim-{round}")).unwrap();
            if name.create().is_ok() {
                name.remove().ok();
            }
            // What lies outside is named `file`, as what lies inside; only the handle tells them apart.
            read(root, std::path::Path::new("dir/file"));
        }),
    ),
    // A file is copied out of a container while a link is swapped in (docker cp).
    ("CVE-2018-15664", Raced(|root, _| read(root, std::path::Path::new("dir/../dir/file")))),
    // A mount target becomes a link between check and use (runc).
    (
        "CVE-2021-30465",
        Raced(|root, round| {
            if let Ok(new) = root.resolve("dir/file").and_then(|name| name.replace()) {
                drop(new);
            }
            root.resolve(format!("link/made-{round}")).unwrap().create_dir().ok();
            root.resolve(format!("dir/made-{round}")).unwrap().remove().ok();
        }),
    ),
    // Reading what was a file when it was checked (rsync).
    ("CVE-2024-12747", Raced(|root, _| read(root, std::path::Path::new("link/file")))),
    // Magic links of /proc lead to other files than their text says (runc).
    ("CVE-2025-31133", Judged("out_via_proc", Write, "path-link-leaves-root")),
    ("CVE-2025-52565", Linked(&[("console", "/dev/pts/0")], "console", Write, "path-link-leaves-root")),
    ("CVE-2025-52881", Linked(&[("attr", "/proc/self/attr/exec")], "attr", Write, "path-link-leaves-root")),
    // A handle that was left open is a way out of the container.
    (
        "CVE-2024-21626",
        Linked(&[("work", "/proc/self/fd/7")], "work/etc/passwd", Read, "path-link-leaves-root"),
    ),
    // The program that runs is overwritten through its own magic link.
    ("CVE-2019-5736", Linked(&[("me", "/proc/self/exe")], "me", Write, "path-link-leaves-root")),
    // The receiver of files trusts a link that the sender made first (rsync).
    ("CVE-2024-12087", Linked(&[("dir", "../outside")], "dir/file.txt", Write, "path-link-leaves-root")),
    // A link through a link is not as safe as its text.
    (
        "CVE-2024-12088",
        Linked(
            &[("a", "sub/deep"), ("sub/deep/b", "../../../outside")],
            "a/b/file.txt",
            Read,
            "path-link-leaves-root",
        ),
    ),
    // Names in archives: `..`, absolute, behind a slash, through an earlier link (Python, Go, Java, Node.js, GNU tar, Rust).
    ("CVE-2007-4559", Judged("../outside/file.txt", Write, "path-outside-root")),
    ("CVE-2018-1002200", Judged("sub/../../outside/x.sh", Write, "path-outside-root")),
    ("CVE-2021-32804", Judged("////etc/passwd", Write, "path-outside-root")),
    ("CVE-2016-6321", Judged("README.md/../../outside/file.txt", Write, "path-outside-root")),
    ("CVE-2021-37701", Linked(&[("n", "../outside")], "n/../n/file.txt", Write, "path-link-leaves-root")),
    ("CVE-2021-38511", Linked(&[("up2", "..")], "up2/outside/made", Write, "path-link-leaves-root")),
    ("CVE-2025-4517", Done(deep_path_to_a_link)),
    // Percent signs are characters of a name, so that nothing is decoded into `..` (Apache httpd).
    ("CVE-2021-41773", Done(percent_signs_stay)),
    // An overlong slash is no slash, because bytes that are not UTF-8 stand for themselves (IIS).
    ("CVE-2000-0884", Done(overlong_bytes_stay)),
    // A hard link is extracted first, and then written through under its own name (node-tar).
    ("CVE-2018-20834", Done(hard_link_keeps_what_lies_outside)),
];

#[test]
fn published_holes_are_refused() {
    for (id, shape) in HOLES {
        let tree = Tree::new();
        let judged = |path: &str, operation: Operation, want: &str| {
            assert_eq!(tree.judge("", path, operation), want, "{id}: {path:?}");
            // The same through the operations themselves, whatever the judgement says.
            let outcome = tree.root.resolve(tree.expand(path)).and_then(|name| match operation {
                Read => name.open().map(drop),
                Write => name.replace().map(drop),
                List => name.list(10).map(drop),
                Delete => name.list(10).map(drop),
            });
            assert!(outcome.is_err(), "{id}: {path:?} went through");
        };
        match shape {
            Judged(path, operation, want) => judged(path, *operation, want),
            Linked(links, path, operation, want) => {
                for (name, target) in *links {
                    symlink(target, tree.root.path().join(name)).unwrap();
                }
                judged(path, *operation, want);
            }
            Raced(work) => race::race(300, work),
            Done(check) => check(&tree),
        }
        assert_eq!(fs::read_to_string(tree.outside().join("file.txt")).unwrap(), "outside/file.txt", "{id}");
    }
}

/// A path that a careful reader gives up to resolve, with a link at its end (Python's tarfile).
fn deep_path_to_a_link(tree: &Tree) {
    let mut deep = String::new();
    for _ in 0..16 {
        deep.push_str(&format!("{}/", "d".repeat(247)));
        fs::create_dir(tree.root.path().join(&deep)).ok();
    }
    for name in
        [format!("{deep}../../out/file.txt"), format!("{deep}{deep}x"), "sub/deep/../../out/file.txt".into()]
    {
        let answer = tree.root.resolve(&name).and_then(|name| name.replace());
        assert!(answer.is_err(), "{} bytes", name.len());
    }
}

fn percent_signs_stay(tree: &Tree) {
    for name in ["%2e%2e", "%2e%2e%2foutside", "..%2foutside"] {
        tree.root.resolve(name).unwrap().create().unwrap();
        assert!(tree.root.path().join(name).is_file(), "{name}");
    }
}

fn overlong_bytes_stay(tree: &Tree) {
    use std::os::unix::ffi::OsStrExt as _;
    let name = std::ffi::OsStr::from_bytes(b"..\xc0\xafoutside\xc0\xaffile.txt");
    let code = tree.root.resolve(name).and_then(|name| name.open()).unwrap_err().code();
    assert_eq!(code, "path-missing");
}

fn hard_link_keeps_what_lies_outside(tree: &Tree) {
    use std::io::Write as _;
    let name = tree.root.resolve("outside_hard.txt").unwrap();
    name.append().unwrap().write_all(b"more").unwrap();
    let mut new = name.replace().unwrap();
    new.write_all(b"mine").unwrap();
    new.commit().unwrap();
}

/// The documentation lists what is tested, and nothing else.
#[test]
fn the_documented_list_is_the_tested_one() {
    let documented: Vec<&str> = include_str!("../../../src/path/published.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| CVE"))
        .filter_map(|rest| rest.split_whitespace().next())
        .collect();
    let mut tested: Vec<&str> = HOLES.iter().filter_map(|(id, _)| id.strip_prefix("CVE")).collect();
    tested.dedup();
    assert!(tested.len() >= 20);
    let sorted = |mut ids: Vec<&'static str>| {
        ids.sort_unstable();
        ids
    };
    assert_eq!(sorted(documented), sorted(tested));
}
