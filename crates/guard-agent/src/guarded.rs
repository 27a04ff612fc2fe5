//! Files that make other programs run code: compared before and after a run, and moved away where they changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use guard_core::names::{self, Kind};

use crate::AgentError;
use crate::protect::is_guarded_whole;
use crate::repository::{self, Place};
use crate::search::{self, MAX_ENTRIES};

/// A guarded file that was moved out of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Where it was, relative to the project; in the private HOME where it begins with `~`.
    pub path: PathBuf,
    /// Where it is now.
    pub to: PathBuf,
    /// Whether it was not there before the run.
    pub is_new: bool,
}

/// What the kernel says of a file. The change time cannot be set by a program, so that equal marks mean an equal file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark {
    inode: (u64, u64),
    size: u64,
    mode: u32,
    changed: (i64, i64),
}

impl Mark {
    fn of(metadata: &Metadata) -> Self {
        Self {
            inode: (metadata.dev(), metadata.ino()),
            // The size, links and times of a directory speak of its entries, which have marks of their own.
            size: if metadata.is_dir() { 0 } else { metadata.len() },
            mode: metadata.mode(),
            changed: if metadata.is_dir() { (0, 0) } else { (metadata.ctime(), metadata.ctime_nsec()) },
        }
    }
}

/// The guarded files of a project at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Guarded {
    /// By path relative to the project. Entries of guarded directories are in it too.
    marks: BTreeMap<PathBuf, Mark>,
    /// Directories that git takes for repositories.
    repositories: BTreeSet<PathBuf>,
}

impl Guarded {
    /// Looks at the whole project without following links; links with a guarded name count.
    pub(crate) fn of(project: &Path) -> Result<Self, AgentError> {
        search::settled(|| {
            let mut found = Self::default();
            found.walk(project, &Place::of(project), 0, false, &mut 0)?;
            Ok(found)
        })
    }

    fn walk(
        &mut self,
        project: &Path,
        place: &Place,
        depth: usize,
        is_inside: bool,
        entries: &mut usize,
    ) -> Result<(), AgentError> {
        for entry in search::list(place.path(), depth)? {
            let entry = entry.map_err(search::changing)?;
            *entries += 1;
            if *entries > MAX_ENTRIES {
                return Err(AgentError::ProjectTooLarge);
            }
            let (path, name) = (entry.path(), place.name(&entry.file_name()));
            let relative = path.strip_prefix(project).unwrap_or(&path);
            let is_guarded =
                is_inside || names::classify(&name).is_some_and(|rule| rule.kind == Kind::GuardedDeny);
            let is_dir = entry.file_type().map_err(search::changing)?.is_dir();
            if is_guarded && let Some(metadata) = search::still(entry.metadata())? {
                self.marks.insert(relative.to_owned(), Mark::of(&metadata));
            }
            if is_dir {
                let inner = place.enter(&entry.file_name());
                if inner.is_repository() {
                    self.repositories.insert(relative.to_owned());
                }
                let is_whole = is_inside || (is_guarded && is_guarded_whole(&name));
                self.walk(project, &inner, depth + 1, is_whole, entries)?;
            }
        }
        Ok(())
    }

    /// The outermost paths that are new or other than before.
    fn differences<'a>(&'a self, before: &Self) -> Vec<(&'a Path, bool)> {
        let mut found: Vec<(&Path, bool)> = Vec::new();
        // Sorted by component, so that a directory comes before what is in it.
        for (path, mark) in &self.marks {
            let old = before.marks.get(path);
            let is_below = found.iter().any(|(outer, _)| path.starts_with(outer));
            if old != Some(mark) && !is_below {
                found.push((path, old.is_none()));
            }
        }
        found
    }

    /// Compares with the project as it is now, and moves every difference into `quarantine`. The program that wrote it
    /// has to have ended.
    pub(crate) fn quarantine(&self, project: &Path, quarantine: &Path) -> io::Result<Vec<Moved>> {
        let after = Self::of(project).map_err(|error| {
            let is_changing = error == AgentError::ProjectChanging;
            let other = if is_changing { io::ErrorKind::ResourceBusy } else { io::ErrorKind::QuotaExceeded };
            io::Error::from(if let AgentError::Project(kind) = error { kind } else { other })
        })?;
        let mut moved = Vec::new();
        let is_fresh = |path: &Path| {
            let repository = path.ancestors().find(|above| after.repositories.contains(*above));
            repository.is_some_and(|repository| {
                !self.repositories.contains(repository) && repository::is_inert(&project.join(repository))
            })
        };
        let differences = after.differences(self).into_iter();
        // What `git init` and `git clone` make would otherwise be taken away again.
        let differences = differences.filter(|(path, is_new)| !(*is_new && is_fresh(path)));
        for (number, (path, is_new)) in differences.enumerate() {
            // Another run beside this one may have moved it away already.
            if let Some(to) = put_away(&project.join(path), quarantine, number)? {
                moved.push(Moved { path: path.to_owned(), to, is_new });
            }
        }
        Ok(moved)
    }
}

/// Moves a file or directory into the quarantine, and says where it is now; `None` where it is gone.
pub(crate) fn put_away(from: &Path, quarantine: &Path, number: usize) -> io::Result<Option<PathBuf>> {
    fs::create_dir_all(quarantine)?;
    let name = from.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let to = free_name(quarantine, number, name.trim_start_matches('.'))?;
    match relocate(from, &to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && is_absent(from) => Ok(None),
        result => result.map(|()| Some(to)),
    }
}

/// A name that is not taken, without the leading dot, so that nothing takes it for what it was.
fn free_name(directory: &Path, number: usize, name: &str) -> io::Result<PathBuf> {
    for attempt in 0..10_000 {
        let path = directory.join(format!("{attempt:04}-{number:04}-{name}.quarantined"));
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(path),
            Err(error) => return Err(error),
            Ok(_) => {}
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}

fn is_absent(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// Moves; copies and removes where the quarantine is on another file system.
fn relocate(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {}
        result => return result,
    }
    copy(from, to)?;
    if fs::symlink_metadata(from)?.is_dir() { fs::remove_dir_all(from) } else { fs::remove_file(from) }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let kind = fs::symlink_metadata(from)?.file_type();
    if kind.is_dir() {
        fs::create_dir(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
    } else if kind.is_symlink() {
        std::os::unix::fs::symlink(fs::read_link(from)?, to)?;
    } else if kind.is_file() {
        fs::copy(from, to)?;
    }
    // Pipes and sockets hold nothing.
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn stand() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let project = dir.path().join("p");
        fs::create_dir_all(project.join(".git/hooks")).unwrap();
        fs::create_dir_all(project.join("sub")).unwrap();
        fs::write(project.join(".git/config"), "[core]\n").unwrap();
        fs::write(project.join(".git/hooks/pre-commit"), "#!/bin/sh\n").unwrap();
        fs::write(project.join("main.rs"), "").unwrap();
        (dir, project)
    }

    #[track_caller]
    fn check(change: impl FnOnce(&Path), want: &[(&str, bool)]) {
        let (dir, project) = stand();
        let before = Guarded::of(&project).unwrap();
        change(&project);
        let moved = before.quarantine(&project, &dir.path().join("q")).unwrap();
        let got: Vec<_> = moved.iter().map(|moved| (moved.path.to_str().unwrap(), moved.is_new)).collect();
        assert_eq!(got, want);
        for moved in &moved {
            assert!(
                fs::symlink_metadata(project.join(&moved.path)).is_err(),
                "{:?} is still there",
                moved.path
            );
            assert!(fs::symlink_metadata(&moved.to).is_ok(), "{:?} is lost", moved.path);
        }
    }

    fn repository(at: &Path, config: &str) {
        for directory in ["hooks", "info", "objects/info", "refs"] {
            fs::create_dir_all(at.join(directory)).unwrap();
        }
        fs::write(at.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(at.join("hooks/pre-commit.sample"), "x").unwrap();
        fs::write(at.join("config"), config).unwrap();
    }

    #[test]
    fn a_directory_shaped_like_a_repository_is_one() {
        let inert = "[core]\n\tbare = true\n";
        let evil = "[core]\n\tfsmonitor = x\n";
        // What `git init --bare` and `git clone --bare` make stays.
        check(|project| repository(&project.join("sub/data"), inert), &[]);
        check(|project| repository(&project.join("origin.git"), inert), &[]);
        check(
            |project| repository(&project.join("sub/data"), evil),
            &[("sub/data/config", true), ("sub/data/hooks", true)],
        );
        check(
            |project| {
                repository(&project.join("data"), inert);
                fs::write(project.join("data/hooks/post-checkout"), "x").unwrap();
            },
            &[("data/config", true), ("data/hooks", true)],
        );
        // A part of a repository elsewhere, as a second working tree has it.
        check(
            |project| {
                fs::create_dir(project.join("data")).unwrap();
                fs::write(project.join("data/HEAD"), "ref: refs/heads/main\n").unwrap();
                fs::write(project.join("data/commondir"), "../evil").unwrap();
            },
            &[("data/commondir", true)],
        );
        // The project itself, and only what git would read in it.
        check(
            |project| {
                repository(project, evil);
                fs::create_dir(project.join("src")).unwrap();
                fs::write(project.join("src/config"), "x").unwrap();
            },
            &[("config", true), ("hooks", true)],
        );
        // Neither of these is one.
        for missing in ["HEAD", "objects", "refs"] {
            check(
                |project| {
                    let data = project.join("data");
                    repository(&data, evil);
                    fs::rename(data.join(missing), data.join("other")).unwrap();
                },
                &[],
            );
        }
    }

    #[test]
    fn a_repository_that_was_there_is_held_to_what_it_was() {
        #[track_caller]
        fn check(change: impl FnOnce(&Path), want: &[&str]) {
            let (dir, project) = stand();
            repository(&project.join("data"), "[core]\n\tbare = true\n");
            let before = Guarded::of(&project).unwrap();
            change(&project.join("data"));
            let moved = before.quarantine(&project, &dir.path().join("q")).unwrap();
            let got: Vec<_> = moved.iter().map(|moved| moved.path.to_str().unwrap()).collect();
            assert_eq!(got, want);
        }
        check(|data| fs::write(data.join("refs/main"), "x").unwrap(), &[]);
        check(|data| fs::write(data.join("config"), "[core]\n").unwrap(), &["data/config"]);
        check(|data| fs::write(data.join("hooks/update"), "x").unwrap(), &["data/hooks/update"]);
        check(|data| fs::write(data.join("info/attributes"), "x").unwrap(), &["data/info/attributes"]);
        check(
            |data| fs::write(data.join("objects/info/alternates"), "x").unwrap(),
            &["data/objects/info/alternates"],
        );
    }

    #[test]
    fn what_changed_or_appeared_is_moved_away() {
        check(|_| {}, &[]);
        check(|project| fs::write(project.join("main.rs"), "fn main() {}").unwrap(), &[]);
        check(|project| fs::write(project.join(".mcp.json"), "{}").unwrap(), &[(".mcp.json", true)]);
        check(
            |project| symlink("main.rs", project.join("sub/.mcp.json")).unwrap(),
            &[("sub/.mcp.json", true)],
        );
        check(
            |project| {
                fs::create_dir_all(project.join("sub/.claude/hooks")).unwrap();
                fs::write(project.join("sub/.claude/settings.json"), "{}").unwrap();
            },
            &[("sub/.claude", true)],
        );
        check(
            |project| fs::write(project.join(".git/hooks/post-checkout"), "x").unwrap(),
            &[(".git/hooks/post-checkout", true)],
        );
        check(
            |project| fs::write(project.join(".git/config"), "[core]\n").unwrap(),
            &[(".git/config", false)],
        );
        let inert = "[core]\n\tbare = false\n";
        let evil = "[core]\n\tfsmonitor = x\n";
        check(|project| repository(&project.join("sub/.git"), inert), &[]);
        check(|project| repository(&project.join("sub/.git"), evil), &[("sub/.git", true)]);
        check(
            |project| {
                fs::remove_dir_all(project.join(".git/hooks")).unwrap();
                symlink("../sub", project.join(".git/hooks")).unwrap();
            },
            &[(".git/hooks", false)],
        );
    }
}
