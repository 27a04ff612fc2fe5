//! The one way to open something: beneath a handle, without links, magic links and mount points.
//!
//! Linux does it in one call, and a Linux without that call refuses. On macOS the path is walked name by name;
//! `--cfg guard_core_components` builds that way on Linux too, so that the same tests hold it.

#[cfg(all(target_os = "linux", not(guard_core_components)))]
#[path = "openat2.rs"]
mod system;

#[cfg(any(not(target_os = "linux"), guard_core_components))]
#[path = "components.rs"]
mod system;

#[cfg(feature = "archive")]
pub(super) use self::system::sync_all;
pub(super) use self::system::{ASK, look_beneath, open_beneath, read_link_beneath};
