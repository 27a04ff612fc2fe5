//! What a variable of the environment is for, told by its name.

/// What programs do with a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Data of the application.
    Data,
    /// Options that a tool reads beside those on its command line.
    Options,
    /// The program that a tool starts.
    Program,
    /// A directory or file, or several between colons.
    Place,
    /// Code, plug-ins or modules that a tool loads.
    Code,
    /// Another machine, or whom to trust there.
    Network,
    /// A setting of a tool that runs code.
    Setting,
}

/// Last words of names that hold options.
const OPTIONS: &[&str] =
    &["ADDOPTS", "ARGS", "FLAGS", "LDLIBS", "LOADLIBES", "OPT", "OPTIONS", "OPTS", "PARAMS"];
/// Words that name a program, where they stand last.
const PROGRAMS: &[&str] = &[
    "ALIAS",
    "AR",
    "AS",
    "ASKPASS",
    "AWK",
    "BISON",
    "BROWSER",
    "CACHEPROG",
    "CARGO",
    "CC",
    "CMD",
    "CMP",
    "COMMAND",
    "COMPILER",
    "CPP",
    "CXX",
    "DIFF",
    "EDITOR",
    "EGREP",
    "EXE",
    "EXEC",
    "EXECUTABLE",
    "F77",
    "FC",
    "FGREP",
    "FLEX",
    "GOCACHEPROG",
    "GREP",
    "HELPER",
    "HOOK",
    "HOOKS",
    "HOSTCC",
    "HOSTCXX",
    "INTERPRETER",
    "LAUNCHER",
    "LD",
    "LESS",
    "LEX",
    "LINKER",
    "M4",
    "MAKE",
    "NINJA",
    "NM",
    "OBJCOPY",
    "PAGER",
    "PERL",
    "PROG",
    "PROGRAM",
    "PROVIDER",
    "PYTHON",
    "RANLIB",
    "RSH",
    "RUNNER",
    "RUSTC",
    "RUSTDOC",
    "RUSTFMT",
    "SED",
    "SHELL",
    "STRIP",
    "VISUAL",
    "WRAPPER",
    "YACC",
];
/// Last words of names that hold places; the first group also ends a word that is written together.
const ENDINGS: &[&str] = &["DIR", "DIRS", "FILE", "FILENAME", "HOME", "PATH", "PREFIX", "RC", "ROOT"];
const PLACES: &[&str] = &[
    "CACHE",
    "CONF",
    "CONFIG",
    "DEPOT",
    "DESTDIR",
    "ENVIRON",
    "GEMFILE",
    "GOCACHE",
    "GOMODCACHE",
    "INI",
    "JSON",
    "LIB",
    "LIBS",
    "MANIFEST",
    "PROJECT",
    "TEMPLATE",
    "TOML",
    "TOOLCHAIN",
    "WORK",
    "YAML",
    "YML",
];
const CODE: &[&str] = &[
    "AGENT",
    "AUDIT",
    "EVAL",
    "IMPORT",
    "INIT",
    "LOADER",
    "MODULES",
    "OVERRIDE",
    "PLUGIN",
    "PLUGINS",
    "PRELOAD",
    "PRESITE",
    "PROFILER",
    "REQUIRE",
    "SITECUSTOMIZE",
    "STARTUP",
];
const NETWORK: &[&str] = &[
    "CA",
    "CERT",
    "CERTS",
    "GOINSECURE",
    "GONOPROXY",
    "GONOSUMDB",
    "GOPROXY",
    "GOSUMDB",
    "GOVCS",
    "INDEX",
    "INSECURE",
    "PROXY",
    "REGISTRY",
];
/// Beginnings of the settings of tools that load code by them, and what is harmless among those.
const FAMILIES: &[(&str, &[&str])] = &[
    ("ANT_", &[]),
    ("ASAN_", &[]),
    ("BAT_", &["BAT_STYLE", "BAT_THEME"]),
    ("BUNDLE_", &["BUNDLE_JOBS", "BUNDLE_WITHOUT"]),
    ("BUN_", &[]),
    ("BZIP", &[]),
    ("CABAL_", &[]),
    (
        "CARGO_",
        &[
            "CARGO_BUILD_JOBS",
            "CARGO_INCREMENTAL",
            "CARGO_NET_OFFLINE",
            "CARGO_PKG_",
            "CARGO_PROFILE_",
            "CARGO_TERM_",
        ],
    ),
    ("CMAKE_", &["CMAKE_BUILD_", "CMAKE_COLOR_", "CMAKE_EXPORT_", "CMAKE_GENERATOR"]),
    ("COMPOSER", &["COMPOSER_NO_INTERACTION", "COMPOSER_PROCESS_TIMEOUT"]),
    ("CORECLR_", &[]),
    ("COR_", &[]),
    ("COVERAGE_", &[]),
    ("CTEST_", &["CTEST_OUTPUT_ON_FAILURE", "CTEST_PARALLEL_LEVEL"]),
    ("DENO_", &["DENO_NO_"]),
    ("DOCKER_", &["DOCKER_BUILDKIT"]),
    ("DOTNET_", &["DOTNET_CLI_TELEMETRY_OPTOUT", "DOTNET_ENVIRONMENT", "DOTNET_NOLOGO"]),
    ("ERL_", &[]),
    ("GDB", &[]),
    ("GEM_", &[]),
    ("GHC", &[]),
    ("GH_", &["GH_REPO"]),
    ("GNUPLOT", &[]),
    ("GST_", &[]),
    ("GTK_", &["GTK_THEME"]),
    ("GZIP", &[]),
    ("JULIA_", &["JULIA_NUM_THREADS"]),
    ("LUA_", &[]),
    ("MAGICK_", &[]),
    ("MIX_", &["MIX_ENV"]),
    ("MSBUILD", &[]),
    ("NPM_", &[]),
    ("OCAML", &[]),
    ("OPAM", &[]),
    ("PERL", &[]),
    ("PHP", &["PHP_CS_FIXER_IGNORE_ENV"]),
    ("PIP_", &["PIP_DISABLE_PIP_VERSION_CHECK", "PIP_NO_", "PIP_PROGRESS_BAR"]),
    ("POETRY_", &["POETRY_VIRTUALENVS_CREATE", "POETRY_VIRTUALENVS_IN_PROJECT"]),
    (
        "PYTHON",
        &[
            "PYTHONASYNCIODEBUG",
            "PYTHONDEVMODE",
            "PYTHONDONTWRITEBYTECODE",
            "PYTHONFAULTHANDLER",
            "PYTHONHASHSEED",
            "PYTHONIOENCODING",
            "PYTHONOPTIMIZE",
            "PYTHONTRACEMALLOC",
            "PYTHONUNBUFFERED",
            "PYTHONUTF8",
        ],
    ),
    ("QT_", &["QT_QPA_PLATFORM"]),
    ("RUBY", &[]),
    ("RUSTUP_", &[]),
    ("R_", &[]),
    ("STACK_", &[]),
    ("SWIFT_", &[]),
    ("SYSTEMD_", &[]),
    ("TEX", &[]),
    ("TF_", &["TF_IN_AUTOMATION", "TF_LOG", "TF_VAR_", "TF_WORKSPACE"]),
    ("TOX", &["TOXENV", "TOX_ENV", "TOX_PARALLEL_NO_SPINNER"]),
    ("TS_NODE_", &["TS_NODE_TRANSPILE_ONLY"]),
    ("UNZIP", &[]),
    ("UV_", &["UV_NO_", "UV_OFFLINE"]),
    ("VALGRIND_", &[]),
    ("XDG_", &[]),
    ("XZ_", &[]),
    ("YARN_", &["YARN_ENABLE_"]),
];

/// What a variable with this name is for.
pub(super) fn purpose(name: &str) -> Purpose {
    let upper = name.to_ascii_uppercase();
    let last = upper.rsplit('_').find(|word| !word.is_empty()).unwrap_or("");
    let has = |list: &[&str]| list.contains(&last);
    if upper == "NO_PROXY" {
        Purpose::Data
    } else if has(NETWORK) || upper.contains("TLS_REJECT") || upper.contains("SSL_VERIFY") {
        Purpose::Network
    } else if upper.split('_').any(|word| CODE.contains(&word)) {
        Purpose::Code
    } else if has(OPTIONS)
        || OPTIONS.iter().any(|end| end.len() > 3 && last.ends_with(end))
        || last.ends_with("OPT")
    {
        Purpose::Options
    } else if has(PROGRAMS)
        || ["EDITOR", "PAGER"].iter().any(|end| last.ends_with(end))
        || upper.starts_with("CARGO_ALIAS_")
    {
        Purpose::Program
    } else if has(&["DATABASE_URL", "URL"]) && family(&upper).is_none() {
        Purpose::Data
    } else if has(PLACES)
        || ENDINGS.iter().any(|end| last.ends_with(end))
        || upper.starts_with("GO") && has(&["GOENV", "GOWORK", "GOTOOLCHAIN", "GOTOOLDIR"])
    {
        Purpose::Place
    } else if family(&upper).is_some() {
        Purpose::Setting
    } else {
        Purpose::Data
    }
}

/// The tool that a setting belongs to, where that loads code and the setting is not one of the harmless.
fn family(name: &str) -> Option<&'static str> {
    let (family, harmless) = FAMILIES.iter().find(|(family, _)| name.starts_with(family))?;
    (!harmless.iter().any(|start| name.starts_with(start))).then_some(family)
}

/// Beginnings of options that choose how much is done or said.
const PLAIN_OPTIONS: &[&str] = &[
    "-A",
    "-C",
    "-D",
    "-O",
    "-W",
    "-X",
    "-count",
    "-g",
    "-j",
    "-k",
    "-l",
    "-m",
    "-mod=",
    "-n",
    "-pthread",
    "-q",
    "-race",
    "-s",
    "-short",
    "-static",
    "-std=",
    "-tags",
    "-v",
    "-x",
    "--color",
    "--durations",
    "--max-old-space-size",
    "--maxfail",
    "--no-",
    "--quiet",
    "--tb",
    "--verbose",
];
/// Parts of options that load or start something.
const RISKY: &[&str] = &[
    "agent", "config", "eval", "exec", "hook", "import", "include", "init", "launcher", "link-arg", "linker",
    "load", "plugin", "require", "rootdir", "runner", "script", "specs", "wrapper",
];

/// How bad the value of a variable with options is: `None` harmless, `Some(true)` starts or loads something.
pub(super) fn options(name: &str, value: &str) -> Option<bool> {
    let is_compiler =
        name.ends_with("FLAGS") && !["MAKE", "MFLAGS", "SCONS"].iter().any(|tool| name.contains(tool));
    let mut previous = "";
    let mut is_doubtful = false;
    for word in value.split_whitespace() {
        let lower = word.to_ascii_lowercase();
        let risky = |part: &&str| lower.contains(*part) || lower.trim_start_matches('-') == *part;
        if word.contains(['/', '@', '$', '`', '!', ';', '|', ',', '\\', '(']) || RISKY.iter().any(risky) {
            return Some(true);
        }
        let is_plain = if word.starts_with('-') {
            PLAIN_OPTIONS.iter().any(|option| word.starts_with(option))
                || is_compiler && word.len() > 2 && word.starts_with("-f")
        } else {
            matches!(previous, "-A" | "-C" | "-D" | "-W" | "-k" | "-n" | "-j" | "--maxfail")
                || value.trim().chars().all(|c| c.is_ascii_digit())
        };
        is_doubtful |= !is_plain;
        previous = word;
    }
    is_doubtful.then_some(false)
}

/// Whether a value only switches or counts.
pub(super) fn is_switch(value: &str) -> bool {
    value.chars().all(|c| c.is_ascii_digit() || c == '.')
        || ["true", "false", "yes", "no", "on", "off", "always", "never", "auto", "none"]
            .iter()
            .any(|word| value.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::{Purpose, options, purpose};

    #[test]
    fn the_name_tells_the_purpose() {
        for (name, want) in [
            ("DEBUG", Purpose::Data),
            ("DATABASE_URL", Purpose::Data),
            ("RUST_LOG", Purpose::Data),
            ("NODE_ENV", Purpose::Data),
            ("PYTHONUNBUFFERED", Purpose::Data),
            ("CARGO_TERM_COLOR", Purpose::Data),
            ("GOOS", Purpose::Data),
            ("CFLAGS", Purpose::Options),
            ("PYTEST_ADDOPTS", Purpose::Options),
            ("CC", Purpose::Program),
            ("RUSTC_WRAPPER", Purpose::Program),
            ("JULIA_LOAD_PATH", Purpose::Place),
            ("MYPYPATH", Purpose::Place),
            ("GTK_MODULES", Purpose::Code),
            ("https_proxy", Purpose::Network),
            ("COR_ENABLE", Purpose::Setting),
        ] {
            assert_eq!(purpose(name), want, "{name}");
        }
    }

    #[test]
    fn options_are_read_one_by_one() {
        assert_eq!(options("CFLAGS", "-O2 -Wall -march=native -fPIC"), None);
        assert_eq!(options("RUSTFLAGS", "-D warnings -C target-cpu=native"), None);
        assert_eq!(options("MAKEFLAGS", "-j8"), None);
        assert_eq!(options("PYTEST_ADDOPTS", "-p x"), Some(false));
        assert_eq!(options("CFLAGS", "-fplugin=x"), Some(true));
        assert_eq!(options("LDFLAGS", "-Wl,-o,x"), Some(true));
        assert_eq!(options("MAKEFLAGS", "-fx"), Some(false));
    }
}
