//! Who may ask: an allowlist that yields a principal, the proof of authentication.
//!
//! ```
//! use guard_auth::{Allowlist, Principal, UserId};
//!
//! fn delete_everything(_by: Principal) {} // cannot be called for a stranger
//!
//! let list = Allowlist::parse("123, 456")?;
//! delete_everything(list.authenticate(UserId::new(456)?)?);
//! # Ok::<(), guard_auth::AuthError>(())
//! ```
//!
//! - [`Allowlist`] holds the Telegram users who may ask; the first is the owner.
//! - [`Principal`] is somebody who was authenticated, by a list or by [being at the terminal](Principal::local).
//!
//! # Out of scope
//!
//! Whether the transport tells the truth about the user id, tokens, sessions, and what a principal may do.

mod allowlist;
mod error;
mod principal;

pub use allowlist::{Allowlist, MAX_USERS, UserId};
pub use error::AuthError;
pub use principal::{Principal, Role};
