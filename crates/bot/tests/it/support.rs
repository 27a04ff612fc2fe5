//! A home, a project and a program in between, nothing else of this machine.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A user with a home, and a project beside it.
pub(crate) struct User {
    place: TempDir,
}

impl User {
    pub(crate) fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        for directory in ["home", "project/src", "project/.git/hooks"] {
            fs::create_dir_all(place.path().join(directory)).unwrap();
        }
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let user = Self { place };
        for (file, text) in
            [("README.md", "# project\n"), (".env", "TOKEN=canary-91c2\n"), ("src/main.rs", "fn main() {}\n")]
        {
            fs::write(user.project().join(file), text).unwrap();
        }
        user
    }

    pub(crate) fn project(&self) -> PathBuf {
        self.place.path().canonicalize().unwrap().join("project")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.place.path().canonicalize().unwrap().join("home")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.home().join(".local/state/guard")
    }

    pub(crate) fn command<S: AsRef<std::ffi::OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guard-bot"));
        command.args(arguments).env_clear().env("HOME", self.home()).env("PATH", "/usr/bin:/bin");
        command.current_dir(self.project());
        command
    }

    pub(crate) fn run<const N: usize>(&self, arguments: [&str; N]) -> Output {
        self.run_with(arguments, b"")
    }

    pub(crate) fn run_with<const N: usize>(&self, arguments: [&str; N], input: &[u8]) -> Output {
        feed(self.command(arguments), input)
    }
}

/// Runs to the end with `input`; a program that does not read all of it is fine.
pub(crate) fn feed(mut command: Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input).ok());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The lines of JSON that a program printed.
#[track_caller]
pub(crate) fn lines(output: &Output) -> Vec<Value> {
    stdout(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The codes of an answer of `check`.
pub(crate) fn codes(answer: &Value) -> Vec<String> {
    answer["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .collect()
}

pub(crate) fn write_private(path: &Path, text: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}
