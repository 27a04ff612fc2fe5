//! What a glob of a file tool can name.

use crate::names::Pattern;

/// More alternatives than anybody writes.
const ALTERNATIVES_MAX: usize = 64;

/// The globs without braces that one with braces stands for; `None` if they are too many.
pub(super) fn alternatives(glob: &str) -> Option<Vec<String>> {
    let mut done = Vec::new();
    let mut todo = vec![glob.to_owned()];
    while let Some(glob) = todo.pop() {
        if todo.len() + done.len() >= ALTERNATIVES_MAX {
            return None;
        }
        // The last opening brace is an innermost one.
        let innermost = glob.rsplit_once('{').and_then(|(head, rest)| Some((head, rest.split_once('}')?)));
        match innermost {
            Some((head, (inside, tail))) => {
                todo.extend(inside.split(',').map(|choice| format!("{head}{choice}{tail}")));
            }
            None => done.push(glob),
        }
    }
    Some(done)
}

/// The directory part before the first special character.
pub(super) fn literal_part(glob: &str) -> &str {
    let special = glob.find(['*', '?', '[', '{', '\\']).unwrap_or(glob.len());
    glob.get(..special)
        .and_then(|head| head.rfind('/').and_then(|slash| head.get(..=slash)))
        .unwrap_or_default()
}

/// Whether `..` occurs behind the literal part, where nobody can say what it is the parent of.
pub(super) fn climbs(glob: &str) -> bool {
    let tail = glob.strip_prefix(literal_part(glob)).unwrap_or(glob);
    tail.replace('\\', "").split('/').any(|part| part == "..")
}

/// The names a glob without braces can match.
pub(super) fn pattern(glob: &str) -> Pattern {
    let mut pattern = Pattern::new();
    let mut rest = glob.chars().peekable();
    while let Some(character) = rest.next() {
        pattern = match character {
            '*' if rest.next_if_eq(&'*').is_some() => pattern.anything(),
            // The tools look at hidden files.
            '*' => pattern.any_run(true),
            '?' => pattern.any_char(),
            '[' => {
                // To the end of the class; its first character may be a bracket itself.
                rest.next_if(|next| matches!(next, '!' | '^'));
                rest.next();
                for next in rest.by_ref() {
                    if next == ']' {
                        break;
                    }
                }
                pattern.any_char()
            }
            '{' => pattern.anything(),
            '\\' => match rest.next() {
                Some(escaped) => pattern.text(escaped.encode_utf8(&mut [0; 4])),
                None => pattern,
            },
            other => pattern.text(other.encode_utf8(&mut [0; 4])),
        };
    }
    pattern
}
