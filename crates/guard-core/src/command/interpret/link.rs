//! Links that the text itself makes, and directories that it moves: a later word may reach another place than it says.

use std::path::{Component, Path, PathBuf};

use super::{Interpreter, State};
use crate::Span;
use crate::command::context::{View, normal};
use crate::command::rules;
use crate::command::value::{Arg, Piece};

/// Links that are remembered, and the paths that one may mean by them.
const MAX_LINKS: usize = 32;
/// Directories entered that are remembered.
const MAX_ENTERED: usize = 64;
/// Names of one file.
const MAX_ALIASES: usize = 64;
/// Names that are followed for one path.
const MAX_NAMES: usize = 1024;

/// A name that may from now on be another place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// Absolute and clean.
    name: PathBuf,
    /// What it says: absolute, or counted from the directory that it is in.
    text: PathBuf,
}

impl Link {
    fn target(&self) -> PathBuf {
        self.name.parent().unwrap_or(&self.name).join(&self.text)
    }
}

/// What a path may be by the links of a text.
#[derive(Debug, Default)]
pub(super) struct Reached {
    /// Absolute and clean.
    pub(super) paths: Vec<PathBuf>,
    /// It goes up from behind a link, and so to another place than it says.
    pub(super) climbs: bool,
    /// There are too many to know.
    pub(super) is_too_much: bool,
}

impl Interpreter<'_> {
    /// Remembers that `name` may from now on mean what `text` says; the name is absolute.
    fn link(&mut self, name: PathBuf, text: PathBuf) {
        let known = Link { name, text };
        if known.name == normal(&known.target()) || self.links.contains(&known) {
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
        source: &Arg,
        place: &str,
        is_relative: bool,
        state: &State,
    ) {
        // Of what is somewhere below the root, the root itself leads farthest.
        let source = with_stars(source).map_or_else(|| self.context.root().to_owned(), PathBuf::from);
        for cwd in self.directories(state) {
            // The text of a symbolic link counts from where the link is, that of the others from here.
            let text = if is_relative { source.clone() } else { cwd.join(&source) };
            for name in self.names_at(&cwd.join(place), &source, false) {
                self.link(name, text.clone());
            }
        }
    }

    /// Where the shell may be, absolute.
    fn directories(&self, state: &State) -> Vec<PathBuf> {
        state.cwd.all().map(|cwd| self.context.root().join(cwd)).collect()
    }

    /// What is put at a path with the name of `source` is there, or inside it where that is a directory.
    fn names_at(&self, path: &Path, source: &Path, is_directory: bool) -> Vec<PathBuf> {
        let mut names = vec![normal(path)];
        names.extend(self.reached(path).paths);
        let inside: Vec<PathBuf> =
            source.file_name().map_or_else(Vec::new, |name| names.iter().map(|at| at.join(name)).collect());
        if is_directory {
            return inside;
        }
        names.extend(inside);
        names
    }

    /// The paths that an absolute path means by links of this text, each with all its links followed.
    pub(super) fn reached(&self, path: &Path) -> Reached {
        let mut reached = Reached::default();
        if !self.links.is_empty() {
            let lexical = normal(path);
            let mut left = MAX_NAMES;
            for (path, climbs) in self.walk(path, &mut Vec::new(), &mut left) {
                if path != lexical {
                    reached.climbs |= climbs;
                    reached.paths.push(path);
                }
            }
            self.work.add(16 + (MAX_NAMES - left) * (2 + self.links.len() / 4) + 16 * reached.paths.len());
            reached.is_too_much = left == 0;
        }
        reached
    }

    /// Goes along a path, at each link both ways. With each path, whether it went up from behind a link. Takes one from
    /// `left` for each name; where none is left, the answer counts for nothing.
    fn walk(&self, path: &Path, followed: &mut Vec<usize>, left: &mut usize) -> Vec<(PathBuf, bool)> {
        // Where it is, whether a link led there, and whether it went up from there.
        let mut places = vec![(PathBuf::new(), false, false)];
        for component in path.components() {
            let mut next: Vec<(PathBuf, bool, bool)> = Vec::new();
            for (mut at, is_behind, climbs) in places {
                match component {
                    Component::ParentDir => {
                        at.pop();
                        next.push((at, is_behind, climbs || is_behind));
                        continue;
                    }
                    Component::CurDir => {}
                    Component::RootDir | Component::Prefix(_) | Component::Normal(_) => at.push(component),
                }
                for (number, link) in self.links.iter().enumerate() {
                    // What leads to itself leads nowhere.
                    if may_be(&at, &link.name) && !followed.contains(&number) {
                        followed.push(number);
                        let targets = self.walk(&link.target(), followed, left).into_iter();
                        next.extend(targets.map(|(target, above)| (target, true, climbs || above)));
                        followed.pop();
                    }
                }
                next.push((at, is_behind, climbs));
            }
            places = Vec::new();
            for place in next {
                if !places.contains(&place) {
                    places.push(place);
                }
            }
            *left = if places.len() > MAX_LINKS { 0 } else { left.saturating_sub(places.len()) };
            if *left == 0 {
                return Vec::new();
            }
        }
        places.into_iter().map(|(at, _, climbs)| (at, climbs)).collect()
    }

    /// Every name that a path below the root has by links of this text, below the root too.
    pub(super) fn names_of(&self, path: &Path) -> Vec<PathBuf> {
        let mut names = vec![path.to_owned()];
        let mut at = 0;
        while let Some(path) = names.get(at).map(|name| self.context.root().join(name)) {
            at += 1;
            self.work.add(2 * self.links.len());
            for link in &self.links {
                let target = normal(&link.target());
                for (from, to) in [(&link.name, &target), (&target, &link.name)] {
                    let Ok(rest) = path.strip_prefix(from) else { continue };
                    let other = if rest.as_os_str().is_empty() { to.clone() } else { to.join(rest) };
                    let Ok(other) = other.strip_prefix(self.context.root()) else { continue };
                    let is_new = !names.iter().any(|name| name.as_os_str() == other.as_os_str());
                    if is_new && names.len() > MAX_ALIASES {
                        self.work.exhaust();
                    } else if is_new {
                        names.push(other.to_owned());
                    }
                }
            }
        }
        names
    }

    /// Whether a link of this text has this name.
    pub(super) fn is_link(&self, path: &Path) -> bool {
        self.links.iter().any(|link| link.name == path)
    }

    /// Remembers a directory in which commands of this text are.
    pub(in crate::command) fn enters(&mut self, directory: &Path) {
        let is_known = self.entered.iter().any(|known| known.as_os_str() == directory.as_os_str());
        if !is_known && self.entered.len() <= MAX_ENTERED {
            self.entered.push(directory.to_owned());
        }
    }

    /// Links go along with what is copied or moved, and lead from there.
    pub(in crate::command) fn carries_links(
        &mut self,
        source: &Arg,
        target: &Arg,
        keeps_name: bool,
        state: &State,
    ) {
        let (Some(source), Some(target)) = (with_stars(source), with_stars(target)) else { return };
        // Of `dir/.` it is what is in it that goes.
        let keeps_name = keeps_name && !source.ends_with('.');
        let is_directory = keeps_name && self.is_surely_directory(&target, state);
        for cwd in self.directories(state) {
            let source = normal(&cwd.join(&source));
            let on_disk = match &self.context.view {
                View::Disk(_) => std::fs::read_link(&source).ok(),
                View::Lexical(_) => None,
            };
            let on_disk = on_disk.map(|text| Link { name: source.clone(), text });
            let links: Vec<Link> = self.links.iter().cloned().chain(on_disk).collect();
            self.work.add(8 + 8 * links.len());
            for link in links {
                if self.work.is_too_much() {
                    return self.find(&rules::TOO_COMPLEX, Span::default(), "");
                }
                let Some(from) = covered(&source, &link.name) else { continue };
                let rest = link.name.strip_prefix(&from).unwrap_or(&link.name);
                let is_itself = rest.as_os_str().is_empty();
                // A directory that is moved may get a name with a slash behind it.
                let is_directory = is_directory || keeps_name && is_itself && target.ends_with('/');
                for place in self.names_at(&cwd.join(&target), &from, is_directory) {
                    let name = if is_itself { place } else { place.join(rest) };
                    if name != link.name {
                        self.link(name, link.text.clone());
                    }
                }
            }
        }
    }

    /// Who is in a directory that is moved goes along with it.
    pub(in crate::command) fn moves(&mut self, source: &Arg, target: &Arg, keeps_name: bool, state: &State) {
        if self.entered.len() > MAX_ENTERED {
            return self.find(&rules::TOO_COMPLEX, source.span, source.display());
        }
        let Some(target) = with_stars(target) else { return };
        let is_directory = keeps_name && self.is_surely_directory(&target, state);
        for directory in state.cwd.all() {
            self.enters(directory);
        }
        let entered: Vec<PathBuf> =
            self.entered.iter().map(|place| self.context.root().join(place)).collect();
        for cwd in self.directories(state) {
            for place in &entered {
                self.work.add(8 + place.as_os_str().len() / 8);
                if self.work.is_too_much() {
                    return self.find(&rules::TOO_COMPLEX, Span::default(), "");
                }
                let from = match with_stars(source) {
                    Some(source) => covered(&normal(&cwd.join(source)), place),
                    None => Some(place.clone()),
                };
                let Some(from) = from else { continue };
                for name in self.names_at(&cwd.join(&target), &from, is_directory) {
                    // No directory goes into itself.
                    if !name.starts_with(&from) {
                        self.link(from.clone(), name);
                    }
                }
            }
        }
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

    /// Whether a path is a directory whatever this text did before.
    fn is_surely_directory(&self, path: &str, state: &State) -> bool {
        let is_there = |root: &Path| state.cwd.all().all(|cwd| root.join(cwd).join(path).is_dir());
        let is_new = self.effects.deletes().next().is_some() || self.effects.runs_project_code();
        match (&self.context.view, path.rsplit('/').next()) {
            (_, Some("." | "..")) => true,
            (View::Disk(root), _) => !is_new && is_there(root.path()),
            (View::Lexical(_), _) => false,
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

/// A word as a path, with stars for what is not known of its names; `None` where there may be slashes in it.
pub(in crate::command) fn with_stars(word: &Arg) -> Option<String> {
    word.pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => Some(text.as_str()),
            Piece::AnyRun | Piece::Rest | Piece::AnyChar | Piece::Plain => Some("*"),
            Piece::Inside | Piece::Temporary | Piece::Job | Piece::Unknown(_) => None,
        })
        .collect()
}

/// Whether a path, which may have stars in it, may be this one.
fn may_be(path: &Path, name: &Path) -> bool {
    path.as_os_str() == name.as_os_str()
        || path.as_os_str().as_encoded_bytes().contains(&b'*')
            && covered(path, name).is_some_and(|from| from == name)
}

/// The directory at or above `place` that a path with stars may be.
fn covered(pattern: &Path, place: &Path) -> Option<PathBuf> {
    let mut names = place.components();
    let mut from = PathBuf::new();
    for wanted in pattern.components() {
        let name = names.next()?;
        from.push(name);
        let (wanted, name) = (wanted.as_os_str().to_string_lossy(), name.as_os_str().to_string_lossy());
        // Where there are stars on both sides, it may be.
        let is_it = match wanted.split_once('*') {
            _ if name.contains('*') => true,
            Some((start, rest)) => {
                name.starts_with(start) && name.ends_with(rest.rsplit('*').next().unwrap_or(rest))
            }
            None => wanted == name,
        };
        if !is_it {
            return None;
        }
    }
    Some(from)
}
