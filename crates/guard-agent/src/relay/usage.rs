//! The `usage` object of an answer.

use serde::Deserialize;

/// Counted tokens of one message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tokens {
    /// Input that was not cached.
    pub input: u64,
    /// Output, thinking included.
    pub output: u64,
    /// Input written to the cache for five minutes, or for a time that the answer does not tell.
    pub cache_write: u64,
    /// Input written to the cache for an hour.
    pub cache_write_hour: u64,
    /// Input read from the cache.
    pub cache_read: u64,
}

/// How much of a call's account was told. What was not told is not zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Told {
    /// Not even the input.
    #[default]
    Nothing,
    /// The input, and output so far.
    Input,
    /// The final figures of both.
    Everything,
}

impl Told {
    /// Out of the two halves of an account, each as far as it is final.
    pub(crate) fn of(tells_input: bool, tells_output: bool, tokens: Tokens) -> Self {
        match (tells_input, tells_output) {
            (true, true) => Self::Everything,
            // No call is without input: a zero that stands at the beginning is a figure that comes at the end.
            (true, false) if (Tokens { output: 0, ..tokens }) != Tokens::default() => Self::Input,
            _ => Self::Nothing,
        }
    }
}

impl Tokens {
    /// The higher figure of each kind: usage in a stream is cumulative, so a lower one is late or repeated.
    #[must_use]
    pub(crate) fn max(self, other: Self) -> Self {
        self.each(other, u64::max)
    }

    fn add(self, other: Self) -> Self {
        self.each(other, u64::saturating_add)
    }

    fn each(self, other: Self, f: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            input: f(self.input, other.input),
            output: f(self.output, other.output),
            cache_write: f(self.cache_write, other.cache_write),
            cache_write_hour: f(self.cache_write_hour, other.cache_write_hour),
            cache_read: f(self.cache_read, other.cache_read),
        }
    }
}

/// `usage` as the API writes it. Absent and null mean zero, and that a figure is not told; one of another type is an error.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct WireUsage {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    cache_creation: Option<WireCacheCreation>,
    /// Steps that the server took inside one call; the figures above then count only the last kind of step.
    iterations: Option<Vec<WireUsage>>,
}

#[derive(Debug, Deserialize)]
struct WireCacheCreation {
    ephemeral_5m_input_tokens: Option<u64>,
    ephemeral_1h_input_tokens: Option<u64>,
}

impl WireUsage {
    pub(crate) const fn tells_input(&self) -> bool {
        self.input_tokens.is_some()
    }

    pub(crate) const fn tells_output(&self) -> bool {
        self.output_tokens.is_some()
    }

    /// The tokens to pay for: of two accounts of the same call the higher figures.
    pub(crate) fn tokens(&self) -> Tokens {
        let hour = self.cache_creation.as_ref().and_then(|c| c.ephemeral_1h_input_tokens).unwrap_or(0);
        let minutes = self.cache_creation.as_ref().and_then(|c| c.ephemeral_5m_input_tokens).unwrap_or(0);
        let rest = self.cache_creation_input_tokens.unwrap_or(0).saturating_sub(hour);
        let own = Tokens {
            input: self.input_tokens.unwrap_or(0),
            output: self.output_tokens.unwrap_or(0),
            cache_write: rest.max(minutes),
            cache_write_hour: hour,
            cache_read: self.cache_read_input_tokens.unwrap_or(0),
        };
        let steps = self.iterations.iter().flatten().map(Self::tokens);
        own.max(steps.fold(Tokens::default(), Tokens::add))
    }
}

/// An answer that is one JSON object.
#[derive(Debug, Deserialize)]
pub(crate) struct WireMessage {
    pub(crate) id: Option<String>,
    pub(crate) usage: Option<WireUsage>,
}
