use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::place::Place;
use super::protect::protect;
use super::walk::{self, Last, Located, locate};
use super::{FileKind, FileName, Operation, PathError, Root, content, kernel, other_names, rules, text};
use crate::{Decision, Requires, Verdict};

/// What [`Root::judge`] says about a path, and how the path was understood.
#[derive(Clone, Debug)]
pub struct Judgement {
    verdict: Verdict,
    understood: Option<Understood>,
}

#[derive(Clone, Debug)]
struct Understood {
    place: Arc<Place>,
    path: PathBuf,
    kind: Option<FileKind>,
}

impl Judgement {
    /// The decision and the rules that fired.
    #[must_use]
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// The decision alone.
    #[must_use]
    pub fn decision(&self) -> Decision {
        self.verdict.decision()
    }

    /// The verdict, to be merged into another.
    #[must_use]
    pub fn into_verdict(self) -> Verdict {
        self.verdict
    }

    /// The path as understood, links followed, relative to its root and empty for the root itself; `None` where it
    /// leads outside or was refused for its text.
    #[must_use]
    pub fn relative(&self) -> Option<&Path> {
        self.understood.as_ref().map(|understood| understood.path.as_path())
    }

    /// The same as an absolute path.
    #[must_use]
    pub fn absolute(&self) -> Option<PathBuf> {
        self.understood.as_ref().map(|understood| understood.place.path.join(&understood.path))
    }

    /// The name of the extra root the path lies in; `None` for the root itself.
    #[must_use]
    pub fn extra(&self) -> Option<&str> {
        self.understood.as_ref()?.place.name.as_deref()
    }

    /// What is there now; `None` where nothing is, or where the path was not understood.
    #[must_use]
    pub fn kind(&self) -> Option<FileKind> {
        self.understood.as_ref()?.kind
    }
}

impl Root {
    /// Says whether another program may do `operation` on the path `name` while its working directory is `cwd`
    /// (relative to the root, or absolute).
    ///
    /// Nothing is opened but for looking. The part of the path that exists is resolved through the file system, links
    /// followed and confined; the rest is taken as written. Where `..` occurs, the path is also read as programs do
    /// that take `..` away before they look, and both readings have to be harmless. The rules on names are applied to
    /// the text and to each reading.
    ///
    /// The answer holds for the moment: the program that acts on it opens the path again, so it has to run confined
    /// itself. What is done through [`Confined`](super::Confined) needs no such help.
    ///
    /// # Examples
    ///
    /// ```
    /// use guard_core::Decision;
    /// use guard_core::path::{Operation, Root};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// let root = Root::open(dir.path())?;
    /// let judgement = root.judge("", "sub/../.env", Operation::Read);
    /// assert_eq!(judgement.decision(), Decision::Deny);
    /// assert_eq!(judgement.verdict().findings()[0].code(), "secret-file");
    /// assert_eq!(root.judge("", "src/main.rs", Operation::Write).decision(), Decision::Allow);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn judge(&self, cwd: impl AsRef<Path>, name: impl AsRef<Path>, operation: Operation) -> Judgement {
        let (cwd, name) = (cwd.as_ref(), name.as_ref());
        let mut verdict = Verdict::allow(Requires::NOTHING);
        let mut understood = None;
        if let Err(error) = self.judge_into(cwd, name, operation, &mut verdict, &mut understood) {
            let subject = understood.as_ref().map_or(name, |understood| understood.path.as_path());
            verdict.add(rules::about(error.rule(), subject));
        }
        Judgement { verdict, understood }
    }

    fn judge_into(
        &self,
        cwd: &Path,
        name: &Path,
        operation: Operation,
        verdict: &mut Verdict,
        understood: &mut Option<Understood>,
    ) -> Result<(), PathError> {
        let (place, below) = self.locate_text(cwd, name)?;
        place.is_still_there()?;
        // A link is removed itself, unless what stands behind it asks for what it leads to.
        let end = name.as_os_str().as_bytes().rsplit(|byte| *byte == b'/').next();
        let is_entry = operation == Operation::Delete && !matches!(end, None | Some(b"" | b"." | b".."));
        let lexical = path_clean::clean(&below);
        let lexical = if lexical == Path::new(".") { PathBuf::new() } else { lexical };
        for reading in [Some(&below), (lexical != below).then_some(&lexical)].into_iter().flatten() {
            let last = if is_entry { Last::Keep } else { Last::Follow };
            let looked = Look::at(self, place, reading, last)?;
            let (at, kind) = (&looked.at, looked.kind());
            *understood = Some(Understood { place: Arc::clone(&at.place), path: at.path.clone(), kind });
            let as_written = (!text::has_parent(reading)).then_some((place, reading));
            for (place, path) in as_written.into_iter().chain([(&at.place, &at.path)]) {
                if protect(place, path, operation)?.is_some() {
                    let is_known =
                        verdict.findings().iter().any(|known| known.code() == rules::GUARDED_FILE_ASK.code);
                    if !is_known {
                        verdict.add(rules::about(&rules::GUARDED_FILE_ASK, path));
                    }
                }
            }
            looked.judge(self, operation)?;
            if operation == Operation::Read {
                looked.judge_content()?;
            }
        }
        Ok(())
    }
}

/// What is found at one reading of a path.
struct Look {
    at: Located,
    stat: Option<Stat>,
}

impl Look {
    fn at(root: &Root, place: &Arc<Place>, reading: &Path, last: Last) -> Result<Self, PathError> {
        if last == Last::Keep {
            let at = locate(root, place, reading, last)?;
            let stat = match at.place.look(&at.path) {
                Ok(stat) => Some(stat),
                Err(Errno::NOENT | Errno::NOTDIR) => None,
                Err(errno) => return Err(errno.into()),
            };
            return Ok(Self { at, stat });
        }
        match walk::open(root, place, reading, kernel::ASK, |_, _| Ok(())) {
            Ok((at, handle)) => {
                let at = at.unwrap_or_else(|| Located::as_named(place, reading));
                Ok(Self { at, stat: Some(rustix::fs::fstat(handle)?) })
            }
            Err(PathError::Missing | PathError::NotADirectory) => {
                Ok(Self { at: locate(root, place, reading, Last::Follow)?, stat: None })
            }
            Err(error) => Err(error),
        }
    }

    fn kind(&self) -> Option<FileKind> {
        FileKind::of(FileType::from_raw_mode(self.stat?.st_mode))
    }

    fn judge(&self, root: &Root, operation: Operation) -> Result<(), PathError> {
        let Some(stat) = &self.stat else { return self.judge_missing(operation) };
        match self.kind() {
            // Nothing is opened to remove it.
            Some(FileKind::Special) if operation != Operation::Delete => Err(PathError::SpecialFile),
            Some(FileKind::File) if stat.st_nlink > 1 => {
                other_names::judge(root, &self.at.path, stat, operation)
            }
            _ => Ok(()),
        }
    }

    /// What cannot be opened by us cannot be read by a program that we start either.
    fn judge_content(&self) -> Result<(), PathError> {
        let (Some(stat), Some(FileKind::File)) = (&self.stat, self.kind()) else { return Ok(()) };
        match self.at.place.open_beneath(&self.at.path, OFlags::RDONLY, Mode::empty()) {
            Ok(file) => content::judge(&file, stat),
            Err(Errno::ACCESS | Errno::PERM) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }

    /// A name that does not exist is created by a write, and by anything else only misunderstood.
    fn judge_missing(&self, operation: Operation) -> Result<(), PathError> {
        let missing = self.at.path.components().rev().take(self.at.missing);
        for component in missing {
            let name = component.as_os_str();
            if operation == Operation::Write {
                FileName::of(name)?;
            } else if text::is_windows_special(name) {
                return Err(PathError::NotPortable);
            }
        }
        Ok(())
    }
}
