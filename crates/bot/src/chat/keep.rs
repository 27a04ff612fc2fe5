//! Where an upload is put: a name of its own in the project's `uploads`, whole or not there, over nothing.

use std::ffi::OsStr;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use guard_core::archive::{ExtractError, Limits, Report, extract};
use guard_core::path::{Confined, FileName, Operation, PathError, Root};
use guard_core::{Finding, Verdict};

/// The directory below a project.
pub(super) const UPLOADS: &str = "uploads";
/// Files of one name that are kept side by side.
const MOST_OF_A_NAME: u32 = 100;
/// What a download that was cut off by a crash is called.
const PART: &str = ".guard-upload.part";
/// Endings that hide what a compressed file is.
const COMPRESSED: [&str; 4] = [".gz", ".bz2", ".xz", ".zst"];

/// What the rules of paths say about a file of this name there.
pub(super) fn judge(root: &Root, name: &str) -> Verdict {
    match FileName::parse(name) {
        Ok(name) => root.judge(UPLOADS, name.as_str(), Operation::Write).into_verdict(),
        Err(error) => Verdict::of(Finding::new(error.rule())),
    }
}

/// Writes the file under its own name, or with a number before its ending where that is taken. Readers see all of it or
/// nothing. `has_consent`: a person agreed to a name that steers builds, editors or agents.
pub(super) fn file(
    root: &Root,
    name: &FileName,
    bytes: &[u8],
    has_consent: bool,
) -> Result<PathBuf, PathError> {
    let at = |name: &str| -> Result<Confined, PathError> {
        let confined = root.resolve(Path::new(UPLOADS).join(name))?;
        Ok(if has_consent { confined.with_consent() } else { confined })
    };
    match root.resolve(UPLOADS)?.create_dir() {
        Ok(()) | Err(PathError::Exists) => {}
        Err(error) => return Err(error),
    }
    // Left by a process that was killed; the bot keeps one upload at a time.
    match at(PART)?.remove() {
        Ok(()) | Err(PathError::Missing) => {}
        Err(error) => return Err(error),
    }
    let part = at(PART)?;
    let mut file = part.create()?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).map_err(PathError::Io);
    let kept = written.and_then(|()| {
        in_a_free_place(name.as_str(), |name| {
            let to = at(name)?;
            part.rename(&to)?;
            Ok(to.relative().to_owned())
        })
    });
    if kept.is_err() {
        // What cannot be removed now is removed before the next one.
        part.remove().ok();
    }
    kept
}

/// Unpacks an archive that was kept into a directory of its own name beside it.
pub(super) fn unpacked(
    root: &Root,
    name: &FileName,
    bytes: &[u8],
    limits: &Limits,
) -> Result<(PathBuf, Report), ExtractError> {
    let (stem, single) = stems(name.as_str());
    let limits = match single.and_then(|single| FileName::parse(single).ok()) {
        Some(single) => limits.clone().stream_name(single),
        None => limits.clone(),
    };
    in_a_free_place(stem, |stem| {
        let into = Path::new(UPLOADS).join(stem);
        let report = extract(Cursor::new(bytes), root, &into, &limits)?;
        Ok((into, report))
    })
}

/// What a directory for the archive is called, and the one file in it if it holds no more.
fn stems(name: &str) -> (&str, Option<&str>) {
    let single = COMPRESSED.iter().find_map(|end| name.strip_suffix(end));
    let stem = single.unwrap_or(name);
    let stem = stem.strip_suffix(".tar").or_else(|| Some(stem.rsplit_once('.')?.0)).unwrap_or(stem);
    if stem.is_empty() || stem == name { ("unpacked", single) } else { (stem, single) }
}

/// Something that says that a place is taken.
trait Taken {
    fn is_taken(&self) -> bool;
    fn taken() -> Self;
}

impl Taken for PathError {
    fn is_taken(&self) -> bool {
        matches!(self, Self::Exists)
    }

    fn taken() -> Self {
        Self::Exists
    }
}

impl Taken for ExtractError {
    fn is_taken(&self) -> bool {
        matches!(self, Self::Path(PathError::Exists))
    }

    fn taken() -> Self {
        Self::Path(PathError::Exists)
    }
}

/// Tries the name, then `name-2`, `name-3` and so on, until one is free.
fn in_a_free_place<T, E: Taken>(name: &str, mut put: impl FnMut(&str) -> Result<T, E>) -> Result<T, E> {
    let path = Path::new(name);
    let stem = path.file_stem().and_then(OsStr::to_str).unwrap_or(name);
    let end = path.extension().and_then(OsStr::to_str).map(|end| format!(".{end}")).unwrap_or_default();
    for number in 1..=MOST_OF_A_NAME {
        let tried = if number == 1 { put(name) } else { put(&format!("{stem}-{number}{end}")) };
        match tried {
            Err(error) if error.is_taken() => {}
            other => return other,
        }
    }
    Err(E::taken())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn place() -> (tempfile::TempDir, Root) {
        let temporary = tempfile::tempdir().unwrap();
        let root = Root::open(temporary.path()).unwrap();
        (temporary, root)
    }

    fn put(root: &Root, name: &str, text: &str) -> Result<String, &'static str> {
        let kept = file(root, &FileName::parse(name).unwrap(), text.as_bytes(), false);
        kept.map(|path| path.display().to_string()).map_err(|error| error.code())
    }

    #[test]
    fn nothing_is_ever_overwritten() {
        let (temporary, root) = place();
        assert_eq!(put(&root, "a.tar.gz", "1").as_deref(), Ok("uploads/a.tar.gz"));
        assert_eq!(put(&root, "a.tar.gz", "2").as_deref(), Ok("uploads/a.tar-2.gz"));
        assert_eq!(put(&root, "README", "1").as_deref(), Ok("uploads/README"));
        fs::create_dir(temporary.path().join("uploads/b")).unwrap();
        std::os::unix::fs::symlink("nowhere", temporary.path().join("uploads/c.txt")).unwrap();
        assert_eq!(put(&root, "b", "1").as_deref(), Ok("uploads/b-2"));
        assert_eq!(put(&root, "c.txt", "1").as_deref(), Ok("uploads/c-2.txt"));
        assert_eq!(fs::read_to_string(temporary.path().join("uploads/a.tar.gz")).unwrap(), "1");
        assert!(!temporary.path().join("nowhere").exists());
        for _ in 0..99 {
            put(&root, "README", "x").unwrap();
        }
        assert_eq!(put(&root, "README", "x"), Err("path-exists"));
        assert!(!temporary.path().join("uploads").join(PART).exists());
    }

    #[test]
    fn what_a_killed_process_left_is_no_obstacle() {
        let (temporary, root) = place();
        fs::create_dir(temporary.path().join("uploads")).unwrap();
        fs::write(temporary.path().join("uploads").join(PART), "half").unwrap();
        assert_eq!(put(&root, "a", "whole").as_deref(), Ok("uploads/a"));
        assert_eq!(fs::read_dir(temporary.path().join("uploads")).unwrap().count(), 1);
    }

    #[test]
    fn a_link_does_not_lead_out() {
        let (temporary, root) = place();
        let outside = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path(), temporary.path().join("uploads")).unwrap();
        assert_eq!(put(&root, "a", "1"), Err("path-link-leaves-root"));
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }

    #[test]
    fn guarded_and_secret_names_are_judged_there() {
        let (_temporary, root) = place();
        let code = |name: &str| judge(&root, name).reasons().next().map_or("ok", |finding| finding.code());
        assert_eq!(code("notes.md"), "ok");
        assert_eq!(code(".env"), "secret-file");
        assert_eq!(code("../notes.md"), "path-outside-root");
        assert_eq!(code(".mcp.json"), "guarded-file");
        assert_eq!(put(&root, ".env", "A=1"), Err("secret-file"));
    }

    #[test]
    fn names_of_directories() {
        for (name, want) in [
            ("a.zip", ("a", None)),
            ("a.tar", ("a", None)),
            ("a.tar.gz", ("a", Some("a.tar"))),
            ("a.tgz", ("a", None)),
            ("a.csv.gz", ("a", Some("a.csv"))),
            ("a.gz", ("a", Some("a"))),
            ("archive", ("unpacked", None)),
        ] {
            let (stem, single) = stems(name);
            assert_eq!((stem, single), want, "{name}");
        }
    }
}
