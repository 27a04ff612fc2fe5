//! The one-time code by which the owner of the machine shows which Telegram account is theirs.

use std::fmt;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio::time::Instant;

/// Digits and capitals without those that look alike: 32 of them.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// 40 bits: with five attempts nobody guesses it.
const LENGTH: usize = 8;
const ATTEMPTS: u8 = 5;
/// How long a code counts.
pub(crate) const LIFE: Duration = Duration::from_secs(10 * 60);

/// Why a code does not pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum PairingError {
    /// Another code.
    #[error("this is not the code")]
    Wrong,
    /// Too many wrong ones; even the right one does not count any more.
    #[error("too many wrong codes")]
    Exhausted,
    /// Too late.
    #[error("the code has expired")]
    Expired,
    /// The system gives no random numbers.
    #[error("no random numbers")]
    Random,
}

impl PairingError {
    /// The stable kebab-case name.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Wrong => "pairing-wrong",
            Self::Exhausted => "pairing-exhausted",
            Self::Expired => "pairing-expired",
            Self::Random => "pairing-no-random",
        }
    }
}

/// Waits for one code, of which it keeps only a digest.
pub(crate) struct Pairing {
    digest: [u8; 32],
    expires: Instant,
    left: u8,
}

impl fmt::Debug for Pairing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pairing").field("left", &self.left).finish_non_exhaustive()
    }
}

impl Pairing {
    /// A new code, to be shown once to the person at the terminal.
    pub(crate) fn new(now: Instant) -> Result<(Self, String), PairingError> {
        let mut bytes = [0_u8; LENGTH];
        getrandom::fill(&mut bytes).map_err(|_| PairingError::Random)?;
        let code: String = bytes
            .iter()
            .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)).map(|byte| char::from(*byte)))
            .collect();
        Ok((Self { digest: digest(&code), expires: now + LIFE, left: ATTEMPTS }, code))
    }

    /// Tries what somebody sent. After `Ok` the code counts no more.
    pub(crate) fn attempt(&mut self, sent: &str, now: Instant) -> Result<(), PairingError> {
        if self.left == 0 {
            return Err(PairingError::Exhausted);
        }
        if now >= self.expires {
            return Err(PairingError::Expired);
        }
        // Digests are compared, so how long that takes says nothing about the code.
        if digest(sent) == self.digest {
            self.left = 0;
            return Ok(());
        }
        self.left -= 1;
        Err(if self.left == 0 { PairingError::Exhausted } else { PairingError::Wrong })
    }

    /// When it ends.
    pub(crate) const fn expires(&self) -> Instant {
        self.expires
    }
}

/// People type small letters and blanks.
fn digest(code: &str) -> [u8; 32] {
    let typed: String = code.chars().filter(|c| c.is_ascii_alphanumeric()).take(64).collect();
    Sha256::digest(typed.to_ascii_uppercase().as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_code_pairs_once() {
        let now = Instant::now();
        let (mut pairing, code) = Pairing::new(now).unwrap();
        assert!(code.len() == LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte)), "{code}");
        assert!(!format!("{pairing:?}").contains(&code));
        assert_eq!(pairing.attempt(&format!(" {} ", code.to_lowercase()), now), Ok(()));
        assert_eq!(pairing.attempt(&code, now), Err(PairingError::Exhausted));
    }

    #[tokio::test]
    async fn five_wrong_codes_end_it() {
        let now = Instant::now();
        let (mut pairing, code) = Pairing::new(now).unwrap();
        for wrong in ["", "1", "AAAAAAAA", &format!("{code}2")] {
            assert_eq!(pairing.attempt(wrong, now), Err(PairingError::Wrong));
        }
        assert_eq!(pairing.attempt("AAAAAAAA", now), Err(PairingError::Exhausted));
        assert_eq!(pairing.attempt(&code, now), Err(PairingError::Exhausted));
    }

    #[tokio::test]
    async fn it_expires() {
        let now = Instant::now();
        let (mut pairing, code) = Pairing::new(now).unwrap();
        assert_eq!(pairing.attempt(&code, now + LIFE), Err(PairingError::Expired));
        assert_eq!(pairing.attempt(&code, now + LIFE - Duration::from_millis(1)), Ok(()));
    }
}
