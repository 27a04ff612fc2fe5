//! The command line: arguments in, one command out.

mod audit;
mod check;
mod config;
mod doctor;
mod extract;
mod hook;
pub(crate) mod limits;
mod sandbox;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// Drive a coding agent on your own machine through guards.
#[derive(Debug, Parser)]
#[command(name = "guard-bot", version, about, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Common {
    /// Read the configuration from this file instead of the XDG configuration directory.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The approved directory; nothing outside it is touched.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) approved: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the whole pipeline on this terminal: no account, no configuration.
    Console(crate::console::Arguments),
    /// Run the Telegram bot.
    Run(crate::chat::Arguments),
    /// Set the Telegram bot up: token, owner, directory.
    Init(crate::chat::InitArguments),
    /// Evaluate one thing, or a batch, and run nothing.
    Check(check::Arguments),
    /// Answer a PreToolUse hook of Claude Code: JSON on standard input, the decision on standard output.
    Hook(hook::Arguments),
    /// Unpack an archive into a new directory, all of it or nothing.
    Extract(extract::Arguments),
    /// Run one command in a cell.
    Sandbox(sandbox::Arguments),
    /// Append to, read and verify the audit log.
    Audit(audit::Arguments),
    /// Show the request and cost limits.
    Limits(limits::Arguments),
    /// Show the configuration and where each value comes from.
    Config(config::Arguments),
    /// Check this machine and this set-up.
    Doctor(doctor::Arguments),
}

impl Cli {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Console(arguments) => crate::console::run(&self.common, &arguments),
            Command::Run(arguments) => crate::chat::run(&self.common, &arguments),
            Command::Init(arguments) => crate::chat::init(&self.common, &arguments),
            Command::Check(arguments) => check::run(&self.common, &arguments),
            Command::Hook(arguments) => hook::run(&self.common, &arguments),
            Command::Extract(arguments) => extract::run(&self.common, &arguments),
            Command::Sandbox(arguments) => sandbox::run(&self.common, &arguments),
            Command::Audit(arguments) => audit::run(&self.common, &arguments),
            Command::Limits(arguments) => limits::run(&self.common, &arguments),
            Command::Config(arguments) => config::run(&self.common, &arguments),
            Command::Doctor(arguments) => doctor::run(&self.common, &arguments),
        }
    }
}

/// Opens a file that somebody names on the command line, without waiting for a pipe that is called so.
fn regular_file(path: &std::path::Path) -> std::io::Result<std::fs::File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = std::fs::File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("no regular file"));
    }
    Ok(file)
}

/// Reads on to the end of an overlong line without keeping it.
fn skip_line(input: &mut impl std::io::BufRead) -> std::io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}
