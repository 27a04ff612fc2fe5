//! Names of an archive that are compared once all of them are there.

use std::hash::{BuildHasher, Hasher};

use foldhash::quality::RandomState;

use super::name::Name;
use super::tree::fold;

/// Keyed hashes of names, which take a third of the time of a [tree](super::tree::Tree) and do not tell which names are
/// wrong.
#[derive(Debug)]
pub(super) struct Names {
    key: RandomState,
    /// In their lowest bits they say what the name stands for.
    hashes: Vec<u64>,
    /// Directories that came in not long ago, by the lowest bits of what tells them apart.
    recent: Vec<u64>,
    folded: Vec<u8>,
}

const RECENT: usize = 2_048;

/// What a name stands for; of one name, what is only part of others comes first.
const IMPLIED: u64 = 0;
const DIRECTORY: u64 = 1;
const FILE: u64 = 2;
const KIND: u64 = 3;

impl Names {
    pub(super) fn with_capacity(names: usize) -> Self {
        Self {
            key: RandomState::default(),
            hashes: Vec::with_capacity(names),
            recent: vec![0; RECENT],
            folded: Vec::new(),
        }
    }

    #[inline]
    pub(super) fn push(&mut self, name: Name<'_>) {
        self.folded.clear();
        let slash = if let Some(start) = name.plain {
            // This bit makes small letters, and no two other plain characters the same.
            self.folded.extend(name.bytes.iter().map(|byte| byte | 0x20));
            start.checked_sub(1)
        } else {
            self.folded.extend(fold(name.path()).bytes().map(as_if_plain));
            last_slash(&self.folded)
        };
        let kind = if name.has_slash { DIRECTORY } else { FILE };
        let mut above = self.hash(slash, self.folded.len(), kind);
        while let Some(length) = above {
            let slash = last_slash(self.folded.get(..length).unwrap_or_default());
            above = self.hash(slash, length, IMPLIED);
        }
    }

    /// Adds the first bytes of what is folded, and says where the directory above them ends if that is new.
    #[inline]
    fn hash(&mut self, slash: Option<usize>, length: usize, kind: u64) -> Option<usize> {
        let (above, name) = self.folded.get(..length)?.split_at_checked(slash.unwrap_or(0))?;
        let mut hasher = self.key.build_hasher();
        hasher.write(above);
        let directory = hasher.finish();
        hasher.write(name);
        self.hashes.push(hasher.finish() & !KIND | kind);
        let recent = self.recent.get_mut(directory as usize % RECENT)?;
        slash.filter(|_| std::mem::replace(recent, directory) != directory)
    }

    /// Whether no name is there twice, and none below a file.
    pub(super) fn are_apart(&self) -> bool {
        // Only those are sorted that share a place with another one: of many places few, of few places some more.
        let few = self.hashes.len().next_power_of_two();
        let (mut seen, mut shared) = (vec![0_u64; few], vec![false; few]);
        for hash in &self.hashes {
            let (place, bit) = ((hash >> 32) as usize % few, 1 << (hash >> 26 & 63));
            let (Some(seen), Some(shared)) = (seen.get_mut(place), shared.get_mut(place)) else {
                return false;
            };
            *shared |= *seen & bit != 0;
            *seen |= bit;
        }
        let is_shared = |hash: &&u64| shared.get((**hash >> 32) as usize % few) == Some(&true);
        let mut hashes: Vec<u64> = self.hashes.iter().filter(is_shared).copied().collect();
        hashes.sort_unstable();
        hashes.iter().zip(hashes.iter().skip(1)).all(|(one, next)| {
            let is_same = one & !KIND == next & !KIND;
            !is_same || one & KIND == IMPLIED && next & KIND != FILE
        })
    }
}

fn last_slash(path: &[u8]) -> Option<usize> {
    path.iter().rposition(|byte| *byte == b'/')
}

/// What the bit of small letters makes of plain characters, and apart from them the others. The control character is in
/// no name.
const fn as_if_plain(byte: u8) -> u8 {
    match byte {
        b'@' => b'`',
        b'`' => b'@',
        b'_' => 0x7f,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::test_runner::TestCaseError;

    use super::super::tree::Tree;
    use super::*;

    proptest::proptest! {
        #[test]
        fn names_are_apart_where_a_tree_takes_them(
            names in proptest::collection::vec("[aA@`_\\[{Kk\u{212a}ä](/[bBäÄ_-]{1,2}){0,2}/?", 0..6),
        ) {
            let (mut tree, mut all, mut fits) = (Tree::default(), Names::with_capacity(0), true);
            for name in &names {
                let name = Name::parse(name.as_bytes(), 100).map_err(|rule| TestCaseError::fail(rule.code))?;
                let path = name.path();
                let added = if name.has_slash { tree.directory(path, false) } else { tree.file(path) };
                fits &= added.is_ok();
                all.push(name);
            }
            proptest::prop_assert_eq!(all.are_apart(), fits, "{:?}", names);
        }
    }
}
