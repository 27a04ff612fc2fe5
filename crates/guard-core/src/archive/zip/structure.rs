//! The whole structure, before any data is looked at.

use super::super::budget::{Budget, Weight};
use super::super::rules;
use super::super::stop::{Result, Stop, refuse_at};
use super::super::tree::Tree;
use super::super::window::Window;
use super::central::{self, Header};
use super::end::{End, has_signature};
use super::local;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::archive) enum Kind {
    File,
    Directory,
    Link,
}

/// One entry, as the directory and the local header agree on it.
#[derive(Clone, Copy, Debug)]
pub(in crate::archive) struct Record {
    pub(in crate::archive) kind: Kind,
    pub(in crate::archive) is_executable: bool,
    pub(in crate::archive) offset: u64,
    pub(in crate::archive) size: u64,
    pub(super) data: u64,
    pub(super) packed: u64,
    pub(super) crc: u32,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) ends_at_signature: bool,
    /// Where the names hold its name as written.
    name: usize,
    name_length: u16,
}

/// Entries in the order of the file, which they tile from its first byte to the directory.
#[derive(Debug)]
pub(in crate::archive) struct Structure {
    pub(in crate::archive) records: Vec<Record>,
    pub(in crate::archive) tree: Tree,
    names: String,
}

impl Structure {
    pub(in crate::archive) fn read(window: &mut Window<'_>, budget: &Budget<'_>) -> Result<Self> {
        let end = End::read(window)?;
        let mut structure = Self::directory(window, &end, budget)?;
        structure.tile(window, &end)?;
        Ok(structure)
    }

    /// The path of a record below the place; empty for the place itself.
    pub(in crate::archive) fn name(&self, record: &Record) -> &str {
        let name = written(&self.names, record);
        let name = name.strip_prefix("./").unwrap_or(name);
        name.strip_suffix('/').unwrap_or(name)
    }

    fn directory(window: &mut Window<'_>, end: &End, budget: &Budget<'_>) -> Result<Self> {
        let mismatch = |at| refuse_at(&rules::END_RECORD, at, central::LENGTH as u64);
        // A record has at least 46 bytes, whatever number is declared.
        let expected = end.entries.min((end.end - end.start) / central::LENGTH as u64);
        let expected = usize::try_from(expected.min(budget.limits().entries)).unwrap_or(0);
        let mut structure = Self {
            records: Vec::with_capacity(expected),
            tree: Tree::with_capacity(expected),
            names: String::with_capacity(expected * 32),
        };
        let max_name = budget.limits().name_bytes;
        let mut at = end.start;
        while at < end.end {
            budget.entry()?;
            let Some(header) = window.bytes(at, central::LENGTH)?.first_chunk().and_then(Header::parse)
            else {
                return mismatch(at);
            };
            let length = central::LENGTH + usize::from(header.name) + header.extra + header.comment;
            let next = at + length as u64;
            if next > end.end {
                return mismatch(at);
            }
            let all = window.bytes(at, length)?;
            let (name, rest) = all
                .get(central::LENGTH..)
                .and_then(|rest| rest.split_at_checked(header.name.into()))
                .unwrap_or_default();
            let (extra, comment) = rest.split_at_checked(header.extra).unwrap_or_default();
            if has_signature(comment) {
                return mismatch(at);
            }
            let refused = |rule| Stop::from((rule, &*String::from_utf8_lossy(name))).at(at, length as u64);
            let central = header.record(name, extra, max_name).map_err(refused)?;
            let path = central.name.path;
            match central.kind {
                Kind::File => structure.tree.file(path),
                Kind::Directory if path.is_empty() => Ok(()),
                Kind::Directory => structure.tree.directory(path, false),
                // Where it leads is known only when its data is read.
                Kind::Link => Ok(()),
            }
            .map_err(refused)?;
            let start = structure.names.len();
            structure.names.push_str(if central.is_dotted { "./" } else { "" });
            structure.names.push_str(path);
            structure.names.push_str(if central.name.has_slash && !path.is_empty() { "/" } else { "" });
            structure.records.push(Record {
                kind: central.kind,
                is_executable: central.is_executable,
                offset: central.offset,
                size: central.size,
                data: 0,
                packed: central.packed,
                crc: central.crc,
                flags: header.flags,
                method: header.method,
                ends_at_signature: false,
                name: start,
                name_length: header.name,
            });
            at = next;
        }
        budget.bytes(usize::try_from(end.end - end.start).unwrap_or(usize::MAX), Weight::COPY)?;
        if structure.records.len() as u64 != end.entries {
            return mismatch(end.end);
        }
        Ok(structure)
    }

    /// Every byte in front of the directory belongs to exactly one entry.
    fn tile(&mut self, window: &mut Window<'_>, end: &End) -> Result<()> {
        if !self.records.is_sorted_by_key(|record| record.offset) {
            self.records.sort_unstable_by_key(|record| record.offset);
        }
        let first = self.records.first().map_or(end.start, |record| record.offset);
        if first != 0 {
            return refuse_at(&rules::GAP, 0, first);
        }
        let Self { records, names, .. } = self;
        let mut rest = records.as_mut_slice();
        while let Some((record, after)) = rest.split_first_mut() {
            let boundary = after.first().map_or(end.start, |next| next.offset);
            let name = written(names, record);
            local::agree(window, record, name.as_bytes(), boundary).map_err(|stop| stop.about(name))?;
            rest = after;
        }
        Ok(())
    }
}

fn written<'n>(names: &'n str, record: &Record) -> &'n str {
    names.get(record.name..record.name + usize::from(record.name_length)).unwrap_or_default()
}
