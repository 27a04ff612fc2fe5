//! Tasks that a text writes into the file of a runner and then runs: `package.json`, a justfile, a Taskfile.

use super::Call;
use crate::command::interpret::{Interpreter, State};
use crate::command::value::{Arg, Piece};

/// Tasks that are looked at in one file.
const MAX_TASKS: usize = 64;
/// Scripts that installing runs.
const LIFECYCLE: &[&str] = &["install", "prepare", "prepublish"];

/// The tasks in a file, of those that one of these words may run.
type Tasks = fn(&str, &[&str]) -> Vec<String>;

impl Interpreter<'_> {
    /// Judges the tasks that a runner may run, where this text wrote them. What is not known of such a file is taken for
    /// the project's own.
    pub(super) fn tasks(&mut self, call: &Call<'_>, state: &State) {
        let tool = call.name.split(' ').next().unwrap_or(call.name);
        let (names, tasks): (&[&str], Tasks) = match tool {
            "npm" | "npx" | "pnpm" | "yarn" | "bun" => (&["package.json"], scripts),
            "composer" => (&["composer.json"], scripts),
            "just" => (&["justfile", "Justfile", ".justfile"], recipes),
            "task" => (&["Taskfile.yml", "Taskfile.yaml"], commands),
            _ => return,
        };
        let is_one = |path: &std::path::Path| {
            path.file_name().is_some_and(|file| names.iter().any(|name| file == *name))
        };
        let written = self.all_written().into_iter().filter(|(path, _)| is_one(path));
        let mut contents: Vec<_> = written.map(|(_, content)| content).collect();
        contents.extend(self.scattered_with_end(|end| names.iter().any(|name| name.ends_with(end))));
        let mut words: Vec<&str> = call.args.iter().filter_map(Arg::known).collect();
        words.extend(call.name.split(' '));
        if words.iter().any(|word| matches!(*word, "t" | "tst")) {
            words.push("test");
        }
        for content in contents {
            let mut known = String::new();
            for piece in &content.pieces {
                if let Piece::Text(text) = piece {
                    known.push_str(text);
                }
            }
            for task in tasks(&known, &words).into_iter().take(MAX_TASKS) {
                self.code(&Arg::text(task, call.span), &mut state.clone());
            }
        }
    }
}

/// The scripts of a `package.json` that have one of these names, or run before or after one, or when something is
/// installed.
fn scripts(text: &str, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let Some((_, rest)) = text.split_once("\"scripts\"") else { return found };
    let Some((_, mut rest)) = rest.split_once('{') else { return found };
    let mut key: Option<String> = None;
    let mut in_list = false;
    while let Some(at) = rest.find(['"', '}', '[', ']']) {
        let (_, from) = rest.split_at(at);
        match from.as_bytes().first() {
            Some(b'"') => {
                let (string, behind) = string(from.get(1..).unwrap_or(""));
                rest = behind;
                if behind.trim_start().starts_with(':') && !in_list {
                    key = Some(string);
                } else if key.as_deref().is_some_and(|key| is_run(key, words)) {
                    found.push(string);
                }
                continue;
            }
            Some(b'}') => return found,
            Some(bracket) => in_list = *bracket == b'[',
            None => {}
        }
        rest = from.get(1..).unwrap_or("");
    }
    found
}

fn is_run(key: &str, words: &[&str]) -> bool {
    let plain = ["pre", "post"].iter().find_map(|when| key.strip_prefix(when));
    let is_one = |name: &str| words.contains(&name) || LIFECYCLE.contains(&name);
    is_one(key) || plain.is_some_and(is_one)
}

/// A JSON string without its opening quote, and what stands behind it.
fn string(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, text.get(at + 1..).unwrap_or("")),
            '\\' => match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((at, 'u')) => {
                    let code = text.get(at + 1..at + 5).and_then(|code| u32::from_str_radix(code, 16).ok());
                    value.extend(code.and_then(char::from_u32));
                    characters.by_ref().take(4).for_each(drop);
                }
                Some((_, other)) => value.push(other),
                None => break,
            },
            other => value.push(other),
        }
    }
    (value, "")
}

/// The lines of a justfile that recipes are made of.
fn recipes(text: &str, _: &[&str]) -> Vec<String> {
    let lines = text.lines().filter(|line| line.starts_with([' ', '\t']));
    lines.map(|line| line.trim_start_matches([' ', '\t', '@', '-']).to_owned()).collect()
}

/// The commands of a Taskfile.
fn commands(text: &str, _: &[&str]) -> Vec<String> {
    let items = text.lines().filter_map(|line| line.trim_start().strip_prefix("- "));
    items.map(|item| item.trim_start_matches("cmd:").trim_matches([' ', '\'', '"']).to_owned()).collect()
}
