//! `guard-bot run` with a project, a state and a world of its own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) use guard_e2e::guard_bot;
use guard_e2e_telegram::{Limits, Person, Server};
use tempfile::TempDir;

/// Who owns the bot.
pub(crate) const ADA: i64 = 7;
/// Who may use it too.
pub(crate) const BOB: i64 = 8;
/// Whom it does not know.
pub(crate) const EVE: i64 = 66;
/// Longer than anything here takes on a loaded machine with two cores.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Bot {
    pub(crate) server: Server,
    place: TempDir,
    child: Option<Child>,
    settings: Vec<(String, String)>,
    starts: u32,
}

impl Bot {
    /// A bot of Ada's and Bob's with the shell agent, not started.
    pub(crate) fn new() -> Self {
        assert!(Path::new("/usr/bin/bwrap").exists(), "bubblewrap is missing: apt-get install bubblewrap");
        // Not below `/tmp`, where the cell has its own.
        let place = TempDir::new_in("/var/tmp").expect("a directory");
        let server = Server::start();
        server.set_limits(Limits::NONE);
        let bot = Self { server, place, child: None, settings: Vec::new(), starts: 0 };
        for directory in ["home", "approved/web/src", "approved/web/.git", "approved/notes"] {
            fs::create_dir_all(bot.place.path().join(directory)).expect("a directory");
        }
        bot.write("web/README.md", "# web\nsecond line\n");
        bot.write("web/.env", "TOKEN=canary-7d3e\n");
        let (url, token) = (bot.server.url(), bot.server.token());
        let approved = bot.approved().to_string_lossy().into_owned();
        bot.with("TELEGRAM_API_URL", &url)
            .with("TELEGRAM_BOT_TOKEN", &token)
            .with("APPROVED_DIRECTORY", &approved)
            .with("ALLOWED_USERS", &format!("{ADA},{BOB}"))
            .with("GUARD_AGENT", "shell")
            .with("RATE_LIMIT_REQUESTS", "1000")
            .with("RATE_LIMIT_BURST", "1000")
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.retain(|(old, _)| old != name);
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.settings.retain(|(old, _)| old != name);
        self
    }

    /// Writes its `guard.toml`.
    pub(crate) fn configure(&self, text: &str) {
        let directory = self.path().join("home/config/guard");
        fs::create_dir_all(&directory).expect("a directory");
        fs::write(directory.join("guard.toml"), text).expect("a file");
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.place.path().canonicalize().expect("a directory")
    }

    pub(crate) fn approved(&self) -> PathBuf {
        self.path().join("approved")
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.approved().join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("directories");
        fs::write(path, text).expect("a file");
    }

    /// Empty where there is no such file.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.approved().join(name)).unwrap_or_default()
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        fs::symlink_metadata(self.approved().join(name)).is_ok()
    }

    /// The program with this bot's settings and nothing of this process's environment but where toolchains are.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(guard_bot());
        command.args(arguments).env_clear().current_dir(self.place.path());
        for name in ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        let home = self.path().join("home");
        command.env("GUARD_STATE_DIR", home.join("state")).env("XDG_CONFIG_HOME", home.join("config"));
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts it and waits until it listens.
    #[track_caller]
    pub(crate) fn start(&mut self) {
        self.launch();
        self.wait_listening();
    }

    /// Waits until it listens.
    #[track_caller]
    pub(crate) fn wait_listening(&mut self) {
        let begun = Instant::now();
        while !self.said().contains("listens") {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().expect("a wait"));
            let is_late = begun.elapsed() > PATIENCE;
            // A child that was just being made when the bot was killed holds its lock for a moment; a service
            // manager would try again too.
            if ended.is_some() && self.said().contains("[already-running]") && !is_late {
                std::thread::sleep(Duration::from_millis(100));
                self.launch();
                continue;
            }
            assert!(ended.is_none() && !is_late, "it does not start: {ended:?}: {}", self.said());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Starts it, and waits for nothing.
    pub(crate) fn launch(&mut self) {
        let command = self.command(&["run"]);
        self.launch_as(command);
    }

    /// The same by another way than its plain command.
    pub(crate) fn launch_as(&mut self, mut command: Command) {
        self.starts += 1;
        let output = File::create(self.log()).expect("a file");
        let errors = output.try_clone().expect("a handle");
        self.child =
            Some(command.stdin(Stdio::null()).stdout(output).stderr(errors).spawn().expect("guard-bot"));
    }

    fn log(&self) -> PathBuf {
        self.path().join(format!("log-{}", self.starts))
    }

    /// What it printed since its last start.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("a signal");
            child.wait().expect("its end");
        }
    }

    /// SIGTERM, and its end; false where it ended with an error.
    pub(crate) fn end(&mut self) -> bool {
        let Some(mut child) = self.child.take() else { return false };
        let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
        assert!(asked.success());
        child.wait().expect("its end").success()
    }

    /// Waits until it ends by itself; true where it says by its status that something is wrong.
    pub(crate) fn wait_end(&mut self) -> bool {
        let Some(child) = self.child.as_mut() else { return false };
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = child.try_wait().expect("a wait") {
                return !status.success();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().expect("a bot that runs").id()
    }

    /// Asks until nothing runs and nothing waits for the person.
    #[track_caller]
    pub(crate) fn wait_idle(&self, person: &Person) {
        let begun = Instant::now();
        loop {
            let asked = person.say("/status");
            let status = person.wait("a status", |message| {
                message.id > asked && message.raw["reply_to_message"]["message_id"] == asked
            });
            if status.text.contains("Nothing runs.") && status.text.contains("Waiting: 0") {
                return;
            }
            let seen = || person.messages().into_iter().map(|message| message.text).collect::<Vec<_>>();
            assert!(begun.elapsed() < PATIENCE, "still busy: {:#?}", seen());
            // Answers have a pace, which this must not use up.
            std::thread::sleep(Duration::from_millis(1800));
        }
    }

    pub(crate) fn ada(&self) -> Person {
        self.server.person(ADA, "Ada")
    }

    pub(crate) fn bob(&self) -> Person {
        self.server.person(BOB, "Bob")
    }

    pub(crate) fn eve(&self) -> Person {
        self.server.person(EVE, "Eve")
    }

    /// The records of the audit log that hold `text`, after it was found whole.
    #[track_caller]
    pub(crate) fn records(&self, text: &str) -> Vec<String> {
        let verified = self.command(&["audit", "verify"]).output().expect("guard-bot");
        assert!(verified.status.success(), "{verified:?}");
        let output = self.command(&["audit", "query", "--json"]).output().expect("guard-bot");
        assert!(output.status.success(), "{output:?}");
        let output = String::from_utf8(output.stdout).expect("text");
        output.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }

    /// Everything that was ever sent to any chat, as the server got it.
    pub(crate) fn sent(&self) -> String {
        self.server.calls().iter().map(|call| format!("{:?}\n", call.params)).collect()
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().ok();
        }
        if std::thread::panicking() {
            eprintln!("the bot said: {}", self.said());
        }
    }
}
