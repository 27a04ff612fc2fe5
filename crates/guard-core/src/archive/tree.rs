//! The names of one archive together: none twice, none below a file, links that stay inside.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

use foldhash::quality::RandomState;
use unicode_normalization::UnicodeNormalization as _;

use super::budget::Budget;
use super::name::is_plain_part;
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
    /// Its number among the links.
    Link(u32),
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
}

impl Tree {
    pub(super) fn with_capacity(names: usize) -> Self {
        Self {
            nodes: HashMap::with_capacity_and_hasher(names, BuildHasherDefault::default()),
            ..Self::default()
        }
    }

    pub(super) fn file(&mut self, path: &str) -> Result<(), &'static Rule> {
        self.insert(path, Node::File)
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
        let number = u32::try_from(self.links.len()).map_err(|_| &rules::ENTRIES)?;
        self.insert(path, Node::Link(number))?;
        self.links.push(Link { path: path.to_owned(), target: target.to_owned(), offset });
        Ok(())
    }

    /// Whether a regular file of this name came before.
    pub(super) fn is_file(&self, path: &str) -> bool {
        self.node(path) == Some(Node::File)
    }

    fn insert(&mut self, path: &str, node: Node) -> Result<(), &'static Rule> {
        match self.nodes.insert(self.hash(path), node) {
            None => {}
            Some(Node::Implied) => return Err(&rules::NAME_CONFLICT),
            Some(_) => return Err(&rules::DUPLICATE),
        }
        let (parent, name) = split(path);
        if !node.is_directory() && name.eq_ignore_ascii_case("head") {
            self.heads.push(parent.to_owned());
        }
        self.parents(parent)
    }

    /// Makes sure that a directory and every one above it is one, so far.
    fn parents(&mut self, mut parent: &str) -> Result<(), &'static Rule> {
        if parent.is_empty() || parent == self.last_parent {
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
            parent = split(parent).0;
            if parent.is_empty() {
                return Ok(());
            }
        }
    }

    fn hash(&self, path: &str) -> u64 {
        let mut hasher = self.key.build_hasher();
        let mut words = |bytes: &[u8], as_is: bool| {
            let mut rest = bytes;
            while let Some((word, after)) = rest.split_first_chunk::<8>() {
                let word = u64::from_le_bytes(*word);
                hasher.write_u64(if as_is { word } else { lower(word) });
                rest = after;
            }
            let last = rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
            hasher.write_u64(if as_is { last } else { lower(last) });
            hasher.write_usize(bytes.len());
        };
        if path.is_ascii() {
            words(path.as_bytes(), false);
        } else {
            words(fold(path).as_bytes(), true);
        }
        hasher.finish()
    }

    fn node(&self, path: &str) -> Option<Node> {
        self.nodes.get(&self.hash(path)).copied()
    }

    /// The first directory that Git takes for a bare repository.
    pub(super) fn bare_repository(&mut self, is_ignored: impl Fn(&str) -> bool) -> Option<String> {
        let heads = std::mem::take(&mut self.heads);
        heads.into_iter().find(|directory| {
            let inside = |name: &str| {
                if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
            };
            let is_there = |name: &str| self.node(&inside(name)).is_some_and(|node| node != Node::File);
            let is_bare = is_there("objects") && is_there("refs");
            (is_bare || self.is_file(&inside("commondir"))) && !is_ignored(directory)
        })
    }

    /// Every symbolic link with its target, in their order.
    pub(super) fn symbolic_links(&self) -> impl Iterator<Item = (&str, &str)> {
        self.links.iter().map(|link| (link.path.as_str(), link.target.as_str()))
    }

    /// Follows every link through the archive; each has to stay inside, whatever other links it passes.
    pub(super) fn links(&self, budget: &Budget<'_>) -> Result<()> {
        for link in &self.links {
            self.follow(link, budget).map_err(|stop| stop.at(link.offset, 0).about(&link.path))?;
        }
        Ok(())
    }

    fn follow(&self, link: &Link, budget: &Budget<'_>) -> Result<()> {
        let mut at = String::new();
        let mut todo = Vec::new();
        let mut followed = 0;
        let mut next = Some(link);
        loop {
            if let Some(Link { path, target, .. }) = next.take() {
                followed += 1;
                if followed > LINKS_MAX {
                    return refuse(&rules::LINK_TARGET);
                }
                at.clear();
                at.push_str(split(path).0);
                budget.work(target.len() as u64)?;
                todo.extend(target.rsplit('/'));
            }
            let Some(part) = todo.pop() else { return Ok(()) };
            budget.work(at.len() as u64 + 64)?;
            match part {
                "" | "." => continue,
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
                Some(Node::Link(number)) => {
                    next = usize::try_from(number).ok().and_then(|number| self.links.get(number));
                }
                Some(Node::Implied | Node::Directory) => {}
                // Nothing is below what is not there, so no other link is passed. Above it, the answer would depend on
                // what is put there later.
                Some(Node::File) | None if todo.contains(&"..") => return refuse(&rules::LINK_TARGET),
                Some(Node::File) | None => return Ok(()),
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
    let is_known = |part: &str| matches!(part, "" | "." | "..") || is_plain_part(part.as_bytes());
    for part in target.split('/').filter(|part| !is_known(part)) {
        FileName::parse(part).map_err(|error| match error.rule() {
            rule if rule.code == crate::path::OUTSIDE_ROOT.code => &rules::LINK_ESCAPES,
            rule => rule,
        })?;
    }
    Ok(())
}

/// The directory, empty for the place itself, and the name in it. [`str::rsplit_once`] costs a scan of short names a
/// fifth of its time.
fn split(path: &str) -> (&str, &str) {
    let slash = path.bytes().rposition(|byte| byte == b'/');
    slash.and_then(|at| Some((path.get(..at)?, path.get(at + 1..)?))).unwrap_or(("", path))
}

/// Eight letters of ASCII in lower case, all at once.
const fn lower(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // No byte has its highest bit, so that adding to one never reaches the next.
    let from_a = word + EACH * (0x80 - b'A' as u64);
    let behind_z = word + EACH * (0x80 - b'Z' as u64 - 1);
    let is_upper = from_a & !behind_z & (EACH * 0x80);
    word | is_upper >> 2
}

/// What some file system takes for the same: canonical forms and letter case.
pub(super) fn fold(path: &str) -> String {
    if path.is_ascii() {
        return path.to_ascii_lowercase();
    }
    // Lower case first: the capital sharp s would otherwise stay apart from the small one, which becomes `ss`.
    let lower = path.nfd().flat_map(char::to_lowercase);
    let folded = lower.flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    folded.nfc().collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn eight_letters_at_once_are_as_one_by_one(letters in proptest::array::uniform8(0_u8..0x80)) {
            let word = u64::from_le_bytes(letters);
            let one_by_one = letters.map(|letter| letter.to_ascii_lowercase());
            proptest::prop_assert_eq!(lower(word).to_le_bytes(), one_by_one);
        }

        #[test]
        fn names_that_some_system_takes_for_one_have_one_hash(name in "[a-cA-CkKäÄß./\u{212a}]{0,20}") {
            let tree = Tree::default();
            for other in [name.to_ascii_uppercase(), name.to_lowercase(), name.nfd().collect()] {
                proptest::prop_assert_eq!(tree.hash(&name), tree.hash(&other), "{}", other);
            }
            let longer = format!("{name}\0");
            proptest::prop_assert_ne!(tree.hash(&name), tree.hash(&longer));
        }
    }
}
