//! Variables that make other programs run code.

use std::path::Path;

use super::variables::{self, Purpose};
use crate::Span;
use crate::command::effects::Access;
use crate::command::interpret::{Interpreter, State};
use crate::command::rules;
use crate::command::value::{Arg, Piece};
use crate::names::{self, Kind};

/// Variables that name code, libraries or programs.
const DANGEROUS: &[&str] = &[
    "BASHOPTS",
    "BASH_ENV",
    "BASH_LOADABLES_PATH",
    "BAT_PAGER",
    "BROWSER",
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_HOME",
    "CDPATH",
    "CMAKE_C_COMPILER_LAUNCHER",
    "COMPILER_PATH",
    "COMP_WORDBREAKS",
    "CORECLR_PROFILER_PATH",
    "DELTA_PAGER",
    "DOTNET_STARTUP_HOOKS",
    "EXECIGNORE",
    "FCEDIT",
    "FPATH",
    "GCC_EXEC_PREFIX",
    "GCONV_PATH",
    "GEM_HOME",
    "GEM_PATH",
    "GLIBC_TUNABLES",
    "GLOBIGNORE",
    "GREP_OPTIONS",
    "HISTFILE",
    "HOSTALIASES",
    "IFS",
    "INPUTRC",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "LESSCLOSE",
    "LESSEDIT",
    "LESSKEYIN",
    "LESSOPEN",
    "LOCPATH",
    "LUA_INIT",
    "MAKEFILES",
    "MALLOC_CHECK_",
    "MANOPT",
    "MANPATH",
    "MSBUILDPRELOADALLPROJECTREFERENCES",
    "MSBUILD_EXE_PATH",
    "NLSPATH",
    "NPM_CONFIG_SCRIPT_SHELL",
    "NPM_CONFIG_USERCONFIG",
    "OPENSSL_CONF",
    "OPENSSL_ENGINES",
    "PATH",
    "PERL5DB",
    "PERL5LIB",
    "PERL5OPT",
    "PERLLIB",
    "PHPRC",
    "PHP_INI_SCAN_DIR",
    "PROMPT_COMMAND",
    "PS0",
    "PS1",
    "PS4",
    "PYTEST_PLUGINS",
    "PYTHONBREAKPOINT",
    "PYTHONEXECUTABLE",
    "PYTHONHOME",
    "PYTHONINSPECT",
    "PYTHONSTARTUP",
    "PYTHONUSERBASE",
    "RESOLV_HOST_CONF",
    "RES_OPTIONS",
    "RIPGREP_CONFIG_PATH",
    "RUBYLIB",
    "RUBYOPT",
    "RUSTC",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOC",
    "R_PROFILE",
    "SHELL",
    "SHELLOPTS",
    "SSH_ASKPASS",
    "SUDO_ASKPASS",
    "TAR_OPTIONS",
    "TERMCAP",
    "TERMINFO",
    "TERMINFO_DIRS",
    "TERMPATH",
    "TMOUT",
    "YARN_YARN_PATH",
    "ZDOTDIR",
    "ZIPOPT",
    "_JAVA_OPTIONS",
    "npm_config_script_shell",
    "openout_any",
];
/// Beginnings of such names.
const DANGEROUS_PREFIXES: &[&str] = &["BASH_FUNC_", "DYLD_", "GIT_", "LD_", "npm_config_"];
/// Variables of git that only describe.
const HARMLESS_GIT: &[&str] = &[
    "GIT_AUTHOR_DATE",
    "GIT_AUTHOR_EMAIL",
    "GIT_AUTHOR_NAME",
    "GIT_COMMITTER_DATE",
    "GIT_COMMITTER_EMAIL",
    "GIT_COMMITTER_NAME",
    "GIT_LITERAL_PATHSPECS",
    "GIT_MERGE_AUTOEDIT",
    "GIT_OPTIONAL_LOCKS",
    "GIT_TERMINAL_PROMPT",
];
/// Programs that only show text, or do nothing.
const SHOWS: &[&str] = &["", "cat", "less", "more", "true", ":", "less -R", "less -FRX", "most"];
const EDITORS: &[&str] = &[
    "",
    "true",
    ":",
    "cat",
    "vi",
    "vim",
    "nvim",
    "nano",
    "emacs",
    "code",
    "code --wait",
    "micro",
    "hx",
    "ed",
];
const COMPILERS: &[&str] = &[
    "cc", "c++", "gcc", "g++", "clang", "clang++", "tcc", "ld", "lld", "mold", "ar", "ranlib", "nm", "strip",
    "ccache", "sccache", "make", "ninja", "python", "python3",
];

impl Interpreter<'_> {
    /// Judges a variable that programs will see.
    pub(in crate::command) fn environment(&mut self, name: &str, value: &Arg, span: Span, state: &State) {
        if !self.shell_variable(name, value, span, state) {
            self.by_purpose(name, value, span, state);
        }
    }

    /// Judges a variable that at first only the shell sees; `true` where its name alone decided.
    ///
    /// It may have been in the environment before, so that programs see it too; that counts for the names that are there.
    pub(in crate::command) fn shell_variable(
        &mut self,
        name: &str,
        value: &Arg,
        span: Span,
        state: &State,
    ) -> bool {
        self.effects.set(name, value.known());
        if !value.is_open() && is_harmless(name, value) {
            return true;
        }
        match name {
            "PYTHONPATH"
            | "NODE_PATH"
            | "PKG_CONFIG_PATH"
            | "GOPATH"
            | "GOBIN"
            | "CARGO_TARGET_DIR"
            | "TMPDIR"
            | "XDG_CACHE_HOME"
            | "PYTHONPYCACHEPREFIX"
            | "VIRTUAL_ENV" => {
                self.places(value, Access::List, state);
            }
            // What `file` takes for its rules it prints in its warnings.
            "MAGIC" => self.places(value, Access::Read, state),
            "HOME" | "XDG_CONFIG_HOME" | "XDG_DATA_HOME" | "USERPROFILE" => {
                self.places(value, Access::List, state);
                self.find(&rules::UNKNOWN_VARIABLE, span, name);
            }
            "PATH" => self.search_path(value, span),
            // An interactive POSIX shell reads the file that it names; applications keep the name of a stage in it.
            "ENV" if value.known().is_none_or(|text| text.contains(['/', '.', '$', '`', '~'])) => {
                self.find(&rules::ENVIRONMENT, span, name);
            }
            "PS4" if !state.traces && value.known().is_some_and(|text| !text.contains(['$', '`'])) => {}
            "IFS" if value.known().is_some_and(|text| text.chars().all(|c| " \t\n,:;|".contains(c))) => {}
            _ if DANGEROUS.binary_search(&name).is_ok()
                || DANGEROUS_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
                || name.starts_with("CARGO_TARGET_")
                    && (name.ends_with("_RUNNER")
                        || name.ends_with("_LINKER")
                        || name.ends_with("_RUSTFLAGS"))
                || name.ends_with("_PRELOAD")
                || name.ends_with("_ASKPASS") =>
            {
                self.find(&rules::ENVIRONMENT, span, name);
            }
            _ => return false,
        }
        true
    }

    /// Judges a variable by what its name says it is for.
    fn by_purpose(&mut self, name: &str, value: &Arg, span: Span, state: &State) {
        let purpose = variables::purpose(name);
        if purpose == Purpose::Data {
            return;
        }
        let Some(text) = value.known() else {
            let is_plain = value.pieces.iter().all(|piece| matches!(piece, Piece::Inside | Piece::Plain));
            if !is_plain || purpose != Purpose::Place {
                self.find(&rules::UNKNOWN_VARIABLE, span, name);
            }
            return;
        };
        if text.is_empty() || variables::is_switch(text) && purpose != Purpose::Network {
            return;
        }
        let looks_like_code = text.contains(['/', '$', '`', '=', ';', '|', '!', ' ']);
        let rule = match purpose {
            Purpose::Data => return,
            Purpose::Options => match variables::options(name, text) {
                None => return,
                Some(true) => &rules::ENVIRONMENT,
                Some(false) => &rules::UNKNOWN_VARIABLE,
            },
            Purpose::Program
                if COMPILERS.contains(&text.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-')) =>
            {
                return;
            }
            Purpose::Program | Purpose::Code if looks_like_code => &rules::ENVIRONMENT,
            Purpose::Program | Purpose::Code | Purpose::Setting => &rules::UNKNOWN_VARIABLE,
            Purpose::Network => {
                let host = super::git::host(text);
                if matches!(host, "localhost" | "127.0.0.1" | "direct" | "off") {
                    return;
                }
                &rules::UNKNOWN_VARIABLE
            }
            Purpose::Place
                if text.contains(['$', '`']) || name.ends_with("TOOLCHAIN") && text.contains('/') =>
            {
                &rules::ENVIRONMENT
            }
            Purpose::Place => {
                if self.is_place_inside(text, state) {
                    return;
                }
                &rules::UNKNOWN_VARIABLE
            }
        };
        self.find(rule, span, name);
    }

    /// Whether each of the paths between colons is inside the root, or a name that is no path.
    fn is_place_inside(&mut self, text: &str, state: &State) -> bool {
        let Some(cwd) = state.cwd.path.as_deref() else { return false };
        let mut parts = text.split([':', ';']).filter(|part| !part.is_empty());
        parts.all(|part| {
            !part.starts_with('~')
                && part != "path"
                && self.context.relative(cwd, Path::new(part)).is_some()
                && names::classify(Path::new(part)).is_none_or(|rule| rule.kind != Kind::Secret)
        })
    }

    /// Directories or files between colons, each inside the root.
    fn places(&mut self, value: &Arg, access: Access, state: &State) {
        let Some(text) = value.known() else {
            if !value.pieces.iter().all(|piece| *piece == Piece::Inside) {
                self.find(&rules::UNKNOWN_VARIABLE, value.span, value.display());
            }
            return;
        };
        for place in text.split(':').filter(|place| !place.is_empty()).take(16) {
            self.path(&Arg::text(place, value.span), access, state);
        }
    }

    /// A search path may only grow by directories of the system, behind or before what it was.
    fn search_path(&mut self, value: &Arg, span: Span) {
        const SYSTEM: &[&str] = &[
            "/bin",
            "/sbin",
            "/usr/bin",
            "/usr/sbin",
            "/usr/local/bin",
            "/usr/local/sbin",
            "/opt/homebrew/bin",
        ];
        let known = value.without_unknown();
        let all =
            |text: &str| text.split(':').all(|directory| directory.is_empty() || SYSTEM.contains(&directory));
        match known {
            Some(text) if !text.is_empty() && all(&text) && !text.starts_with("::") => {}
            _ => self.find(&rules::ENVIRONMENT, span, "PATH"),
        }
    }
}

fn is_harmless(name: &str, value: &Arg) -> bool {
    let text = value.known().unwrap_or("");
    match name {
        "PAGER" | "GIT_PAGER" | "MANPAGER" => SHOWS.contains(&text),
        "EDITOR" | "VISUAL" | "GIT_EDITOR" | "GIT_SEQUENCE_EDITOR" => EDITORS.contains(&text),
        "CC" | "CXX" | "LD" | "AR" | "HOSTCC" | "CPP" => {
            COMPILERS.contains(&text.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-'))
        }
        "LESS" => text.chars().all(|c| "-FGMNQRSXeijqswx0123456789 ".contains(c)),
        "GOFLAGS" => text.split_whitespace().all(|flag| {
            ["-mod=", "-tags=", "-count=", "-race", "-v", "-trimpath"]
                .iter()
                .any(|known| flag.starts_with(known))
        }),
        "NODE_OPTIONS" => text.split_whitespace().all(|option| {
            [
                "--max-old-space-size=",
                "--experimental-vm-modules",
                "--trace-",
                "--no-warnings",
                "--enable-source-maps",
                "--no-deprecation",
                "--unhandled-rejections=",
                "--openssl-legacy-provider",
            ]
            .iter()
            .any(|known| option.starts_with(known))
        }),
        "PYTHONWARNINGS" => matches!(text, "ignore" | "default" | "error" | "always" | "once"),
        name => HARMLESS_GIT.contains(&name),
    }
}

#[cfg(test)]
mod tests {
    use super::DANGEROUS;

    #[test]
    fn the_list_is_sorted_for_the_search() {
        assert!(DANGEROUS.is_sorted());
    }
}
