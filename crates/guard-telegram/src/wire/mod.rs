//! Bytes to the server and back: connections, bounds, and the envelope of every answer.

mod dial;
mod envelope;
mod form;
mod http;
mod limits;
mod pool;
mod roots;

pub(crate) use envelope::Envelope;
pub(crate) use form::Form;
pub(crate) use http::{Body, Http};
pub use limits::Limits;
pub use roots::Roots;
