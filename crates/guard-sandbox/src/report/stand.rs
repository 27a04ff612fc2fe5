//! A project made up for the report, and things of the host that a cell must not reach.

use std::fs::{self, DirBuilder};
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Cell, CellError, Profile};

/// What the probes try to reach.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Targets {
    pub(super) project: PathBuf,
    pub(super) outside: PathBuf,
    pub(super) home: PathBuf,
    pub(super) tcp: u16,
    pub(super) udp: u16,
    pub(super) abstract_name: String,
    pub(super) host: u32,
    /// When the host process started, which tells it from another of its number.
    pub(super) host_start: String,
    /// A variable of the host's environment.
    pub(super) variable: String,
}

/// Directories and listeners; the directories are removed at the end.
pub(super) struct Stand {
    root: PathBuf,
    tcp: TcpListener,
    udp: UdpSocket,
    abstract_name: String,
    _listeners: [UnixListener; 2],
}

impl Stand {
    pub(super) fn new() -> Result<Self, CellError> {
        let root = fresh_directory()?;
        match Self::fill(&root) {
            Ok(stand) => Ok(stand),
            Err(error) => {
                drop(fs::remove_dir_all(&root));
                Err(error.into())
            }
        }
    }

    fn fill(root: &Path) -> std::io::Result<Self> {
        for directory in ["project/.git", "project/keys", "project/fixed", "home", "outside"] {
            fs::create_dir_all(root.join(directory))?;
        }
        for file in
            ["project/file", "project/.env", "project/.git/config", "project/keys/key", "outside/canary"]
        {
            fs::write(root.join(file), "canary")?;
        }
        let name = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let udp = UdpSocket::bind(("127.0.0.1", 0))?;
        udp.set_read_timeout(Some(Duration::from_millis(200)))?;
        Ok(Self {
            tcp: TcpListener::bind(("127.0.0.1", 0))?,
            udp,
            _listeners: [
                UnixListener::bind(root.join("outside/socket"))?,
                UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name)?)?,
            ],
            abstract_name: name,
            root: root.to_owned(),
        })
    }

    /// The profile, around this project.
    pub(super) fn profile(&self, profile: &Profile) -> Profile {
        let project = self.root.join("project");
        Profile {
            writable: vec![project.clone()],
            read_only: vec![project.join("fixed")],
            guarded: vec![project.join(".git/config")],
            masked: vec![project.join(".env"), project.join("keys")],
            home: Some(self.root.join("home")),
            project,
            ..profile.clone()
        }
    }

    pub(super) fn targets(&self, cell: &Cell) -> Result<Targets, CellError> {
        let host = std::process::id();
        let variable = std::env::vars_os()
            .filter_map(|(name, _)| name.into_string().ok())
            .find(|name| !cell.has_variable(name))
            .unwrap_or_default();
        Ok(Targets {
            project: cell.project().to_owned(),
            outside: self.root.join("outside").canonicalize()?,
            home: cell.home().to_owned(),
            tcp: self.tcp.local_addr()?.port(),
            udp: self.udp.local_addr()?.port(),
            abstract_name: self.abstract_name.clone(),
            host,
            host_start: start_time(host).unwrap_or_default(),
            variable,
        })
    }

    /// Whether a datagram arrived since the last time.
    pub(super) fn take_datagram(&self) -> bool {
        self.udp.recv_from(&mut [0; 16]).is_ok()
    }

    /// Puts back what the controls moved or made.
    pub(super) fn restore(&self) -> Result<(), CellError> {
        let project = self.root.join("project");
        if project.join(".moved").exists() {
            fs::rename(project.join(".moved"), project.join(".git"))?;
        }
        for made in ["project/new", "project/fixed/new", "project/set-id", "outside/new"] {
            let path = self.root.join(made);
            if path.exists() {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        // What is left is an empty project of ours in the temporary directory.
        drop(fs::remove_dir_all(&self.root));
    }
}

/// A directory that nobody else can enter or has made before.
fn fresh_directory() -> Result<PathBuf, CellError> {
    // Never the same number twice in a process: a socket outlives the directory that it is named after for a moment.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let parent = std::env::temp_dir();
    for _ in 0..1_000 {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("guard-report-{}-{number}", std::process::id()));
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(CellError::Os(std::io::ErrorKind::AlreadyExists))
}

/// When a process started, in the kernel's ticks.
pub(super) fn start_time(process: u32) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program is in parentheses and may hold spaces.
    let (_, fields) = status.rsplit_once(')')?;
    fields.split_whitespace().nth(19).map(str::to_owned)
}
