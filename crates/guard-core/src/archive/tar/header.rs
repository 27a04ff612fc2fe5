//! One header block.

use super::super::rules;
use crate::Rule;

pub(super) const BLOCK: usize = 512;
const CHECKSUM: std::ops::Range<usize> = 148..156;

/// Whether a first block is a header of some tar.
pub(in crate::archive) fn is_tar(block: &[u8]) -> bool {
    let is_old = |block| Header::parse(block).is_ok_and(|header| header.name_field().len() > 1);
    block.get(257..262) == Some(b"ustar") || block.first_chunk().is_some_and(is_old)
}

/// A header whose checksum is right.
pub(super) struct Header<'a> {
    block: &'a [u8; BLOCK],
    pub(super) size: u64,
    pub(super) mode: u64,
}

/// Who wrote a header, which decides what the end of the block means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Magic {
    Posix,
    Gnu,
    Old,
    /// Nearly that of POSIX.
    Odd,
}

impl<'a> Header<'a> {
    pub(super) fn parse(block: &'a [u8; BLOCK]) -> Result<Self, &'static Rule> {
        let spaces = u64::from(b' ') * CHECKSUM.len() as u64;
        let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
        let field: u64 = block.get(CHECKSUM).unwrap_or_default().iter().map(|byte| u64::from(*byte)).sum();
        let header = Self { block, size: 0, mode: 0 };
        if number(header.field(CHECKSUM))? != sum - field + spaces {
            return Err(&rules::DAMAGED);
        }
        let (size, mode) = (number(header.field(124..136))?, number(header.field(100..108))?);
        // Nothing follows from these; but some programs take a header in which one is malformed for the end.
        for owner in [108..116, 116..124] {
            if number(header.field(owner))? > u64::from(u32::MAX) {
                return Err(&rules::NUMBER);
            }
        }
        time(header.field(136..148))?;
        for device in [329..337, 337..345] {
            number(header.field(device))?;
        }
        Ok(Self { size, mode, ..header })
    }

    pub(super) const fn kind(&self) -> u8 {
        self.block[156]
    }

    /// The name as far as this block holds it, with the directories that POSIX keeps apart.
    pub(super) fn name(&self) -> Vec<u8> {
        let prefix = if self.magic() == Magic::Posix { text(self.field(345..500)) } else { &[] };
        if prefix.is_empty() {
            self.name_field().to_owned()
        } else {
            [prefix, b"/", self.name_field()].concat()
        }
    }

    fn name_field(&self) -> &[u8] {
        text(self.field(0..100))
    }

    pub(super) fn link(&self) -> &[u8] {
        text(self.field(157..257))
    }

    /// Whether it is of the time when a directory was a file whose name ends with a slash.
    pub(super) const fn is_old(&self) -> bool {
        self.kind() == 0
    }

    /// Whether programs disagree on who wrote it: some take a prefix of the name wherever there is one, others only
    /// after the exact magic of POSIX.
    pub(super) fn is_of_two_writers(&self) -> bool {
        match self.magic() {
            Magic::Posix => false,
            Magic::Gnu | Magic::Old => !text(self.field(345..500)).is_empty(),
            Magic::Odd => true,
        }
    }

    fn magic(&self) -> Magic {
        match self.field(257..265) {
            b"ustar  \0" => Magic::Gnu,
            field if field.starts_with(b"ustar\0") => Magic::Posix,
            field if field.starts_with(b"ustar") => Magic::Odd,
            _ => Magic::Old,
        }
    }

    fn field(&self, range: std::ops::Range<usize>) -> &[u8] {
        self.block.get(range).unwrap_or_default()
    }
}

/// Up to the first NUL.
fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A number that may be negative in base 256, for times before 1970; as far as a calendar of four digits goes.
fn time(field: &[u8]) -> Result<(), &'static Rule> {
    let is_near = |seconds: u64| if seconds < 1 << 38 { Ok(()) } else { Err(&rules::NUMBER) };
    let Some((0xff, digits)) = field.split_first() else { return is_near(number(field)?) };
    let far = digits.iter().try_fold(0_u64, |number, byte| {
        number.checked_mul(256).map(|shifted| shifted | u64::from(!byte)).ok_or(&rules::NUMBER)
    })?;
    is_near(far)
}

/// Octal digits between spaces and NULs, or a positive number of base 256.
fn number(field: &[u8]) -> Result<u64, &'static Rule> {
    if let Some((0x80, digits)) = field.split_first() {
        return digits.iter().try_fold(0_u64, |number, byte| {
            let shifted = number.checked_mul(256).ok_or(&rules::NUMBER)?;
            Ok(shifted | u64::from(*byte))
        });
    }
    let is_filler = |byte: &u8| matches!(byte, b' ' | 0);
    let start = field.iter().take_while(|byte| **byte == b' ').count();
    let rest = field.get(start..).unwrap_or_default();
    let length = rest.iter().take_while(|byte| !is_filler(byte)).count();
    let (digits, filler) = rest.split_at_checked(length).unwrap_or_default();
    if !filler.iter().all(is_filler) {
        return Err(&rules::NUMBER);
    }
    digits.iter().try_fold(0_u64, |number, digit| match digit {
        b'0'..=b'7' => {
            number.checked_mul(8).map(|number| number + u64::from(digit - b'0')).ok_or(&rules::NUMBER)
        }
        _ => Err(&rules::NUMBER),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(field: &[u8], want: Result<u64, &str>) {
        assert_eq!(number(field).map_err(|rule| rule.code), want, "{field:?}");
    }

    #[test]
    fn times() {
        for (field, want) in [
            (&b"14700000000\0"[..], true),
            (b"            ", true),
            (b"\x80\0\0\0\0\0\0\0\x65\0\0\0", true),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe", true),
            (b"\xff\x80\0\0\0\0\0\0\0\0\0\0", false),
            (b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", false),
            (b"1470000x000\0", false),
            (b"-1\0\0\0\0\0\0\0\0\0\0", false),
        ] {
            assert_eq!(time(field).is_ok(), want, "{field:?}");
        }
    }

    #[test]
    fn numbers() {
        check(b"0000644\0", Ok(0o644));
        check(b"   644 \0", Ok(0o644));
        check(b"77777777777\0", Ok(0o77_777_777_777));
        check(b"\0\0\0\0\0\0\0\0", Ok(0));
        check(b"\x80\0\0\0\0\0\0\0\0\0\x01\0", Ok(256));
        check(b"\x80\x01\0\0\0\0\0\0\0\0\0\0", Err("archive-number"));
        check(b"\xff\xff\xff\xff\xff\xff\xff\xff", Err("archive-number"));
        check(b"-1\0\0\0\0\0\0", Err("archive-number"));
        check(b"12 34 \0\0", Err("archive-number"));
        check(b"000008\0\0", Err("archive-number"));
        check(b"777777777777777777777777", Err("archive-number"));
    }
}
