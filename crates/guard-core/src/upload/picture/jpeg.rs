//! JPEG (ITU T.81). Cameras append further whole pictures, a preview or a gain map (CIPA DC-007), which are read, too.

use super::Canvas;
use super::bytes::Bytes;
use crate::Rule;
use crate::upload::rules;

/// The most pictures in one file.
const MAX_PICTURES: usize = 16;
/// The most filling bytes that encoders leave behind the end.
const MAX_FILLING: usize = 64 * 1024;

pub(super) fn read(bytes: &[u8], canvas: &mut Canvas<'_>) -> Result<(), &'static Rule> {
    let mut rest = Bytes(bytes);
    for _ in 0..MAX_PICTURES {
        picture(&mut rest, canvas)?;
        let filling = rest.0.iter().take_while(|byte| **byte == 0).count();
        if filling > MAX_FILLING {
            return Err(&rules::TRAILING);
        }
        rest.take(filling)?;
        if rest.0.is_empty() {
            return Ok(());
        }
        if !rest.0.starts_with(b"\xff\xd8\xff") {
            return Err(&rules::TRAILING);
        }
    }
    Err(&rules::TRAILING)
}

fn picture(rest: &mut Bytes<'_>, canvas: &mut Canvas<'_>) -> Result<(), &'static Rule> {
    rest.take(2)?;
    let mut has_frame = false;
    let mut has_scan = false;
    loop {
        if rest.byte()? != 0xff {
            return Err(&rules::PICTURE_DAMAGED);
        }
        let mut marker = rest.byte()?;
        while marker == 0xff {
            marker = rest.byte()?;
        }
        match marker {
            0xd9 if has_frame && has_scan => return Ok(()),
            // Markers without a body.
            0x01 | 0xd0..=0xd7 => continue,
            0x00 | 0xd8 | 0xd9 => return Err(&rules::PICTURE_DAMAGED),
            _ => {}
        }
        let len = rest.u16_be()?.checked_sub(2).ok_or(&rules::PICTURE_DAMAGED)?;
        let mut body = Bytes(rest.take(len.into())?);
        match marker {
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                body.byte()?;
                let height = body.u16_be()?;
                // Zero lines, to be told after the scan: nobody does that.
                canvas.frame(body.u16_be()?.into(), height.into())?;
                has_frame = true;
            }
            0xda => {
                has_scan = true;
                scan(rest)?;
            }
            _ => {}
        }
    }
}

/// Coded data up to the next marker that ends it.
fn scan(rest: &mut Bytes<'_>) -> Result<(), &'static Rule> {
    let ends = |two: &[u8]| matches!(two, [0xff, next] if !matches!(next, 0x00 | 0xd0..=0xd7 | 0xff));
    let at = rest.0.windows(2).position(ends).ok_or(&rules::PICTURE_DAMAGED)?;
    rest.take(at).map(|_| ())
}
