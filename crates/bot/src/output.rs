//! Program output on its way to a person: secrets redacted, bytes decoded, control characters made visible.

use guard_core::secret::{Redactor, Stream};

use crate::render;

/// One stream of output.
#[derive(Debug)]
pub(crate) struct Output {
    redacted: Stream,
    /// The beginning of a character whose end has not come yet.
    cut: Vec<u8>,
}

impl Output {
    pub(crate) fn new(redactor: &Redactor) -> Self {
        Self { redacted: redactor.stream(), cut: Vec::new() }
    }

    /// What can be shown so far. The redactor keeps back what may turn out to be the beginning of a secret.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> String {
        let bytes = self.redacted.push(bytes);
        self.decode(&bytes)
    }

    /// The rest.
    pub(crate) fn finish(self) -> String {
        let Self { redacted, cut } = self;
        let mut bytes = cut;
        bytes.extend(redacted.finish());
        render::output(&String::from_utf8_lossy(&bytes))
    }

    fn decode(&mut self, bytes: &[u8]) -> String {
        self.cut.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.cut) {
            Ok(_) => self.cut.len(),
            // A character that is only begun waits; one that is wrong does not.
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => self.cut.len() - incomplete(&self.cut),
        };
        let rest = self.cut.split_off(whole);
        let text = render::output(&String::from_utf8_lossy(&self.cut));
        self.cut = rest;
        text
    }
}

/// How many bytes at the end begin a character of UTF-8 without ending it.
fn incomplete(bytes: &[u8]) -> usize {
    for back in 1..=bytes.len().min(3) {
        let Some(byte) = bytes.get(bytes.len() - back) else { return 0 };
        let length = match byte {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            0x80..=0xbf => continue,
            _ => return 0,
        };
        return if length > back { back } else { 0 };
    }
    0
}
