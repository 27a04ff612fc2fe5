//! A bot that is killed, stopped with a full process table, or full of secrets: what it started is in another process.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::cli::cli;
use crate::stand::{KEY, Stand, running, until};
use crate::stub::{Reply, bash};

/// Of an account that can do nothing else: `nobody`.
const ORDINARY: u32 = 65534;

/// The bot as a process, and what it has printed.
struct Bot {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Bot {
    /// `processes` bounds the cell. The kernel exempts uid 0 from that bound, so that a bot with one is `nobody` there.
    fn start(
        stand: &Stand,
        script: impl IntoIterator<Item = Reply>,
        judge: &str,
        processes: Option<u32>,
    ) -> Self {
        let bot = Path::new(env!("CARGO_BIN_EXE_e2e-claude-bot"));
        let mut command = match processes {
            Some(_) if is_root() => {
                let mut command = Command::new("setpriv");
                command.args([
                    format!("--reuid={ORDINARY}"),
                    format!("--regid={ORDINARY}"),
                    "--clear-groups".into(),
                ]);
                command.arg(lend(stand, bot)).arg(lend(stand, cli()));
                give(stand.root.path());
                command
            }
            _ => {
                let mut command = Command::new(bot);
                command.arg(cli());
                command
            }
        };
        stand.stub(script);
        command.arg(stand.root.path()).args([
            &stand.upstream,
            judge,
            &processes.unwrap_or(4_096).to_string(),
        ]);
        let mut child = command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("ANTHROPIC_API_KEY", KEY)
            .env("TELEGRAM_BOT_TOKEN", "canary-token-of-the-bot")
            .env("GITHUB_TOKEN", "canary-of-another-service")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a bot");
        let said = Arc::new(Mutex::new(String::new()));
        let (out, error) = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
        collect(out, &said);
        collect(error, &said);
        Self { child, said }
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    #[track_caller]
    fn wait_for(&self, word: &str) {
        assert!(until(|| self.said().contains(word)), "no {word}: {}", self.said());
    }

    fn stop(&mut self) {
        self.child.stdin.take().expect("a pipe").write_all(b"stop\n").expect("a listening bot");
        self.child.wait().expect("an end");
    }

    fn kill(&mut self) {
        self.child.kill().expect("a kill");
        self.child.wait().expect("an end");
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).ok();
    }
}

fn collect(from: impl std::io::Read + Send + 'static, said: &Arc<Mutex<String>>) {
    let said = Arc::clone(said);
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut said = said.lock().unwrap();
            said.push_str(&line);
            said.push('\n');
        }
    });
}

fn is_root() -> bool {
    fs::metadata("/proc/self").expect("/proc").uid() == 0
}

/// The same file where `nobody` can reach it.
fn lend(stand: &Stand, file: &Path) -> PathBuf {
    let to = stand.path("bin").join(file.file_name().expect("a name"));
    fs::create_dir_all(stand.path("bin")).expect("a directory");
    if fs::hard_link(file, &to).is_err() {
        fs::copy(file, &to).expect("a copy");
    }
    to
}

/// Gives the directories of the stand to `nobody`; what is lent stays whose it was.
fn give(path: &Path) {
    let about = fs::symlink_metadata(path).expect("an entry");
    if about.is_dir() && !path.ends_with("bin") {
        fs::read_dir(path).expect("entries").flatten().for_each(|entry| give(&entry.path()));
    }
    if about.is_dir() || about.nlink() == 1 {
        chown(path, Some(ORDINARY), Some(ORDINARY)).expect("another owner");
    }
    if path.ends_with("bin") {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a mode");
    }
}

/// Leaves a process behind in every way that a shell knows, and stays.
fn leave(mark: &str) -> String {
    format!(
        "setsid sleep {mark} & (setsid setsid sleep {mark} &) ; nohup setsid -f sleep {mark} >/dev/null 2>&1; \
         (trap '' INT TERM HUP; exec sleep {mark}) & sleep {mark}"
    )
}

#[test]
fn nothing_survives_a_bot_that_is_killed() {
    let stand = Stand::new();
    let mut bot = Bot::start(&stand, [bash(format!("{}; touch made", leave("64.31")))], "allow", None);
    assert!(until(|| running("64.31") >= 5), "{}", bot.said());
    bot.kill();
    assert!(until(|| running("64.31") == 0), "{} processes survived", running("64.31"));
    assert!(until(|| running_in(&stand) == 0), "the agent survived");
    assert!(!stand.exists("project/made"));
}

#[test]
fn a_tool_does_not_run_when_the_bot_is_killed_before_its_verdict() {
    for (judge, word) in [("think", "thinking"), ("ask", "Ask(")] {
        let stand = Stand::new();
        // The agent runs `echo` unasked by itself.
        let mut bot = Bot::start(&stand, [bash("echo ran > made"), bash("echo ran > made")], judge, None);
        bot.wait_for(word);
        bot.kill();
        assert!(until(|| running_in(&stand) == 0), "{judge}: the agent survived");
        assert!(!stand.exists("project/made"), "{judge}");
    }
}

/// Processes that have the directory of this stand among their arguments: the agent and what holds its cell.
fn running_in(stand: &Stand) -> usize {
    running(&stand.path("project").to_string_lossy())
}

/// Fills the table of processes and ends the bot then. `false` where the agent, which needs threads itself, gave up
/// before: then nothing may be left either.
#[track_caller]
fn a_full_table(mark: &str, end: impl FnOnce(&mut Bot)) -> bool {
    let stand = Stand::new();
    let fill = format!("{}& for n in $(seq 300); do setsid sleep {mark} & done; sleep {mark}", leave(mark));
    let mut bot = Bot::start(&stand, [bash(fill)], "allow", Some(150));
    let mut before = usize::MAX;
    let is_settled = until(|| {
        thread::sleep(Duration::from_millis(300));
        let now = running(mark);
        bot.said().contains("Ended(Err(Died(") || now > 50 && std::mem::replace(&mut before, now) == now
    });
    assert!(is_settled && running(mark) <= 150, "{} processes: {}", running(mark), bot.said());
    let has_given_up = bot.said().contains("Ended(Err(Died(");
    if !has_given_up {
        end(&mut bot);
    }
    assert!(until(|| running(mark) == 0), "{} processes survived", running(mark));
    assert!(until(|| running_in(&stand) == 0), "the agent survived");
    !has_given_up
}

/// One after the other: both count against the bound of the same account.
#[test]
fn nothing_survives_a_full_process_table() {
    let stopped = || {
        a_full_table("64.47", |bot| {
            bot.stop();
            bot.wait_for("Ended(Err(");
        })
    };
    assert!((0..5).any(|_| stopped()), "the agent never lived to be stopped");
    assert!((0..5).any(|_| a_full_table("64.53", Bot::kill)), "the agent never lived to be killed");
}

/// Everything that a cell can look into, for the secrets around it.
#[test]
fn secrets_of_the_bot_and_of_other_users_are_not_in_the_cell() {
    let stand = Stand::new();
    let canaries = [
        "canary-token-of-the-bot",
        "canary-of-another-service",
        KEY,
        "canary-of-a-project",
        "canary-of-a-home",
        "canary-of-a-file",
        "canary-of-the-quarantine",
    ];
    stand.write("other/project/src/notes.txt", "canary-of-a-project");
    stand.write("other/home/.claude/projects/x.jsonl", "canary-of-a-home");
    stand.write("project/.env.local", "TOKEN=canary-of-a-file");
    stand.write("project/deploy/id_ed25519", "canary-of-a-file");
    stand.write("quarantine/0000-0000-x.quarantined", "canary-of-the-quarantine");
    let root = stand.root.path().display();
    let script = [
        "env; export -p; cat /proc/self/environ /proc/*/environ /proc/*/cmdline | tr '\\0' '\\n'".to_owned(),
        format!("ls -laR {root} /run /home /root /var/tmp /tmp; find / -xdev -name '*canary*'"),
        format!(
            "cat {root}/other/project/src/notes.txt {root}/other/home/.claude/projects/x.jsonl {root}/quarantine/*"
        ),
        "cat .env.local deploy/id_ed25519 .env; grep -rs canary . ~ /tmp /run /etc".to_owned(),
        "for fd in /proc/*/fd/*; do readlink $fd; done; cat /proc/*/mountinfo /proc/*/maps".to_owned(),
        "timeout 5 grep -aso 'sk-ant[-a-z0-9]*\\|canary[-a-z]*' /proc/*/mem /proc/kcore /dev/mem /dev/fd/*"
            .to_owned(),
        "curl -s -d '{}' $ANTHROPIC_BASE_URL/v1/messages -D -; curl -s $ANTHROPIC_BASE_URL/v1/models -D -"
            .to_owned(),
    ];
    let count = script.len();
    let mut bot = Bot::start(&stand, script.map(bash), "allow", None);
    bot.wait_for("Ended(");
    bot.child.wait().expect("an end");
    let said = bot.said();
    assert_eq!(said.matches("\nToolResult").count(), count, "{said}");
    // The commands did look: the dummy is what the cell has for a key.
    assert!(said.contains("held-by-the-relay"), "{said}");
    let requests = stand.stub_requests();
    for canary in canaries {
        assert!(!said.contains(canary), "{canary} came out: {said}");
        for (head, body) in &requests {
            assert!(!body.to_string().contains(canary), "{canary} reached the model");
            // The key is in the one header that the relay adds.
            let rest = head.replace(&format!("x-api-key: {KEY}\r\n"), "");
            assert!(!rest.contains(canary), "{canary} reached the model: {head}");
            assert_ne!(rest, *head, "the relay adds the key");
        }
    }
}
