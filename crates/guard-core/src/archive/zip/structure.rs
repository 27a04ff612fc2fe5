//! The whole structure, before any data is looked at.

use super::super::budget::{Budget, Weight};
use super::super::name::Name;
use super::super::names::Names;
use super::super::rules;
use super::super::stop::{Result, Stop, refuse_at};
use super::super::tree::Tree;
use super::super::window::{View, Window};
use super::central::{self, Header};
use super::end::{End, has_signature};
use super::local::{self, Found};
use crate::Rule;

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
        let expected = expected(&end, budget);
        let mut records = Vec::with_capacity(expected);
        let mut names = String::with_capacity(expected * 32);
        let mut tree = Tree::with_capacity(expected);
        directory(window, &end, budget, |_, record, name, parsed| {
            match record.kind {
                Kind::File => tree.file(parsed.path())?,
                Kind::Directory if parsed.bytes.is_empty() => {}
                Kind::Directory => tree.directory(parsed.path(), false)?,
                // Where it leads is known only when its data is read.
                Kind::Link => {}
            }
            records.push(Record { name: names.len(), ..*record });
            names.push_str(&String::from_utf8_lossy(name));
            Ok(())
        })?;
        let mut structure = Self { records, tree, names };
        structure.tile(window, &end)?;
        Ok(structure)
    }

    /// The path of a record below the place; empty for the place itself.
    pub(in crate::archive) fn name(&self, record: &Record) -> &str {
        let name = written(&self.names, record);
        let name = name.strip_prefix("./").unwrap_or(name);
        name.strip_suffix('/').unwrap_or(name)
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

/// How many entries there are, on one way through the directory and the file beside it, without keeping anything of
/// them. `None`: they stand in another order, or something is wrong with them, and [`Structure::read`] has to say what.
pub(in crate::archive) fn count(window: &mut Window<'_>, budget: &Budget<'_>) -> Result<Option<usize>> {
    let end = End::read(window)?;
    let mut names = Names::with_capacity(expected(&end, budget));
    let (mut count, mut last) = (0, Some(Last::Ends(0)));
    directory(window, &end, budget, |window, record, name, parsed| {
        count += 1;
        // Where a link leads is known only when its data is read.
        if record.kind != Kind::Link && !parsed.bytes.is_empty() {
            names.push(parsed);
        }
        let begins = last.as_ref().is_some_and(|last| last.is_before(window, record.offset));
        last = if begins { Last::of(window, record, name) } else { None };
        Ok(())
    })?;
    let is_tiled = last.is_some_and(|last| last.is_before(window, end.start)) && names.are_apart();
    Ok(is_tiled.then_some(count))
}

/// The entry before the one that is looked at.
enum Last {
    /// It ends here.
    Ends(u64),
    /// It ends with a descriptor.
    Described(Record, Found),
}

impl Last {
    fn of(window: &mut Window<'_>, record: &mut Record, name: &[u8]) -> Option<Self> {
        let found = local::look(window, record, name).ok()?;
        if found.descriptor.is_some() {
            return Some(Self::Described(*record, found));
        }
        record.data.checked_add(record.packed).map(Self::Ends)
    }

    /// Whether the next one, or the directory, begins where it ends.
    fn is_before(&self, window: &mut Window<'_>, next: u64) -> bool {
        match self {
            Self::Ends(end) => *end == next,
            Self::Described(record, found) => local::fit(window, record, *found, next).is_ok(),
        }
    }
}

/// How many records to make room for. One has at least 46 bytes, whatever number is declared.
fn expected(end: &End, budget: &Budget<'_>) -> usize {
    let expected = end.entries.min((end.end - end.start) / central::LENGTH as u64);
    usize::try_from(expected.min(budget.limits().entries)).unwrap_or(0)
}

/// Gives each record of the directory, with its name as written and as parsed, to `each`, which may read through the
/// window.
fn directory<'a>(
    window: &mut Window<'a>,
    end: &End,
    budget: &Budget<'_>,
    mut each: impl FnMut(&mut Window<'a>, &mut Record, &[u8], Name<'_>) -> Result<(), &'static Rule>,
) -> Result<()> {
    let mismatch = |at| refuse_at(&rules::END_RECORD, at, central::LENGTH as u64);
    let mut view = View::default();
    let max_name = budget.limits().name_bytes;
    let (mut at, mut count) = (end.start, 0);
    while at < end.end {
        budget.entry()?;
        let head = view.bytes(window.file(), at, central::LENGTH)?;
        let Some(header) = head.first_chunk().and_then(Header::parse) else { return mismatch(at) };
        let length = central::LENGTH + usize::from(header.name) + header.extra + header.comment;
        let next = at + length as u64;
        if next > end.end {
            return mismatch(at);
        }
        let all = view.bytes(window.file(), at, length)?;
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
        let mut record = Record {
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
            name: 0,
            name_length: header.name,
        };
        each(window, &mut record, name, central.name).map_err(refused)?;
        count += 1;
        at = next;
    }
    budget.bytes(usize::try_from(end.end - end.start).unwrap_or(usize::MAX), Weight::COPY)?;
    if count != end.entries {
        return mismatch(end.end);
    }
    Ok(())
}

fn written<'n>(names: &'n str, record: &Record) -> &'n str {
    names.get(record.name..record.name + usize::from(record.name_length)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::super::Limits;
    use super::*;

    /// A zip of stored files that hold their own names; some are streamed.
    fn zip(names: &[String]) -> Vec<u8> {
        let number = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
        let (mut out, mut directory) = (Vec::new(), Vec::new());
        for name in names {
            let content = if name.ends_with('/') { b"" } else { name.as_bytes() };
            let numbers =
                [crc32fast::hash(content).to_le_bytes(), number(content.len()), number(content.len())];
            let is_streamed = name.contains('s');
            let common = |numbers: &[u8]| {
                let length = u16::try_from(name.len()).unwrap().to_le_bytes();
                let flags = [if is_streamed { 8 } else { 0 }, 0];
                [b"\x14\0", &flags[..], &[0; 6], numbers, &length, &[0; 2]].concat()
            };
            let record = [b"PK\x01\x02\x14\0", &common(&numbers.concat())[..], &[0; 10], &number(out.len())];
            directory.extend([&record.concat()[..], name.as_bytes()].concat());
            let (known, behind) = match is_streamed {
                true => (vec![0; 12], [b"PK\x07\x08", &numbers.concat()[..]].concat()),
                false => (numbers.concat(), Vec::new()),
            };
            out.extend([b"PK\x03\x04", &common(&known)[..], name.as_bytes(), content, &behind].concat());
        }
        let count = u16::try_from(names.len()).unwrap().to_le_bytes();
        let end = [
            b"PK\x05\x06\0\0\0\0",
            &count[..],
            &count,
            &number(directory.len()),
            &number(out.len()),
            &[0; 2],
        ];
        [&out[..], &directory, &end.concat()].concat()
    }

    fn both(zip: &[u8]) -> (Option<usize>, Option<usize>) {
        let limits = Limits::default();
        let size = zip.len() as u64;
        let mut source = Cursor::new(zip);
        let mut window = Window::new(&mut source, size);
        let counted = count(&mut window, &Budget::new(&limits, size)).ok().flatten();
        let read = Structure::read(&mut window, &Budget::new(&limits, size));
        (counted, read.ok().map(|structure| structure.records.len()))
    }

    proptest::proptest! {
        #[test]
        fn what_is_counted_would_be_read(
            names in proptest::collection::vec("[abA](/[abs]){0,2}/?", 1..5),
            changes in proptest::collection::vec((proptest::num::usize::ANY, 0_u8..), 0..3),
        ) {
            let mut zip = zip(&names);
            let (counted, read) = both(&zip);
            proptest::prop_assert_eq!(counted, read, "{:?}", names);
            for (at, byte) in changes {
                let at = at % zip.len();
                zip[at] ^= byte >> (at % 8);
            }
            let (counted, read) = both(&zip);
            proptest::prop_assert!(counted.is_none() || counted == read, "{:?}", zip);
        }
    }
}
