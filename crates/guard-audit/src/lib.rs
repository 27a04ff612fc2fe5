//! An append-only, hash-chained, signed audit log that several processes share.
//!
//! ```
//! use guard_audit::{Event, Filter, Log, Outcome, Verification, query, verify};
//!
//! # let place = tempfile::tempdir()?;
//! # let dir = place.path().join("audit");
//! let log = Log::open(&dir)?;
//! let receipt = log.append(&Event::new("order_refunded").actor("user:7").outcome(Outcome::Success))?;
//! assert_eq!(receipt.seq, 1); // durable: it survives the loss of power
//! log.close()?;
//!
//! let report = verify(&dir, &Verification::new().expect(receipt.seq, receipt.hash))?;
//! assert_eq!(report.to_string(), "intact to 1, anchored to 1, unprotected tail 0");
//! for record in query(&dir, &Filter { actor: Some("user:7".into()), ..Filter::default() })? {
//!     println!("{}", record?); // one line, safe on a terminal
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`Event`] is what happened; [`Log`] makes it a record and answers with a [`Receipt`].
//! - [`verify()`] proves the whole log and says how much of its end is not protected yet.
//! - [`query()`] and [`newest`] read [`Record`]s back; [`Risk`] weighs those of one actor.
//!
//! # What it promises
//!
//! A record that [`Log::append`] acknowledged survives `kill -9` and the loss of power; one that
//! [`Log::append_relaxed`] acknowledged survives `kill -9`. Where a record cannot be written (disk full, read-only, busy,
//! altered log) there is an error and no acknowledgement, and what it stands for must not be done. A write that was
//! cut short is put aside, and an `audit_gap` record tells of it; a whole record that is wrong is never repaired.
//!
//! All processes append to one chain, each under the lock of the directory for one batch. Sequence numbers are dense,
//! and times never go back. The files are lines of JSON: `0000000000000001.jsonl` and so on, named by their first record.
//!
//! # What it proves
//!
//! | who changes the log | what is found |
//! |---|---|
//! | a fault, or somebody who does not know the format | every change, with the first bad record |
//! | who can write the log but neither knows the key nor can write the anchors | every change up to the last anchor; the records after it could be cut or written anew |
//! | who can write the anchors too | the same, but the log can be set back to an older anchor |
//! | who holds the key | nothing, except by a witness |
//!
//! A witness is a [`Receipt`] kept where the owner of the machine cannot change it, such as in a chat:
//! [`Verification::expect`] compares with it. [`Config::anchor_dir`] keeps key and anchors apart from the log.
//!
//! # Out of scope
//!
//! Secrets in free text (redact them before), network file systems (their locks and syncs promise less), other systems
//! than Unix, and shipping records to another machine.

mod anchor;
mod backward;
mod chain;
mod dir;
mod error;
mod event;
mod forward;
mod json;
mod log;
mod query;
mod record;
mod risk;
mod time;
mod verify;
mod vocabulary;

pub use anchor::AnchorKey;
pub use chain::{HashError, RecordHash};
pub use error::{Alteration, AuditError, EventError};
pub use event::{Event, MAX_EVENT_BYTES, Outcome};
pub use log::{Config, Log, Receipt};
pub use query::{Filter, Newest, Query, newest, query};
pub use record::Record;
pub use risk::{Risk, Term};
pub use time::{Clock, SystemClock, Timestamp, TimestampError};
pub use verify::{Report, Verification, verify};
pub use vocabulary::{Severity, known_risk};
