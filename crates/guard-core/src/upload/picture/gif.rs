//! GIF (87a and 89a).

use super::bytes::Bytes;
use super::{Canvas, end};
use crate::Rule;
use crate::upload::rules;

pub(super) fn read(bytes: &[u8], canvas: &mut Canvas<'_>) -> Result<(), &'static Rule> {
    let mut rest = Bytes(bytes);
    rest.take(6)?;
    let (width, height) = (u32::from(rest.u16_le()?), u32::from(rest.u16_le()?));
    canvas.frame(width, height)?;
    let flags = rest.byte()?;
    rest.take(2)?;
    colors(&mut rest, flags)?;
    let mut has_image = false;
    loop {
        match rest.byte()? {
            0x21 => {
                rest.byte()?;
                blocks(&mut rest)?;
            }
            0x2c => {
                rest.take(4)?;
                // A frame is drawn on the whole canvas by most programs.
                canvas.frame(u32::from(rest.u16_le()?).max(width), u32::from(rest.u16_le()?).max(height))?;
                let flags = rest.byte()?;
                colors(&mut rest, flags)?;
                rest.byte()?;
                blocks(&mut rest)?;
                has_image = true;
            }
            0x3b if has_image => return end(rest.0),
            _ => return Err(&rules::PICTURE_DAMAGED),
        }
    }
}

/// A table of colours, where the flags announce one.
fn colors(rest: &mut Bytes<'_>, flags: u8) -> Result<(), &'static Rule> {
    if flags & 0x80 != 0 {
        rest.take(3 << ((flags & 7) + 1))?;
    }
    Ok(())
}

fn blocks(rest: &mut Bytes<'_>) -> Result<(), &'static Rule> {
    loop {
        match rest.byte()? {
            0 => return Ok(()),
            len => rest.take(len.into())?,
        };
    }
}
