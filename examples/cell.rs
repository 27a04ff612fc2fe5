//! Runs one program in a cell and shows what it sees.
//!
//! Run with `cargo run -p guard-examples --example cell`, or give a command of your own after `--`.

use guard_sandbox::{Profile, Streams, stage};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Inside the cell this same executable restricts itself and becomes the program.
    stage::run_if_requested();
    let mut command: Vec<String> = std::env::args().skip(1).collect();
    if command.is_empty() {
        command.extend(["ls", "-la", "/"].map(String::from));
    }
    let project = tempfile::tempdir()?;
    let cell = Profile::new(project.path()).writable(project.path()).prepare()?;
    let exit = cell.spawn(command, ".", Streams::inherited())?.wait()?;
    eprintln!("exit status {}, {:?}", exit.code(), cell.enforced());
    std::process::exit(exit.code());
}
