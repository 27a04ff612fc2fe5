//! Uploads.

mod answers;
mod kinds;
