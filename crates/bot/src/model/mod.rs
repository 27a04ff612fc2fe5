//! The model behind an agent: what it costs, and on whose account it is called.

mod credential;
mod prices;

pub(crate) use credential::{CredentialFault, Login};
pub(crate) use prices::{Priced, priced, source};
