//! The records at the end, which say where the directory is.

use super::super::rules;
use super::super::stop::{Result, Stop, refuse_at};
use super::super::window::Window;

const LENGTH: usize = 22;
const LOCATOR: u64 = 20;
const RECORD: u64 = 56;
const COMMENT_MAX: u64 = 0xffff;

/// Where the directory is, and how many entries it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) entries: u64,
    pub(super) start: u64,
    pub(super) end: u64,
}

impl End {
    /// Finds the end record, which has to be the only candidate, and the zip64 one before it.
    pub(super) fn read(window: &mut Window<'_>) -> Result<Self> {
        let size = window.size();
        let tail_start = size.saturating_sub(LENGTH as u64 + COMMENT_MAX);
        let length = usize::try_from(size - tail_start).unwrap_or(usize::MAX);
        let tail = window.bytes(tail_start, length)?;
        let (offset, record) = only(tail).map_err(|at| match at {
            Some(at) => Stop::from(&rules::END_RECORD).at(tail_start + at as u64, LENGTH as u64),
            None => Stop::from(&rules::TRUNCATED).at(size, 0),
        })?;
        let offset = tail_start + offset as u64;
        let short = Short::parse(&record);
        if short.disk != 0 || short.directory_disk != 0 || short.entries_here != short.entries {
            return refuse_at(&rules::END_RECORD, offset, LENGTH as u64);
        }
        match zip64(window, offset)? {
            Some(long) => long.agreeing_with(&short, offset),
            None => short.alone(offset),
        }
    }
}

/// The one record that programs can take for the end; where there is another, its place.
fn only(tail: &[u8]) -> std::result::Result<(usize, [u8; LENGTH]), Option<usize>> {
    let mut candidates = candidates(tail);
    let (at, record, reaches_end) = candidates.next().ok_or(None)?;
    // Otherwise there is something behind it, or in its comment, that only some programs pass over.
    if !reaches_end || has_signature(tail.get(at + LENGTH..).unwrap_or_default()) {
        return Err(Some(at));
    }
    match candidates.find(|(_, _, reaches_end)| *reaches_end) {
        Some((other, ..)) => Err(Some(other)),
        None => Ok((at, record)),
    }
}

/// Whether a comment holds the beginning of some record, which programs that search would find.
pub(super) fn has_signature(comment: &[u8]) -> bool {
    let records = [*b"PK\x01\x02", *b"PK\x03\x04", *b"PK\x05\x06", *b"PK\x06\x06", *b"PK\x06\x07"];
    comment.windows(4).any(|four| records.iter().any(|record| four == record))
}

/// Every end record in the tail, the last one first, and whether its comment reaches the end of the file exactly.
fn candidates(tail: &[u8]) -> impl Iterator<Item = (usize, [u8; LENGTH], bool)> {
    let last = tail.len().checked_sub(LENGTH);
    last.into_iter().flat_map(|last| (0..=last).rev()).filter_map(move |at| {
        let rest = tail.get(at..)?;
        let (record, comment) = rest.split_first_chunk::<LENGTH>()?;
        record.starts_with(b"PK\x05\x06").then(|| {
            let length = usize::from(u16::from_le_bytes([record[20], record[21]]));
            (at, *record, length == comment.len())
        })
    })
}

/// The end record that every archive has.
struct Short {
    disk: u16,
    directory_disk: u16,
    entries_here: u16,
    entries: u16,
    size: u32,
    start: u32,
}

impl Short {
    fn parse(r: &[u8; LENGTH]) -> Self {
        Self {
            disk: u16::from_le_bytes([r[4], r[5]]),
            directory_disk: u16::from_le_bytes([r[6], r[7]]),
            entries_here: u16::from_le_bytes([r[8], r[9]]),
            entries: u16::from_le_bytes([r[10], r[11]]),
            size: u32::from_le_bytes([r[12], r[13], r[14], r[15]]),
            start: u32::from_le_bytes([r[16], r[17], r[18], r[19]]),
        }
    }

    /// Without zip64, 0xffff entries are 65,535 entries, while sizes of 0xffffffff cannot be.
    fn alone(&self, offset: u64) -> Result<End> {
        if self.size == u32::MAX || self.start == u32::MAX {
            return refuse_at(&rules::END_RECORD, offset, LENGTH as u64);
        }
        let (start, size) = (u64::from(self.start), u64::from(self.size));
        end(u64::from(self.entries), start, size, offset)
    }
}

/// The directory has to end where the end records begin.
fn end(entries: u64, start: u64, size: u64, records: u64) -> Result<End> {
    match start.checked_add(size) {
        Some(end) if end == records => Ok(End { entries, start, end }),
        // Bytes in front of the archive shift everything; bytes between would be skipped by some.
        Some(end) if end < records => refuse_at(&rules::GAP, end, records - end),
        Some(_) | None => refuse_at(&rules::END_RECORD, records, LENGTH as u64),
    }
}

/// The zip64 end record.
struct Long {
    offset: u64,
    entries: u64,
    size: u64,
    start: u64,
}

fn zip64(window: &mut Window<'_>, end: u64) -> Result<Option<Long>> {
    let Some(at) = end.checked_sub(LOCATOR) else { return Ok(None) };
    let locator = window.bytes(at, LOCATOR as usize)?.first_chunk::<20>().copied().unwrap_or([0; 20]);
    if !locator.starts_with(b"PK\x06\x07") {
        return Ok(None);
    }
    let [_, _, _, _, d0, d1, d2, d3, offset @ .., t0, t1, t2, t3] = locator;
    let (disk, disks) = (u32::from_le_bytes([d0, d1, d2, d3]), u32::from_le_bytes([t0, t1, t2, t3]));
    let offset = u64::from_le_bytes(offset);
    // Without extensible data the record touches the locator; with it, nobody would know what it means.
    if disk != 0 || disks > 1 || offset.checked_add(RECORD) != Some(at) {
        return refuse_at(&rules::END_RECORD, at, LOCATOR);
    }
    let r = window.bytes(offset, RECORD as usize)?.first_chunk::<56>().copied().unwrap_or([0; 56]);
    let long = |at: usize| r.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |b| u64::from_le_bytes(*b));
    let is_sound =
        r.starts_with(b"PK\x06\x06") && long(4) == RECORD - 12 && long(16) == 0 && long(24) == long(32);
    if !is_sound {
        return refuse_at(&rules::END_RECORD, offset, RECORD);
    }
    Ok(Some(Long { offset, entries: long(32), size: long(40), start: long(48) }))
}

impl Long {
    /// Each number of the short record is the same one, or the mark that it is found here.
    fn agreeing_with(&self, short: &Short, offset: u64) -> Result<End> {
        let is_same = |short: u32, mark: u32, long: u64| short == mark || u64::from(short) == long;
        let agrees = is_same(short.entries.into(), u16::MAX.into(), self.entries)
            && is_same(short.size, u32::MAX, self.size)
            && is_same(short.start, u32::MAX, self.start);
        if !agrees {
            return refuse_at(&rules::END_RECORD, offset, LENGTH as u64);
        }
        end(self.entries, self.start, self.size, self.offset)
    }
}
