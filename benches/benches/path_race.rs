//! Counts escapes while an attacker swaps a directory for a link that leaves, as fast as the kernel allows.
//!
//! Run with `cargo bench -p guard-benches --bench path_race`; `GUARD_RACE_SECONDS` sets how long each way is tried
//! (2 by default). The first two ways are common ones, check and then open, and show that the attack works.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use guard_core::path::Root;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use strict_path::PathBoundary;

/// One attempt, told its number; says whether it escaped.
type Way<'a> = Box<dyn Fn(u64) -> bool + 'a>;
type Outcome = Result<bool, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("a confined operation escaped");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Outcome {
    let seconds = std::env::var("GUARD_RACE_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2);
    let dir = tempfile::tempdir()?;
    let base = dir.path().canonicalize()?;
    for (place, contents) in [("root/dir", "inside"), ("outside", "OUTSIDE")] {
        fs::create_dir_all(base.join(place))?;
        fs::write(base.join(place).join("file"), contents)?;
    }
    fs::write(base.join("outside/marker"), "")?;
    symlink("../outside", base.join("root/link"))?;
    let root = Root::open(base.join("root"))?;
    let boundary: PathBoundary = PathBoundary::try_new(base.join("root"))?;
    let outside = base.join("outside");
    let has_stray = || fs::read_dir(&outside).map(|entries| entries.count() > 2).unwrap_or(true);
    let naive = base.join("root/dir/file");
    let ways: [(&str, Way<'_>); 8] = [
        (
            "canonicalize, starts_with, open",
            Box::new(|_| {
                let checked = naive.canonicalize().is_ok_and(|path| path.starts_with(root.path()));
                checked && File::open(&naive).is_ok_and(escaped)
            }),
        ),
        (
            "strict-path, join and open",
            Box::new(|_| {
                boundary.strict_join("dir/file").is_ok_and(|path| path.open_file().is_ok_and(escaped))
            }),
        ),
        ("confined open", Box::new(|_| open(&root, "dir/file").is_some_and(escaped))),
        ("confined open through a link", Box::new(|_| open(&root, "link/file").is_some_and(escaped))),
        (
            "confined create and remove",
            Box::new(|round| {
                let Ok(name) = root.resolve(format!("dir/new-{round}")) else { return true };
                let is_stray = name.create().is_ok() && has_stray();
                name.remove().ok();
                is_stray
            }),
        ),
        (
            "confined rename",
            Box::new(|round| {
                let resolve = |kind: &str| root.resolve(format!("dir/{kind}-{round}"));
                let (Ok(from), Ok(to)) = (resolve("from"), resolve("to")) else { return true };
                let is_stray = from.create().is_ok() && from.rename(&to).is_ok() && has_stray();
                from.remove().ok();
                to.remove().ok();
                is_stray
            }),
        ),
        (
            "confined replace",
            Box::new(|_| {
                let new = root.resolve("dir/file").and_then(|name| name.replace());
                let is_stray = new.is_ok() && has_stray();
                drop(new);
                is_stray
            }),
        ),
        (
            "confined list",
            Box::new(|_| {
                root.entries("dir", 10)
                    .is_ok_and(|listing| listing.entries.iter().any(|entry| entry.name == "marker"))
            }),
        ),
    ];
    let mut is_confined = true;
    for (number, (name, way)) in ways.iter().enumerate() {
        let (rounds, swaps, escapes) = race(&base, Duration::from_secs(seconds), way)?;
        println!("{name:<36} {rounds:>9} attempts, {swaps:>9} swaps, {escapes:>7} escapes");
        is_confined &= number < 2 || escapes == 0;
    }
    Ok(is_confined)
}

fn open(root: &Root, name: &str) -> Option<File> {
    root.resolve(name).ok()?.open().ok()
}

fn escaped(mut file: File) -> bool {
    let mut contents = String::new();
    file.read_to_string(&mut contents).is_err() || contents == "OUTSIDE"
}

#[allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn race(
    base: &Path,
    time: Duration,
    way: &dyn Fn(u64) -> bool,
) -> Result<(u64, u64, u64), rustix::io::Errno> {
    let (dir, link) = (base.join("root/dir"), base.join("root/link"));
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let attacker = scope.spawn(|| {
            let mut swaps = 0;
            while !is_over.load(Ordering::Relaxed) {
                renameat_with(CWD, &dir, CWD, &link, RenameFlags::EXCHANGE)?;
                swaps += 1;
            }
            // Back in place for the next way.
            if swaps % 2 == 1 {
                renameat_with(CWD, &dir, CWD, &link, RenameFlags::EXCHANGE)?;
            }
            Ok(swaps)
        });
        let (mut rounds, mut escapes) = (0, 0);
        let start = Instant::now();
        while start.elapsed() < time {
            escapes += u64::from(way(rounds));
            rounds += 1;
        }
        is_over.store(true, Ordering::Relaxed);
        let swaps = attacker.join().unwrap_or(Err(rustix::io::Errno::CANCELED))?;
        Ok((rounds, swaps, escapes))
    })
}
