//! The way from a plan to the program.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::{Failure, files, process, seccomp, verify};
use crate::bubblewrap::{HOME, USER};
use crate::plan::{Backend, Plan, Step};
use crate::profile::{EXPORT_PREFIX, Network};

/// Restricts this process and becomes the program; returns only for [`Step::Try`].
pub(super) fn run(plan: &Plan, command: &[OsString]) -> Result<i32, Failure> {
    process::close_inherited_files();
    process::follow_parent(plan)?;
    match plan.backend {
        Backend::Bubblewrap => {
            write_etc(plan.network).map_err(|_| Failure::NoEtc)?;
            verify::mounts(plan)?;
        }
        Backend::Degraded => {
            process::drop_privileges()?;
            process::leave_session()?;
        }
    }
    std::env::set_current_dir(&plan.cwd.0).map_err(|_| Failure::BadWorkingDirectory)?;
    process::limit(plan)?;
    files::restrict(plan)?;
    seccomp::restrict(plan)?;
    if plan.step == Step::Try {
        return Ok(0);
    }
    let (program, arguments) = command.split_first().ok_or(Failure::NoCommand)?;
    let mut program = Command::new(program);
    program.args(arguments).env_clear().envs(environment());
    // Only a failure comes back; its reason could tell about paths.
    drop(program.exec());
    Err(Failure::NoProgram)
}

/// The variables meant for the program, under their own names.
fn environment() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os().filter_map(|(name, value)| {
        let name = name.as_bytes().strip_prefix(EXPORT_PREFIX.as_bytes())?;
        Some((OsStr::from_bytes(name).to_owned(), value))
    })
}

/// Files that name the one user of the cell instead of the host's users. Landlock closes `/etc` afterwards.
fn write_etc(network: Network) -> std::io::Result<()> {
    let passwd = format!(
        "root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n\
         cell:x:{USER}:{USER}:cell:{HOME}:/bin/bash\n\
         nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
    );
    fs::write("/etc/passwd", passwd)?;
    fs::write("/etc/group", format!("root:x:0:\ncell:x:{USER}:\nnogroup:x:65534:\n"))?;
    fs::write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")?;
    if network == Network::None {
        fs::write("/etc/hosts", "127.0.0.1 localhost cell\n::1 localhost\n")?;
    }
    Ok(())
}
