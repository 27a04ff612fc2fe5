//! PNG (W3C, third edition), with the frames of APNG.

use super::bytes::Bytes;
use super::{Canvas, end};
use crate::Rule;
use crate::upload::rules;

pub(super) fn read(bytes: &[u8], canvas: &mut Canvas<'_>) -> Result<(), &'static Rule> {
    let mut rest = Bytes(bytes);
    rest.take(8)?;
    let mut is_first = true;
    let mut has_data = false;
    loop {
        let len = rest.u32_be()?;
        let kind = rest.take(4)?;
        if len > 0x7fff_ffff || !kind.iter().all(u8::is_ascii_alphabetic) || is_first != (kind == b"IHDR") {
            return Err(&rules::PICTURE_DAMAGED);
        }
        let body = rest.skip(len)?;
        let _checksum = rest.take(4)?;
        match kind {
            b"IHDR" if len == 13 => size(Bytes(body), canvas)?,
            // A frame of an animation: its number, then its size.
            b"fcTL" if len == 26 => {
                let mut body = Bytes(body);
                body.u32_be()?;
                size(body, canvas)?;
            }
            b"IHDR" | b"fcTL" => return Err(&rules::PICTURE_DAMAGED),
            b"IEND" if len == 0 && has_data => return end(rest.0),
            b"IEND" => return Err(&rules::PICTURE_DAMAGED),
            _ => has_data |= kind == b"IDAT",
        }
        is_first = false;
    }
}

fn size(mut body: Bytes<'_>, canvas: &mut Canvas<'_>) -> Result<(), &'static Rule> {
    canvas.frame(body.u32_be()?, body.u32_be()?)
}
