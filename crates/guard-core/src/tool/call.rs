use serde_json::{Map, Value};

use super::rules;
use crate::Rule;

/// A tool call of an agent, reduced to what can do harm.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolCall {
    /// Runs a shell command.
    Command {
        /// The text for the shell.
        text: String,
        /// Whether the call asks the agent to leave its own sandbox off.
        is_unsandboxed: bool,
    },
    /// Reads a file.
    Read(String),
    /// Creates or overwrites a file.
    Write(String),
    /// Reads and changes a file.
    Edit(String),
    /// Lists a directory.
    List(String),
    /// Lists the files that match a pattern.
    Glob {
        /// The pattern, relative to the directory or absolute.
        pattern: String,
        /// The directory, if not the working directory.
        path: Option<String>,
    },
    /// Reads the files below a directory, or one file, for matching lines.
    Grep {
        /// The directory or file, if not the working directory.
        path: Option<String>,
        /// Which files, if not all.
        glob: Option<String>,
    },
    /// Fetches an address.
    Fetch(String),
    /// Searches the web.
    Search,
    /// Keeps lists, asks the person, starts a sub-agent whose tool calls come back one by one, or looks after commands
    /// that were allowed before.
    Bookkeeping,
    /// A tool of an MCP server.
    Foreign,
    /// Anything else.
    Unknown,
}

/// Why a tool call cannot be understood; each means deny.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ToolError {
    /// Not a name, not an object, or a field is missing or of another type.
    #[error("{}", rules::MALFORMED.message)]
    Malformed,
    /// Over 1 MiB of text and values, or nested deeper than 32.
    #[error("{}", rules::TOO_LARGE.message)]
    TooLarge,
}

impl ToolError {
    /// The rule behind the refusal.
    #[must_use]
    pub fn rule(self) -> &'static Rule {
        match self {
            Self::Malformed => &rules::MALFORMED,
            Self::TooLarge => &rules::TOO_LARGE,
        }
    }

    /// The stable kebab-case code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.rule().code
    }
}

impl ToolCall {
    /// The most text and values in an input, in bytes.
    pub const BYTES_MAX: usize = 1 << 20;
    /// The deepest nesting of an input.
    pub const DEPTH_MAX: usize = 32;
    const NAME_MAX: usize = 256;

    /// Parses the name and the input of a tool call.
    ///
    /// # Errors
    ///
    /// See [`ToolError`].
    pub fn parse(name: &str, input: &Value) -> Result<Self, ToolError> {
        let is_name = |byte: u8| byte.is_ascii_graphic();
        if name.is_empty() || name.len() > Self::NAME_MAX || !name.bytes().all(is_name) {
            return Err(ToolError::Malformed);
        }
        let mut left = Self::BYTES_MAX;
        measure(input, Self::DEPTH_MAX, &mut left)?;
        let input = Input(input.as_object().ok_or(ToolError::Malformed)?);
        Ok(match name {
            "Bash" => Self::Command {
                text: input.text("command")?,
                is_unsandboxed: input.flag("dangerouslyDisableSandbox")?,
            },
            "Read" => Self::Read(input.text("file_path")?),
            "NotebookRead" => Self::Read(input.text("notebook_path")?),
            "Write" => Self::Write(input.text_beside("file_path", "content")?),
            "Edit" => Self::Edit(input.text_beside("file_path", "new_string")?),
            "MultiEdit" => Self::Edit(input.text("file_path")?),
            "NotebookEdit" => Self::Edit(input.text("notebook_path")?),
            "LS" => Self::List(input.text("path")?),
            "Glob" => Self::Glob { pattern: input.text("pattern")?, path: input.maybe("path")? },
            "Grep" => {
                input.text("pattern")?;
                Self::Grep { path: input.maybe("path")?, glob: input.maybe("glob")? }
            }
            "WebFetch" => Self::Fetch(input.text("url")?),
            "WebSearch" => Self::Search,
            "Agent" | "AskUserQuestion" | "BashOutput" | "EnterPlanMode" | "ExitPlanMode" | "KillBash"
            | "KillShell" | "Task" | "TaskCreate" | "TaskGet" | "TaskList" | "TaskOutput" | "TaskStop"
            | "TaskUpdate" | "TodoRead" | "TodoWrite" | "ToolSearch" => Self::Bookkeeping,
            _ if name.starts_with("mcp__") => Self::Foreign,
            _ => Self::Unknown,
        })
    }
}

/// Takes the size of a value from `left`; numbers and the like count as eight bytes.
fn measure(value: &Value, depth: usize, left: &mut usize) -> Result<(), ToolError> {
    let depth = depth.checked_sub(1).ok_or(ToolError::TooLarge)?;
    let mut take = |bytes: usize| {
        *left = left.checked_sub(bytes).ok_or(ToolError::TooLarge)?;
        Ok(())
    };
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => take(8),
        Value::String(text) => take(text.len()),
        Value::Array(values) => {
            take(8)?;
            values.iter().try_for_each(|value| measure(value, depth, left))
        }
        Value::Object(fields) => {
            take(8)?;
            fields.iter().try_for_each(|(name, value)| {
                *left = left.checked_sub(name.len()).ok_or(ToolError::TooLarge)?;
                measure(value, depth, left)
            })
        }
    }
}

struct Input<'a>(&'a Map<String, Value>);

impl Input<'_> {
    fn text(&self, field: &str) -> Result<String, ToolError> {
        self.maybe(field)?.ok_or(ToolError::Malformed)
    }

    /// A field that is of use only beside another text.
    fn text_beside(&self, field: &str, other: &str) -> Result<String, ToolError> {
        self.text(other)?;
        self.text(field)
    }

    fn maybe(&self, field: &str) -> Result<Option<String>, ToolError> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(ToolError::Malformed),
        }
    }

    fn flag(&self, field: &str) -> Result<bool, ToolError> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(ToolError::Malformed),
        }
    }
}
