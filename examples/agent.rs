//! Judges a command line and runs it in a cell that is compiled from its own effects.
//!
//! Run with: cargo run -p guard-examples --example agent
//! It needs bubblewrap.

use std::error::Error;

use guard_agent::{Chunk, Options, Shell};
use guard_core::command::{Context, Policy};
use guard_core::path::Root;

fn main() -> Result<(), Box<dyn Error>> {
    // Inside the cell this program is the stage that restricts itself and becomes the command.
    guard_sandbox::stage::run_if_requested();
    let place = tempfile::tempdir()?;
    let (project, home) = (place.path().join("project"), place.path().join("home"));
    for directory in [&project, &home] {
        std::fs::create_dir(directory)?;
    }
    std::fs::write(project.join("notes.txt"), "two\none\n")?;

    let root = Root::open(&project)?;
    let shell = Shell::new(Options {
        project: root.path().to_owned(),
        home: home.canonicalize()?,
        quarantine: place.path().join("quarantine"),
        degraded: None,
        toolchains: Vec::new(),
        stage: None,
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    for line in
        ["sort notes.txt > sorted.txt && cat sorted.txt", "cat /etc/passwd", "curl https://example.com"]
    {
        println!("> {line}");
        match Policy::agent().evaluate(line, &Context::new(&root)).into_approved() {
            Err(evaluation) => println!("{evaluation}"),
            Ok(approved) => runtime.block_on(async {
                let mut running = shell.start(approved)?;
                while let Some(Chunk::Output(bytes) | Chunk::Error(bytes)) = running.next().await {
                    print!("{}", String::from_utf8_lossy(&bytes));
                }
                println!("status {}", running.exit().await?.code());
                Ok::<_, guard_agent::AgentError>(())
            })?,
        }
    }
    Ok(())
}
