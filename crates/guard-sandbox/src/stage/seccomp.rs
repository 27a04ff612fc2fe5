//! System calls that no program of a cell needs, and that have been the way out of other cells.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter, sock_filter,
};

use super::Failure;
use crate::plan::{Backend, Plan};
use crate::profile::Network;

/// Refused whatever their arguments are.
const REFUSED: &[c_long] = &[
    // Other processes' memory and files.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
    libc::SYS_perf_event_open,
    // Mounts and roots.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_setns,
    libc::SYS_open_by_handle_at,
    // Keys are the user's, not the cell's.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    // Large attack surface, or work done outside of this filter.
    libc::SYS_bpf,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_fanotify_init,
    // The machine.
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_syslog,
    libc::SYS_vhangup,
];
#[cfg(target_arch = "x86_64")]
const REFUSED_HERE: &[c_long] =
    &[libc::SYS_kexec_file_load, libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_modify_ldt, libc::SYS_uselib];
#[cfg(not(target_arch = "x86_64"))]
const REFUSED_HERE: &[c_long] = &[libc::SYS_kexec_file_load];

/// Answered as if the kernel were older: their arguments lie in memory, where a filter cannot look, and programs fall
/// back to calls that it can judge (`clone`, `openat`).
const UNKNOWN: &[c_long] = &[libc::SYS_clone3, libc::SYS_openat2];

/// Refused in addition where no mounts protect the host's files: they act on paths, and Landlock does not see them.
const REFUSED_DEGRADED: &[c_long] = &[
    libc::SYS_fchmodat,
    SYS_FCHMODAT2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
];
#[cfg(target_arch = "x86_64")]
const REFUSED_DEGRADED_HERE: &[c_long] = &[libc::SYS_chmod, libc::SYS_chown, libc::SYS_lchown];
#[cfg(not(target_arch = "x86_64"))]
const REFUSED_DEGRADED_HERE: &[c_long] = &[];

/// The same number on every architecture since Linux 6.6.
const SYS_FCHMODAT2: c_long = 452;
const TIOCSTI: u64 = 0x5412;
const TIOCLINUX: u64 = 0x541C;
const NEW_NAMESPACES: [i32; 8] = [
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWCGROUP,
    0x80, // CLONE_NEWTIME, which `clone` reads as a part of the exit signal.
];

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Installs the filters; they hold for everything that comes from this process.
pub(super) fn restrict(plan: &Plan) -> Result<(), Failure> {
    for program in programs(plan).ok_or(Failure::NoSeccomp)? {
        apply_filter(&program).map_err(|_| Failure::NoSeccomp)?;
    }
    Ok(())
}

fn programs(plan: &Plan) -> Option<Vec<BpfProgram>> {
    // An architecture that the compiler of filters does not know is an error here.
    let arch = TargetArch::try_from(std::env::consts::ARCH).ok()?;
    let compile = |rules: Rules, errno: i32| -> Option<BpfProgram> {
        let errno = SeccompAction::Errno(u32::try_from(errno).ok()?);
        SeccompFilter::new(rules, SeccompAction::Allow, errno, arch).ok()?.try_into().ok()
    };
    let unknown = UNKNOWN.iter().map(|call| (*call, Vec::new())).collect();
    let mut programs = vec![compile(unknown, libc::ENOSYS)?, compile(refused(plan)?, libc::EPERM)?];
    if arch == TargetArch::x86_64 {
        programs.push(without_x32());
    }
    Some(programs)
}

fn refused(plan: &Plan) -> Option<Rules> {
    let mut rules = Rules::new();
    for call in REFUSED.iter().chain(REFUSED_HERE) {
        rules.insert(*call, Vec::new());
    }
    rules.insert(libc::SYS_ioctl, vec![equal(1, TIOCSTI)?, equal(1, TIOCLINUX)?]);
    for flag in NEW_NAMESPACES {
        let bit = u64::try_from(flag).ok()?;
        rules.entry(libc::SYS_unshare).or_default().push(has(0, bit)?);
        if flag != 0x80 {
            rules.entry(libc::SYS_clone).or_default().push(has(0, bit)?);
        }
    }
    no_set_id(&mut rules)?;
    sockets(plan, &mut rules)?;
    if plan.backend == Backend::Degraded {
        for call in REFUSED_DEGRADED.iter().chain(REFUSED_DEGRADED_HERE) {
            rules.insert(*call, Vec::new());
        }
        // Limits of other processes of the same user.
        rules.insert(libc::SYS_prlimit64, vec![rule(vec![condition(0, SeccompCmpOp::Ne, 0)?])?]);
    }
    Some(rules)
}

/// No file of the project may become set-uid or set-gid: on the host it would belong to the host's user.
fn no_set_id(rules: &mut Rules) -> Option<()> {
    for bit in [u64::from(libc::S_ISUID), u64::from(libc::S_ISGID)] {
        let mut modes =
            vec![(libc::SYS_fchmod, 1), (libc::SYS_fchmodat, 2), (SYS_FCHMODAT2, 2), (libc::SYS_mknodat, 2)];
        #[cfg(target_arch = "x86_64")]
        modes.extend([(libc::SYS_chmod, 1), (libc::SYS_mknod, 1), (libc::SYS_creat, 1)]);
        for (call, argument) in modes {
            rules.entry(call).or_default().push(has(argument, bit)?);
        }
        // The mode counts only where a file is created; otherwise the register holds anything.
        let mut opens = vec![(libc::SYS_openat, 2_u8)];
        #[cfg(target_arch = "x86_64")]
        opens.push((libc::SYS_open, 1));
        for (call, flags) in opens {
            for creating in [libc::O_CREAT, libc::O_TMPFILE & !libc::O_DIRECTORY] {
                let creating = u64::try_from(creating).ok()?;
                let both = vec![masked(flags, creating)?, masked(flags + 1, bit)?];
                rules.entry(call).or_default().push(rule(both)?);
            }
        }
    }
    Some(())
}

/// Which sockets can be made.
fn sockets(plan: &Plan, rules: &mut Rules) -> Option<()> {
    let families: &[i32] = match (plan.backend, plan.network) {
        (Backend::Bubblewrap, _) => &[libc::AF_UNIX, libc::AF_INET, libc::AF_INET6],
        (Backend::Degraded, Network::Host) => &[libc::AF_INET, libc::AF_INET6],
        (Backend::Degraded, Network::None) => &[],
    };
    if families.is_empty() {
        rules.insert(libc::SYS_socket, Vec::new());
        for call in [libc::SYS_connect, libc::SYS_bind, libc::SYS_listen] {
            rules.insert(call, Vec::new());
        }
    } else {
        let none_of = families
            .iter()
            .map(|family| condition(0, SeccompCmpOp::Ne, u64::try_from(*family).ok()?))
            .collect::<Option<Vec<_>>>()?;
        rules.insert(libc::SYS_socket, vec![rule(none_of)?]);
    }
    if plan.backend == Backend::Degraded {
        // A pair of datagram sockets can still be pointed at any other one.
        for kind in [libc::SOCK_DGRAM, libc::SOCK_RAW] {
            let kind = u64::try_from(kind).ok()?;
            let of_kind = rule(vec![condition(1, SeccompCmpOp::MaskedEq(0xf), kind)?])?;
            rules.entry(libc::SYS_socketpair).or_default().push(of_kind);
        }
    }
    Some(())
}

fn condition(argument: u8, comparison: SeccompCmpOp, value: u64) -> Option<SeccompCondition> {
    // The kernel takes these arguments as 32 bits, whatever the upper half of the register holds.
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, comparison, value).ok()
}

fn masked(argument: u8, bits: u64) -> Option<SeccompCondition> {
    condition(argument, SeccompCmpOp::MaskedEq(bits), bits)
}

fn rule(conditions: Vec<SeccompCondition>) -> Option<SeccompRule> {
    SeccompRule::new(conditions).ok()
}

fn equal(argument: u8, value: u64) -> Option<SeccompRule> {
    rule(vec![condition(argument, SeccompCmpOp::Eq, value)?])
}

fn has(argument: u8, bits: u64) -> Option<SeccompRule> {
    rule(vec![masked(argument, bits)?])
}

/// Refuses the second set of system call numbers that x86-64 kernels may have, to which no other rule applies.
fn without_x32() -> BpfProgram {
    const LOAD_WORD: u16 = 0x20;
    const JUMP_IF_AT_LEAST: u16 = 0x35;
    const RETURN: u16 = 0x06;
    const X32_BIT: u32 = 0x4000_0000;
    let refused = libc::SECCOMP_RET_ERRNO | u32::try_from(libc::ENOSYS).unwrap_or(1);
    vec![
        sock_filter { code: LOAD_WORD, jt: 0, jf: 0, k: 0 },
        sock_filter { code: JUMP_IF_AT_LEAST, jt: 0, jf: 1, k: X32_BIT },
        sock_filter { code: RETURN, jt: 0, jf: 0, k: refused },
        sock_filter { code: RETURN, jt: 0, jf: 0, k: libc::SECCOMP_RET_ALLOW },
    ]
}
