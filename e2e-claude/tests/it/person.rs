//! `guard-bot console --agent claude` with the real agent and a scripted model: a person types, and reads what comes.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use guard_e2e::guard_bot;
use serde_json::Value;

use crate::cli::cli;
use crate::stand::{CANARY, KEY, MODEL, Stand};
use crate::stub::{Reply, Stub};

/// Longer than anything here takes on a loaded machine with two cores.
const PATIENCE: Duration = Duration::from_secs(90);
/// A person's account with a project, and a model for it.
pub(crate) struct Bot {
    pub(crate) stand: Stand,
    pub(crate) stub: Stub,
    upstream: String,
    extra: Vec<(&'static str, String)>,
}

impl Bot {
    pub(crate) fn new(script: impl IntoIterator<Item = Reply>) -> Self {
        let stand = Stand::new();
        fs::create_dir_all(stand.path("owner/.claude")).unwrap();
        let stub = Stub::new(script);
        let upstream = format!("http://{}", stub.listen_tcp());
        Self { stand, stub, upstream, extra: Vec::new() }
    }

    /// Sets a variable; an empty one is not set.
    pub(crate) fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.extra.push((name, value.into()));
        self
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(guard_bot());
        command.args(arguments).env_clear().current_dir(self.stand.path("project"));
        command
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.stand.path("owner"))
            .env("GUARD_STATE_DIR", self.stand.path("state"))
            .env("CLAUDE_CLI_PATH", cli())
            .env("CLAUDE_MODEL", MODEL)
            .env("ANTHROPIC_BASE_URL", &self.upstream)
            .env("ANTHROPIC_API_KEY", KEY)
            .env("GUARD_TEST_CANARY", CANARY);
        for (name, value) in &self.extra {
            command.env(name, value);
        }
        command
    }

    pub(crate) fn start(&self) -> Console {
        let mut child = self
            .command(&["console", "--agent", "claude"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (send, pieces) = channel();
        let streams: [Box<dyn std::io::Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for mut stream in streams {
            let send = send.clone();
            thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(read @ 1..) = stream.read(&mut buffer) {
                    if send.send(buffer[..read].to_vec()).is_err() {
                        return;
                    }
                }
            });
        }
        let input = child.stdin.take();
        Console { child, input, pieces, seen: String::new(), mark: 0 }
    }

    /// Types these lines, one after the other as each request ends, and returns all that was printed.
    pub(crate) fn session(&self, lines: &[&str]) -> String {
        let mut console = self.start();
        for line in lines {
            console.type_line(line);
        }
        console.end()
    }

    /// The records of the audit log, oldest first.
    pub(crate) fn records(&self) -> Vec<Value> {
        let output = self.command(&["audit", "query", "--json", "--limit", "1000"]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let mut records: Vec<Value> = String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        records.sort_by_key(|record| record["seq"].as_u64());
        records
    }

    /// The names of the records.
    pub(crate) fn events(&self) -> Vec<String> {
        self.records().iter().map(|record| record["event"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// A console that runs.
pub(crate) struct Console {
    pub(crate) child: Child,
    input: Option<ChildStdin>,
    pieces: Receiver<Vec<u8>>,
    pub(crate) seen: String,
    mark: usize,
}

impl Console {
    pub(crate) fn type_line(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Reads until `text` comes after what was awaited before.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = self.seen[self.mark..].find(text) {
                self.mark += found + text.len();
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.pieces.recv_timeout(left) {
                Ok(piece) => self.seen.push_str(&String::from_utf8_lossy(&piece)),
                Err(RecvTimeoutError::Timeout) => panic!("{text:?} did not come:\n{}", self.seen),
                Err(RecvTimeoutError::Disconnected) => panic!("ended without {text:?}:\n{}", self.seen),
            }
        }
    }

    pub(crate) fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Ends the input and reads the rest; the console has to end well.
    #[track_caller]
    pub(crate) fn end(mut self) -> String {
        drop(self.input.take());
        let deadline = Instant::now() + PATIENCE;
        while let Ok(piece) = self.pieces.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            self.seen.push_str(&String::from_utf8_lossy(&piece));
        }
        let status = self.child.wait().unwrap();
        assert!(status.success() && status.signal().is_none(), "{status}:\n{}", self.seen);
        std::mem::take(&mut self.seen)
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
