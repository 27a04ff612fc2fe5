//! The command line of bubblewrap for one cell.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::CellError;
use crate::profile::{Access, Layout, Limits, Network};

/// Where HOME is inside the cell.
pub(crate) const HOME: &str = "/home/cell";
/// Where the stage is inside the cell.
pub(crate) const STAGE: &str = "/run/guard/stage";
/// The user inside the cell; never 0, whoever the host process is.
pub(crate) const USER: &str = "1000";

const PLACES: [&str; 3] = ["/usr/bin/bwrap", "/bin/bwrap", "/usr/local/bin/bwrap"];
/// The system's programs and libraries; links stay links.
const PROGRAMS: [&str; 7] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
/// What programs look up in `/etc`, none of it secret. `passwd`, `group`, `nsswitch.conf` and, without a network,
/// `hosts` are written by the stage.
const ETC: [&str; 19] = [
    "alternatives",
    "bash.bashrc",
    "bindresvport.blacklist",
    "ca-certificates",
    "debian_version",
    "gai.conf",
    "gitconfig",
    "inputrc",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
    "os-release",
    "pki/ca-trust",
    "pki/tls/cert.pem",
    "pki/tls/certs",
    "profile",
    "ssl/certs",
];
/// What the host's network needs; links are followed.
const ETC_NETWORK: [&str; 5] = ["hosts", "protocols", "resolv.conf", "services", "host.conf"];

/// An installed bubblewrap.
#[derive(Clone, Debug)]
pub(crate) struct Bubblewrap {
    path: PathBuf,
    /// 0.8 and later: no further user namespaces, sizes of memory file systems.
    is_recent: bool,
}

impl Bubblewrap {
    pub(crate) fn find(named: Option<&Path>) -> Result<Self, CellError> {
        let mut places: Vec<&Path> = named.into_iter().collect();
        if places.is_empty() {
            places.extend(PLACES.map(Path::new));
        }
        let path = places.into_iter().find(|path| path.is_file()).ok_or(CellError::NoBubblewrap)?;
        let answer = Command::new(path).arg("--version").env_clear().stdin(Stdio::null()).output();
        let answer = answer.map_err(|_| CellError::NoBubblewrap)?;
        let version = String::from_utf8_lossy(&answer.stdout);
        // A set-uid bubblewrap refuses to switch namespaces off; seccomp refuses them in any case.
        let is_setuid = path.metadata()?.permissions().mode() & 0o4000 != 0;
        Ok(Self { path: path.to_owned(), is_recent: is_recent(&version) && !is_setuid })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Everything up to the program.
    pub(crate) fn arguments(
        &self,
        layout: &Layout,
        toolchains: &[PathBuf],
        stage: &Path,
        network: Network,
        limits: &Limits,
    ) -> Vec<OsString> {
        let mut line = Line::default();
        line.words(&[
            "--unshare-user",
            "--unshare-pid",
            "--unshare-ipc",
            "--unshare-uts",
            "--unshare-cgroup-try",
        ]);
        if network == Network::None {
            line.words(&["--unshare-net"]);
        }
        if self.is_recent {
            line.words(&["--disable-userns"]);
        }
        line.words(&["--uid", USER, "--gid", USER, "--cap-drop", "ALL", "--hostname", "cell"]);
        line.words(&["--die-with-parent", "--new-session", "--as-pid-1"]);
        programs(&mut line);
        line.words(&["--proc", "/proc", "--dev", "/dev"]);
        let scratch = limits.scratch_bytes.to_string();
        let mut memory = vec![("/tmp", scratch.as_str()), ("/run", "1048576"), ("/etc", "1048576")];
        if layout.home.is_none() {
            memory.push((HOME, scratch.as_str()));
        }
        for (place, size) in memory {
            if self.is_recent {
                line.words(&["--size", size]);
            }
            line.words(&["--tmpfs", place]);
        }
        etc(&mut line, network);
        line.bind("--ro-bind", stage, Path::new(STAGE));
        if let Some(home) = &layout.home {
            line.bind("--bind", home, Path::new(HOME));
        }
        for path in toolchains {
            line.bind("--ro-bind", path, path);
        }
        for (path, access) in &layout.binds {
            let how = if *access == Access::ReadOnly { "--ro-bind" } else { "--bind" };
            line.bind(how, path, path);
        }
        for mask in &layout.masks {
            if mask.is_dir {
                line.path("--tmpfs", &mask.path);
                line.path("--remount-ro", &mask.path);
            } else {
                line.bind("--ro-bind", Path::new("/dev/null"), &mask.path);
            }
        }
        // The root is a file system in memory. `/proc` holds the switches of the whole kernel, and a host process that
        // runs as uid 0 could turn them in spite of its namespaces: to them it is still uid 0.
        line.words(&[
            "--remount-ro",
            "/proc",
            "--remount-ro",
            "/run",
            "--remount-ro",
            "/",
            "--chdir",
            "/",
            "--",
        ]);
        line.0
    }
}

/// Whether `bubblewrap X.Y.Z` is 0.8 or later.
fn is_recent(version: &str) -> bool {
    let mut numbers = version.split_whitespace().last().unwrap_or("").split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(0)), Some(Ok(minor))) => minor >= 8,
        (Some(Ok(_)), Some(Ok(_))) => true,
        _ => false,
    }
}

#[derive(Default)]
struct Line(Vec<OsString>);

impl Line {
    fn words(&mut self, words: &[&str]) {
        self.0.extend(words.iter().map(OsString::from));
    }

    fn path(&mut self, option: &str, path: &Path) {
        self.0.extend([OsString::from(option), path.into()]);
    }

    fn bind(&mut self, option: &str, source: &Path, place: &Path) {
        self.0.extend([OsString::from(option), source.into(), place.into()]);
    }
}

fn programs(line: &mut Line) {
    for place in PROGRAMS.map(Path::new) {
        if let Ok(target) = place.read_link() {
            line.bind("--symlink", &target, place);
        } else if place.is_dir() {
            line.bind("--ro-bind", place, place);
        }
    }
}

fn etc(line: &mut Line, network: Network) {
    let of_network: &[&str] = if network == Network::Host { &ETC_NETWORK } else { &[] };
    for name in ETC.iter().chain(of_network) {
        let place = Path::new("/etc").join(name);
        // Resolved here: `/etc/resolv.conf` often leads into `/run`, which the cell does not show.
        if let Ok(source) = place.canonicalize() {
            line.bind("--ro-bind", &source, &place);
        }
    }
}

/// What a degraded cell can read of the system: the same, and the host's processes.
pub(crate) fn system_paths(network: Network) -> impl Iterator<Item = PathBuf> {
    let of_network: &[&str] = if network == Network::Host { &ETC_NETWORK } else { &["hosts"] };
    let etc = ETC.iter().chain(&["passwd", "group", "nsswitch.conf"]).chain(of_network);
    let etc = etc.map(|name| Path::new("/etc").join(name));
    let programs = PROGRAMS.iter().chain(&["/proc"]).map(PathBuf::from);
    programs.chain(etc).filter(|path| path.exists())
}

/// The devices that a degraded cell can use.
pub(crate) fn devices() -> impl Iterator<Item = PathBuf> {
    let names = ["null", "zero", "full", "random", "urandom"];
    names.into_iter().map(|name| Path::new("/dev").join(name)).filter(|path| path.exists())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Mask;

    #[test]
    fn versions_are_compared_by_number() {
        for (version, want) in [
            ("bubblewrap 0.8.0", true),
            ("bubblewrap 0.11.0\n", true),
            ("bubblewrap 1.0.0", true),
            ("bubblewrap 0.7.9", false),
            ("bubblewrap", false),
            ("", false),
        ] {
            assert_eq!(is_recent(version), want, "{version}");
        }
    }

    /// The options of a layout that name its own paths, in order.
    #[track_caller]
    fn check(binds: &[(&str, Access)], masks: &[(&str, bool)], want: &[&str]) {
        let layout = Layout {
            project: PathBuf::from("/w/p"),
            home: Some(PathBuf::from("/w/home")),
            binds: binds.iter().map(|(path, access)| (PathBuf::from(path), *access)).collect(),
            guarded: Vec::new(),
            unguarded: Vec::new(),
            masks: masks
                .iter()
                .map(|(path, is_dir)| Mask { path: PathBuf::from(path), is_dir: *is_dir })
                .collect(),
            unseen: Vec::new(),
            masks_are_complete: true,
        };
        let line = line(&layout, Network::None);
        let from = line.iter().position(|word| word == "/w/home").expect("the home") + 2;
        let to = line.iter().rposition(|word| word == "/proc").expect("the end") - 1;
        assert_eq!(line[from..to], *want);
    }

    fn line(layout: &Layout, network: Network) -> Vec<String> {
        let bubblewrap = Bubblewrap { path: PathBuf::from("bwrap"), is_recent: true };
        let line = bubblewrap.arguments(layout, &[], Path::new("/opt/stage"), network, &Limits::default());
        line.into_iter().map(|word| word.into_string().expect("text")).collect()
    }

    #[test]
    fn binds_come_first_and_masks_last() {
        use Access::{Pinned, ReadOnly, Writable};
        check(&[("/w/p", ReadOnly)], &[], &["--ro-bind", "/w/p", "/w/p"]);
        check(
            &[("/w/p", Writable), ("/w/p/.git", Pinned), ("/w/p/.git/config", ReadOnly)],
            &[("/w/p/.env", false), ("/w/p/keys", true)],
            &[
                "--bind",
                "/w/p",
                "/w/p",
                "--bind",
                "/w/p/.git",
                "/w/p/.git",
                "--ro-bind",
                "/w/p/.git/config",
                "/w/p/.git/config",
                "--ro-bind",
                "/dev/null",
                "/w/p/.env",
                "--tmpfs",
                "/w/p/keys",
                "--remount-ro",
                "/w/p/keys",
            ],
        );
    }

    #[test]
    fn the_network_namespace_follows_the_profile() {
        let layout = Layout {
            project: PathBuf::from("/w/p"),
            home: None,
            binds: Vec::new(),
            guarded: Vec::new(),
            unguarded: Vec::new(),
            masks: Vec::new(),
            unseen: Vec::new(),
            masks_are_complete: true,
        };
        for (network, want) in [(Network::None, true), (Network::Host, false)] {
            assert_eq!(line(&layout, network).iter().any(|word| word == "--unshare-net"), want);
        }
    }
}
