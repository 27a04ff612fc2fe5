//! gzip (RFC 1952): one member or several, with their checksums.

use super::super::feed::{Feed, Pull};
use super::super::rules;
use super::super::stop::{Result, refuse};
use super::Inflate;

const FLAG_HEADER_CRC: u8 = 1 << 1;
const FLAG_EXTRA: u8 = 1 << 2;
const FLAG_NAME: u8 = 1 << 3;
const FLAG_COMMENT: u8 = 1 << 4;
const FLAGS_RESERVED: u8 = 0b1110_0000;
/// Longest name or comment.
const TEXT_MAX: usize = 4_096;

pub(in crate::archive) struct Gzip<'f, 'a> {
    inflate: Inflate<'f, 'a>,
    crc: crc32fast::Hasher,
    /// Modulo 2^32, as written.
    size: u32,
    is_done: bool,
}

impl<'f, 'a> Gzip<'f, 'a> {
    pub(in crate::archive) fn new(feed: &'f mut Feed<'a>) -> Result<Self> {
        header(feed)?;
        let inflate = Inflate::new(feed)?;
        Ok(Self { inflate, crc: crc32fast::Hasher::new(), size: 0, is_done: false })
    }

    /// Compares the checksum and goes on to the next member; zeros may fill up the end.
    fn member_end(&mut self) -> Result<()> {
        let feed = self.inflate.feed();
        let crc = u32::from_le_bytes(feed.take()?);
        let size = u32::from_le_bytes(feed.take()?);
        if crc != std::mem::take(&mut self.crc).finalize() || size != std::mem::take(&mut self.size) {
            return refuse(&rules::DAMAGED);
        }
        if feed.is_at_end()? {
            self.is_done = true;
            return Ok(());
        }
        if feed.some()?.first() != Some(&0) {
            header(feed)?;
            return self.inflate.again();
        }
        self.is_done = true;
        zeros(feed)
    }
}

/// Nothing but zeros up to the end.
pub(in crate::archive) fn zeros(feed: &mut Feed<'_>) -> Result<()> {
    loop {
        let rest = feed.some()?;
        let length = rest.len();
        if length == 0 {
            return Ok(());
        }
        if rest.iter().any(|byte| *byte != 0) {
            return refuse(&rules::GAP);
        }
        feed.consume(length);
    }
}

impl Pull for Gzip<'_, '_> {
    fn pull(&mut self, out: &mut [u8]) -> Result<usize> {
        while !self.is_done && !out.is_empty() {
            let length = self.inflate.pull(out)?;
            if length == 0 {
                self.member_end()?;
                continue;
            }
            self.crc.update(out.get(..length).unwrap_or_default());
            self.size = self.size.wrapping_add(u32::try_from(length).unwrap_or(0));
            return Ok(length);
        }
        Ok(0)
    }
}

fn header(feed: &mut Feed<'_>) -> Result<()> {
    let mut crc = crc32fast::Hasher::new();
    let head = feed.take::<10>()?;
    crc.update(&head);
    let [0x1f, 0x8b, method, flags, ..] = head else { return refuse(&rules::GAP) };
    if method != 8 || flags & FLAGS_RESERVED != 0 {
        return refuse(&rules::METHOD);
    }
    if flags & FLAG_EXTRA != 0 {
        let length = feed.take::<2>()?;
        crc.update(&length);
        for _ in 0..u16::from_le_bytes(length) {
            crc.update(&[feed.byte()?]);
        }
    }
    for flag in [FLAG_NAME, FLAG_COMMENT] {
        if flags & flag != 0 {
            text(feed, &mut crc)?;
        }
    }
    if flags & FLAG_HEADER_CRC != 0 {
        let want = crc.finalize().to_le_bytes();
        if want.first_chunk() != Some(&feed.take::<2>()?) {
            return refuse(&rules::DAMAGED);
        }
    }
    Ok(())
}

/// Text up to a NUL. Nothing is named after it.
fn text(feed: &mut Feed<'_>, crc: &mut crc32fast::Hasher) -> Result<()> {
    for _ in 0..TEXT_MAX {
        let byte = feed.byte()?;
        crc.update(&[byte]);
        if byte == 0 {
            return Ok(());
        }
    }
    refuse(&rules::NAME_LENGTH)
}
