//! The names of one archive together: none twice, none below a file, links that stay inside.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

use foldhash::quality::RandomState;
use unicode_normalization::UnicodeNormalization as _;

use super::budget::Budget;
use super::rules;
use super::stop::{Result, Stop, refuse};
use crate::Rule;
use crate::path::FileName;

/// As many links as the kernel follows.
const LINKS_MAX: usize = 40;
/// The kernel's limit for the text of a link.
pub(super) const TARGET_MAX: usize = 4_095;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    /// Named only as part of other names.
    Implied,
    Directory,
    File,
    Link(usize),
}

impl Node {
    const fn is_directory(self) -> bool {
        matches!(self, Self::Implied | Self::Directory)
    }
}

#[derive(Debug)]
struct Link {
    path: String,
    target: String,
    offset: u64,
}

/// Names by the keyed hash of their folded form. Two names that share all 64 bits by chance count as one and refuse the
/// archive; nobody can look for them without the key, which is new for every archive.
#[derive(Debug, Default)]
pub(super) struct Tree {
    key: RandomState,
    nodes: HashMap<u64, Node, BuildHasherDefault<Same>>,
    links: Vec<Link>,
    /// Directories that hold a `HEAD`.
    heads: Vec<String>,
    last_parent: String,
    scratch: Vec<u8>,
}

impl Tree {
    pub(super) fn with_capacity(names: usize) -> Self {
        Self {
            nodes: HashMap::with_capacity_and_hasher(names, BuildHasherDefault::default()),
            ..Self::default()
        }
    }

    pub(super) fn file(&mut self, path: &str) -> Result<(), &'static Rule> {
        self.insert(path, Node::File)?;
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        if name.eq_ignore_ascii_case("head") {
            self.heads.push(parent.to_owned());
        }
        Ok(())
    }

    /// `may_repeat`: tar writes a directory again where it was named twice on the command line, and nothing follows
    /// from it.
    pub(super) fn directory(&mut self, path: &str, may_repeat: bool) -> Result<(), &'static Rule> {
        let hash = self.hash(path);
        match self.nodes.get(&hash) {
            Some(Node::Implied) => {
                self.nodes.insert(hash, Node::Directory);
                Ok(())
            }
            Some(Node::Directory) if may_repeat => Ok(()),
            Some(_) | None => self.insert(path, Node::Directory),
        }
    }

    /// A symbolic link; where it leads is looked at in [`links`](Self::links), once everything is known.
    pub(super) fn link(&mut self, path: &str, target: &str, offset: u64) -> Result<(), &'static Rule> {
        target_parts(target)?;
        self.insert(path, Node::Link(self.links.len()))?;
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        if name.eq_ignore_ascii_case("head") {
            self.heads.push(parent.to_owned());
        }
        self.links.push(Link { path: path.to_owned(), target: target.to_owned(), offset });
        Ok(())
    }

    /// Whether a regular file of this name came before.
    pub(super) fn is_file(&mut self, path: &str) -> bool {
        let hash = self.hash(path);
        self.nodes.get(&hash) == Some(&Node::File)
    }

    fn insert(&mut self, path: &str, node: Node) -> Result<(), &'static Rule> {
        let hash = self.hash(path);
        match self.nodes.insert(hash, node) {
            None => {}
            Some(Node::Implied) => return Err(&rules::NAME_CONFLICT),
            Some(_) => return Err(&rules::DUPLICATE),
        }
        self.parents(path)
    }

    /// Makes sure that every directory above is one, so far.
    fn parents(&mut self, path: &str) -> Result<(), &'static Rule> {
        let Some((mut parent, _)) = path.rsplit_once('/') else { return Ok(()) };
        if parent == self.last_parent {
            return Ok(());
        }
        self.last_parent.clear();
        self.last_parent.push_str(parent);
        loop {
            let hash = self.hash(parent);
            match self.nodes.get(&hash) {
                // Whatever is above it was looked at when it came in.
                Some(node) if node.is_directory() => return Ok(()),
                Some(_) => return Err(&rules::NAME_CONFLICT),
                None => self.nodes.insert(hash, Node::Implied),
            };
            match parent.rsplit_once('/') {
                Some((above, _)) => parent = above,
                None => return Ok(()),
            }
        }
    }

    fn hash(&mut self, path: &str) -> u64 {
        self.scratch.clear();
        match fold(path) {
            Cow::Borrowed(ascii) => {
                self.scratch.extend_from_slice(ascii.as_bytes());
                self.scratch.make_ascii_lowercase();
            }
            Cow::Owned(folded) => self.scratch.extend_from_slice(folded.as_bytes()),
        }
        self.key.hash_one(self.scratch.as_slice())
    }

    fn node(&mut self, path: &str) -> Option<Node> {
        let hash = self.hash(path);
        self.nodes.get(&hash).copied()
    }

    /// The first directory that Git takes for a bare repository.
    pub(super) fn bare_repository(&mut self, is_ignored: impl Fn(&str) -> bool) -> Option<String> {
        let heads = std::mem::take(&mut self.heads);
        heads.into_iter().find(|directory| {
            let inside = |name: &str| {
                if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
            };
            let mut is_there = |name: &str| self.node(&inside(name)).is_some_and(|node| node != Node::File);
            let is_bare = is_there("objects") && is_there("refs");
            (is_bare || self.is_file(&inside("commondir"))) && !is_ignored(directory)
        })
    }

    /// Follows every link through the archive; each has to stay inside, whatever other links it passes.
    pub(super) fn links(&mut self, budget: &Budget<'_>) -> Result<()> {
        for number in 0..self.links.len() {
            let Some(link) = self.links.get(number) else { break };
            let (path, offset) = (link.path.clone(), link.offset);
            self.follow(number, budget).map_err(|stop| stop.at(offset, 0).about(&path))?;
        }
        Ok(())
    }

    fn follow(&mut self, number: usize, budget: &Budget<'_>) -> Result<()> {
        let mut at = String::new();
        let mut todo = Vec::new();
        let mut followed = 0;
        let mut next = Some(number);
        let mut is_missing = false;
        loop {
            if let Some(link) = next.take() {
                followed += 1;
                if followed > LINKS_MAX {
                    return refuse(&rules::LINK_TARGET);
                }
                let Some(Link { path, target, .. }) = self.links.get(link) else { return Ok(()) };
                at.clear();
                at.push_str(path.rsplit_once('/').map_or("", |(parent, _)| parent));
                todo.extend(target.rsplit('/').map(str::to_owned));
            }
            let Some(part) = todo.pop() else { return Ok(()) };
            budget.work(at.len() as u64 + 64)?;
            match part.as_str() {
                "" | "." => continue,
                // Above what is not there, the answer would depend on what is put there later.
                ".." if is_missing => return refuse(&rules::LINK_TARGET),
                ".." if at.is_empty() => return refuse(&rules::LINK_ESCAPES),
                ".." => {
                    at.truncate(at.rfind('/').unwrap_or(0));
                    continue;
                }
                part => {
                    if !at.is_empty() {
                        at.push('/');
                    }
                    at.push_str(part);
                }
            }
            match self.node(&at) {
                Some(Node::Link(link)) => next = Some(link),
                Some(Node::Implied | Node::Directory) => {}
                Some(Node::File) | None => is_missing = true,
            }
        }
    }
}

/// A relative path of parts that exist on every system.
fn target_parts(target: &str) -> Result<(), &'static Rule> {
    if target.is_empty() || target.len() > TARGET_MAX {
        return Err(&rules::LINK_TARGET);
    }
    if target.starts_with('/') {
        return Err(&rules::LINK_ESCAPES);
    }
    for part in target.split('/').filter(|part| !matches!(*part, "" | "." | "..")) {
        FileName::parse(part).map_err(|error| match error.rule() {
            rule if rule.code == crate::path::OUTSIDE_ROOT.code => &rules::LINK_ESCAPES,
            rule => rule,
        })?;
    }
    Ok(())
}

/// What some file system takes for the same: canonical forms and letter case. ASCII is left for the caller to lower.
fn fold(path: &str) -> Cow<'_, str> {
    if path.is_ascii() {
        return Cow::Borrowed(path);
    }
    // Lower case first: the capital sharp s would otherwise stay apart from the small one, which becomes `ss`.
    let lower = path.nfd().flat_map(char::to_lowercase);
    let folded = lower.flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    Cow::Owned(folded.nfc().collect())
}

impl From<(&'static Rule, &str)> for Stop {
    fn from((rule, name): (&'static Rule, &str)) -> Self {
        Self::from(rule).about(name)
    }
}

/// Keys are hashes already.
#[derive(Debug, Default)]
struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}
