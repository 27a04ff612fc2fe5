//! Landlock: what the program may open, and whom it may signal.

use std::os::fd::OwnedFd;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetStatus, Scope,
};
use rustix::fs::{FileType, Mode, OFlags, fstat, open};

use super::Failure;
use crate::plan::{Backend, Bytes, Plan};
use crate::profile::Network;

/// Newest first; the stage takes the first that this kernel knows in full.
const KNOWN: [ABI; 9] = [ABI::V9, ABI::V8, ABI::V7, ABI::V6, ABI::V5, ABI::V4, ABI::V3, ABI::V2, ABI::V1];

/// Restricts this process and all that come from it, with every feature of the kernel.
///
/// With bubblewrap this is a second wall and any version serves. Alone it is the only wall, and the program must be kept
/// from signalling the host's processes and from its abstract sockets, which needs the sixth version (Linux 6.12).
pub(super) fn restrict(plan: &Plan) -> Result<(), Failure> {
    let least = match plan.backend {
        Backend::Bubblewrap => ABI::V1,
        Backend::Degraded => ABI::V6,
    };
    let tries = KNOWN.into_iter().filter(|abi| *abi >= least);
    let (abi, ruleset) =
        tries.filter_map(|abi| Some((abi, ruleset(plan, abi)?))).next().ok_or(Failure::NoLandlock)?;
    let mut ruleset = ruleset.create().map_err(|_| Failure::NoLandlock)?;
    let read = AccessFs::from_read(abi) | sockets(abi);
    let mut all = AccessFs::from_all(abi);
    all.remove(AccessFs::MakeChar | AccessFs::MakeBlock);
    for (paths, access) in [(&plan.readable, read), (&plan.writable, all)] {
        for Bytes(path) in paths {
            let file =
                open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).map_err(|_| Failure::BadRule)?;
            let access = applicable(&file, access, abi)?;
            ruleset = ruleset.add_rule(PathBeneath::new(file, access)).map_err(|_| Failure::BadRule)?;
        }
    }
    let status = ruleset.restrict_self().map_err(|_| Failure::NoLandlock)?;
    if status.ruleset == RulesetStatus::FullyEnforced && status.no_new_privs {
        Ok(())
    } else {
        Err(Failure::NoLandlock)
    }
}

/// The rule set that uses all of one version, if the kernel knows all of it.
fn ruleset(plan: &Plan, abi: ABI) -> Option<Ruleset> {
    let build = || {
        let mut ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(AccessFs::from_all(abi))
            .ok()?;
        if abi >= ABI::V6 {
            ruleset = ruleset.scope(Scope::from_all(abi)).ok()?;
        }
        // In a network namespace of its own the program's loopback stays usable.
        if plan.backend == Backend::Degraded && plan.network == Network::None {
            ruleset = ruleset.handle_access(AccessNet::from_all(abi)).ok()?;
        }
        Some(ruleset)
    };
    // Creating it asks the kernel; the rule set itself is made again, as creating consumes it.
    build()?.create().ok()?;
    build()
}

/// The right to reach Unix sockets by their path, where the kernel controls it.
fn sockets(abi: ABI) -> BitFlags<AccessFs> {
    if abi >= ABI::V9 { AccessFs::ResolveUnix.into() } else { BitFlags::empty() }
}

/// A file takes no rights of directories.
fn applicable(file: &OwnedFd, access: BitFlags<AccessFs>, abi: ABI) -> Result<BitFlags<AccessFs>, Failure> {
    let status = fstat(file).map_err(|_| Failure::BadRule)?;
    let is_dir = FileType::from_raw_mode(status.st_mode) == FileType::Directory;
    Ok(if is_dir { access } else { access & AccessFs::from_file(abi) })
}
