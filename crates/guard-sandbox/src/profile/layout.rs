//! From the paths of a profile to mounts: everything resolved, ordered and bounded.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, fstat, openat2};

use super::Profile;
use crate::CellError;
use crate::plan::{Bytes, Identity};

/// Mounts of one cell at most; bubblewrap itself takes 9,000 arguments, three to a mount.
const MAX_MOUNTS: usize = 2_048;
/// Bytes of all paths together, well under what one `execve` takes.
const MAX_PATH_BYTES: usize = 256 << 10;

/// Directories that cannot be shown as a root or a part of one: the cell has its own.
const SYSTEM: [&str; 11] =
    ["/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/sbin", "/sys", "/usr"];

/// How one path is shown. Ordered by strictness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Access {
    /// Writable, and only there to be a mount point: a directory above a guarded file that could otherwise be
    /// renamed away, and a new one put in its place.
    Pinned,
    Writable,
    ReadOnly,
}

/// A secret of the project: an unreadable file or an empty directory takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mask {
    pub(crate) path: PathBuf,
    pub(crate) is_dir: bool,
}

/// What of the host is shown where, ready to be mounted in this order: binds, then masks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) project: PathBuf,
    pub(crate) home: Option<PathBuf>,
    /// Parents before children.
    pub(crate) binds: Vec<(PathBuf, Access)>,
    /// Those binds that a guarded path of a writable root became.
    pub(crate) guarded: Vec<PathBuf>,
    /// Guarded paths that are missing or links, so that nothing can be mounted over them.
    pub(crate) unguarded: Vec<PathBuf>,
    pub(crate) masks: Vec<Mask>,
    /// Secrets that no bind shows; nothing else of the cell may show them either.
    pub(crate) unseen: Vec<PathBuf>,
    /// No masked file has a second name by which it could still be read.
    pub(crate) masks_are_complete: bool,
}

impl Layout {
    pub(crate) fn of(profile: &Profile) -> Result<Self, CellError> {
        let project = root(&profile.project)?;
        if !project.is_dir() {
            return Err(CellError::MissingPath);
        }
        let home = profile.home.as_deref().map(root).transpose()?;
        let mut binds = BTreeMap::from([(project.clone(), Access::ReadOnly)]);
        for (paths, access) in [(&profile.writable, Access::Writable), (&profile.read_only, Access::ReadOnly)]
        {
            for path in paths {
                let real = root(path)?;
                let is_of_project = path.starts_with(&profile.project) || path.starts_with(&project);
                if is_of_project && !real.starts_with(&project) {
                    return Err(CellError::Escape);
                }
                binds.insert(real, access);
            }
        }
        if home.as_ref().is_some_and(|home| !home.is_dir()) {
            return Err(CellError::MissingPath);
        }
        let overlaps = |path: &PathBuf| {
            home.as_ref().is_some_and(|home| home.starts_with(path) || path.starts_with(home))
        };
        if binds.keys().any(overlaps) {
            return Err(CellError::Overlap);
        }
        let (guarded, unguarded) = guards(&profile.guarded, &mut binds)?;
        pin(&mut binds);
        let Masks { masks, unseen, are_complete } = masks(&profile.masked, &binds)?;
        let layout = Self {
            project,
            home,
            binds: binds.into_iter().collect(),
            guarded: guarded.into_iter().collect(),
            unguarded,
            masks,
            unseen,
            masks_are_complete: are_complete,
        };
        layout.bounded()
    }

    fn bounded(self) -> Result<Self, CellError> {
        let paths = self.binds.iter().map(|(path, _)| path).chain(self.masks.iter().map(|mask| &mask.path));
        let bytes: usize = paths.clone().map(|path| path.as_os_str().len()).sum();
        if paths.count() > MAX_MOUNTS || bytes > MAX_PATH_BYTES {
            return Err(CellError::TooLarge);
        }
        Ok(self)
    }

    /// What is bound, by number: bubblewrap finds it by path, and a path of the project may lead elsewhere for a moment
    /// while another program works there. The paths are real ones, so no link is followed here.
    pub(crate) fn identities(&self) -> Result<Vec<Identity>, CellError> {
        let identify = |(path, _): &(PathBuf, Access)| {
            let flags = OFlags::PATH | OFlags::CLOEXEC;
            let file = openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS);
            let status = fstat(file.map_err(|_| CellError::MissingPath)?)?;
            Ok(Identity { path: Bytes(path.clone()), device: status.st_dev, inode: status.st_ino })
        };
        self.binds.iter().map(identify).collect()
    }

    /// How the deepest bind above a path shows it.
    pub(crate) fn access(&self, path: &Path) -> Option<Access> {
        let above = |(root, access): &(PathBuf, Access)| path.starts_with(root).then_some(*access);
        self.binds.iter().rev().find_map(above)
    }

    /// The roots that the program may write to.
    pub(crate) fn writable(&self) -> impl Iterator<Item = &Path> {
        self.binds.iter().filter(|(_, access)| *access == Access::Writable).map(|(path, _)| path.as_path())
    }

    /// The directories and files that the program may only read.
    pub(crate) fn read_only(&self) -> impl Iterator<Item = &Path> {
        self.binds.iter().filter(|(_, access)| *access == Access::ReadOnly).map(|(path, _)| path.as_path())
    }
}

/// An absolute path without `.`, `..` and NUL.
pub(crate) fn plain(path: &Path) -> Result<&Path, CellError> {
    let is_plain = path.is_absolute()
        && !path.as_os_str().as_bytes().contains(&0)
        && path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    if is_plain { Ok(path) } else { Err(CellError::BadPath) }
}

/// The real path of a root that may be shown.
fn root(path: &Path) -> Result<PathBuf, CellError> {
    let real = plain(path)?.canonicalize().map_err(|_| CellError::MissingPath)?;
    let is_system = SYSTEM.iter().any(|system| real.starts_with(system));
    // `/`, and directories that hold everybody's.
    let is_top = real.components().count() <= 2;
    if is_system || is_top { Err(CellError::SystemPath) } else { Ok(real) }
}

/// Turns guarded paths of writable roots into read-only binds.
fn guards(
    paths: &[PathBuf],
    binds: &mut BTreeMap<PathBuf, Access>,
) -> Result<(BTreeSet<PathBuf>, Vec<PathBuf>), CellError> {
    let mut guarded = BTreeSet::new();
    let mut unguarded = Vec::new();
    for path in paths {
        // The parent is resolved, the last name is not: a link is a thing of its own that could be replaced.
        let Some((real, metadata)) = locate(path)? else {
            unguarded.push(path.clone());
            continue;
        };
        if !is_writable(binds, &real) {
            continue;
        }
        if metadata.is_symlink() {
            unguarded.push(real.clone());
            // What it names is held all the same, where it is the project's.
            match real.canonicalize() {
                Ok(target) if is_writable(binds, &target) => drop(guarded.insert(target)),
                Ok(_) => {}
                Err(error) if is_absence(error.kind()) => {}
                Err(_) => return Err(CellError::MissingPath),
            }
        } else {
            guarded.insert(real);
        }
    }
    for path in &guarded {
        // A writable root inside a guarded directory would be a hole in it.
        binds.retain(|bind, _| !bind.starts_with(path));
        binds.insert(path.clone(), Access::ReadOnly);
    }
    Ok((guarded, unguarded))
}

fn is_writable(binds: &BTreeMap<PathBuf, Access>, path: &Path) -> bool {
    let deepest = path.ancestors().find_map(|ancestor| binds.get(ancestor));
    deepest.is_some_and(|access| *access != Access::ReadOnly)
}

/// Makes a mount point of every directory between a writable root and a read-only path inside it: the kernel lets a
/// directory be renamed that merely *holds* a mount point, and the program could build a new one in its place.
fn pin(binds: &mut BTreeMap<PathBuf, Access>) {
    let mut pins = BTreeSet::new();
    for (path, access) in &*binds {
        if *access != Access::ReadOnly {
            continue;
        }
        let between: Vec<&Path> =
            path.ancestors().skip(1).take_while(|ancestor| !binds.contains_key(*ancestor)).collect();
        let is_inside = between.last().and_then(|last| last.parent()).or(path.parent());
        if is_inside.is_some_and(|root| is_writable(binds, root)) {
            pins.extend(between.into_iter().map(Path::to_owned));
        }
    }
    binds.extend(pins.into_iter().map(|path| (path, Access::Pinned)));
}

/// The secrets that exist.
struct Masks {
    masks: Vec<Mask>,
    unseen: Vec<PathBuf>,
    are_complete: bool,
}

/// Finds the secrets that exist, and whether some bind shows them.
fn masks(paths: &[PathBuf], binds: &BTreeMap<PathBuf, Access>) -> Result<Masks, CellError> {
    let mut unseen = Vec::new();
    let mut found: BTreeMap<PathBuf, Metadata> = BTreeMap::new();
    for path in paths {
        // Through links: it is the content that is secret, wherever a link says it is.
        let real = match plain(path)?.canonicalize() {
            Ok(real) => real,
            Err(error) if is_absence(error.kind()) => continue,
            Err(_) => return Err(CellError::MissingPath),
        };
        if !real.ancestors().any(|ancestor| binds.contains_key(ancestor)) {
            unseen.push(real);
            continue;
        }
        let metadata = real.symlink_metadata().map_err(|_| CellError::MissingPath)?;
        found.insert(real, metadata);
    }
    let are_complete = found.values().all(|metadata| metadata.is_dir() || metadata.nlink() == 1);
    let mut masks: Vec<Mask> = Vec::with_capacity(found.len());
    // A map is sorted, so a directory comes before what is in it, but other names may lie between.
    let directories: BTreeSet<PathBuf> =
        found.iter().filter(|(_, metadata)| metadata.is_dir()).map(|(path, _)| path.clone()).collect();
    for (path, metadata) in found {
        if !path.ancestors().skip(1).any(|ancestor| directories.contains(ancestor)) {
            masks.push(Mask { is_dir: metadata.is_dir(), path });
        }
    }
    Ok(Masks { masks, unseen, are_complete })
}

/// The path with its parent resolved, and what is there; `None` where there is nothing.
fn locate(path: &Path) -> Result<Option<(PathBuf, Metadata)>, CellError> {
    let (Some(parent), Some(name)) = (plain(path)?.parent(), path.file_name()) else {
        return Err(CellError::SystemPath);
    };
    let real = match parent.canonicalize() {
        Ok(parent) => parent.join(name),
        Err(error) if is_absence(error.kind()) => return Ok(None),
        Err(_) => return Err(CellError::MissingPath),
    };
    match real.symlink_metadata() {
        Ok(metadata) => Ok(Some((real, metadata))),
        Err(error) if is_absence(error.kind()) => Ok(None),
        Err(_) => Err(CellError::MissingPath),
    }
}

fn is_absence(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    /// A directory with a project, a home and a link that leads out; `{}` in a path of a test stands for it.
    fn stand() -> tempfile::TempDir {
        let stand = tempfile::TempDir::new().expect("a directory");
        let root = stand.path();
        for directory in ["p/.git/hooks", "p/a/b", "p/keys", "home", "other"] {
            fs::create_dir_all(root.join(directory)).expect("a directory");
        }
        for file in ["p/.env", "p/.git/config", "p/a/b/.env", "p/keys/one", "other/secret"] {
            fs::write(root.join(file), "").expect("a file");
        }
        symlink(root.join("other"), root.join("p/out")).expect("a link");
        symlink("a/b/.env", root.join("p/.token")).expect("a link");
        stand
    }

    type Shape = fn(Profile, &dyn Fn(&str) -> PathBuf) -> Profile;

    /// The binds and masks of a profile, as text: `rw`, `ro` and `pin` for binds, `file` and `dir` for masks.
    #[track_caller]
    fn check(shape: Shape, want: Result<&[&str], CellError>) {
        let stand = stand();
        let root = stand.path().canonicalize().expect("a real path");
        let at = |name: &str| root.join(name);
        let got = Layout::of(&shape(Profile::new(at("p")), &at)).map(|layout| {
            let name = |path: &Path| path.strip_prefix(&root).expect("below the root").display().to_string();
            let binds = layout.binds.iter().map(|(path, access)| {
                let access = match access {
                    Access::Pinned => "pin",
                    Access::Writable => "rw",
                    Access::ReadOnly => "ro",
                };
                format!("{access} {}", name(path))
            });
            let masks = layout
                .masks
                .iter()
                .map(|mask| format!("{} {}", if mask.is_dir { "dir" } else { "file" }, name(&mask.path)));
            binds.chain(masks).collect::<Vec<_>>()
        });
        assert_eq!(got, want.map(|lines| lines.iter().map(|line| (*line).to_owned()).collect()));
    }

    #[test]
    fn the_project_is_read_only_unless_said_otherwise() {
        check(|profile, _| profile, Ok(&["ro p"]));
        check(|profile, at| profile.writable(at("p")), Ok(&["rw p"]));
        check(|profile, at| profile.writable(at("p/a")), Ok(&["ro p", "rw p/a"]));
        check(|profile, at| profile.writable(at("p")).read_only(at("p")), Ok(&["ro p"]));
        check(|profile, at| profile.writable(at("other")), Ok(&["rw other", "ro p"]));
    }

    #[test]
    fn guarded_paths_are_read_only_and_what_is_above_them_is_pinned() {
        check(
            |profile, at| profile.writable(at("p")).guarded([at("p/.git/config"), at("p/.git/hooks")]),
            Ok(&["rw p", "pin p/.git", "ro p/.git/config", "ro p/.git/hooks"]),
        );
        check(
            |profile, at| profile.writable(at("p")).guarded([at("p/a/b/.env")]),
            Ok(&["rw p", "pin p/a", "pin p/a/b", "ro p/a/b/.env"]),
        );
        check(
            |profile, at| profile.writable(at("p")).read_only(at("p/a/b")),
            Ok(&["rw p", "pin p/a", "ro p/a/b"]),
        );
        // Nothing to hold where nothing is writable, or nothing is.
        check(|profile, at| profile.guarded([at("p/.git/config")]), Ok(&["ro p"]));
        check(|profile, at| profile.writable(at("p")).guarded([at("p/none/at/all")]), Ok(&["rw p"]));
        // A writable root inside a guarded directory would be a hole.
        check(
            |profile, at| profile.writable(at("p")).writable(at("p/.git/hooks")).guarded([at("p/.git")]),
            Ok(&["rw p", "ro p/.git"]),
        );
        // Through a link the target is held, and the link is reported.
        check(
            |profile, at| profile.writable(at("p")).guarded([at("p/.token")]),
            Ok(&["rw p", "pin p/a", "pin p/a/b", "ro p/a/b/.env"]),
        );
    }

    #[test]
    fn secrets_are_masked_where_they_are_shown() {
        check(|profile, at| profile.masked([at("p/.env")]), Ok(&["ro p", "file p/.env"]));
        check(|profile, at| profile.masked([at("p/.token")]), Ok(&["ro p", "file p/a/b/.env"]));
        check(
            |profile, at| profile.masked([at("p/keys/one"), at("p/keys"), at("p/keys/two")]),
            Ok(&["ro p", "dir p/keys"]),
        );
        check(
            |profile, at| profile.masked([at("other/secret"), at("p/out/secret"), at("p/no")]),
            Ok(&["ro p"]),
        );
        check(
            |profile, at| profile.read_only(at("other")).masked([at("p/out/secret")]),
            Ok(&["ro other", "ro p", "file other/secret"]),
        );
    }

    #[test]
    fn roots_that_are_no_roots_are_refused() {
        check(|profile, at| profile.writable(at("p/out")), Err(CellError::Escape));
        check(|profile, at| profile.read_only(at("p/out/secret")), Err(CellError::Escape));
        check(|profile, at| profile.writable(at("p/../other")), Err(CellError::BadPath));
        check(|profile, _| profile.writable("p"), Err(CellError::BadPath));
        check(|profile, at| profile.writable(at("p/none")), Err(CellError::MissingPath));
        check(|profile, at| profile.home(at("p/a")), Err(CellError::Overlap));
        check(|profile, at| profile.home(at("home")).writable(at("home")), Err(CellError::Overlap));
        for system in ["/", "/usr", "/etc", "/usr/bin", "/proc/self", "/tmp", "/dev"] {
            assert_eq!(Layout::of(&Profile::new(system)).map(drop), Err(CellError::SystemPath), "{system}");
        }
        check(
            |profile, at| profile.writable(at("p")).masked((0..5_000).map(|_| at("p/.env"))),
            Ok(&["rw p", "file p/.env"]),
        );
    }

    #[test]
    fn there_are_no_more_mounts_than_bubblewrap_takes() {
        let stand = stand();
        let project = stand.path().join("p");
        let secrets: Vec<PathBuf> =
            (0..=MAX_MOUNTS).map(|number| project.join(format!("s{number}"))).collect();
        for secret in &secrets {
            fs::write(secret, "").expect("a file");
        }
        assert_eq!(Layout::of(&Profile::new(&project).masked(secrets)).map(drop), Err(CellError::TooLarge));
    }
}
