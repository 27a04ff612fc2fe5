//! Toolchains as data: what of the host is shown, and where caches go.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::CellError;

/// A toolchain whose programs the cell can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Toolchain {
    /// cargo and rustc, from rustup or the system.
    Rust,
    /// node and npm, from the system, nvm or a prefix of their own.
    Node,
    /// python3, from the system or pyenv.
    Python,
    /// go, from the system or a GOROOT of its own.
    Go,
}

/// One toolchain. Only the named directories are shown, so credentials beside them (`~/.cargo/credentials.toml`,
/// `~/.npmrc`, `~/.pypirc`, `~/.netrc`, `~/.config/go`) never are.
struct Preset {
    toolchain: Toolchain,
    name: &'static str,
    /// The program that has to exist.
    program: &'static str,
    roots: &'static [Root],
    /// Variables of the cell; `~` is the private HOME.
    env: &'static [(&'static str, &'static str)],
}

/// Where a part of a toolchain lies on the host.
enum Root {
    /// The directory in `variable`, or `default` under the host's HOME; `parts` of it are shown, `bin` of it joins PATH,
    /// and the variable is passed on if `exported`.
    Managed {
        variable: &'static str,
        default: &'static str,
        parts: &'static [&'static str],
        bin: &'static [&'static str],
        exported: bool,
    },
    /// The directory above the `bin` that the program really lies in, unless that is the system's; `parts` are shown.
    Prefix { parts: &'static [&'static str] },
}

static PRESETS: [Preset; 4] = [
    Preset {
        toolchain: Toolchain::Rust,
        name: "rust",
        program: "cargo",
        roots: &[
            Root::Managed {
                variable: "CARGO_HOME",
                default: ".cargo",
                parts: &["bin"],
                bin: &["bin"],
                exported: false,
            },
            Root::Managed {
                variable: "RUSTUP_HOME",
                default: ".rustup",
                parts: &["toolchains", "settings.toml"],
                bin: &[],
                exported: true,
            },
        ],
        env: &[("CARGO_HOME", "~/.cargo"), ("RUSTUP_AUTO_INSTALL", "0")],
    },
    Preset {
        toolchain: Toolchain::Node,
        name: "node",
        program: "node",
        roots: &[Root::Prefix { parts: &["bin", "lib", "include", "share"] }],
        env: &[("npm_config_cache", "~/.npm"), ("npm_config_update_notifier", "false")],
    },
    Preset {
        toolchain: Toolchain::Python,
        name: "python",
        program: "python3",
        roots: &[Root::Managed {
            variable: "PYENV_ROOT",
            default: ".pyenv",
            parts: &["bin", "completions", "libexec", "plugins", "pyenv.d", "shims", "version", "versions"],
            bin: &["shims", "bin"],
            exported: true,
        }],
        env: &[("PIP_CACHE_DIR", "~/.cache/pip"), ("PYTHONDONTWRITEBYTECODE", "1")],
    },
    Preset {
        toolchain: Toolchain::Go,
        name: "go",
        program: "go",
        roots: &[Root::Prefix { parts: &["VERSION", "api", "bin", "go.env", "lib", "misc", "pkg", "src"] }],
        env: &[
            ("GOPATH", "~/go"),
            ("GOCACHE", "~/.cache/go-build"),
            ("GOTOOLCHAIN", "local"),
            ("GOTELEMETRY", "off"),
        ],
    },
];

/// Directories that every cell shows anyway.
const SYSTEM: [&str; 6] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"];

/// What the toolchains of a profile add to a cell.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) read_only: Vec<PathBuf>,
    pub(crate) path: Vec<PathBuf>,
    pub(crate) env: BTreeMap<&'static str, String>,
}

/// The part of the host's environment that says where toolchains are.
pub(crate) struct Host {
    variables: BTreeMap<String, PathBuf>,
    home: Option<PathBuf>,
    path: Vec<PathBuf>,
}

impl Host {
    pub(crate) fn of_this_process() -> Self {
        Self::new(|name| std::env::var_os(name))
    }

    fn new(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let managed = PRESETS.iter().flat_map(|preset| preset.roots).filter_map(|root| match root {
            Root::Managed { variable, .. } => absolute(variable).map(|path| ((*variable).to_owned(), path)),
            Root::Prefix { .. } => None,
        });
        let path = variable("PATH").unwrap_or_default();
        Self {
            variables: managed.collect(),
            home: absolute("HOME"),
            path: std::env::split_paths(&path).filter(|path| path.is_absolute()).collect(),
        }
    }

    fn find(&self, program: &str) -> Option<PathBuf> {
        self.path.iter().map(|directory| directory.join(program)).find(|path| path.is_file())
    }

    /// Whether showing the directory would show the host's HOME.
    fn holds_home(&self, path: &Path) -> bool {
        self.home.as_deref().is_some_and(|home| home.starts_with(path)) || path.parent().is_none()
    }
}

impl Toolchain {
    /// The stable name: `rust`, `node`, `python` or `go`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.preset().map_or("unknown", |preset| preset.name)
    }

    /// Whether the host has it where a cell can be shown it; a profile that names another is refused.
    #[must_use]
    pub fn is_installed(self) -> bool {
        self.show(&Host::of_this_process(), "/", &mut Shown::default()).is_ok()
    }

    fn preset(self) -> Option<&'static Preset> {
        PRESETS.iter().find(|preset| preset.toolchain == self)
    }

    pub(crate) fn show(self, host: &Host, private_home: &str, shown: &mut Shown) -> Result<(), CellError> {
        let preset = self.preset().ok_or(CellError::NoToolchain("unknown"))?;
        let missing = || CellError::NoToolchain(preset.name);
        let mut found = SYSTEM.iter().any(|root| Path::new(root).join("bin").join(preset.program).is_file());
        for root in preset.roots {
            let (base, parts, bin) = match root {
                Root::Managed { variable, default, parts, bin, exported } => {
                    let named = host.variables.get(*variable).cloned();
                    let Some(base) = named.or_else(|| host.home.as_ref().map(|home| home.join(default)))
                    else {
                        continue;
                    };
                    if !base.is_dir() {
                        continue;
                    }
                    if *exported {
                        shown.env.insert(variable, base.to_str().ok_or_else(missing)?.to_owned());
                    }
                    (base, *parts, *bin)
                }
                Root::Prefix { parts } => {
                    let Some(program) = host.find(preset.program).and_then(|path| path.canonicalize().ok())
                    else {
                        continue;
                    };
                    if SYSTEM.iter().any(|root| program.starts_with(root)) {
                        shown.path.extend(program.parent().map(Path::to_owned));
                        found = true;
                        continue;
                    }
                    let base = program.parent().and_then(Path::parent).ok_or_else(missing)?.to_owned();
                    (base, *parts, ["bin"].as_slice())
                }
            };
            if host.holds_home(&base) {
                return Err(missing());
            }
            shown.read_only.extend(parts.iter().map(|part| base.join(part)).filter(|path| path.exists()));
            shown.path.extend(bin.iter().map(|part| base.join(part)));
            found |= bin.iter().any(|part| base.join(part).join(preset.program).is_file());
        }
        for (name, value) in preset.env {
            shown.env.insert(
                name,
                value
                    .strip_prefix('~')
                    .map_or_else(|| (*value).to_owned(), |rest| format!("{private_home}{rest}")),
            );
        }
        if found { Ok(()) } else { Err(missing()) }
    }
}
