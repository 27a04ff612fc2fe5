//! How the agent runs.

use std::path::PathBuf;
use std::time::Duration;

use guard_sandbox::{Limits, Toolchain};

use super::{ClaudeError, MicroUsd, SessionId};

/// Tools that need nothing but the cell and the model. The search of the web is none of them: it runs at the model API,
/// where the relay lets nothing run.
pub const TOOLS: [&str; 12] = [
    "AskUserQuestion",
    "Bash",
    "Edit",
    "EnterPlanMode",
    "ExitPlanMode",
    "Glob",
    "Grep",
    "NotebookEdit",
    "Read",
    "Task",
    "TodoWrite",
    "Write",
];

/// Where and how the agent runs, the same for every run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The executable. It must not lie where the cell can write.
    pub cli: PathBuf,
    /// The real path of the approved directory.
    pub project: PathBuf,
    /// The private HOME of this user and project, kept from run to run; conversations are in it.
    pub home: PathBuf,
    /// Where guarded files go that changed or appeared during a run; outside of the project and of HOME.
    pub quarantine: PathBuf,
    /// The Unix socket of the relay to the model, where a run has none of its own. Nothing else is reached from the cell.
    pub relay: PathBuf,
    /// The stage executable, where the host program is not its own.
    pub stage: Option<PathBuf>,
    /// Toolchains that programs may use; each must be installed.
    pub toolchains: Vec<Toolchain>,
    /// What the agent and its programs may use.
    pub limits: Limits,
    /// The model, also for sub-agents and for small tasks.
    pub model: String,
    /// Built-in tools that the model is offered.
    pub tools: Vec<String>,
    /// Whether every question of the agent goes to a person, also where the guard allows the call.
    pub careful: bool,
    /// How long a person has for an answer.
    pub ask_expires: Duration,
    /// How long a turn may take, without the time in which a person is asked.
    pub time: Duration,
    /// How long a run waits for the next prompt before it ends.
    pub idle: Duration,
    /// Calls of the model in one turn.
    pub max_turns: u32,
}

impl Options {
    /// The usual bounds: an answer within 15 minutes, a turn of 10 minutes and 50 calls, the end after 10 idle minutes.
    #[must_use]
    pub fn new(
        cli: impl Into<PathBuf>,
        project: impl Into<PathBuf>,
        model: impl Into<String>,
        places: Places,
    ) -> Self {
        Self {
            cli: cli.into(),
            project: project.into(),
            home: places.home,
            quarantine: places.quarantine,
            relay: places.relay,
            stage: None,
            toolchains: Vec::new(),
            limits: Limits::default(),
            model: model.into(),
            tools: TOOLS.map(str::to_owned).to_vec(),
            careful: false,
            ask_expires: Duration::from_secs(15 * 60),
            time: Duration::from_secs(10 * 60),
            idle: Duration::from_secs(10 * 60),
            max_turns: 50,
        }
    }
}

/// Paths of the host that belong to a user and project.
#[derive(Clone, Debug)]
pub struct Places {
    /// [`Options::home`].
    pub home: PathBuf,
    /// [`Options::quarantine`].
    pub quarantine: PathBuf,
    /// [`Options::relay`].
    pub relay: PathBuf,
}

/// What is particular to one run.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// The first prompt.
    pub prompt: String,
    /// The conversation to take up again.
    pub resume: Option<SessionId>,
    /// When the agent stops by its own count. The relay holds the exact bound.
    pub budget: Option<MicroUsd>,
    /// The Unix socket of this run's own relay, instead of [`Options::relay`].
    pub relay: Option<PathBuf>,
    /// Instructions that the owner has chosen to pass on, such as the project's own.
    pub instructions: Option<String>,
}

/// Bytes of a prompt, and of instructions, which are an argument.
pub(super) const MAX_PROMPT: usize = 1 << 20;
const MAX_INSTRUCTIONS: usize = 96 << 10;

/// Text that may be a prompt.
pub(super) fn prompt(text: String) -> Result<String, ClaudeError> {
    if text.trim().is_empty() || text.len() > MAX_PROMPT { Err(ClaudeError::BadPrompt) } else { Ok(text) }
}

/// The command line after the executable.
pub(super) fn arguments(options: &Options, start: &Start) -> Result<Vec<String>, ClaudeError> {
    let is_word = |text: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:[]/@".contains(&byte);
        !text.is_empty() && text.len() <= 200 && !text.starts_with('-') && text.bytes().all(is_plain)
    };
    if !is_word(&options.model) {
        return Err(ClaudeError::BadOption("model"));
    }
    let is_tool = |tool: &String| tool.len() <= 64 && tool.bytes().all(|byte| byte.is_ascii_alphanumeric());
    // An empty name would mean none, and `default` all.
    let is_named = |tool: &String| is_tool(tool) && !tool.is_empty() && tool != "default";
    if options.tools.is_empty() || !options.tools.iter().all(is_named) {
        return Err(ClaudeError::BadOption("tools"));
    }
    if options.max_turns == 0 {
        return Err(ClaudeError::BadOption("max-turns"));
    }
    let mut line = Vec::new();
    let mut add = |words: &[&str]| line.extend(words.iter().map(|word| (*word).to_owned()));
    add(&["-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"]);
    add(&["--include-partial-messages", "--permission-prompt-tool", "stdio", "--permission-mode", "manual"]);
    // Neither the user's, nor the project's, nor the local settings; no servers of tools.
    add(&["--setting-sources", "", "--strict-mcp-config"]);
    add(&["--tools", &options.tools.join(","), "--model", &options.model]);
    add(&["--max-turns", &options.max_turns.to_string()]);
    if let Some(budget) = start.budget {
        if budget.0 == 0 {
            return Err(ClaudeError::BadOption("budget"));
        }
        add(&["--max-budget-usd", &budget.to_dollars()]);
    }
    if let Some(session) = &start.resume {
        add(&["--resume", session.as_str()]);
    }
    if let Some(text) = &start.instructions {
        if text.trim().is_empty() || text.len() > MAX_INSTRUCTIONS || text.contains('\0') {
            return Err(ClaudeError::BadOption("instructions"));
        }
        add(&["--append-system-prompt", text]);
    }
    Ok(line)
}

/// The variables beside those of every cell. The credential is a dummy: the relay puts the real one in.
pub(super) fn environment(options: &Options) -> Vec<(String, String)> {
    let fixed = [
        ("ANTHROPIC_API_KEY", "held-by-the-relay"),
        // Notes to itself that the agent would follow in later runs, whoever dictated them.
        ("CLAUDE_CODE_DISABLE_AUTO_MEMORY", "1"),
        // A turn ends when everything that it started has ended: what ran on would ask nobody and count for no turn.
        ("CLAUDE_CODE_DISABLE_BACKGROUND_TASKS", "1"),
        ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
        ("CLAUDE_CODE_TMPDIR", "/tmp"),
        ("DISABLE_AUTOUPDATER", "1"),
        ("DISABLE_ERROR_REPORTING", "1"),
        ("DISABLE_TELEMETRY", "1"),
        // The agent takes messages from others over a socket in this directory; where there is none, a program that it runs
        // cannot speak to it as somebody else.
        ("XDG_RUNTIME_DIR", "/proc/none"),
    ];
    // Also what the agent's own names for models mean: the relay refuses any other model.
    let models = [
        "ANTHROPIC_DEFAULT_FABLE_MODEL",
        "ANTHROPIC_DEFAULT_HAIKU_MODEL",
        "ANTHROPIC_DEFAULT_OPUS_MODEL",
        "ANTHROPIC_DEFAULT_SONNET_MODEL",
        "ANTHROPIC_SMALL_FAST_MODEL",
        "CLAUDE_CODE_SUBAGENT_MODEL",
    ];
    let mut variables: Vec<(String, String)> =
        fixed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    variables.extend(models.iter().map(|name| ((*name).to_owned(), options.model.clone())));
    variables.extend(crate::git::environment(&crate::git::identity()));
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Options {
        let places = Places { home: "/h".into(), quarantine: "/q".into(), relay: "/r".into() };
        Options {
            tools: vec!["Bash".to_owned(), "Read".to_owned()],
            ..Options::new("/c", "/p", "some-model", places)
        }
    }

    #[test]
    fn the_launch_line_is_hermetic() {
        let start = Start {
            budget: Some(MicroUsd(500_000)),
            resume: "878cdfd8-9f7a-4ddf-b1ed-47cf66d94c2d".parse().ok(),
            ..Start::default()
        };
        let line = arguments(&options(), &start).unwrap();
        let want = [
            "-p",
            "--input-format",
            "stream-json",
            "--output-format",
            "stream-json",
            "--verbose",
            "--include-partial-messages",
            "--permission-prompt-tool",
            "stdio",
            "--permission-mode",
            "manual",
            "--setting-sources",
            "",
            "--strict-mcp-config",
            "--tools",
            "Bash,Read",
            "--model",
            "some-model",
            "--max-turns",
            "50",
            "--max-budget-usd",
            "0.500000",
            "--resume",
            "878cdfd8-9f7a-4ddf-b1ed-47cf66d94c2d",
        ];
        assert_eq!(line, want);
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Options, &mut Start), want: &'static str) {
        let (mut options, mut start) = (options(), Start::default());
        change(&mut options, &mut start);
        assert_eq!(arguments(&options, &start), Err(ClaudeError::BadOption(want)));
    }

    #[test]
    fn an_option_cannot_bring_another() {
        check(|options, _| options.model = "--dangerously-skip-permissions".into(), "model");
        check(|options, _| options.model = String::new(), "model");
        check(|options, _| options.model = "a b".into(), "model");
        check(|options, _| options.tools = vec!["Bash(git *)".into()], "tools");
        check(|options, _| options.tools = vec!["default".into()], "tools");
        check(|options, _| options.tools = Vec::new(), "tools");
        check(|options, _| options.max_turns = 0, "max-turns");
        check(|_, start| start.budget = Some(MicroUsd(0)), "budget");
        check(|_, start| start.instructions = Some(" ".into()), "instructions");
        check(|_, start| start.instructions = Some("x".repeat(MAX_INSTRUCTIONS + 1)), "instructions");
    }

    #[test]
    fn a_prompt_says_something_and_is_bounded() {
        assert!(prompt("go".into()).is_ok());
        assert_eq!(prompt(" \n".into()), Err(ClaudeError::BadPrompt));
        assert_eq!(prompt("x".repeat(MAX_PROMPT + 1)), Err(ClaudeError::BadPrompt));
    }
}
