//! Additional fields of a header.

use super::super::rules;
use crate::Rule;

const ZIP64: u16 = 0x0001;
const UNICODE_PATH: u16 = 0x7075;
const STRONG_ENCRYPTION: u16 = 0x0017;
const AES: u16 = 0x9901;

/// The fields that change what an entry is; all others have to be well-formed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extra<'a> {
    pub(super) zip64: Option<&'a [u8]>,
    pub(super) unicode_path: Option<&'a [u8]>,
}

impl<'a> Extra<'a> {
    pub(super) fn parse(mut rest: &'a [u8]) -> Result<Self, &'static Rule> {
        let mut extra = Self::default();
        while let Some((head, after)) = rest.split_first_chunk::<4>() {
            let [i0, i1, l0, l1] = *head;
            let (id, length) = (u16::from_le_bytes([i0, i1]), u16::from_le_bytes([l0, l1]));
            let (field, after) = after.split_at_checked(usize::from(length)).ok_or(&rules::EXTRA)?;
            let known = match id {
                ZIP64 => &mut extra.zip64,
                UNICODE_PATH => &mut extra.unicode_path,
                AES | STRONG_ENCRYPTION => return Err(&rules::ENCRYPTED),
                _ => {
                    rest = after;
                    continue;
                }
            };
            if known.replace(field).is_some() {
                return Err(&rules::EXTRA);
            }
            rest = after;
        }
        // Aligners fill up with zeros.
        if rest.iter().any(|byte| *byte != 0) { Err(&rules::EXTRA) } else { Ok(extra) }
    }

    /// A second copy of the name has to be the same name.
    pub(super) fn agree_with_name(&self, name: &[u8]) -> Result<(), &'static Rule> {
        let Some(field) = self.unicode_path else { return Ok(()) };
        let Some(([1, crc @ ..], copy)) = field.split_first_chunk::<5>() else { return Err(&rules::EXTRA) };
        let is_same = u32::from_le_bytes(*crc) == crc32fast::hash(name) && copy == name;
        if is_same { Ok(()) } else { Err(&rules::MISMATCH) }
    }
}

/// Takes the numbers of a zip64 field one after the other.
pub(super) struct Numbers<'a>(pub(super) &'a [u8]);

impl Numbers<'_> {
    pub(super) fn next(&mut self) -> Result<u64, &'static Rule> {
        let (number, rest) = self.0.split_first_chunk::<8>().ok_or(&rules::EXTRA)?;
        self.0 = rest;
        Ok(u64::from_le_bytes(*number))
    }

    pub(super) fn end(&self) -> Result<(), &'static Rule> {
        if self.0.is_empty() { Ok(()) } else { Err(&rules::EXTRA) }
    }
}
