//! What others wrote, fetched once into the user's cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory of the cache that `fill` has filled completely; done again where it was interrupted.
pub(crate) fn place(name: &str, fill: impl FnOnce(&Path)) -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).unwrap_or_else(|| {
        PathBuf::from(std::env::var_os("HOME").expect("HOME or XDG_CACHE_HOME")).join(".cache")
    });
    let place = cache.join("guard-e2e").join(name);
    let done = place.join("complete");
    if !done.is_file() {
        fs::remove_dir_all(&place).ok();
        fs::create_dir_all(&place).expect("a cache directory");
        fill(&place);
        fs::write(done, "").expect("a file in the cache");
    }
    place
}

/// Runs a program to its end; its output is shown where it fails.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?} failed: {}\n{stdout}\n{stderr}", output.status);
    stdout
}
