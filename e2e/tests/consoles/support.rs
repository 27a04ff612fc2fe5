//! A user, a project, and `guard-bot` in between.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

pub(crate) use guard_e2e::guard_bot;
use tempfile::TempDir;

/// Longer than anything here takes on a loaded machine with two cores.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct User {
    place: TempDir,
}

impl User {
    pub(crate) fn new() -> Self {
        assert!(Path::new("/usr/bin/bwrap").exists(), "bubblewrap is missing: apt-get install bubblewrap");
        let place = tempfile::tempdir().unwrap();
        let user = Self { place };
        for directory in ["home", "project/src", "project/.git/hooks"] {
            fs::create_dir_all(user.path().join(directory)).unwrap();
        }
        user.write("README.md", "# project\nsecond line\n");
        user.write(".env", "TOKEN=canary-7d3e\n");
        user.write("outside-link-target", "");
        std::os::unix::fs::symlink("/etc", user.project().join("link")).unwrap();
        user
    }

    fn path(&self) -> PathBuf {
        self.place.path().canonicalize().unwrap()
    }

    pub(crate) fn project(&self) -> PathBuf {
        self.path().join("project")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.path().join("home")
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.project().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.project().join(name)).unwrap()
    }

    pub(crate) fn command<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = Command::new(guard_bot());
        command.args(arguments);
        self.prepare(&mut command);
        command
    }

    /// The user's environment and nothing of this process's but where its toolchains are.
    pub(crate) fn prepare(&self, command: &mut Command) {
        command.env_clear().current_dir(self.project());
        for name in ["PATH", "CARGO_HOME", "RUSTUP_HOME"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // Toolchains are looked for under the real home; the guard's own state is under the test's.
        command.env("HOME", std::env::var_os("HOME").unwrap_or_default());
        command
            .env("GUARD_STATE_DIR", self.home().join("state"))
            .env("XDG_CONFIG_HOME", self.home().join("config"));
        command.env("GUARD_TEST_CANARY", "canary-of-the-environment");
    }

    pub(crate) fn run<const N: usize>(&self, arguments: [&str; N]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// Types lines into a console and returns all that it printed.
    pub(crate) fn console(&self, lines: &[&str]) -> Transcript {
        let mut input = lines.join("\n").into_bytes();
        input.push(b'\n');
        self.console_bytes(&input)
    }

    pub(crate) fn console_bytes(&self, input: &[u8]) -> Transcript {
        let mut child = self
            .command(["console"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = std::thread::spawn(move || stdin.write_all(&input).ok());
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Transcript::of(&output)
    }

    /// The names of the recorded events, oldest first.
    pub(crate) fn events(&self) -> Vec<String> {
        self.records().iter().map(|record| record["event"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn records(&self) -> Vec<serde_json::Value> {
        let output = self.run(["audit", "query", "--json"]);
        String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// What a console printed.
#[derive(Debug)]
pub(crate) struct Transcript {
    pub(crate) text: String,
    pub(crate) errors: String,
    pub(crate) status: Option<i32>,
}

impl Transcript {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            text: String::from_utf8(output.stdout.clone()).unwrap(),
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
            status: output.status.code(),
        }
    }

    #[track_caller]
    pub(crate) fn has(&self, text: &str) {
        assert!(self.text.contains(text), "no `{text}` in\n{}\n{}", self.text, self.errors);
    }

    #[track_caller]
    pub(crate) fn lacks(&self, text: &str) {
        assert!(!self.text.contains(text), "`{text}` in\n{}", self.text);
    }
}

/// A console that is talked to while it runs.
pub(crate) struct Live {
    pub(crate) child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
    pub(crate) seen: String,
}

impl Live {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines() {
                let Ok(line) = line else { break };
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, stdin, lines, seen: String::new() }
    }

    pub(crate) fn say(&mut self, line: &str) {
        writeln!(self.stdin, "{line}").unwrap();
    }

    /// Reads on until a line contains `text`.
    #[track_caller]
    pub(crate) fn until(&mut self, text: &str) -> String {
        self.until_any(&[text])
    }

    /// Reads on until a line contains one of `texts`.
    #[track_caller]
    pub(crate) fn until_any(&mut self, texts: &[&str]) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.seen.push_str(&line);
                    self.seen.push('\n');
                    if texts.iter().any(|text| line.contains(text)) {
                        return line;
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("none of {texts:?} after\n{}", self.seen)
                }
            }
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Processes of this machine whose command line contains `mark`.
pub(crate) fn survivors(mark: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(line) = fs::read(entry.path().join("cmdline")) else { continue };
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(mark) {
            found.push(line);
        }
    }
    found
}

/// Waits until nothing with `mark` is left.
#[track_caller]
pub(crate) fn nothing_survives(mark: &str) {
    let end = Instant::now() + Duration::from_secs(10);
    while !survivors(mark).is_empty() {
        assert!(Instant::now() < end, "{:?}", survivors(mark));
        std::thread::sleep(Duration::from_millis(20));
    }
}
