//! From the paths of a profile to mounts: everything resolved, ordered and bounded.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use super::Profile;
use crate::CellError;

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
        for path in &profile.writable {
            binds.insert(root(path)?, Access::Writable);
        }
        for path in &profile.read_only {
            binds.insert(root(path)?, Access::ReadOnly);
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
        let (masks, masks_are_complete) = masks(&profile.masked, &binds)?;
        let layout = Self {
            project,
            home,
            binds: binds.into_iter().collect(),
            guarded: guarded.into_iter().collect(),
            unguarded,
            masks,
            masks_are_complete,
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

/// Finds the secrets that exist and that some bind shows.
fn masks(paths: &[PathBuf], binds: &BTreeMap<PathBuf, Access>) -> Result<(Vec<Mask>, bool), CellError> {
    let mut found: BTreeMap<PathBuf, Metadata> = BTreeMap::new();
    for path in paths {
        // Through links: it is the content that is secret, wherever a link says it is.
        let real = match plain(path)?.canonicalize() {
            Ok(real) => real,
            Err(error) if is_absence(error.kind()) => continue,
            Err(_) => return Err(CellError::MissingPath),
        };
        if !real.ancestors().any(|ancestor| binds.contains_key(ancestor)) {
            continue;
        }
        let metadata = real.symlink_metadata().map_err(|_| CellError::MissingPath)?;
        found.insert(real, metadata);
    }
    let is_complete = found.values().all(|metadata| metadata.is_dir() || metadata.nlink() == 1);
    let mut masks: Vec<Mask> = Vec::with_capacity(found.len());
    // A map is sorted, so a directory comes before what is in it, but other names may lie between.
    let directories: BTreeSet<PathBuf> =
        found.iter().filter(|(_, metadata)| metadata.is_dir()).map(|(path, _)| path.clone()).collect();
    for (path, metadata) in found {
        if !path.ancestors().skip(1).any(|ancestor| directories.contains(ancestor)) {
            masks.push(Mask { is_dir: metadata.is_dir(), path });
        }
    }
    Ok((masks, is_complete))
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
