//! A project with a secret, a guarded file and a private home, and a cell around it.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use guard_sandbox::{Cell, Profile, Streams};
use tempfile::TempDir;

/// The directories of one test; everything is removed at the end.
pub(crate) struct Stand {
    pub(crate) root: TempDir,
}

/// What a program said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Stand {
    pub(crate) fn new() -> Self {
        // Not below `/tmp`, where the cell has its own.
        let root = TempDir::new_in("/var/tmp").expect("a temporary directory in /var/tmp");
        let stand = Self { root };
        for directory in ["project/.git/hooks", "project/src", "project/keys", "home", "outside"] {
            fs::create_dir_all(stand.root.path().join(directory)).expect("a directory");
        }
        stand.write("project/.env", "TOKEN=canary");
        stand.write("project/keys/id_rsa", "canary");
        stand.write("project/.git/config", "[core]\n");
        stand.write("project/src/main.rs", "fn main() {}\n");
        stand.write("outside/secret", "canary");
        stand
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a file")
    }

    /// Writable, with everything masked and guarded that is there.
    pub(crate) fn profile(&self) -> Profile {
        let project = self.path("project");
        Profile::new(&project)
            .writable(&project)
            .masked([project.join(".env"), project.join("keys"), project.join("missing")])
            .guarded([project.join(".git/config"), project.join(".git/hooks"), project.join(".envrc")])
            .home(self.path("home"))
            .stage(env!("CARGO_BIN_EXE_e2e-stage"))
    }

    pub(crate) fn cell(&self) -> Cell {
        self.profile().prepare().expect("a cell; is bubblewrap installed, and are user namespaces allowed?")
    }

    pub(crate) fn degraded(&self) -> Cell {
        let profile = self.profile().bubblewrap("/nonexistent/bwrap").degraded("the tests have a reason");
        profile.prepare().expect("a degraded cell; is this Linux 6.12 or later, with Landlock?")
    }
}

/// Runs a script with bash in the project and waits for it.
#[track_caller]
pub(crate) fn bash(cell: &Cell, script: &str) -> Said {
    run(cell, &["bash", "-c", script])
}

#[track_caller]
pub(crate) fn run(cell: &Cell, command: &[&str]) -> Said {
    try_run(cell, command).expect("a started program")
}

/// What a program said, if it could be started.
#[track_caller]
pub(crate) fn try_run(cell: &Cell, command: &[&str]) -> Option<Said> {
    let mut run = cell.spawn(command, ".", Streams::captured()).ok()?;
    let (out, err) = (run.stdout().expect("a pipe"), run.stderr().expect("a pipe"));
    let stderr = std::thread::spawn(move || text(err));
    let stdout = std::thread::spawn(move || text(out));
    let exit = run.wait_for(Duration::from_secs(120)).expect("a wait").expect("an end within two minutes");
    let (stdout, stderr) = (stdout.join().expect("stdout"), stderr.join().expect("stderr"));
    Some(Said { code: exit.code(), stdout, stderr })
}

fn text(mut pipe: impl Read) -> String {
    let mut bytes = Vec::new();
    pipe.read_to_end(&mut bytes).expect("output");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A number that no other run of these tests uses at the same time.
pub(crate) fn mark(number: u32) -> String {
    format!("{number}{}", std::process::id())
}

/// Whether a process of the host has these bytes among its arguments.
pub(crate) fn is_running(mark: &str) -> bool {
    let processes = fs::read_dir("/proc").expect("/proc");
    processes.flatten().any(|entry| {
        let arguments = fs::read(Path::new(&entry.path()).join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&arguments).contains(mark)
    })
}
