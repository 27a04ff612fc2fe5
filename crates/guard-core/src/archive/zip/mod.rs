//! ZIP: every structure is read, all copies have to agree, and entries tile the file exactly.
//!
//! Source: PKWARE's APPNOTE 6.3.10; the ambiguities are those of "My ZIP isn't your ZIP" (USENIX Security 2025).

mod central;
mod data;
mod end;
mod extra;
mod local;
mod structure;

pub(super) use self::data::content;
pub(super) use self::structure::{Kind, Structure, count};
