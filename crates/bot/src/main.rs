//! `guard-bot`: one binary for the console, the checks, the hook, the cell and the audit log.

// They end the program where nobody reads what they print; `say` does not.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod chat;
mod cli;
mod config;
mod console;
mod engine;
mod exit;
mod gate;
mod model;
mod output;
mod person;
mod prove;
mod render;
mod run;
mod say;
mod settings;
mod state;
mod workshop;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // Inside a cell this binary is the stage that restricts itself and becomes the program; it never returns then.
    guard_sandbox::stage::run_if_requested();
    // And once more, where what it becomes is the parent of Claude Code.
    guard_agent::claude::run_if_requested();
    match cli::Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            // Whoever reads no further wants no complaint either.
            if !error.downcast_ref().is_some_and(say::Unsaid::is_unread) {
                let redactor = guard_core::secret::Redactor::new();
                say::log(render::output(&redactor.redact(&format!("{error:#}"))));
            }
            exit::usage()
        }
    }
}
