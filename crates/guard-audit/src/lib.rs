//! An append-only, hash-chained, signed audit log that several processes share.
