//! Finds what the cell has to hide and to hold inside a project.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use guard_core::names::{self, Kind};

use crate::AgentError;
use crate::repository::Place;
use crate::search::{self, MAX_ENTRIES};

/// The protected entries of a project, by absolute path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protected {
    /// Secret files and directories, hidden from the program; also other names of the same file.
    pub secrets: Vec<PathBuf>,
    /// Files and directories that make other programs run code, held read-only.
    pub guarded: Vec<PathBuf>,
}

impl Protected {
    /// Walks the project without following links. Linear in its entries, of which it looks at 500,000 at most.
    ///
    /// A secret reached by a link counts by the link's target where that lies inside the project, and by every other
    /// hard-linked name there.
    ///
    /// Other programs may change the project meanwhile. What they remove is left out; where a directory was gone when its
    /// turn came, everything is searched anew, for about two seconds. A secret that they move from where the search has
    /// not been to where it has been can be missed, as one can that is made afterwards.
    ///
    /// # Errors
    ///
    /// [`AgentError::ProjectTooLarge`] past the bounds, [`AgentError::Project`] for a directory that cannot be read,
    /// [`AgentError::ProjectChanging`] where directories do not stop vanishing.
    pub fn of(project: &Path) -> Result<Self, AgentError> {
        search::settled(|| Self::once(project))
    }

    fn once(project: &Path) -> Result<Self, AgentError> {
        let mut walk = Walk {
            project,
            found: Self::default(),
            entries: 0,
            secret_inodes: HashSet::new(),
            linked: Vec::new(),
        };
        walk.directory(&Place::of(project), 0)?;
        let Walk { mut found, secret_inodes, linked, .. } = walk;
        for (inode, path) in linked {
            if secret_inodes.contains(&inode) && !found.secrets.contains(&path) {
                found.secrets.push(path);
            }
        }
        found.secrets.sort();
        found.secrets.dedup();
        found.guarded.sort();
        Ok(found)
    }
}

struct Walk<'a> {
    project: &'a Path,
    found: Protected,
    entries: usize,
    /// Device and inode of secret files that have other names.
    secret_inodes: HashSet<(u64, u64)>,
    /// Files with several names that are not secret by name.
    linked: Vec<((u64, u64), PathBuf)>,
}

impl Walk<'_> {
    fn directory(&mut self, place: &Place, depth: usize) -> Result<(), AgentError> {
        for entry in search::list(place.path(), depth)? {
            let entry = entry.map_err(search::changing)?;
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                return Err(AgentError::ProjectTooLarge);
            }
            let path = entry.path();
            let kind = entry.file_type().map_err(search::changing)?;
            let name = place.name(&entry.file_name());
            match names::classify(&name).map(|rule| rule.kind) {
                Some(Kind::Secret) => self.secret(path, kind)?,
                Some(Kind::GuardedDeny) if kind.is_file() || (kind.is_dir() && is_guarded_whole(&name)) => {
                    self.found.guarded.push(path);
                }
                _ if kind.is_dir() => self.directory(&place.enter(&entry.file_name()), depth + 1)?,
                _ if kind.is_file() => {
                    if let Some(metadata) = search::still(entry.metadata())?
                        && metadata.nlink() > 1
                    {
                        self.linked.push(((metadata.dev(), metadata.ino()), path));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn secret(&mut self, path: PathBuf, kind: fs::FileType) -> Result<(), AgentError> {
        let target = if kind.is_symlink() {
            // A dangling link shows nothing, and what lies outside the project is not in the cell.
            match path.canonicalize() {
                Ok(target) if target.starts_with(self.project) && target != self.project => target,
                _ => return Ok(()),
            }
        } else {
            path
        };
        let Some(metadata) = search::still(fs::symlink_metadata(&target))? else { return Ok(()) };
        if metadata.is_file() && metadata.nlink() > 1 {
            self.secret_inodes.insert((metadata.dev(), metadata.ino()));
        }
        if metadata.is_file() || metadata.is_dir() {
            self.found.secrets.push(target);
        }
        Ok(())
    }
}

/// Whether all that is in a guarded directory is guarded. The rules name `.git`, because as a file it names another
/// repository; as a directory most of it has to stay writable for commits.
pub(crate) fn is_guarded_whole(relative: &Path) -> bool {
    names::classify(&relative.join("entry")).is_some_and(|rule| rule.kind >= Kind::GuardedDeny)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn secrets_are_found_by_name_link_and_inode() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for dir in
            [".git/hooks", "config", ".ssh", "src", "deep/er", "data/hooks", "data/objects", "data/refs"]
        {
            fs::create_dir_all(root.join(dir)).unwrap();
        }
        for file in [
            ".env",
            ".env.example",
            ".git/config",
            ".git/HEAD",
            "config/prod.txt",
            "data/HEAD",
            "data/config",
            "src/main.rs",
            "deep/er/id_rsa",
        ] {
            fs::write(root.join(file), "x").unwrap();
        }
        fs::write(root.join(".ssh/known_hosts"), "x").unwrap();
        // Dangles: a link is relative to its own directory.
        symlink("config/prod.txt", root.join("config/.env")).unwrap();
        symlink("../config/prod.txt", root.join("src/.env")).unwrap();
        symlink("/etc/shadow", root.join("deep/.env")).unwrap();
        fs::hard_link(root.join(".env"), root.join("src/notes.txt")).unwrap();
        let found = Protected::of(&root).unwrap();
        let relative = |paths: &[PathBuf]| {
            paths
                .iter()
                .map(|path| path.strip_prefix(&root).unwrap().display().to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            relative(&found.secrets),
            [".env", ".ssh", "config/prod.txt", "deep/er/id_rsa", "src/notes.txt"]
        );
        assert_eq!(relative(&found.guarded), [".git/config", ".git/hooks", "data/config", "data/hooks"]);
    }
}
