//! `/cd`, `/ls`, `/cat` and `/projects`: the project's files, by handle, without its secrets.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use guard_core::path::{FileKind, Operation, PathError, Root};
use guard_core::secret::Redactor;
use guard_core::{Decision, Finding};
use thiserror::Error;

use crate::output::Output;
use crate::render;

/// Names in one listing.
const MAX_NAMES: usize = 200;
/// Bytes of one file that are shown.
const MAX_SHOWN: u64 = 256 << 10;

/// Why a file or directory is not shown.
#[derive(Debug, Error)]
pub(crate) enum FileRefused {
    /// Refused by the rules of paths, or not there.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The rules of paths did not allow it.
    #[error("{words}")]
    Judged { code: &'static str, words: String },
    /// No directory.
    #[error("no such directory")]
    NoDirectory,
    /// Nothing was named.
    #[error("name a file, as in /cat README.md")]
    NothingNamed,
    /// Not text.
    #[error("the file is not text")]
    Binary,
    /// Reading failed half-way.
    #[error("the file could not be read")]
    Unreadable,
}

impl FileRefused {
    /// The stable kebab-case name.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Path(error) => error.code(),
            Self::Judged { code, .. } => code,
            Self::NoDirectory => "path-missing",
            Self::NothingNamed => "file-not-named",
            Self::Binary => "file-not-text",
            Self::Unreadable => "file-unreadable",
        }
    }
}

/// A text file as it may be shown.
#[derive(Debug)]
pub(crate) struct ShownFile {
    pub(crate) text: String,
    /// Whether this is all of it.
    pub(crate) is_complete: bool,
}

/// Where `/cd NAME` leads; relative to the root. A name from the root on begins with `/`.
pub(crate) fn change(root: &Root, cwd: &Path, name: &str) -> Result<PathBuf, FileRefused> {
    let (cwd, name) = from(cwd, name);
    let judgement = root.judge(cwd, name, Operation::List);
    let new = match (judgement.decision(), judgement.relative()) {
        (Decision::Allow, Some(new)) => new.to_owned(),
        (Decision::Allow | Decision::Ask | Decision::Deny, _) => {
            let reasons: Vec<&Finding> = judgement.verdict().reasons().collect();
            return Err(FileRefused::Judged {
                code: reasons.first().map_or("undecided", |finding| finding.code()),
                words: reasons.iter().map(|finding| render::finding(finding)).collect::<Vec<_>>().join("; "),
            });
        }
    };
    #[allow(clippy::wildcard_enum_match_arm, reason = "two of many mean that there is no directory")]
    root.resolve(if new.as_os_str().is_empty() { Path::new(".") } else { &new })?.list(1).map_err(
        |error| match error {
            PathError::Missing | PathError::NotADirectory => FileRefused::NoDirectory,
            other => other.into(),
        },
    )?;
    Ok(new)
}

/// The names in a directory, one a line; directories end with a slash.
pub(crate) fn list(root: &Root, cwd: &Path, name: &str) -> Result<String, FileRefused> {
    let (cwd, name) = from(cwd, if name.is_empty() { "." } else { name });
    let listing = root.resolve_from(cwd, name)?.list(MAX_NAMES)?;
    let mut text = String::new();
    for entry in &listing.entries {
        let mark = match entry.kind {
            Some(FileKind::Directory) => "/",
            Some(FileKind::Link) => "@",
            Some(FileKind::Special) => "?",
            Some(FileKind::File) | None => "",
        };
        // Writing to a String cannot fail.
        writeln!(text, "{}{mark}", shown(&entry.name)).ok();
    }
    if !listing.is_complete {
        writeln!(text, "... and more: only {MAX_NAMES} names are listed").ok();
    }
    Ok(if text.is_empty() { "(empty)".to_owned() } else { text })
}

/// The directories directly below the root.
pub(crate) fn projects(root: &Root) -> Result<Vec<String>, FileRefused> {
    let listing = root.entries(".", MAX_NAMES)?;
    let directories = listing.entries.iter().filter(|entry| entry.kind == Some(FileKind::Directory));
    Ok(directories
        .filter(|entry| !entry.name.as_encoded_bytes().starts_with(b"."))
        .map(|entry| shown(&entry.name))
        .collect())
}

/// The beginning of a text file, with secrets redacted and control characters made visible.
pub(crate) fn show(
    root: &Root,
    cwd: &Path,
    name: &str,
    redactor: &Redactor,
) -> Result<ShownFile, FileRefused> {
    if name.is_empty() {
        return Err(FileRefused::NothingNamed);
    }
    let (cwd, name) = from(cwd, name);
    let file = root.resolve_from(cwd, name)?.open()?;
    let mut bytes = Vec::new();
    file.take(MAX_SHOWN + 1).read_to_end(&mut bytes).map_err(|_| FileRefused::Unreadable)?;
    let is_complete = bytes.len() as u64 <= MAX_SHOWN;
    if !is_complete {
        bytes.truncate(usize::try_from(MAX_SHOWN).unwrap_or(usize::MAX));
    }
    if bytes.contains(&0) {
        return Err(FileRefused::Binary);
    }
    let mut output = Output::new(redactor);
    let mut text = output.push(&bytes);
    text.push_str(&output.finish());
    Ok(ShownFile { text, is_complete })
}

/// The directory as a person knows it: the root is `/`.
pub(crate) fn place(cwd: &Path) -> String {
    render::plain(&format!("/{}", cwd.display()))
}

/// In the chat the root is `/`, so a name that begins with a slash begins there.
fn from<'a>(cwd: &'a Path, name: &'a str) -> (&'a Path, &'a str) {
    match name.strip_prefix('/') {
        None => (cwd, name),
        Some(below) => {
            let below = below.trim_start_matches('/');
            (Path::new(""), if below.is_empty() { "." } else { below })
        }
    }
}

fn shown(name: &OsStr) -> String {
    render::plain(&name.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn project_root() -> (tempfile::TempDir, Root) {
        let temporary = tempfile::tempdir().unwrap();
        let outside = temporary.path().join("outside");
        let root = temporary.path().join("root");
        fs::create_dir_all(root.join("web/src")).unwrap();
        fs::create_dir_all(root.join(".cache")).unwrap();
        fs::create_dir_all(&outside).unwrap();
        fs::write(outside.join("diary"), "secret").unwrap();
        fs::write(
            root.join("README.md"),
            "hello \u{1b}[31m\u{202e}\ntoken ghp_0123456789abcdef0123456789abcdef0123\n",
        )
        .unwrap();
        fs::write(root.join(".env"), "A=b").unwrap();
        fs::write(root.join("web/data"), b"\0\x01").unwrap();
        symlink(&outside, root.join("out")).unwrap();
        (temporary, Root::open(root).unwrap())
    }

    #[test]
    fn cd_stays_inside() {
        let (_temporary, root) = project_root();
        let check = |cwd: &str, name: &str, want: Result<&str, &str>| {
            let got = change(&root, Path::new(cwd), name);
            let got = got.map(|path| path.display().to_string()).map_err(|error| error.code());
            assert_eq!(got.as_deref().map_err(|code| *code), want, "{cwd} {name}");
        };
        check("", "web", Ok("web"));
        check("web", "src", Ok("web/src"));
        check("web/src", "..", Ok("web"));
        check("web/src", "/", Ok(""));
        check("web/src", "/web", Ok("web"));
        check("", "..", Err("path-outside-root"));
        check("", "/../outside", Err("path-outside-root"));
        check("", "out", Err("path-link-leaves-root"));
        check("", "nowhere", Err("path-missing"));
        check("", "README.md", Err("path-missing"));
    }

    #[test]
    fn secrets_binaries_and_the_outside_are_not_shown() {
        let (_temporary, root) = project_root();
        let redactor = Redactor::new();
        let check = |name: &str, want: &str| {
            assert_eq!(show(&root, Path::new(""), name, &redactor).unwrap_err().code(), want, "{name}");
        };
        check(".env", "secret-file");
        check("/.env", "secret-file");
        check("out/diary", "path-link-leaves-root");
        check("../outside/diary", "path-outside-root");
        check("web/data", "file-not-text");
        check("web", "path-not-a-file");
        check("", "file-not-named");
        let file = show(&root, Path::new("web"), "../README.md", &redactor).unwrap();
        assert!(file.text.starts_with("hello \\u{1b}[31m\\u{202e}\ntoken "), "{}", file.text);
        assert!(!file.text.contains("0123456789abcdef0123") && file.is_complete);
    }

    #[test]
    fn a_large_file_is_cut_and_says_so() {
        let (_temporary, root) = project_root();
        fs::write(root.path().join("large"), "x".repeat(300 << 10)).unwrap();
        let file = show(&root, Path::new(""), "large", &Redactor::new()).unwrap();
        assert_eq!((file.text.len(), file.is_complete), (256 << 10, false));
    }

    #[test]
    fn listings_name_what_is_there() {
        let (_temporary, root) = project_root();
        assert_eq!(list(&root, Path::new(""), "").unwrap(), ".cache/\n.env\nREADME.md\nout@\nweb/\n");
        assert_eq!(list(&root, Path::new("web"), "src").unwrap(), "(empty)");
        assert_eq!(list(&root, Path::new(""), "out").unwrap_err().code(), "path-link-leaves-root");
        assert_eq!(projects(&root).unwrap(), ["web"]);
    }
}
