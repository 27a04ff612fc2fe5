//! What every git of a cell is told: the configuration of a repository starts no program.

use std::process::{Command, Stdio};

/// Settings that outrank the repository's own. Source: git-config(1), `GIT_CONFIG_COUNT`.
///
/// Aliases, filters and an external diff cannot be overridden without breaking git: they run in the cell.
const OVERRIDES: [(&str, &str); 10] = [
    ("core.askPass", ""),
    ("core.fsmonitor", "false"),
    ("core.hooksPath", "/dev/null"),
    ("core.pager", "cat"),
    ("core.sshCommand", "ssh"),
    // Empties the list of helpers.
    ("credential.helper", ""),
    ("gc.auto", "0"),
    ("gpg.program", "gpg"),
    ("protocol.ext.allow", "never"),
    ("safe.bareRepository", "explicit"),
];

/// Variables for the cell: the overrides, no prompt, and the owner's name for commits.
pub(crate) fn environment(identity: &[(String, String)]) -> Vec<(String, String)> {
    let mut variables = vec![
        ("GIT_TERMINAL_PROMPT".to_owned(), "0".to_owned()),
        ("GIT_PAGER".to_owned(), "cat".to_owned()),
        ("PAGER".to_owned(), "cat".to_owned()),
    ];
    let own = OVERRIDES.iter().map(|(key, value)| (*key, *value));
    let settings: Vec<_> =
        identity.iter().map(|(key, value)| (key.as_str(), value.as_str())).chain(own).collect();
    variables.push(("GIT_CONFIG_COUNT".to_owned(), settings.len().to_string()));
    for (index, (key, value)) in settings.into_iter().enumerate() {
        variables.push((format!("GIT_CONFIG_KEY_{index}"), key.to_owned()));
        variables.push((format!("GIT_CONFIG_VALUE_{index}"), value.to_owned()));
    }
    variables
}

/// The owner's name and address from the global configuration, which the cell does not see. Read from `/`, so that no
/// repository has a say; where git or a value is missing, commits ask for one as they would anywhere.
pub(crate) fn identity() -> Vec<(String, String)> {
    let Some(home) = std::env::var_os("HOME") else { return Vec::new() };
    let read = |key: &str| {
        let output = Command::new("/usr/bin/git")
            .args(["config", "--global", "--get", key])
            .current_dir("/")
            .env_clear()
            .env("HOME", &home)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()?;
        let value = String::from_utf8(output.stdout).ok()?.trim_end().to_owned();
        let is_plain = !value.is_empty() && value.len() <= 256 && !value.contains(char::is_control);
        (output.status.success() && is_plain).then(|| (key.to_owned(), value))
    };
    ["user.name", "user.email"].into_iter().filter_map(read).collect()
}
