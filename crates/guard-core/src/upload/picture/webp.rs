//! WebP (RFC 9649).

use super::bytes::Bytes;
use super::{Canvas, end};
use crate::Rule;
use crate::upload::rules;

pub(super) fn read(bytes: &[u8], canvas: &mut Canvas<'_>) -> Result<(), &'static Rule> {
    let mut rest = Bytes(bytes);
    rest.take(4)?;
    let len = rest.u32_le()?;
    let mut chunks = Bytes(rest.skip(len)?);
    chunks.take(4)?;
    let mut has_image = false;
    while !chunks.0.is_empty() {
        let kind = chunks.take(4)?;
        let len = chunks.u32_le()?;
        let mut body = Bytes(chunks.skip(len)?);
        if len % 2 == 1 {
            chunks.byte()?;
        }
        match kind {
            b"VP8X" => {
                body.take(4)?;
                let mut side = || body.array().map(|[a, b, c]: [u8; 3]| u32::from_le_bytes([a, b, c, 0]) + 1);
                let (width, height) = (side()?, side()?);
                canvas.frame(width, height)?;
            }
            b"VP8 " => {
                body.take(6)?;
                let mut side = || body.u16_le().map(|side| u32::from(side & 0x3fff));
                let (width, height) = (side()?, side()?);
                canvas.frame(width, height)?;
                has_image = true;
            }
            b"VP8L" => {
                body.byte()?;
                let bits = body.u32_le()?;
                canvas.frame((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1)?;
                has_image = true;
            }
            // A frame: its place, then its size.
            b"ANMF" => {
                body.take(6)?;
                let mut side = || body.array().map(|[a, b, c]: [u8; 3]| u32::from_le_bytes([a, b, c, 0]) + 1);
                let (width, height) = (side()?, side()?);
                canvas.frame(width, height)?;
                has_image = true;
            }
            _ => {}
        }
    }
    if !has_image {
        return Err(&rules::PICTURE_DAMAGED);
    }
    end(rest.0)
}
