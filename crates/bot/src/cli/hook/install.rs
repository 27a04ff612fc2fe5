//! `guard-bot hook install`: one entry in the user's settings of Claude Code, and nothing else changed there.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::{Map, Value, json};

use crate::cli::Common;
use crate::config::Purpose;
use crate::say;
use crate::settings::Settings;

/// Largest settings file that is read, in bytes.
const MAX_SETTINGS: u64 = 4 << 20;
/// Seconds that Claude Code waits for the hook; `onFailure` turns a time-out into a block.
const TIMEOUT: u64 = 10;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The settings file instead of `~/.claude/settings.json`.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Print the settings as they would be and write nothing.
    #[arg(long)]
    print: bool,
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let path = match &arguments.settings {
        Some(path) => path.clone(),
        None => {
            PathBuf::from(std::env::var_os("HOME").context("HOME is not set; name the file with --settings")?)
                .join(".claude/settings.json")
        }
    };
    let mut settings = read(&path)?;
    let command = command(common)?;
    let is_new = insert(&mut settings, &command)?;
    let text = serde_json::to_string_pretty(&settings)?;
    if arguments.print {
        say::line(&text)?;
        return Ok(ExitCode::SUCCESS);
    }
    if is_new {
        write(&path, &text)?;
    }
    say::line(format_args!(
        "{} {}",
        if is_new { "the hook is installed in" } else { "the hook was installed already in" },
        crate::render::plain(&path.display().to_string())
    ))?;
    say::line(format_args!(
        "Claude Code 2.1.295 and later block the tool when the hook is killed, times out or is missing (onFailure); \
         older versions let it run then, and the hook is advisory there."
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// The hook's command line, by absolute path and quoted for the shell that runs it.
fn command(common: &Common) -> anyhow::Result<String> {
    let executable = std::env::current_exe().context("the path of guard-bot")?;
    let mut words = vec![executable, PathBuf::from("hook")];
    // Named, because an agent's settings may change the environment that the default is found by.
    let settings = Settings::load(common, Purpose::Command)?;
    for (option, value) in [("--config", &settings.config.policy_file), ("--approved", &common.approved)] {
        if let Some(value) = value {
            words.extend([PathBuf::from(option), std::path::absolute(value)?]);
        }
    }
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect::<Result<_, _>>()?;
    Ok(words.join(" "))
}

fn quoted(word: &Path) -> anyhow::Result<String> {
    let text = word.to_str().context("a path is not valid UTF-8")?;
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
    Ok(if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) })
}

fn read(path: &Path) -> anyhow::Result<Value> {
    match fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(json!({})),
        Err(error) => return Err(error).context("the settings file"),
        Ok(found) if found.len() > MAX_SETTINGS => bail!("the settings file is too large"),
        Ok(_) => {}
    }
    let text = fs::read(path).context("the settings file")?;
    serde_json::from_slice(&text).context("the settings file is not JSON; nothing was changed")
}

/// Adds the entry; false where exactly this one is there already.
fn insert(settings: &mut Value, command: &str) -> anyhow::Result<bool> {
    let entry = json!({ "type": "command", "command": command, "timeout": TIMEOUT, "onFailure": "block" });
    let group = json!({ "matcher": "*", "hooks": [entry] });
    let groups = object(settings)?
        .entry("hooks")
        .or_insert_with(|| json!({}))
        .as_object_mut()
        .context("`hooks` of the settings is not an object; nothing was changed")?
        .entry("PreToolUse")
        .or_insert_with(|| json!([]))
        .as_array_mut()
        .context("`hooks.PreToolUse` of the settings is not a list; nothing was changed")?;
    if groups.contains(&group) {
        return Ok(false);
    }
    groups.insert(0, group);
    Ok(true)
}

fn object(value: &mut Value) -> anyhow::Result<&mut Map<String, Value>> {
    value.as_object_mut().context("the settings are not a JSON object; nothing was changed")
}

/// Writes beside the file and renames, so that a reader sees the old settings or the new ones.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let directory = path.parent().context("the settings file has no directory")?;
    fs::create_dir_all(directory).context("the settings directory")?;
    // A linked settings file stays a link: people keep theirs in a repository of dot files.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let new = path.with_extension(format!("guard-{}", std::process::id()));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)
        .context("the new settings file")?;
    let written =
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&new, &path));
    if written.is_err() {
        drop(fs::remove_file(&new));
    }
    written.context("the settings file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_settings_stay_and_a_second_time_changes_nothing() {
        let mut settings =
            json!({ "model": "x", "hooks": { "Stop": [1], "PreToolUse": [{ "matcher": "Bash" }] } });
        assert!(insert(&mut settings, "/usr/bin/guard-bot hook").unwrap());
        assert!(!insert(&mut settings, "/usr/bin/guard-bot hook").unwrap());
        assert_eq!(
            settings,
            json!({ "model": "x", "hooks": { "Stop": [1], "PreToolUse": [
                { "matcher": "*", "hooks": [
                    { "type": "command", "command": "/usr/bin/guard-bot hook", "timeout": 10, "onFailure": "block" }
                ] },
                { "matcher": "Bash" },
            ] } })
        );
    }

    #[test]
    fn settings_of_another_shape_are_refused() {
        for text in ["[]", "3", r#"{"hooks":[]}"#, r#"{"hooks":{"PreToolUse":{}}}"#] {
            let mut settings = serde_json::from_str(text).unwrap();
            assert!(insert(&mut settings, "x").is_err(), "{text}");
        }
    }

    #[test]
    fn words_are_quoted_for_the_shell() {
        for (word, want) in
            [("/usr/bin/a-b_c.d", "/usr/bin/a-b_c.d"), ("/a b", "'/a b'"), ("/a'b", r"'/a'\''b'")]
        {
            assert_eq!(quoted(Path::new(word)).unwrap(), want);
        }
    }
}
