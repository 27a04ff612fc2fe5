//! Git's store: what a commit holds is a file under another name.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::Call;
use crate::command::context::View;
use crate::command::interpret::{Interpreter, State};
use crate::command::rules;
use crate::command::value::{Arg, Piece};
use crate::names::{self, Kind};

/// Bytes of an index that are read; a larger one is not looked at, and a person is asked.
const MAX_INDEX: u64 = 16 << 20;
/// Options that print names or numbers instead of content.
const SUMMARIES: &[&str] = &[
    "--stat",
    "--shortstat",
    "--numstat",
    "--dirstat",
    "--name-only",
    "--name-status",
    "--summary",
    "--no-patch",
    "-s",
    "--raw",
    "--compact-summary",
    "--quiet",
    "--check",
    "-q",
    "-l",
    "--list",
    "--files-with-matches",
];
const PATCHES: &[&str] = &["-p", "-u", "--patch", "-U", "--unified", "--cc", "-c", "-m", "--patch-with-stat"];

impl Interpreter<'_> {
    /// A call that may print the content of files which it does not name.
    pub(super) fn git_objects(&mut self, call: &Call<'_>, state: &State) {
        if call.name == "git cat-file" {
            return self.cat_file(call, state);
        }
        let first = call.parsed.operand(0);
        if call.name == "git reflog" && matches!(first, Some("expire" | "delete")) {
            self.find(&rules::DISCARDS, call.span, call.name);
        }
        let has = |names: &[&str]| {
            call.parsed.options.iter().any(|given| {
                names.iter().any(|name| given.name == *name || given.name.starts_with("--unified"))
            })
        };
        let shows = match call.name {
            "git log" | "git reflog" => has(PATCHES),
            "git show" | "git diff" | "git range-diff" | "git whatchanged" => {
                !has(SUMMARIES) || has(&["-p", "-u", "--patch"])
            }
            "git stash" => first == Some("show") && has(PATCHES),
            "git bundle" => first == Some("create"),
            "git grep" => {
                has(&["--cached"])
                    || call.parsed.operands.len() > 1
                        && !call.args.iter().any(|arg| arg.known() == Some("--"))
            }
            "git archive" | "git format-patch" | "git fast-export" => true,
            _ => false,
        };
        if !shows || self.names_its_files(call) {
            return;
        }
        self.unnamed_files();
        if let Some(name) = self.tracked_secret(state) {
            self.find(&rules::GIT_OBJECTS, call.span, name);
        }
    }

    /// `git cat-file`: objects named by a stream or by their hash alone may be any file.
    fn cat_file(&mut self, call: &Call<'_>, state: &State) {
        let is_batch = call.args.iter().any(|arg| arg.leading().starts_with("--batch"));
        if is_batch {
            match state.stdin.pieces.as_slice() {
                [] => {}
                [Piece::Text(text)] => {
                    for word in text.split_whitespace().take(64) {
                        self.revision(&Arg::text(word, call.span), state);
                    }
                }
                _ => self.find(&rules::GIT_OBJECTS, call.span, call.name),
            }
        }
        for operand in &call.parsed.operands {
            let is_hash = operand.known().is_some_and(|text| {
                (7..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
            });
            let is_type = call.parsed.has(&["-t", "-s", "-e"]);
            if (is_hash || operand.known().is_none()) && !is_type {
                self.find(&rules::GIT_OBJECTS, operand.span, operand.display());
            }
        }
    }

    /// Whether every path that the call shows stands on the command line, after `--` or inside a revision.
    fn names_its_files(&self, call: &Call<'_>) -> bool {
        let paths = call.args.iter().skip_while(|arg| arg.known() != Some("--")).skip(1);
        let is_file = |arg: &Arg| {
            arg.known().is_some_and(|text| {
                !text.starts_with(':') && text != "." && !text.contains(['*', '?', '[']) && text.contains('.')
            })
        };
        let mut count = 0;
        let all = paths.inspect(|_| count += 1).all(is_file);
        if count > 0 {
            return all;
        }
        let operands = &call.parsed.operands;
        !operands.is_empty()
            && operands.iter().all(|arg| {
                arg.known().is_some_and(|text| {
                    text.contains(':') || Path::new(text).extension().is_some() && !text.contains("..")
                })
            })
    }

    /// The name of a secret file that the repository around the working directory tracks.
    fn tracked_secret(&self, state: &State) -> Option<String> {
        let View::Disk(root) = &self.context.view else { return None };
        let cwd = state.cwd.path.as_ref()?;
        let mut directory = Some(cwd.as_path());
        let index = loop {
            let at: PathBuf = directory?.join(".git");
            if root.path().join(&at).symlink_metadata().is_ok() {
                break at.join("index");
            }
            directory = directory?.parent();
        };
        let full = root.path().join(&index);
        let unreadable = || Some(".git".to_owned());
        let Ok(metadata) = full.symlink_metadata() else {
            // A worktree keeps its index elsewhere; a repository without commits has none.
            return if full.parent().is_some_and(Path::is_file) { unreadable() } else { None };
        };
        if metadata.len() > MAX_INDEX {
            return unreadable();
        }
        let mut bytes = Vec::new();
        let file = root.resolve(&index).ok().and_then(|confined| confined.open().ok())?;
        if file.take(MAX_INDEX).read_to_end(&mut bytes).is_err() {
            return unreadable();
        }
        match secret_in_index(&bytes) {
            Ok(name) => name,
            Err(NotAnIndex) => unreadable(),
        }
    }
}

#[derive(Debug)]
struct NotAnIndex;

/// The first secret name among the entries of an index (versions 2 to 4 of the format in git's `index-format`).
fn secret_in_index(bytes: &[u8]) -> Result<Option<String>, NotAnIndex> {
    let number = |at: usize| -> Option<usize> {
        let bytes: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        usize::try_from(u32::from_be_bytes(bytes)).ok()
    };
    let (Some(b"DIRC"), Some(version @ 2..=4), Some(count)) = (bytes.get(..4), number(4), number(8)) else {
        return Err(NotAnIndex);
    };
    let mut at = 12;
    let mut name: Vec<u8> = Vec::new();
    for _ in 0..count {
        let flags = bytes.get(at + 60..at + 62).ok_or(NotAnIndex)?;
        let is_extended = version >= 3 && flags.first().is_some_and(|byte| byte & 0x40 != 0);
        let mut from = at + if is_extended { 64 } else { 62 };
        if version == 4 {
            let mut cut = 0_usize;
            loop {
                let byte = *bytes.get(from).ok_or(NotAnIndex)?;
                from += 1;
                cut = (cut << 7) | usize::from(byte & 0x7f);
                if byte & 0x80 == 0 {
                    break;
                }
                cut += 1;
                if cut > bytes.len() {
                    return Err(NotAnIndex);
                }
            }
            name.truncate(name.len().checked_sub(cut).ok_or(NotAnIndex)?);
        } else {
            name.clear();
        }
        let rest = bytes.get(from..).ok_or(NotAnIndex)?;
        let end = rest.iter().position(|byte| *byte == 0).ok_or(NotAnIndex)?;
        name.extend(rest.get(..end).ok_or(NotAnIndex)?);
        at = if version == 4 { from + end + 1 } else { at + (from + end - at + 8) / 8 * 8 };
        let text = String::from_utf8_lossy(&name);
        if names::classify(Path::new(&*text)).is_some_and(|rule| rule.kind == Kind::Secret) {
            return Ok(Some(text.into_owned()));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::secret_in_index;

    fn index(version: u32, names: &[&str]) -> Vec<u8> {
        let mut out = b"DIRC".to_vec();
        out.extend(version.to_be_bytes());
        out.extend(u32::try_from(names.len()).unwrap_or(0).to_be_bytes());
        let mut previous = 0;
        for name in names {
            let start = out.len();
            out.extend([0; 62]);
            if version == 4 {
                out.push(u8::try_from(previous).unwrap_or(0));
                previous = name.len();
            }
            out.extend(name.as_bytes());
            out.push(0);
            while version != 4 && !(out.len() - start).is_multiple_of(8) {
                out.push(0);
            }
        }
        out
    }

    #[test]
    fn a_tracked_secret_is_found_in_every_version() {
        for version in [2, 3, 4] {
            let found = |names: &[&str]| secret_in_index(&index(version, names)).ok();
            assert_eq!(found(&["README.md", "src/main.rs"]), Some(None), "{version}");
            assert_eq!(found(&["README.md", "conf/.env", "x"]), Some(Some("conf/.env".into())), "{version}");
        }
    }

    #[test]
    fn what_is_no_index_is_an_error() {
        assert!(secret_in_index(b"").is_err());
        assert!(secret_in_index(b"DIRC\0\0\0\x02\0\0\0\x09").is_err());
        assert!(secret_in_index(b"DIRC\0\0\0\x07\0\0\0\0").is_err());
    }
}
