//! Links that the text itself makes: a later word may reach their target under another name.

use std::path::{Path, PathBuf};

use super::{Interpreter, State};
use crate::Span;
use crate::command::context::{View, normal};
use crate::command::rules;

/// Links that are remembered, and how often one may lead to another.
const MAX_LINKS: usize = 32;

impl Interpreter<'_> {
    /// Remembers that `name` may from now on mean `target`; both absolute.
    fn link(&mut self, name: PathBuf, target: PathBuf) {
        let known = (name, target);
        if known.0 == known.1 || self.links.contains(&known) {
            return;
        }
        if self.links.len() >= MAX_LINKS {
            return self.find(&rules::TOO_COMPLEX, Span::default(), "");
        }
        self.links.push(known);
    }

    /// A link to `source` appears as `place`, or inside it where that is a directory.
    pub(in crate::command) fn links_to(
        &mut self,
        source: &str,
        place: &str,
        is_relative: bool,
        state: &State,
    ) {
        let Some(cwd) = state.cwd.path.as_ref().map(|cwd| self.context.root().join(cwd)) else { return };
        let base = source.trim_end_matches('/').rsplit('/').next().unwrap_or(source);
        let place = normal(&cwd.join(place));
        for name in [place.clone(), place.join(base)] {
            // The text of a symbolic link counts from where the link is, that of the others from here.
            let from = name.parent().filter(|_| is_relative).unwrap_or(&cwd).to_owned();
            self.link(name, normal(&from.join(source)));
        }
    }

    /// The paths that an absolute path means by links of this text, each with all its links followed.
    pub(super) fn through_links(&self, path: &Path) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = Vec::new();
        let mut todo = vec![path.to_owned()];
        while let Some(path) = todo.pop() {
            self.work.add(self.links.len() + path.as_os_str().len() / 32);
            for (name, target) in &self.links {
                let Ok(rest) = path.strip_prefix(name) else { continue };
                let path = if rest.as_os_str().is_empty() { target.clone() } else { target.join(rest) };
                if found.len() < MAX_LINKS && !found.contains(&path) {
                    found.push(path.clone());
                    todo.push(path);
                }
            }
        }
        found
    }

    /// Every name that a path below the root has by links of this text, below the root too.
    pub(super) fn names_of(&self, path: &Path) -> Vec<PathBuf> {
        let mut names = vec![path.to_owned()];
        let mut at = 0;
        while let Some(path) = names.get(at).map(|name| self.context.root().join(name)) {
            at += 1;
            self.work.add(2 * self.links.len());
            let both = self.links.iter().flat_map(|(name, target)| [(name, target), (target, name)]);
            for (from, to) in both {
                let Ok(rest) = path.strip_prefix(from) else { continue };
                let other = if rest.as_os_str().is_empty() { to.clone() } else { to.join(rest) };
                let Ok(other) = other.strip_prefix(self.context.root()) else { continue };
                if names.len() < MAX_LINKS && !names.iter().any(|name| name.as_os_str() == other.as_os_str())
                {
                    names.push(other.to_owned());
                }
            }
        }
        names
    }

    /// Whether a path is a file that is there and no link.
    pub(in crate::command) fn is_file(&self, path: &str, state: &State) -> bool {
        match (&self.context.view, &state.cwd.path) {
            (View::Disk(root), Some(cwd)) => {
                root.path().join(cwd).join(path).symlink_metadata().is_ok_and(|metadata| metadata.is_file())
            }
            (View::Disk(_) | View::Lexical(_), _) => false,
        }
    }

    /// Whether a path is a directory, as far as is known.
    pub(in crate::command) fn is_directory(&self, path: &str, state: &State) -> bool {
        match (&self.context.view, &state.cwd.path) {
            (View::Disk(root), Some(cwd)) => root.path().join(cwd).join(path).is_dir(),
            (View::Disk(_) | View::Lexical(_), _) => path.ends_with('/'),
        }
    }
}
