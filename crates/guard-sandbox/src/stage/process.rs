//! What a process can give up by itself: inherited files, privileges, its session, resources.

use rustix::process::{
    Pid, Resource, Rlimit, Signal, getppid, set_parent_process_death_signal, setrlimit, setsid,
};
use rustix::thread::{
    CapabilitySet, CapabilitySets, clear_ambient_capability_set, remove_capability_from_bounding_set,
    set_capabilities, set_no_new_privs,
};

use super::Failure;
use crate::plan::{Backend, Plan};

/// Marks everything but the standard streams to be closed on `exec`: a host may itself have inherited files that it
/// never marked.
pub(super) fn close_inherited_files() {
    close_fds::set_fds_cloexec(3, &[]);
}

/// The program dies with its keeper.
pub(super) fn follow_parent(plan: &Plan) -> Result<(), Failure> {
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|_| Failure::NoHost)?;
    // The parent may have died before the line above.
    let expected = plan.parent.and_then(|parent| i32::try_from(parent).ok()).and_then(Pid::from_raw);
    if expected.is_none() || getppid() != expected { Err(Failure::NoHost) } else { Ok(()) }
}

/// Gives up every capability, in this process and for what it executes.
pub(super) fn drop_privileges() -> Result<(), Failure> {
    set_no_new_privs(true).map_err(|_| Failure::NoPrivilegeDrop)?;
    clear_ambient_capability_set().map_err(|_| Failure::NoPrivilegeDrop)?;
    for capability in CapabilitySet::all().iter() {
        // Only a privileged process can narrow its bounding set; for others it means nothing, as no new privileges
        // are granted, and capabilities that this kernel does not know cannot be removed.
        remove_capability_from_bounding_set(capability).ok();
    }
    let none = CapabilitySet::empty();
    let none = CapabilitySets { effective: none, permitted: none, inheritable: none };
    set_capabilities(None, none).map_err(|_| Failure::NoPrivilegeDrop)
}

/// Leaves the terminal and the process group of the host.
pub(super) fn leave_session() -> Result<(), Failure> {
    setsid().map(drop).map_err(|_| Failure::NoPrivilegeDrop)
}

/// Lowers the resource limits; a lower one that is already in force stays.
pub(super) fn limit(plan: &Plan) -> Result<(), Failure> {
    let limits = &plan.limits;
    let mut wanted = vec![
        (Resource::Core, 0),
        (Resource::Cpu, limits.cpu_seconds),
        (Resource::Fsize, limits.file_bytes),
        (Resource::Nofile, limits.open_files),
    ];
    // Counted over all processes of the user, unless there is a user namespace.
    if plan.backend == Backend::Bubblewrap {
        wanted.push((Resource::Nproc, limits.processes));
    }
    for (resource, value) in wanted {
        let ceiling =
            rustix::process::getrlimit(resource).maximum.map_or(value, |maximum| maximum.min(value));
        setrlimit(resource, Rlimit { current: Some(ceiling), maximum: Some(ceiling) })
            .map_err(|_| Failure::NoLimits)?;
    }
    Ok(())
}
