//! A file service in a few lines: names from outside, files from one directory, and no secret in an answer.
//!
//! Run with `cargo run -p guard-examples --example serve`; it answers a few requests and ends. With a directory as
//! argument it answers one name per line of its input.

use std::error::Error;
use std::io::{self, BufRead as _, Read as _};

use guard_core::path::{PathError, Root};
use guard_core::secret::Redactor;

/// The most that is read of one file.
const ANSWER_MAX: u64 = 64 * 1024;

fn answer(root: &Root, redactor: &Redactor, name: &str) -> Result<String, PathError> {
    let file = root.resolve(name)?.open()?;
    let mut bytes = Vec::new();
    file.take(ANSWER_MAX).read_to_end(&mut bytes).map_err(PathError::Io)?;
    Ok(redactor.redact(&String::from_utf8_lossy(&bytes)).into_owned())
}

fn main() -> Result<(), Box<dyn Error>> {
    let redactor = Redactor::new();
    let reply = |root: &Root, name: &str| match answer(root, &redactor, name) {
        Ok(text) => println!("{name}: {text}"),
        Err(error) => println!("{name}: refused, {} ({error})", error.code()),
    };
    if let Some(dir) = std::env::args().nth(1) {
        let root = Root::open(dir)?;
        return Ok(io::stdin().lock().lines().try_for_each(|name| name.map(|name| reply(&root, &name)))?);
    }
    let dir = tempfile::tempdir()?;
    std::fs::write(dir.path().join("app.log"), "connecting to postgres://app:hunter2xx@db/app\n")?;
    std::fs::write(dir.path().join(".env"), "KEY=1\n")?;
    let root = Root::open(dir.path())?;
    ["app.log", ".env", "../../etc/passwd"].iter().for_each(|name| reply(&root, name));
    Ok(())
}
