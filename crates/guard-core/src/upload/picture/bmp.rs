//! BMP, from OS/2 1.x to version 5.

use super::bytes::Bytes;
use super::{Canvas, end};
use crate::Rule;
use crate::upload::rules;

pub(super) fn read(bytes: &[u8], canvas: &mut Canvas<'_>) -> Result<(), &'static Rule> {
    let mut rest = Bytes(bytes);
    rest.take(2)?;
    let len = rest.u32_le()?;
    rest.take(8)?;
    let (width, height) = match rest.u32_le()? {
        12 => (rest.u16_le()?.into(), rest.u16_le()?.into()),
        // Signed: a negative height turns the order of the lines.
        40..=124 => (rest.u32_le()?, rest.u32_le()?.cast_signed().unsigned_abs()),
        _ => return Err(&rules::PICTURE_DAMAGED),
    };
    canvas.frame(width, height)?;
    let mut whole = Bytes(bytes);
    whole.skip(len)?;
    end(whole.0)
}
