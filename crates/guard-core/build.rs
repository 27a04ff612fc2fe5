//! Compiles the rule data under `data/` into static tables, so that nothing is parsed when a program starts.

use std::error::Error;

#[path = "build/commands.rs"]
mod commands;
#[path = "build/contents.rs"]
mod contents;
#[path = "build/names.rs"]
mod names;
#[path = "build/uploads.rs"]
mod uploads;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=data");
    contents::generate()?;
    commands::generate()?;
    names::generate()?;
    uploads::generate()
}
