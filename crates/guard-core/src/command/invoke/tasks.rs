//! Tasks that a text writes into the file of a runner and then runs: `package.json`, a justfile, a Taskfile.

use super::Call;
use crate::command::interpret::{Interpreter, State};
use crate::command::value::{Arg, Piece};

/// Scripts that installing runs.
const LIFECYCLE: &[&str] = &["install", "prepare", "prepublish"];

/// Stands for a word that is not known.
const ANY: &str = "\0";

/// The tasks in a file, of those that one of these words may run.
type Tasks = fn(&str, &[&str]) -> Vec<String>;

impl Interpreter<'_> {
    /// Judges the tasks that a runner may run, where this text wrote them. What is not known of such a file is taken for
    /// the project's own.
    pub(super) fn tasks(&mut self, call: &Call<'_>, state: &State) {
        let tool = call.name.split(' ').next().unwrap_or(call.name);
        let (names, tasks): (&[&str], Tasks) = match tool {
            "npm" | "npx" | "pnpm" | "yarn" | "bun" | "node" => (&["package.json"], scripts),
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
        if words.len() < call.args.len() + call.name.split(' ').count() {
            words.push(ANY);
        }
        for content in contents {
            let mut known = String::new();
            for piece in &content.pieces {
                if let Piece::Text(text) = piece {
                    known.push_str(text);
                }
            }
            for task in tasks(&known, &words) {
                if !self.spend(call.span) {
                    return;
                }
                self.code(&Arg::text(task, call.span), &mut state.clone());
            }
        }
    }
}

/// The scripts of a `package.json` that have one of these names, or run before or after one, or when something is
/// installed; wherever in the file something has such a name.
fn scripts(text: &str, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut key: Option<String> = None;
    let mut in_list = false;
    while let Some(at) = rest.find(['"', '{', '[', ']']) {
        let (_, from) = rest.split_at(at);
        rest = from.get(1..).unwrap_or("");
        match from.as_bytes().first() {
            Some(b'"') => {
                let (string, behind) = string(rest);
                rest = behind;
                if behind.trim_start().starts_with(':') && !in_list {
                    key = Some(string);
                } else if key.as_deref().is_some_and(|key| is_run(key, words)) {
                    found.push(string);
                }
            }
            bracket => in_list = bracket == Some(&b'['),
        }
    }
    found
}

fn is_run(key: &str, words: &[&str]) -> bool {
    let plain = ["pre", "post"].iter().find_map(|when| key.strip_prefix(when));
    let is_one = |name: &str| words.contains(&name) || LIFECYCLE.contains(&name);
    words.contains(&ANY) || is_one(key) || plain.is_some_and(is_one)
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

/// The lines of a justfile that recipes are made of, and what stands between backticks.
fn recipes(text: &str, _: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with([' ', '\t']) {
            found.push(line.trim_start_matches([' ', '\t', '@', '-']).to_owned());
        } else {
            found.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    found
}

/// The commands of a Taskfile: items, values of the keys that hold some, and the lines of a block.
fn commands(text: &str, _: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    // How far the key of a block is indented.
    let mut block: Option<usize> = None;
    for line in text.lines() {
        let item = line.trim_start();
        let indent = line.len() - item.len();
        if block.is_some_and(|above| indent > above || item.is_empty()) {
            found.push(item.to_owned());
            continue;
        }
        block = None;
        let plain = item.trim_start_matches("- ").trim_start();
        let keyed = ["cmd:", "cmds:", "sh:", "defer:"].iter().find_map(|key| plain.strip_prefix(key));
        let Some(value) = keyed.or((plain.len() < item.len()).then_some(plain)).map(str::trim) else {
            continue;
        };
        if value.starts_with(['|', '>']) {
            block = Some(indent);
        } else if let Some(list) = value.strip_prefix('[') {
            found.extend(list.trim_end_matches(']').split(',').map(unquoted));
        } else {
            found.push(unquoted(value));
        }
    }
    found
}

fn unquoted(text: &str) -> String {
    text.trim_matches([' ', '\'', '"']).to_owned()
}
