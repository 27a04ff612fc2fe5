//! Where a command would run.

use std::path::{Component, Path, PathBuf};

use crate::path::Root;

/// The directory a command is confined to, where in it the command starts, and whose home is `~`.
#[derive(Clone, Debug)]
pub struct Context {
    pub(super) view: View,
    pub(super) cwd: PathBuf,
    pub(super) home: Option<PathBuf>,
}

/// How paths are looked up.
#[derive(Clone, Debug)]
pub(super) enum View {
    /// On disk: links are followed, and what exists is known.
    Disk(Root),
    /// As text alone.
    Lexical(PathBuf),
}

impl Context {
    /// Judges paths on disk, below `root`.
    #[must_use]
    pub fn new(root: &Root) -> Self {
        Self { view: View::Disk(root.clone()), cwd: PathBuf::new(), home: None }
    }

    /// Judges paths as text below the absolute path `root`, without looking at any disk.
    ///
    /// Links are not seen, so an allow holds only where the program runs confined. For tests, benchmarks and fuzzing.
    #[must_use]
    pub fn lexical(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        Self { view: View::Lexical(normal(&root)), cwd: PathBuf::new(), home: None }
    }

    /// The directory in which the command starts, relative to the root or absolute below it.
    #[must_use]
    pub fn cwd(mut self, cwd: impl AsRef<Path>) -> Self {
        self.cwd = cwd.as_ref().to_owned();
        self
    }

    /// What `~` and `$HOME` stand for; a path there is refused unless it is inside the root.
    #[must_use]
    pub fn home(mut self, home: impl Into<PathBuf>) -> Self {
        self.home = Some(home.into());
        self
    }

    /// The root's path.
    pub(super) fn root(&self) -> &Path {
        match &self.view {
            View::Disk(root) => root.path(),
            View::Lexical(path) => path,
        }
    }

    /// `path`, absolute or relative to `cwd` in the root, relative to the root; `None` where it leaves it.
    pub(super) fn relative(&self, cwd: &Path, path: &Path) -> Option<PathBuf> {
        normal(&self.root().join(cwd).join(path)).strip_prefix(self.root()).ok().map(Path::to_owned)
    }
}

/// Takes `.` and `..` away; what would go above `/` stays there.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) | Component::Normal(_) => out.push(component),
        }
    }
    out
}
