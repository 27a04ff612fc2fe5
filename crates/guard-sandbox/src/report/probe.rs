//! The attempts themselves; they run in the cell, in the stage executable, and once outside of it as a control.

use std::ffi::OsString;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Error, ErrorKind, Write};
use std::net::{TcpStream, ToSocketAddrs, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, test_kill_process};
use rustix::thread::{capabilities, no_new_privs};

use super::Outcome;
use super::stand::{Targets, start_time};

/// What a complete cell does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expected {
    Allowed,
    Refused,
    /// Allowed exactly if the profile has a network.
    WithNetwork,
    /// Refused without a network, and not reported with one: then it depends on the network.
    RefusedWithoutNetwork,
}

/// One attempt; what comes back without an error was allowed.
pub(super) struct Probe {
    pub(super) code: &'static str,
    pub(super) what: &'static str,
    pub(super) expected: Expected,
    /// Whether it must work outside of the cell for its refusal inside to mean anything.
    pub(super) is_controlled: bool,
    attempt: fn(&Targets) -> io::Result<()>,
}

impl Probe {
    const fn refused(
        code: &'static str,
        what: &'static str,
        attempt: fn(&Targets) -> io::Result<()>,
    ) -> Self {
        Self { code, what, expected: Expected::Refused, is_controlled: true, attempt }
    }

    const fn with(self, expected: Expected) -> Self {
        Self { expected, ..self }
    }

    const fn without_control(self) -> Self {
        Self { is_controlled: false, ..self }
    }

    pub(super) fn attempt(&self, targets: &Targets) -> Outcome {
        if (self.attempt)(targets).is_ok() { Outcome::Allowed } else { Outcome::Refused }
    }
}

pub(super) const PROBES: &[Probe] = &[
    Probe::refused("read-outside", "read a file outside of the project", |t| {
        fs::read(t.outside.join("canary")).map(drop)
    }),
    Probe::refused("list-outside", "list a directory outside of the project", |t| {
        fs::read_dir(&t.outside).map(drop)
    }),
    Probe::refused("stat-outside", "see whether a file outside exists", |t| {
        fs::metadata(t.outside.join("canary")).map(drop)
    }),
    Probe::refused("write-outside", "write a file outside of the project", |t| {
        write(t.outside.join("canary"))
    }),
    Probe::refused("create-outside", "create a file outside of the project", |t| {
        fs::write(t.outside.join("new"), "x")
    }),
    Probe::refused("chmod-outside", "change the mode of a file outside", |t| {
        fs::set_permissions(t.outside.join("canary"), Permissions::from_mode(0o644))
    }),
    Probe::refused("kernel-switch", "open a switch of the kernel for writing", |_| {
        write("/proc/sys/kernel/core_pattern")
    })
    .without_control(),
    Probe::refused("read-project", "read a file of the project", |t| {
        fs::read(t.project.join("file")).map(drop)
    })
    .with(Expected::Allowed),
    Probe::refused("write-project", "create a file in a writable project", |t| {
        fs::write(t.project.join("new"), "x")
    })
    .with(Expected::Allowed),
    Probe::refused("write-read-only", "create a file in a read-only directory", |t| {
        fs::write(t.project.join("fixed/new"), "x")
    }),
    Probe::refused("write-home", "create a file in the private home", |t| fs::write(t.home.join("new"), "x"))
        .with(Expected::Allowed)
        .without_control(),
    Probe::refused("read-secret", "read a masked file", |t| fs::read(t.project.join(".env")).map(drop)),
    Probe::refused("read-secret-directory", "read a file in a masked directory", |t| {
        fs::read(t.project.join("keys/key")).map(drop)
    }),
    Probe::refused("write-guarded", "write a guarded file", |t| write(t.project.join(".git/config"))),
    Probe::refused("move-guarded", "move the directory above a guarded file", |t| {
        fs::rename(t.project.join(".git"), t.project.join(".moved"))
    }),
    Probe::refused("set-uid", "make a file set-uid", |t| {
        fs::write(t.project.join("set-id"), "x")?;
        fs::set_permissions(t.project.join("set-id"), Permissions::from_mode(0o4755))
    }),
    Probe::refused("tcp-host", "connect to a TCP port of the host's loopback", |t| {
        TcpStream::connect_timeout(&([127, 0, 0, 1], t.tcp).into(), Duration::from_secs(2)).map(drop)
    })
    .with(Expected::WithNetwork),
    Probe::refused("udp-host", "send a datagram to the host's loopback", |t| {
        UdpSocket::bind(("127.0.0.1", 0))?.send_to(b"x", ("127.0.0.1", t.udp)).map(drop)
    })
    .with(Expected::WithNetwork),
    Probe::refused("name-lookup", "look up a name of the internet without a network", |_| {
        ("example.com", 443).to_socket_addrs().map(drop)
    })
    .with(Expected::RefusedWithoutNetwork)
    .without_control(),
    Probe::refused("unix-path", "connect to a Unix socket of the host by its path", |t| {
        UnixStream::connect(t.outside.join("socket")).map(drop)
    }),
    Probe::refused("unix-abstract", "connect to an abstract Unix socket of the host", |t| {
        UnixStream::connect_addr(&SocketAddr::from_abstract_name(&t.abstract_name)?).map(drop)
    }),
    Probe::refused("see-host", "see a process of the host", is_host_seen),
    Probe::refused("signal-host", "signal a process of the host", |t| {
        let host = i32::try_from(t.host).ok().and_then(Pid::from_raw).ok_or(ErrorKind::NotFound)?;
        test_kill_process(host)?;
        // A process of the cell may have the same number, so it has to be the one.
        is_host_seen(t)
    }),
    Probe::refused("inspect-keeper", "read the environment of the first process of the cell", |_| {
        fs::read(format!("/proc/{}/environ", std::os::unix::process::parent_id())).map(drop)
    })
    .without_control(),
    Probe::refused("host-variable", "find a variable of the host's environment", |t| {
        std::env::var_os(&t.variable).map(drop).ok_or_else(|| ErrorKind::NotFound.into())
    }),
    Probe::refused("open-files", "find an open file beside the three streams", |_| {
        let open = fs::read_dir("/proc/self/fd")?.count();
        // Reading the directory opens one more.
        if open > 4 { Ok(()) } else { Err(ErrorKind::NotFound.into()) }
    })
    .without_control(),
    Probe::refused("user-namespace", "make a user namespace", |_| command(&["unshare", "--user", "true"]))
        .without_control(),
    Probe::refused("mount", "mount a file system", |t| {
        command(&["mount", "-t", "tmpfs", "none", &t.project.join("fixed").to_string_lossy()])
    })
    .without_control(),
    Probe::refused("user-zero", "be user 0", |_| refuse_unless(rustix::process::getuid().is_root()))
        .without_control(),
    Probe::refused("capabilities", "have a capability", |_| {
        refuse_unless(!capabilities(None)?.permitted.is_empty())
    })
    .without_control(),
    Probe::refused("new-privileges", "gain privileges by executing a program", |_| {
        refuse_unless(!no_new_privs()?)
    })
    .without_control(),
];

/// Tries everything and prints one line for each; the exit status of the process.
pub(crate) fn run(mut arguments: impl Iterator<Item = OsString>) -> i32 {
    let text = arguments.next().and_then(|text| text.into_string().ok()).unwrap_or_default();
    let Ok(targets) = serde_json::from_str::<Targets>(&text) else { return 2 };
    for probe in PROBES {
        let Ok(line) = serde_json::to_string(&(probe.code, probe.attempt(&targets))) else { return 2 };
        if writeln!(io::stdout(), "{line}").is_err() {
            return 2;
        }
    }
    0
}

fn write(path: impl AsRef<std::path::Path>) -> io::Result<()> {
    OpenOptions::new().append(true).open(path).map(drop)
}

fn command(words: &[&str]) -> io::Result<()> {
    let (program, arguments) = words.split_first().ok_or(ErrorKind::InvalidInput)?;
    let status = Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    refuse_unless(status.success())
}

fn is_host_seen(targets: &Targets) -> io::Result<()> {
    refuse_unless(start_time(targets.host).as_deref() == Some(targets.host_start.as_str()))
}

fn refuse_unless(holds: bool) -> io::Result<()> {
    if holds { Ok(()) } else { Err(Error::from(ErrorKind::NotFound)) }
}
