//! One line of the log, and how it is bound to the one before.
//!
//! `{"seq":N,"time":"…",EVENT,"hash":"…"}`, where the hash is SHA-256 over the hash before and the exact bytes of the line up
//! to the `,"hash"` member. Every byte of a line is either covered by its hash or compared with the only byte that
//! can stand there, so nothing has to be brought into a canonical form to be verified.

use std::fmt;
use std::io::Write as _;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::time::TIME_BYTES;
use crate::{MAX_EVENT_BYTES, Timestamp};

/// The longest line, its newline included.
pub(crate) const MAX_LINE: usize = MAX_EVENT_BYTES + 256;
/// Segment names and sequence numbers have at most this many digits.
pub(crate) const SEQ_DIGITS: usize = 16;
const HASH_MEMBER: &[u8] = b",\"hash\":\"";

/// The SHA-256 hash of a record, chained over all records before; prints as 64 hex digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct RecordHash([u8; 32]);

impl RecordHash {
    /// What stands before the first record.
    pub(crate) const GENESIS: Self = Self([0; 32]);

    pub(crate) fn of(before: &Self, covered: &[u8]) -> Self {
        Self(Sha256::new().chain_update(before.0).chain_update(covered).finalize().into())
    }

    pub(crate) fn from_hex(text: &[u8]) -> Option<Self> {
        hex(text).map(Self)
    }
}

impl fmt::Display for RecordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

impl fmt::Debug for RecordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not 64 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a record hash: 64 lower-case hex digits")]
pub struct HashError;

impl HashError {
    /// The stable name of the refusal.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "audit-hash"
    }
}

impl FromStr for RecordHash {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, HashError> {
        Self::from_hex(text.as_bytes()).ok_or(HashError)
    }
}

/// Exactly `N` bytes from lower-case hex digits.
pub(crate) fn hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    const fn digit(byte: u8) -> Option<u8> {
        match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        }
    }
    if text.len() != N * 2 {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(if value < 10 { b'0' + value } else { b'a' + value - 10 });
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The newest record: what the next one continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) seq: u64,
    pub(crate) hash: RecordHash,
    pub(crate) time: Timestamp,
}

impl Head {
    pub(crate) const GENESIS: Self =
        Self { seq: 0, hash: RecordHash::GENESIS, time: Timestamp::from_unix_micros(0) };

    /// Appends the line that follows, newline included. The time never goes back.
    pub(crate) fn append(&mut self, out: &mut Vec<u8>, now: Timestamp, event: &[u8]) {
        self.seq += 1;
        self.time = self.time.max(now);
        let start = out.len();
        // Writing to a `Vec` does not fail.
        write!(out, "{{\"seq\":{},\"time\":\"{}\",", self.seq, self.time).ok();
        out.extend_from_slice(event);
        self.hash = RecordHash::of(&self.hash, out.get(start..).unwrap_or_default());
        out.extend_from_slice(HASH_MEMBER);
        out.extend_from_slice(to_hex(&self.hash.0).as_bytes());
        out.extend_from_slice(b"\"}\n");
    }
}

/// The parts of a line that the chain is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) seq: u64,
    pub(crate) time: &'a [u8],
    covered: &'a [u8],
    pub(crate) hash: RecordHash,
}

impl<'a> Frame<'a> {
    /// Takes a line without its newline apart; `None` where it was not written by a log.
    pub(crate) fn parse(line: &'a [u8]) -> Option<Self> {
        let (covered, hash) = line.strip_suffix(b"\"}")?.split_last_chunk::<64>()?;
        let covered = covered.strip_suffix(HASH_MEMBER)?;
        let rest = covered.strip_prefix(b"{\"seq\":")?;
        let digits = rest.iter().take(SEQ_DIGITS + 1).take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = rest.split_at_checked(digits)?;
        if digits.is_empty() || digits.len() > SEQ_DIGITS || digits.first() == Some(&b'0') {
            return None;
        }
        let seq = digits.iter().fold(0, |seq, digit| seq * 10 + u64::from(digit - b'0'));
        let (time, rest) = rest.strip_prefix(b",\"time\":\"")?.split_at_checked(TIME_BYTES)?;
        rest.strip_prefix(b"\",\"event\":\"")?;
        Some(Self { seq, time, covered, hash: RecordHash::from_hex(hash)? })
    }

    pub(crate) fn follows(&self, before: &RecordHash) -> bool {
        RecordHash::of(before, self.covered) == self.hash
    }

    /// What the next record continues; `None` where the time is no time.
    pub(crate) fn head(&self) -> Option<Head> {
        let time = std::str::from_utf8(self.time).ok()?.parse().ok()?;
        Some(Head { seq: self.seq, hash: self.hash, time })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_of_a_line_counts() {
        let mut line = Vec::new();
        let mut head = Head::GENESIS;
        head.append(&mut line, Timestamp::default(), br#""event":"sys_startup","risk":5"#);
        line.pop();
        let follows =
            |line: &[u8]| Frame::parse(line).is_some_and(|frame| frame.follows(&RecordHash::GENESIS));
        assert!(follows(&line) && !Frame::parse(&line).is_some_and(|frame| frame.follows(&head.hash)));
        assert_eq!(Frame::parse(&line).and_then(|frame| frame.head()), Some(head));
        for at in 0..line.len() {
            for bit in 0..8 {
                line[at] ^= 1 << bit;
                assert!(!follows(&line), "bit {bit} of byte {at}");
                line[at] ^= 1 << bit;
            }
            assert!(!follows(&line[..at]) && !follows(&line[at + 1..]), "cut at byte {at}");
        }
    }

    #[test]
    fn a_sequence_number_has_one_form() {
        for digits in ["", "0", "01", "-1", "+1", "1e1", "12345678901234567"] {
            let time = Timestamp::default();
            let hash = RecordHash::GENESIS;
            let line = |digits| format!(r#"{{"seq":{digits},"time":"{time}","event":"a","hash":"{hash}"}}"#);
            assert!(Frame::parse(line("1").as_bytes()).is_some());
            assert!(Frame::parse(line(digits).as_bytes()).is_none(), "{digits}");
        }
    }
}
