//! `guard-bot console --demo`: the whole pipeline in a temporary project, with a scripted agent and a scripted person.
//!
//! Everything shown happens: the same gate, the same policy, the same cell, the same log. Only the lines and the answers
//! are written here, and the clock of the record, so that every run prints the same.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use guard_agent::Protected;
use guard_audit::{Timestamp, Verification};
use guard_sandbox::{Profile, Streams};

use super::{enforcement, words};
use crate::cli::limits::this_user;
use crate::config::{Config, Purpose, Sources};
use crate::gate::{Request, Sender};
use crate::person::{Answer, Ending, Person, Question, Shown};
use crate::run::{Done, Pipeline};
use crate::say::{self, Unsaid};
use crate::state::State;
use crate::workshop::{Kind, Workshop};

/// A value that must never be seen outside the file it is in.
const CANARY: &str = "canary-4c1f0e";

/// One line of the script.
struct Scene {
    title: &'static str,
    line: &'static str,
    want: Want,
}

/// What has to happen; the demonstration fails otherwise.
enum Want {
    Runs,
    Denied,
    ApprovedAndRuns,
    Stopped,
}

const SCENES: [Scene; 6] = [
    Scene { title: "the agent reads a file", line: "cat README.md | head -n 2", want: Want::Runs },
    Scene {
        title: "it reaches for a secret, in disguise",
        line: "cat \"$(echo .e)\"nv .e*v",
        want: Want::Denied,
    },
    Scene {
        title: "it follows a link that leaves the project",
        line: "cat notes/shared/diary.txt",
        want: Want::Denied,
    },
    Scene {
        title: "a commit message may say anything: data is data",
        line: "printf '%s\\n' 'fix: stop `rm -rf /` in $(cleanup)' >> CHANGES.md",
        want: Want::Runs,
    },
    Scene {
        title: "a risky step: a person is asked, and says yes",
        line: "rm -r reports",
        want: Want::ApprovedAndRuns,
    },
    Scene { title: "a run that does not end: the person stops it", line: "sleep 600", want: Want::Stopped },
];

pub(super) async fn run() -> anyhow::Result<ExitCode> {
    let place = Temporary::new()?;
    let project = project(&place.0)?;
    let config = defaults(&place.0)?;
    let state = State::at(place.0.join("state"))?;
    let log = state.log_with(ScriptClock::default())?;
    let workshop = Workshop::new(config, state, log, Some("the demonstration".to_owned()))?;
    let (state, actor) = (workshop.state(), this_user()?);
    let pipeline = workshop.pipeline(&actor, &project, Kind::Shell)?;
    let is_whole = pipeline.agent.enforced().backend == guard_agent::Backend::Bubblewrap;
    if !is_whole {
        say::line(format_args!(
            "DEGRADED: bubblewrap is missing or may not be used; install it with `sudo apt install bubblewrap`. \
             Secrets are guarded by the policy alone."
        ))?;
    }
    say::line(format_args!(
        "A temporary project with a canary in .env and a link that leaves it, and the real guards around it."
    ))?;
    say::line(format_args!("cell     {}", enforcement(pipeline.agent.enforced())))?;

    for (number, scene) in SCENES.iter().enumerate() {
        say::line(format_args!("\n{}. {}\n> {}", number + 1, scene.title, scene.line))?;
        play(&pipeline, scene).await?;
    }
    say::line("\n7. the guard looks away: the same two files, and only the cell between")?;
    look_away(&project, state, is_whole)?;
    say::line("\n8. the receipt")?;
    receipt(&pipeline, state)?;
    Ok(ExitCode::SUCCESS)
}

async fn play(pipeline: &Pipeline, scene: &Scene) -> anyhow::Result<()> {
    let is_stopped = matches!(scene.want, Want::Stopped);
    let mut person = Script {
        is_asked: false,
        stops: is_stopped,
        started: false,
        output: String::new(),
        said: Ok(()),
        place: pipeline.gate.root().path().display().to_string(),
    };
    let request = Request { sender: Sender::Local, text: scene.line.to_owned(), cwd: PathBuf::new() };
    let done = pipeline.request(&mut person, request).await;
    person.said?;
    let ran = matches!(done, Done::Ran { ending: Ending::Exit(0), .. });
    let is_as_wanted = match scene.want {
        Want::Runs => ran,
        Want::Denied => done == Done::Denied && !person.is_asked,
        Want::ApprovedAndRuns => ran && person.is_asked,
        Want::Stopped => matches!(done, Done::Ran { ending: Ending::Stopped, .. }),
    };
    ensure!(is_as_wanted, "the demonstration went another way than it must: {done:?}");
    ensure!(!person.output.contains(CANARY), "the canary was seen");
    Ok(())
}

/// The same escapes without any policy: what the cell alone holds.
fn look_away(project: &Path, state: &State, is_whole: bool) -> anyhow::Result<()> {
    let found = Protected::of(project)?;
    let mut profile = Profile::new(project)
        .masked(&found.secrets)
        .guarded(&found.guarded)
        .home(state.home(&this_user()?, project)?);
    if !is_whole {
        profile = profile.degraded("the demonstration");
    }
    let cell = profile.prepare()?;
    for line in ["cat notes/shared/diary.txt", "cat .env"] {
        say::line(format_args!("> {line}"))?;
        if !is_whole && line.contains(".env") {
            say::line("         skipped: a degraded cell cannot hide a file of the project, as said above")?;
            continue;
        }
        let mut run = cell.spawn(["sh", "-c", line], project, Streams::captured())?;
        let mut said = String::new();
        for stream in
            [run.stdout().map(Stream::Output), run.stderr().map(Stream::Error)].into_iter().flatten()
        {
            said.push_str(&stream.read()?);
        }
        let exit = run.wait()?;
        say::piece(crate::render::output(&said))?;
        say::line(format_args!("ended    status {}", exit.code()))?;
        ensure!(!exit.is_success() && !said.contains(CANARY), "the cell leaked");
    }
    Ok(())
}

enum Stream {
    Output(std::process::ChildStdout),
    Error(std::process::ChildStderr),
}

impl Stream {
    /// The little that these commands say.
    fn read(self) -> std::io::Result<String> {
        use std::io::Read as _;
        let mut text = String::new();
        match self {
            Self::Output(from) => from.take(1 << 16).read_to_string(&mut text)?,
            Self::Error(from) => from.take(1 << 16).read_to_string(&mut text)?,
        };
        Ok(text)
    }
}

fn receipt(pipeline: &Pipeline, state: &State) -> anyhow::Result<()> {
    let place = state.audit();
    pipeline.gate.log().anchor()?;
    for record in guard_audit::query(&place.log, &guard_audit::Filter::default())? {
        let record = record?;
        say::line(format_args!(
            "{:>3} {:<18} {:<8} risk {:>3}  {}",
            record.seq,
            record.event,
            record.outcome.map(|outcome| outcome.to_string()).unwrap_or_default(),
            record.risk,
            crate::render::plain(record.object.as_deref().unwrap_or_default()),
        ))?;
    }
    let against = Verification::new().anchor_dir(&place.anchors);
    say::line(format_args!("verify   {}", guard_audit::verify(&place.log, &against)?))?;
    let forged = forge(&place.log)?;
    let found = guard_audit::verify(&forged, &against).err().context("a forged log passed")?;
    say::line(format_args!(
        "forged   one letter of a copy was changed; verify says: {found} [{}]",
        found.code()
    ))?;
    Ok(())
}

/// A copy of the log in which a refusal became a success.
fn forge(log: &Path) -> anyhow::Result<PathBuf> {
    let copy = log.with_file_name("forged");
    guard_core::path::private_dir(&copy)?;
    for entry in fs::read_dir(log)? {
        let entry = entry?;
        let text = fs::read_to_string(entry.path())?.replacen("command_denied", "command_allowed", 1);
        let mut file = private_file(&copy.join(entry.file_name()))?;
        file.write_all(text.as_bytes())?;
    }
    Ok(copy)
}

fn private_file(path: &Path) -> std::io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Answers yes, stops what it is told to stop, and prints what the console prints.
struct Script {
    is_asked: bool,
    stops: bool,
    started: bool,
    output: String,
    /// Whether what happened could be shown.
    said: Result<(), Unsaid>,
    /// The temporary project, which has another name each time.
    place: String,
}

impl Script {
    fn say(&mut self, text: &str) {
        if self.said.is_ok() {
            self.said = say::piece(text);
        }
    }
}

impl Person for Script {
    fn show(&mut self, shown: Shown<'_>) {
        if let Shown::Output(text) = shown {
            self.say(text);
            self.output.push_str(text);
        } else if matches!(shown, Shown::Started(_)) {
            self.started = true;
        } else if let Some(text) = words(&shown).filter(|_| !matches!(shown, Shown::Admitted { .. })) {
            self.say(&format!("{}\n", text.replace(&self.place, "/demo")));
        }
    }

    async fn answer(&mut self, _: &Question<'_>) -> Answer {
        self.is_asked = true;
        self.say("run exactly this, once? [yes/no]\n> yes\n");
        Answer::Once
    }

    async fn stop(&mut self) {
        if self.stops && self.started {
            tokio::time::sleep(Duration::from_millis(500)).await;
            self.say("> /stop\n");
        } else {
            std::future::pending().await
        }
    }
}

/// The defaults alone: nothing of this machine's configuration changes what is shown.
fn defaults(place: &Path) -> anyhow::Result<Config> {
    let mut sources = Sources::from_process(Purpose::Hook, None)?;
    sources.env.clear();
    for (name, directory) in
        [("HOME", "home"), ("XDG_CONFIG_HOME", "config"), ("XDG_STATE_HOME", "config-state")]
    {
        sources.env.insert(name.into(), place.join(directory).into());
    }
    sources.current_dir = place.to_owned();
    Config::load(&sources).map_err(|errors| anyhow::anyhow!("{errors}"))
}

fn project(place: &Path) -> anyhow::Result<PathBuf> {
    let project = place.join("project");
    for directory in ["notes", "reports", "src", ".git/hooks"] {
        fs::create_dir_all(project.join(directory))?;
    }
    fs::write(project.join("README.md"), "# A project\nNothing to see but this line.\nAnd one more.\n")?;
    fs::write(project.join(".env"), format!("TOKEN={CANARY}\n"))?;
    fs::write(project.join("CHANGES.md"), "")?;
    fs::write(project.join("reports/old.txt"), "1\n")?;
    fs::create_dir(place.join("private"))?;
    fs::write(place.join("private/diary.txt"), format!("{CANARY}\n"))?;
    symlink("../../private", project.join("notes/shared"))?;
    Ok(project.canonicalize()?)
}

/// A directory of its own, removed at the end.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> anyhow::Result<Self> {
        let mut bytes = [0_u8; 8];
        getrandom::fill(&mut bytes).map_err(|_| anyhow::anyhow!("no random numbers"))?;
        let path = std::env::temp_dir().join(format!("guard-demo-{:016x}", u64::from_le_bytes(bytes)));
        guard_core::path::private_dir(&path).context("a temporary directory")?;
        Ok(Self(path.canonicalize()?))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// A second for every record.
#[derive(Debug, Default)]
struct ScriptClock(std::sync::atomic::AtomicU64);

impl guard_audit::Clock for ScriptClock {
    fn now(&self) -> Timestamp {
        let count = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Timestamp::from_unix_micros((1_800_000_000 + count) * 1_000_000)
    }
}
