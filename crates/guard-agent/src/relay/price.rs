//! Prices, and what tokens cost.

use super::usage::Tokens;
use crate::MicroUsd;

/// What a million tokens of one model cost.
///
/// A plan without a price per token may be metered at zero, which is written out and never assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Input that was not cached.
    pub input: MicroUsd,
    /// Output, thinking included.
    pub output: MicroUsd,
    /// Input written to the cache for five minutes.
    pub cache_write: MicroUsd,
    /// Input written to the cache for an hour.
    pub cache_write_hour: MicroUsd,
    /// Input read from the cache.
    pub cache_read: MicroUsd,
}

impl Price {
    /// What these tokens cost, rounded up once.
    pub(crate) fn of(&self, tokens: &Tokens) -> MicroUsd {
        let sum = [
            (self.input, tokens.input),
            (self.output, tokens.output),
            (self.cache_write, tokens.cache_write),
            (self.cache_write_hour, tokens.cache_write_hour),
            (self.cache_read, tokens.cache_read),
        ]
        .into_iter()
        // Five products of two 64-bit numbers may not fit 128 bits; the largest amount then stands for the sum.
        .map(|(price, count)| u128::from(price.0) * u128::from(count))
        .fold(0_u128, u128::saturating_add);
        MicroUsd(u64::try_from(sum.div_ceil(1_000_000)).unwrap_or(u64::MAX))
    }

    /// What this much input costs where it costs most.
    pub(crate) fn worst_input(&self, tokens: u64) -> MicroUsd {
        let dearest = self.input.max(self.cache_write).max(self.cache_write_hour).max(self.cache_read);
        Self { input: dearest, ..*self }.of(&Tokens { input: tokens, ..Tokens::default() })
    }

    /// What this much output costs.
    pub(crate) fn worst_output(&self, tokens: u64) -> MicroUsd {
        self.of(&Tokens { output: tokens, ..Tokens::default() })
    }
}
