//! Who may ask: an allowlist that yields a principal, the proof of authentication.
