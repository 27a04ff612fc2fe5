//! Bytes taken from the front of a picture.

use crate::Rule;
use crate::upload::rules;

/// What is left of a picture.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], &'static Rule> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(&rules::PICTURE_DAMAGED)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], &'static Rule> {
        self.take(N)?.try_into().map_err(|_| &rules::PICTURE_DAMAGED)
    }

    pub(super) fn byte(&mut self) -> Result<u8, &'static Rule> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u16_le(&mut self) -> Result<u16, &'static Rule> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u16_be(&mut self) -> Result<u16, &'static Rule> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32_le(&mut self) -> Result<u32, &'static Rule> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u32_be(&mut self) -> Result<u32, &'static Rule> {
        self.array().map(u32::from_be_bytes)
    }

    /// A length that was read.
    pub(super) fn skip(&mut self, len: u32) -> Result<&'a [u8], &'static Rule> {
        self.take(usize::try_from(len).map_err(|_| &rules::PICTURE_DAMAGED)?)
    }
}
