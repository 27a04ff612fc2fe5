//! Confines what a stranger names to one directory.
//!
//! Run with `cargo run -p guard-examples --example confine`, or with a directory and names of your own:
//! `cargo run -p guard-examples --example confine -- DIR NAME...`

use std::error::Error;
use std::os::unix::fs::symlink;

use guard_core::path::{Operation, Root};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    if let Some(dir) = arguments.next() {
        let root = Root::open(dir)?;
        return arguments.try_for_each(|name| show(&root, &name));
    }
    let project = tempfile::tempdir()?;
    std::fs::write(project.path().join("notes.txt"), "buy milk\n")?;
    std::fs::write(project.path().join(".env"), "PASSWORD=swordfish\n")?;
    symlink("/etc", project.path().join("config"))?;
    let root = Root::open(project.path())?;
    ["notes.txt", "../../etc/passwd", "config/passwd", "a/../.env", "[...slug].tsx", "C:\\boot.ini"]
        .iter()
        .try_for_each(|name| show(&root, name))
}

fn show(root: &Root, name: &str) -> Result<(), Box<dyn Error>> {
    // For what this program does itself: one call that resolves, judges and opens.
    let opened = match root.resolve(name).and_then(|name| name.open()) {
        Ok(file) => format!("{} bytes", file.metadata()?.len()),
        Err(error) => format!("{} ({error})", error.code()),
    };
    // For what another program is about to do: a decision with its reasons.
    let judgement = root.judge("", name, Operation::Write);
    println!("{name:<20} read: {opened}\n{:<20} write: {}", "", judgement.decision());
    Ok(())
}
