//! An attacker swaps a directory for a link that leaves, as fast as the kernel allows, while we work through it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use guard_core::path::{Operation, Root};
use rustix::fs::{CWD, RenameFlags, renameat_with};

const ROUNDS: u32 = 2000;

/// Runs `work` while `root/dir` (holding `file` = "inside") and `root/link` (to `outside`) change places.
pub(super) fn race(rounds: u32, work: impl Fn(&Root, u32)) {
    let dir = tempfile::tempdir().unwrap();
    let base = dir.path();
    for (place, contents) in [("root/dir", "inside"), ("outside", "OUTSIDE")] {
        fs::create_dir_all(base.join(place)).unwrap();
        fs::write(base.join(place).join("file"), contents).unwrap();
    }
    symlink("../outside", base.join("root/link")).unwrap();
    let root = Root::open(base.join("root")).unwrap();
    let (has_begun, is_over) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let attacker = scope.spawn(|| {
            let (dir, link) = (base.join("root/dir"), base.join("root/link"));
            while !is_over.load(Ordering::Relaxed) {
                renameat_with(CWD, &dir, CWD, &link, RenameFlags::EXCHANGE).unwrap();
                has_begun.store(true, Ordering::Relaxed);
            }
        });
        let watchdog = scope.spawn(|| {
            for _ in 0..500 {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            is_over.store(true, Ordering::Relaxed);
        });
        while !has_begun.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        for round in 0..rounds {
            if is_over.load(Ordering::Relaxed) {
                break;
            }
            work(&root, round);
        }
        is_over.store(true, Ordering::Relaxed);
        attacker.join().unwrap();
        watchdog.join().unwrap();
    });
    let outside: Vec<_> =
        fs::read_dir(base.join("outside")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(outside, ["file"]);
    assert_eq!(fs::read_to_string(base.join("outside/file")).unwrap(), "OUTSIDE");
}

pub(super) fn read(root: &Root, name: &Path) {
    if let Ok(mut file) = root.resolve(name).unwrap().open() {
        let mut contents = String::new();
        file.read_to_string(&mut contents).unwrap();
        assert_eq!(contents, "inside");
    }
}

#[test]
fn opening() {
    race(ROUNDS, |root, _| {
        read(root, Path::new("dir/file"));
        read(root, Path::new("link/file"));
        read(root, Path::new("dir/../link/file"));
    });
}

#[test]
fn creating_and_removing() {
    race(ROUNDS, |root, round| {
        for dir in ["dir", "link"] {
            let name = root.resolve(format!("{dir}/new-{round}")).unwrap();
            if let Ok(mut file) = name.create() {
                file.write_all(b"new").unwrap();
                name.remove().ok();
            }
        }
    });
}

#[test]
fn replacing() {
    race(ROUNDS, |root, _| {
        if let Ok(mut new) = root.resolve("dir/file").unwrap().replace() {
            new.write_all(b"inside").unwrap();
            new.commit().ok();
        }
    });
}

#[test]
fn renaming_and_listing() {
    race(ROUNDS, |root, round| {
        if let Ok(listing) = root.entries("link", 10) {
            assert_eq!(listing.entries.iter().filter(|entry| entry.name == "OUTSIDE").count(), 0);
        }
        let (from, to) = (format!("a-{round}"), format!("dir/b-{round}"));
        let (from, to) = (root.resolve(from).unwrap(), root.resolve(to).unwrap());
        from.create().unwrap();
        if from.rename(&to).is_err() {
            from.remove().unwrap();
        }
        assert_ne!(root.judge("", "dir/../../outside/file", Operation::Read).verdict().findings().len(), 0);
    });
}
