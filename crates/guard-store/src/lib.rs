//! SQLite opened safely: a private file, checked migrations, and one writer thread with group commit.
//!
//! ```
//! use guard_store::{Migration, Store, StoreError};
//!
//! const SCHEMA: &[Migration] = &[Migration::new(
//!     "notes",
//!     1,
//!     "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;",
//! )];
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let temporary = tempfile::tempdir()?;
//! # let directory = temporary.path().join("state");
//! // The directory is created 0700 and the file 0600; what others can reach is refused.
//! let store = Store::open(directory.join("notes.db"), SCHEMA)?;
//!
//! // Returns after COMMIT: from here on the row survives a crash and a power cut.
//! store.write(|tx| Ok::<_, StoreError>(tx.execute("INSERT INTO notes (body) VALUES (?1)", ["first"])?))?;
//!
//! let count = store.read(|tx| Ok::<i64, StoreError>(tx.query_row("SELECT count(*) FROM notes", [], |row| row.get(0))?))?;
//! assert_eq!(count, 1);
//! # Ok(())
//! # }
//! ```
//!
//! - [`Store`]: cheap to clone; dropping the last clone commits what is queued and joins the writer.
//! - [`Migration`]: one step of one component's schema; several components share a file.
//! - [`Durability`]: whether an acknowledged write survives a power cut or only a crash of the process.
//! - [`StoreError`]: every way to fail, each with a stable [code](StoreError::code).
//!
//! Each write runs in a savepoint of its own, and whatever is queued meanwhile shares one transaction and one
//! `fdatasync`; nobody is answered before COMMIT. Several processes may open the same file. Unix only.
//!
//! # Out of scope
//!
//! Asynchronous calls (use a blocking task), encryption at rest, network file systems (SQLite's WAL needs shared
//! memory), and the ancestors of the private directory, which are the operator's.

mod error;
mod place;
mod schema;
mod store;
mod writer;

pub use error::StoreError;
pub use rusqlite;
pub use schema::Migration;
pub use store::{Durability, Store};
