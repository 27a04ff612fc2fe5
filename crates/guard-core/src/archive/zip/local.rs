//! The header in front of an entry's data, and the descriptor behind it.

use super::super::rules;
use super::super::stop::{Result, Stop, refuse_at};
use super::super::window::Window;
use super::central::{FLAG_DESCRIPTOR, same_flags};
use super::extra::{Extra, Numbers};
use super::structure::Record;
use crate::Rule;

const LENGTH: usize = 30;

/// What the local header adds.
#[derive(Clone, Copy)]
pub(super) struct Found {
    /// Whether there is a descriptor, and whether it has numbers of 64 bits.
    pub(super) descriptor: Option<bool>,
}

/// Compares the local header with the directory and finds the data, which has to end at `boundary`.
pub(super) fn agree(window: &mut Window<'_>, record: &mut Record, name: &[u8], boundary: u64) -> Result<()> {
    let offset = record.offset;
    // Whoever overlaps can only be told from whoever is damaged by where the next one begins.
    if boundary.saturating_sub(offset) < (LENGTH + name.len()) as u64 {
        return refuse_at(&rules::OVERLAP, offset, LENGTH as u64);
    }
    let found = look(window, record, name).map_err(|stop| stop.at(offset, LENGTH as u64))?;
    fit(window, record, found, boundary)
}

/// The data, with the descriptor if there is one, has to end at `boundary`.
pub(super) fn fit(window: &mut Window<'_>, record: &Record, found: Found, boundary: u64) -> Result<()> {
    let offset = record.offset;
    let behind = record
        .data
        .checked_add(record.packed)
        .and_then(|end| boundary.checked_sub(end))
        .ok_or_else(|| Stop::from(&rules::OVERLAP).at(offset, boundary.saturating_sub(offset)))?;
    let data_end = boundary - behind;
    match (found.descriptor, behind) {
        (None, 0) => Ok(()),
        (Some(_), 0) => refuse_at(&rules::MISMATCH, data_end, 0),
        (Some(is_long), 12 | 16 | 20 | 24) => descriptor(window, record, data_end, behind, is_long),
        (None | Some(_), _) => refuse_at(&rules::GAP, data_end, behind),
    }
}

/// Compares the local header with the directory, and says in the record where the data is.
pub(super) fn look(window: &mut Window<'_>, record: &mut Record, name: &[u8]) -> Result<Found> {
    let mismatch = || Stop::from(&rules::MISMATCH);
    let head = window.bytes(record.offset, LENGTH + name.len())?;
    let (h, local_name) = head.split_first_chunk::<LENGTH>().ok_or_else(mismatch)?;
    if !h.starts_with(b"PK\x03\x04") {
        return Err(mismatch());
    }
    let flags = u16::from_le_bytes([h[6], h[7]]);
    let method = u16::from_le_bytes([h[8], h[9]]);
    let crc = u32::from_le_bytes([h[14], h[15], h[16], h[17]]);
    let packed = u32::from_le_bytes([h[18], h[19], h[20], h[21]]);
    let size = u32::from_le_bytes([h[22], h[23], h[24], h[25]]);
    let name_length = usize::from(u16::from_le_bytes([h[26], h[27]]));
    let extra_length = usize::from(u16::from_le_bytes([h[28], h[29]]));
    let is_same = same_flags(flags, record.flags)
        && method == record.method
        && name_length == name.len()
        && local_name == name;
    if !is_same {
        return Err(mismatch());
    }
    let extra_at = record.offset + (LENGTH + name_length) as u64;
    record.data = extra_at + extra_length as u64;
    let is_streamed = flags & FLAG_DESCRIPTOR != 0;
    let mut is_long = false;
    let (mut size, mut packed) = (u64::from(size), u64::from(packed));
    if extra_length > 0 {
        let extra = Extra::parse(window.bytes(extra_at, extra_length)?)?;
        extra.agree_with_name(name)?;
        is_long = extra.zip64.is_some();
        if let Some(field) = extra.zip64 {
            (size, packed) = sizes(field, size, packed)?;
        }
    }
    // Whoever writes a stream may know the size before, with it the packed size of what is stored, and with it the
    // checksum; in no other order.
    let mut is_unknown = is_streamed;
    for (local, directory) in
        [(u64::from(crc), u64::from(record.crc)), (packed, record.packed), (size, record.size)]
    {
        is_unknown &= local == 0;
        if local != directory && !is_unknown {
            return Err(mismatch());
        }
    }
    // Nothing but the descriptor's signature tells a reader from front to back where this data ends.
    record.ends_at_signature = is_streamed && record.method == 0 && packed == 0 && record.packed > 0;
    Ok(Found { descriptor: is_streamed.then_some(is_long) })
}

/// The zip64 field of a local header has both sizes, always.
fn sizes(field: &[u8], size: u64, packed: u64) -> Result<(u64, u64), &'static Rule> {
    let mut numbers = Numbers(field);
    let long = (numbers.next()?, numbers.next()?);
    numbers.end()?;
    let pick = |short: u64, long: u64| match short {
        0xffff_ffff => Ok(long),
        short if short == long => Ok(long),
        _ => Err(&rules::EXTRA),
    };
    Ok((pick(size, long.0)?, pick(packed, long.1)?))
}

fn descriptor(window: &mut Window<'_>, record: &Record, at: u64, length: u64, is_long: bool) -> Result<()> {
    let all = window.bytes(at, usize::try_from(length).unwrap_or(0))?;
    let has_signature = matches!(length, 16 | 24);
    let is_wide = matches!(length, 20 | 24);
    let mismatch = || refuse_at(&rules::MISMATCH, at, length);
    let body = if has_signature { all.strip_prefix(b"PK\x07\x08") } else { Some(all) };
    let Some(body) = body else { return mismatch() };
    let Some((crc, sizes)) = body.split_first_chunk::<4>() else { return mismatch() };
    let (packed, size) = match (sizes.split_first_chunk::<4>(), sizes.split_first_chunk::<8>()) {
        (_, Some((packed, size))) if is_wide => {
            (u64::from_le_bytes(*packed), size.first_chunk().map(|size| u64::from_le_bytes(*size)))
        }
        (Some((packed, size)), _) if !is_wide => (
            u64::from(u32::from_le_bytes(*packed)),
            size.first_chunk().map(|size| u64::from(u32::from_le_bytes(*size))),
        ),
        _ => return mismatch(),
    };
    let is_same =
        u32::from_le_bytes(*crc) == record.crc && packed == record.packed && size == Some(record.size);
    // A reader from front to back takes the width from the local header.
    if !is_same || is_wide != is_long || (record.ends_at_signature && !has_signature) {
        return mismatch();
    }
    Ok(())
}
