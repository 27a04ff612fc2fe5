//! Refuses to work where the guarded could change the guard, or where an approved directory is too much.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::choice::Environment;
use super::fault::Fault;
use super::reader::Reader;
use super::report::Place;
use super::sources::Sources;

/// Directories that hold the system or everybody's homes; none of them is a project.
const SYSTEM: &[&str] = &[
    "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/run",
    "/sbin", "/sys", "/usr", "/var",
];
/// Directories that hold nothing but the system, at any depth.
const SYSTEM_TREES: &[&str] = &["/boot", "/dev", "/etc", "/proc", "/sys"];
/// Directories for everybody's temporary files.
const SHARED: &[&str] = &["/tmp", "/var/tmp", "/dev/shm"];

impl Reader<'_> {
    /// Refuses every part of the guard that lies inside a root.
    pub(super) fn refuse_inside_roots(&mut self, parts: &[(&'static str, Option<&Path>)]) {
        for (part, path) in parts {
            if let Some(Err(fault)) = path.map(|path| self.layers.roots.require_outside(path)) {
                self.refuse(Place::of(part), fault);
            }
        }
    }

    /// Refuses a root that is more than a project or a directory of projects.
    pub(super) fn refuse_wide_root(&mut self, subject: &'static str, root: &Path, sources: &Sources) {
        let Ok(real) = fs::canonicalize(root) else { return };
        let is = |list: &[&str]| list.iter().any(|path| real == Path::new(path));
        let is_in_system = SYSTEM_TREES.iter().any(|tree| real.starts_with(tree)) && !is(SHARED);
        if is(SYSTEM) || is_in_system {
            self.problem(Place::of(subject), Fault::RootIsSystem);
            return;
        }
        let home = sources.home().and_then(|home| fs::canonicalize(home).ok());
        let is_home = home.is_some_and(|home| home.starts_with(&real))
            || real == Path::new("/root")
            || real.parent() == Some(Path::new("/home"));
        let is_doubtful = is_home || is(SHARED);
        let is_shared = fs::metadata(&real).is_ok_and(|found| found.mode() & 0o002 != 0);
        match (self.environment, is_doubtful, is_shared) {
            (_, false, false) => {}
            (Environment::Production, true, _) => self.refuse(Place::of(subject), Fault::RootIsHome),
            (Environment::Production, false, true) => self.refuse(Place::of(subject), Fault::RootShared),
            (Environment::Development, true, _) => self.note(
                "root-is-home",
                subject,
                "is a home directory or for temporary files; production refuses it",
            ),
            (Environment::Development, false, true) => {
                self.note("root-shared", subject, "can be written by every user; production refuses it");
            }
        }
    }
}
