//! Pictures by their headers: the size that they take when they are opened, and where they end.

mod bmp;
mod bytes;
mod gif;
mod jpeg;
mod png;
mod webp;

use super::policy::Limits;
use super::rules;
use crate::Rule;

/// Judges a picture of a kind whose structure is read here; other kinds are asked for by the table.
pub(super) fn judge(kind: &str, bytes: &[u8], limits: &Limits) -> Result<(), &'static Rule> {
    let mut canvas = Canvas { limits, frames: 0 };
    match kind {
        "bmp" => bmp::read(bytes, &mut canvas),
        "gif" => gif::read(bytes, &mut canvas),
        "jpeg" => jpeg::read(bytes, &mut canvas),
        "png" => png::read(bytes, &mut canvas),
        "webp" => webp::read(bytes, &mut canvas),
        _ => Ok(()),
    }
}

/// What a picture may take.
struct Canvas<'a> {
    limits: &'a Limits,
    /// Pixels of all frames so far.
    frames: u64,
}

impl Canvas<'_> {
    /// One image of this size.
    fn frame(&mut self, width: u32, height: u32) -> Result<(), &'static Rule> {
        if width == 0 || height == 0 {
            return Err(&rules::PICTURE_DAMAGED);
        }
        let pixels = u64::from(width) * u64::from(height);
        self.frames = self.frames.saturating_add(pixels);
        if pixels > self.limits.max_pixels || self.frames > self.limits.max_frame_pixels {
            return Err(&rules::PICTURE_SIZE);
        }
        Ok(())
    }
}

/// The end of a picture has to be the end of the file.
fn end(rest: &[u8]) -> Result<(), &'static Rule> {
    if rest.is_empty() { Ok(()) } else { Err(&rules::TRAILING) }
}
