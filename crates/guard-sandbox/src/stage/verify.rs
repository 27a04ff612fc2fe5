//! Looks again, from inside: paths may have changed between resolving them and mounting over them.

use std::fs::{self, Metadata};
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use rustix::fs::{StatVfsMountFlags, statvfs};

use super::Failure;
use crate::plan::{Bytes, Identity, Plan};

/// Every mask hides something and every guarded path is read-only; what is mounted now stays so.
pub(super) fn mounts(plan: &Plan) -> Result<(), Failure> {
    for Identity { path: Bytes(path), device, inode } in &plan.shown {
        let is_same = |metadata: Metadata| metadata.dev() == *device && metadata.ino() == *inode;
        if !path.symlink_metadata().is_ok_and(is_same) && !plan.is_masked(path) {
            return Err(Failure::Swapped);
        }
    }
    for Bytes(path) in &plan.masked_files {
        let metadata = path.symlink_metadata().map_err(|_| Failure::NotMasked)?;
        if !metadata.file_type().is_char_device() || fs::File::open(path).is_ok() {
            return Err(Failure::NotMasked);
        }
    }
    for Bytes(path) in &plan.masked_dirs {
        let is_dir = path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
        let is_empty = fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
        if !is_dir || !is_empty || !is_read_only(path) {
            return Err(Failure::NotMasked);
        }
    }
    for Bytes(path) in &plan.guarded {
        if path.is_symlink() || !is_read_only(path) {
            return Err(Failure::NotGuarded);
        }
    }
    Ok(())
}

fn is_read_only(path: &std::path::Path) -> bool {
    statvfs(path).is_ok_and(|mount| mount.f_flag.contains(StatVfsMountFlags::RDONLY))
}
