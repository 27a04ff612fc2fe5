//! Counts escapes while an attacker swaps a directory for a link that leaves, as fast as the kernel allows.
//!
//! Run with `cargo bench -p guard-benches --bench path_race`. The confined ways take turns until they have made
//! `GUARD_RACE_ATTEMPTS` attempts together (10 million by default, some two minutes); a turn takes `GUARD_RACE_SECONDS`
//! (2 by default). The first two ways are common ones, check and then open; they get one turn, to show that the attack works.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use guard_core::path::Root;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
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
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let turn = Duration::from_secs(number("GUARD_RACE_SECONDS").unwrap_or(2));
    let wanted = number("GUARD_RACE_ATTEMPTS").unwrap_or(10_000_000);
    // Without a disk the attacker swaps, and hits, several times as often.
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())?;
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
    let (naive, confined) = ways.split_at(2);
    let mut tallies = vec![Tally::default(); confined.len()];
    for (name, way) in naive {
        let mut tally = Tally::default();
        race(&base, turn, way, &mut tally)?;
        println!("{name:<36} {tally}");
    }
    while tallies.iter().map(|tally| tally.attempts).sum::<u64>() < wanted {
        for ((_, way), tally) in confined.iter().zip(&mut tallies) {
            race(&base, turn, way, tally)?;
        }
    }
    for ((name, _), tally) in confined.iter().zip(&tallies) {
        println!("{name:<36} {tally}");
    }
    Ok(tallies.iter().all(|tally| tally.escapes == 0))
}

/// What came of the turns of one way.
#[derive(Clone, Default)]
struct Tally {
    attempts: u64,
    swaps: u64,
    escapes: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attempts, swaps, escapes } = self;
        write!(f, "{attempts:>9} attempts, {swaps:>9} swaps, {escapes:>7} escapes")
    }
}

fn open(root: &Root, name: &str) -> Option<File> {
    root.resolve(name).ok()?.open().ok()
}

fn escaped(mut file: File) -> bool {
    let mut contents = String::new();
    file.read_to_string(&mut contents).is_err() || contents == "OUTSIDE"
}

#[allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn race(base: &Path, time: Duration, way: &dyn Fn(u64) -> bool, tally: &mut Tally) -> io::Result<()> {
    let (dir, link) = (base.join("root/dir"), base.join("root/link"));
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let attacker = scope.spawn(|| -> Result<u64, Errno> {
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
        let start = Instant::now();
        while start.elapsed() < time {
            tally.escapes += u64::from(way(tally.attempts));
            tally.attempts += 1;
        }
        is_over.store(true, Ordering::Relaxed);
        tally.swaps += attacker.join().unwrap_or(Err(Errno::CANCELED))?;
        Ok::<_, Errno>(())
    })?;
    // What could not be removed while the link stood in its place.
    for entry in fs::read_dir(&dir)? {
        let entry = entry?;
        if entry.file_name() != "file" {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
