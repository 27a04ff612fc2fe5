//! One record of the directory.

use super::super::name::Name;
use super::super::rules;
use super::extra::{Extra, Numbers};
use super::structure::Kind;
use crate::Rule;

pub(super) const LENGTH: usize = 46;

const FLAG_ENCRYPTED: u16 = 1;
pub(super) const FLAG_DESCRIPTOR: u16 = 1 << 3;
const FLAG_STRONG: u16 = 1 << 6;
const FLAG_UTF8: u16 = 1 << 11;
const FLAG_MASKED: u16 = 1 << 13;
/// Two bits of how hard the compressor tried; they change nothing.
const FLAGS_EFFORT: u16 = 0b110;
const FLAGS_KNOWN: u16 = FLAGS_EFFORT | FLAG_DESCRIPTOR | FLAG_UTF8;

/// Programs pass over what says that it needs a later one; the features that are read here came with 4.5.
const VERSION_MAX: u8 = 46;

const UNIX: u16 = 3;
const MACOS: u16 = 19;

/// The fixed part, as written.
pub(super) struct Header {
    host: u16,
    needed: u8,
    pub(super) flags: u16,
    pub(super) method: u16,
    crc: u32,
    packed: u32,
    size: u32,
    pub(super) name: u16,
    pub(super) extra: usize,
    pub(super) comment: usize,
    disk: u16,
    attributes: u32,
    offset: u32,
}

/// What a record says about its entry.
pub(super) struct Central<'a> {
    pub(super) name: Name<'a>,
    pub(super) kind: Kind,
    pub(super) is_executable: bool,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    pub(super) offset: u64,
}

impl Header {
    pub(super) fn parse(h: &[u8; LENGTH]) -> Option<Self> {
        h.starts_with(b"PK\x01\x02").then(|| Self {
            host: u16::from(h[5]),
            needed: h[6],
            flags: u16::from_le_bytes([h[8], h[9]]),
            method: u16::from_le_bytes([h[10], h[11]]),
            crc: u32::from_le_bytes([h[16], h[17], h[18], h[19]]),
            packed: u32::from_le_bytes([h[20], h[21], h[22], h[23]]),
            size: u32::from_le_bytes([h[24], h[25], h[26], h[27]]),
            name: u16::from_le_bytes([h[28], h[29]]),
            extra: usize::from(u16::from_le_bytes([h[30], h[31]])),
            comment: usize::from(u16::from_le_bytes([h[32], h[33]])),
            disk: u16::from_le_bytes([h[34], h[35]]),
            attributes: u32::from_le_bytes([h[38], h[39], h[40], h[41]]),
            offset: u32::from_le_bytes([h[42], h[43], h[44], h[45]]),
        })
    }

    #[inline]
    pub(super) fn record<'a>(
        &self,
        name: &'a [u8],
        extra: &[u8],
        max_name: usize,
    ) -> Result<Central<'a>, &'static Rule> {
        flags(self.flags)?;
        let extra = if extra.is_empty() { Extra::default() } else { Extra::parse(extra)? };
        if !matches!(self.method, 0 | 8) || self.needed > VERSION_MAX {
            return Err(&rules::METHOD);
        }
        let parsed = Name::parse_below(name, max_name);
        let is_plain = parsed.is_ok_and(|name| name.plain.is_some());
        if !is_plain && self.flags & FLAG_UTF8 == 0 && !name.is_ascii() {
            return Err(&rules::NAME_ENCODING);
        }
        extra.agree_with_name(name)?;
        let name = parsed?;
        let [size, packed, offset] = match extra.zip64 {
            None if self.is_marked() || self.disk != 0 => return Err(&rules::EXTRA),
            None => self.numbers(),
            Some(field) => self.long_numbers(field)?,
        };
        let (kind, is_executable) = self.kind(name)?;
        if kind == Kind::Directory && (size != 0 || self.crc != 0) {
            return Err(&rules::KIND);
        }
        if self.method == 0 && packed != size {
            return Err(&rules::MISMATCH);
        }
        Ok(Central { name, kind, is_executable, crc: self.crc, packed, size, offset })
    }

    /// Size, packed size and offset, as they stand here.
    fn numbers(&self) -> [u64; 3] {
        [self.size, self.packed, self.offset].map(u64::from)
    }

    /// Whether one of the numbers is a mark for one in the zip64 field.
    fn is_marked(&self) -> bool {
        [self.size, self.packed, self.offset].contains(&u32::MAX) || self.disk == u16::MAX
    }

    /// Numbers that do not fit stand in the zip64 field; one that stands in both has to be the same.
    fn long_numbers(&self, field: &[u8]) -> Result<[u64; 3], &'static Rule> {
        let here = self.numbers();
        let mut numbers = Numbers(field);
        if self.is_marked() {
            // Some programs mark everything, and `zip -fz` the size; any other mark means that a number does not fit.
            let may_fit = self.size == u32::MAX;
            let mut pick = |mark: u32| match mark {
                u32::MAX => match numbers.next()? {
                    number if may_fit || number >= u64::from(u32::MAX) => Ok(number),
                    _ => Err(&rules::EXTRA),
                },
                number => Ok(u64::from(number)),
            };
            let found = [pick(self.size)?, pick(self.packed)?, pick(self.offset)?];
            let rest = if self.disk == u16::MAX { numbers.0.strip_prefix(&[0; 4]) } else { Some(numbers.0) };
            return match rest {
                Some([]) if self.disk == 0 || self.disk == u16::MAX => Ok(found),
                Some(_) | None => Err(&rules::EXTRA),
            };
        }
        let [size, packed, offset] = here;
        let is_same = numbers.next()? == size
            && numbers.next()? == packed
            && (numbers.0.is_empty() || numbers.next()? == offset)
            && self.disk == 0;
        numbers.end()?;
        if is_same { Ok(here) } else { Err(&rules::EXTRA) }
    }

    /// The slash at the end of the name decides; attributes may be silent about it, but not contradict.
    #[inline]
    fn kind(&self, name: Name<'_>) -> Result<(Kind, bool), &'static Rule> {
        let mode = self.attributes >> 16;
        let is_dos_directory = self.attributes & 0x10 != 0;
        if is_dos_directory && !name.has_slash {
            return Err(&rules::KIND);
        }
        let by_name = if name.has_slash { Kind::Directory } else { Kind::File };
        let kind = match mode & 0o170_000 {
            0 => by_name,
            0o100_000 if !name.has_slash => Kind::File,
            0o040_000 if name.has_slash => Kind::Directory,
            // Some programs go by the mode alone, others first look at the system that wrote it.
            0o120_000 if !name.has_slash && matches!(self.host, UNIX | MACOS) => Kind::Link,
            0o020_000 | 0o060_000 | 0o010_000 | 0o140_000 => return Err(&rules::SPECIAL),
            _ => return Err(&rules::KIND),
        };
        let is_set_id = mode & 0o4000 != 0 || (mode & 0o2000 != 0 && kind != Kind::Directory);
        if is_set_id {
            return Err(&rules::SET_ID);
        }
        Ok((kind, kind == Kind::File && mode & 0o111 != 0))
    }
}

fn flags(flags: u16) -> Result<(), &'static Rule> {
    if flags & (FLAG_ENCRYPTED | FLAG_STRONG | FLAG_MASKED) != 0 {
        return Err(&rules::ENCRYPTED);
    }
    if flags & !FLAGS_KNOWN != 0 {
        return Err(&rules::METHOD);
    }
    Ok(())
}

/// Whether two copies of the flags mean the same.
pub(super) const fn same_flags(one: u16, other: u16) -> bool {
    one & !FLAGS_EFFORT == other & !FLAGS_EFFORT
}
