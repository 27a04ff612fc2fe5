//! Texts by hand. In each of the lists but [`INERT`] bash runs the marker.

mod data;
mod flow;
mod parsed;
mod streams;
mod words;
mod written;

pub(crate) use data::DATA;
pub(crate) use flow::FLOW;
pub(crate) use parsed::{INERT, RUNS};
pub(crate) use streams::STREAMS;
pub(crate) use words::WORDS;
pub(crate) use written::WRITTEN;
