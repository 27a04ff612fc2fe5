//! The way through a tar, header by header.

use super::super::feed::{Feed, Pull};
use super::super::stop::{Result, Stop, refuse, refuse_at, span};
use super::super::stream::zeros;
use super::super::tree::Tree;
use super::super::walk::{Draft, Walk, tar_name};
use super::super::{Entry, EntryKind, rules};
use super::header::{BLOCK, Header};
use super::pax::Pax;
use crate::Rule;

/// Longest extended header, in bytes.
const PAX_MAX: u64 = 1 << 20;

/// What headers in front of an entry say about it.
#[derive(Default)]
struct Ahead {
    pax: Option<Pax>,
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
}

impl Ahead {
    fn is_empty(&self) -> bool {
        self.pax.is_none() && self.name.is_none() && self.link.is_none()
    }
}

/// A hard link, to be made once every name is known.
struct HardLink {
    path: String,
    target: String,
}

/// An entry as its headers describe it.
struct Described {
    kind: u8,
    name: Vec<u8>,
    link: Vec<u8>,
    size: u64,
    mode: u64,
    is_old: bool,
    offset: u64,
}

/// Reads entries up to the end of the archive; nothing but zeros may follow.
pub(in crate::archive) fn read(walk: &mut Walk<'_, '_>, feed: &mut Feed<'_>) -> Result<()> {
    let mut tree = Tree::default();
    let mut ahead = Ahead::default();
    let mut links = Vec::new();
    loop {
        let offset = feed.used();
        // Some writers leave out the blocks at the end.
        if feed.is_at_end()? {
            break;
        }
        let block = feed.take::<BLOCK>()?;
        if block == [0; BLOCK] {
            zeros(feed)?;
            break;
        }
        let header = Header::parse(&block).map_err(|rule| at(rule, offset))?;
        match header.kind() {
            b'x' | b'g' | b'L' | b'K' => {
                let size = header.size;
                let here = |stop: Stop| stop.at(offset, BLOCK as u64);
                extended(walk, feed, &mut ahead, header.kind(), size).map_err(here)?;
            }
            kind => {
                let described = describe(&header, kind, std::mem::take(&mut ahead), offset)?;
                entry(walk, feed, &mut tree, &mut links, &described)?;
            }
        }
    }
    if !ahead.is_empty() {
        return refuse_at(&rules::PAX, feed.used(), 0);
    }
    walk.whole(&mut tree)?;
    for (path, target) in tree.symbolic_links() {
        walk.sink.symbolic_link(path, target)?;
    }
    for HardLink { path, target } in links {
        walk.sink.hard_link(&path, &target)?;
    }
    Ok(())
}

fn at(rule: &'static Rule, offset: u64) -> Stop {
    Stop::from(rule).at(offset, BLOCK as u64)
}

/// Takes a header that describes the next one.
fn extended(walk: &Walk<'_, '_>, feed: &mut Feed<'_>, ahead: &mut Ahead, kind: u8, size: u64) -> Result<()> {
    if size > PAX_MAX {
        return refuse(&rules::PAX);
    }
    walk.budget.decoder()?;
    let mut body = vec![0; usize::try_from(size).unwrap_or(0)];
    let mut filled = 0;
    while let Some(free) = body.get_mut(filled..).filter(|free| !free.is_empty()) {
        match feed.pull(free)? {
            0 => return refuse(&rules::TRUNCATED),
            length => filled += length,
        }
    }
    feed.skip(padding(size))?;
    let is_repeated = match kind {
        b'x' => ahead.pax.replace(Pax::parse(&body)?).is_some(),
        // `git archive` notes the commit; a name or size for all entries is more than programs agree on.
        b'g' => !Pax::parse(&body)?.says_nothing() || !ahead.is_empty(),
        b'L' => ahead.name.replace(without_nul(body)).is_some(),
        _ => ahead.link.replace(without_nul(body)).is_some(),
    };
    if is_repeated { refuse(&rules::PAX) } else { Ok(()) }
}

fn without_nul(mut text: Vec<u8>) -> Vec<u8> {
    if text.last() == Some(&0) {
        text.pop();
    }
    text
}

/// Bytes up to the next block.
fn padding(size: u64) -> u64 {
    size.wrapping_neg() % BLOCK as u64
}

fn describe(header: &Header<'_>, kind: u8, ahead: Ahead, offset: u64) -> Result<Described> {
    let pax = ahead.pax.unwrap_or_default();
    // One entry with two long names has none that programs agree on.
    if (pax.path.is_some() && ahead.name.is_some()) || (pax.link.is_some() && ahead.link.is_some()) {
        return Err(at(&rules::PAX, offset));
    }
    if header.is_of_two_writers() {
        return Err(at(&rules::MISMATCH, offset));
    }
    // Whoever reads the other number reads other entries from here on.
    if pax.size.is_some_and(|size| size != header.size) {
        return Err(at(&rules::SIZE_CONFLICT, offset));
    }
    Ok(Described {
        kind,
        name: pax.path.or(ahead.name).unwrap_or_else(|| header.name()),
        link: pax.link.or(ahead.link).unwrap_or_else(|| header.link().to_owned()),
        size: header.size,
        mode: header.mode,
        is_old: header.is_old(),
        offset,
    })
}

fn entry(
    walk: &mut Walk<'_, '_>,
    feed: &mut Feed<'_>,
    tree: &mut Tree,
    links: &mut Vec<HardLink>,
    it: &Described,
) -> Result<()> {
    walk.budget.entry()?;
    let name = tar_name(&it.name, walk.budget.limits().name_bytes)
        .map_err(|stop| stop.at(it.offset, BLOCK as u64))?;
    let path = name.path();
    let here = |stop: Stop| stop.at(it.offset, BLOCK as u64).about(path);
    let refused = |rule: &'static Rule| here(Stop::from(rule));
    let is_directory = it.kind == b'5' || (it.is_old && name.has_slash);
    if it.mode & 0o4000 != 0 || (it.mode & 0o2000 != 0 && !is_directory) {
        return Err(refused(&rules::SET_ID));
    }
    if it.size != 0 && (is_directory || matches!(it.kind, b'1' | b'2')) {
        return Err(refused(&rules::SIZE_CONFLICT));
    }
    if !is_directory && name.has_slash {
        return Err(refused(&rules::KIND));
    }
    if !path.is_empty() {
        let note = walk.policy.judge(path).map_err(here)?;
        walk.findings.extend(note.map(|note| note.at(span(it.offset, BLOCK as u64))));
    }
    match it.kind {
        _ if is_directory && path.is_empty() => Ok(()),
        b'0' | 0 | b'5' if is_directory => {
            tree.directory(path, true).map_err(refused)?;
            walk.directory(path, it.offset)
        }
        b'0' | 0 => {
            tree.file(path).map_err(refused)?;
            let draft = Draft { path, offset: it.offset, is_executable: it.mode & 0o111 != 0 };
            walk.file(&draft, &mut Body { feed: &mut *feed, left: it.size }).map_err(here)?;
            feed.skip(padding(it.size))
        }
        b'1' => {
            let link_name = tar_name(&it.link, walk.budget.limits().name_bytes).map_err(here)?;
            let target = link_name.path();
            if link_name.has_slash || !tree.is_file(target) {
                return Err(refused(&rules::LINK_TARGET));
            }
            tree.file(path).map_err(refused)?;
            links.push(HardLink { path: path.to_owned(), target: target.to_owned() });
            walk.entry(link(path, EntryKind::HardLink(target.to_owned()), it.offset));
            Ok(())
        }
        b'2' => {
            let target = str::from_utf8(&it.link).map_err(|_| refused(&rules::NAME_ENCODING))?;
            tree.link(path, target, it.offset).map_err(refused)?;
            walk.entry(link(path, EntryKind::SymbolicLink(target.to_owned()), it.offset));
            Ok(())
        }
        b'3' | b'4' | b'6' => Err(refused(&rules::SPECIAL)),
        b'S' => Err(refused(&rules::SPARSE)),
        _ => Err(refused(&rules::ENTRY_TYPE)),
    }
}

fn link(path: &str, kind: EntryKind, offset: u64) -> Entry {
    Entry { name: path.to_owned(), kind, size: 0, offset, is_executable: false, holds: None }
}

/// The content of one entry.
struct Body<'f, 'a> {
    feed: &'f mut Feed<'a>,
    left: u64,
}

impl Pull for Body<'_, '_> {
    fn pull(&mut self, out: &mut [u8]) -> Result<usize> {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(out.len());
        if wanted == 0 {
            return Ok(0);
        }
        let length = self.feed.pull(out.get_mut(..wanted).unwrap_or_default())?;
        if length == 0 {
            return refuse(&rules::TRUNCATED);
        }
        self.left -= length as u64;
        Ok(length)
    }
}
