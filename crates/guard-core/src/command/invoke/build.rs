//! Build tools, compilers and converters.

use super::Call;
use crate::command::effects::Access;
use crate::command::interpret::{Interpreter, State};
use crate::command::rules;
use crate::command::table::Does;
use crate::command::value::{Arg, Piece, Stream};

impl Interpreter<'_> {
    pub(super) fn make(&mut self, call: &Call<'_>, state: &mut State) -> Option<Stream> {
        if matches!(call.name, "make" | "gmake" | "ninja" | "meson")
            && call.parsed.has(&["-n", "--dry-run", "--just-print"])
        {
            // What would be done is only printed.
            self.effects.project_code();
        }
        if call.name == "cmake" {
            if call.parsed.has(&["--install"]) && !call.parsed.has(&["--prefix"]) {
                self.find(&rules::INSTALLS, call.span, call.name);
            }
            for setting in call.parsed.values(&["-D"]) {
                self.cmake_setting(setting, state);
            }
            if let Some(at) = call.args.iter().position(|arg| arg.known() == Some("-E")) {
                let rest = call.args.get(at + 1..).unwrap_or(&[]);
                let mut inner = state.clone();
                let rest = match rest {
                    [verb, directory, rest @ ..] if verb.known() == Some("chdir") => {
                        self.go(directory, &mut inner);
                        rest
                    }
                    rest => rest,
                };
                self.carried(rest, &mut inner, call.span);
            }
        }
        if matches!(call.name, "make" | "gmake") {
            for file in call.parsed.values(&["-f", "--file", "--makefile"]) {
                self.makefile(file, call, state);
            }
            // Wherever this text wrote one, it may be the one.
            let named: Vec<&str> =
                call.parsed.values(&["-f", "--file", "--makefile"]).filter_map(Arg::known).collect();
            let is_makefile = |path: &std::path::Path| {
                path.file_name().is_some_and(|name| {
                    ["GNUmakefile", "makefile", "Makefile"].iter().any(|usual| name == *usual)
                        || named.iter().any(|file| std::path::Path::new(file).file_name() == Some(name))
                })
            };
            let is_ending = |end: &str| "GNUmakefile".ends_with(end) || "Makefile".ends_with(end);
            let mut scattered = self.scattered_with_end(is_ending);
            let is_open = |arg: &&Arg| arg.known().is_none();
            for file in call.parsed.values(&["-f", "--file", "--makefile"]).filter(is_open) {
                scattered.extend(self.scattered_like(file, state));
            }
            for directory in call.parsed.values(&["-C", "--directory"]).filter(is_open) {
                scattered.extend(self.scattered_below(directory, state));
            }
            let written = self.all_written().into_iter().filter(|(path, _)| is_makefile(path));
            for content in written.map(|(_, content)| content).chain(scattered) {
                self.recipes(&content, call.span, state);
            }
        }
        for arg in call.args {
            let Some((name, value)) = arg.split_once('=') else { continue };
            let Some(name) = name.known() else { continue };
            let name = name.trim_end_matches([':', '?', '+']);
            if matches!(name, "SHELL" | ".SHELLFLAGS" | "MAKEFLAGS") || value.leading().contains("$(shell") {
                self.find(&rules::STARTS_PROGRAM, arg.span, arg.display());
            } else if !name.starts_with('-') && call.name != "cmake" {
                self.environment(name, &value, arg.span, state);
            }
        }
        None
    }

    /// Rules that do not come from a file of the project.
    fn makefile(&mut self, file: &Arg, call: &Call<'_>, state: &State) {
        let content = match file.known() {
            Some("-") => state.stdin.clone(),
            Some(path) => match self.stream(path, &state.stdin) {
                Some(content) => content,
                None => return,
            },
            None => return,
        };
        self.find(&rules::INLINE_CODE, file.span, call.name);
        self.recipes(&content, file.span, state);
    }

    /// What a makefile gives to the shell: what stands behind a tab or `;`.
    fn recipes(&mut self, content: &Stream, span: crate::Span, state: &State) {
        let written = Arg::new(content.pieces.clone(), span);
        let text = written.display();
        if written.is_open() {
            self.find(&rules::DYNAMIC_CODE, span, text.as_str());
        }
        if text.contains("$(shell") {
            self.find(&rules::STARTS_PROGRAM, span, "$(shell");
        }
        for line in text.lines() {
            if !self.spend(span) {
                return;
            }
            let recipe = line.strip_prefix('\t').or_else(|| line.split_once(';').map(|(_, recipe)| recipe));
            if let Some(recipe) = recipe {
                let recipe = recipe.trim_start_matches(['@', '-', '+', ' ', '\t']).replace("$$", "$");
                self.shell_text(&Arg::text(recipe, span), state);
            }
        }
    }

    /// `-D CMAKE_C_COMPILER=clang`.
    fn cmake_setting(&mut self, setting: &Arg, state: &State) {
        let Some((name, value)) = setting.split_once('=') else { return };
        let name = name.display();
        let name = name.split(':').next().unwrap_or_default();
        // Where something would be installed is judged when it is.
        if name != "CMAKE_INSTALL_PREFIX" && name != "CMAKE_PREFIX_PATH" {
            self.environment(name, &value, setting.span, state);
            self.maybe_path(&value, state);
        }
    }

    /// `go run example.org/x@v1` fetches what it runs; the linker's flags may name another linker.
    pub(super) fn golang(&mut self, call: &Call<'_>) -> Option<Stream> {
        for operand in &call.parsed.operands {
            let text = operand.leading();
            let host = text.split('/').next().unwrap_or(text);
            let is_remote = text.contains('@')
                || text.contains("://")
                || host.contains('.') && text.contains('/') && !matches!(host, "." | ".." | "...");
            if is_remote && call.name == "go run" {
                self.do_one(Does::Installs, operand.span, call.name);
            }
        }
        for value in call.parsed.values(&["-ldflags", "-gcflags", "-asmflags", "-gccgoflags"]) {
            let text = value.display();
            if ["-ext", "plugin", "-tmpdir", "-o ", "-o="].iter().any(|part| text.contains(part)) {
                self.find(&rules::STARTS_PROGRAM, value.span, text);
            }
        }
        None
    }

    /// Options that compilers hand on: to the linker, the assembler, a plug-in.
    pub(super) fn compiler(&mut self, call: &Call<'_>, state: &State) -> Option<Stream> {
        let mut handed: Vec<Arg> = Vec::new();
        let mut args = call.args.iter();
        while let Some(arg) = args.next() {
            let text = arg.leading();
            let name = text.split('=').next().unwrap_or(text);
            match name {
                _ if text.starts_with('@') => {
                    self.path(&arg.skip(1), Access::Read, state);
                    self.find(&rules::DYNAMIC_OPTION, arg.span, text);
                }
                // These also interpret.
                "-e" | "--eval" | "eval"
                    if matches!(call.name, "ghc" | "swift" | "crystal" | "nim" | "dart") =>
                {
                    if let Some(code) = args.next() {
                        self.inline_code(code, state);
                    }
                }
                _ if ["-J-javaagent", "-J-agent", "-J-XX:On"].iter().any(|start| text.starts_with(start)) => {
                    self.find(&rules::STARTS_PROGRAM, arg.span, text);
                }
                "-Xlinker" | "-Xassembler" | "-Xpreprocessor" => handed.extend(args.next().cloned()),
                _ if ["-Wl,", "-Wa,", "-Wp,"].iter().any(|start| text.starts_with(start)) => {
                    handed.extend(arg.display().split(',').skip(1).map(|part| Arg::text(part, arg.span)));
                }
                "-fuse-ld" if matches!(text.get(9..), Some("bfd" | "gold" | "lld" | "mold")) => {}
                "-fuse-ld" | "-fplugin" | "-fpass-plugin" | "-load" | "-specs" | "--specs" | "-wrapper"
                | "-plugin" | "--plugin" | "-dynamic-linker" | "--dynamic-linker" | "-fmodule-mapper"
                | "-Zcodegen-backend" => {
                    self.find(&rules::STARTS_PROGRAM, arg.span, text);
                }
                "-Z" if args.clone().next().is_some_and(|next| next.leading().contains('=')) => {
                    self.find(&rules::ASKS, arg.span, text);
                }
                _ => {}
            }
        }
        let mut parts = handed.iter();
        while let Some(part) = parts.next() {
            let text = part.leading();
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name.display(), Some(value)),
                None => (text.to_owned(), None),
            };
            match name.as_str() {
                "-o" | "--output" | "-Map" | "--Map" | "-MD" | "-MMD" | "-MF" | "--dependency-file" => {
                    let value = value.or_else(|| parts.next().cloned());
                    if let Some(value) = value {
                        self.path(&value, Access::Write, state);
                    }
                }
                "-rpath" | "--rpath" | "-rpath-link" | "-soname" | "-h" => {
                    if value.is_none() {
                        parts.next();
                    }
                }
                _ if name.contains("plugin") || name.contains("dynamic-linker") || text.starts_with('@') => {
                    self.find(&rules::STARTS_PROGRAM, part.span, text);
                }
                _ if text.starts_with("-o") => drop(self.path(&part.skip(2), Access::Write, state)),
                _ => self.maybe_path(part, state),
            }
        }
        None
    }

    /// Converters open what an operand names, by its own rules: URLs, `@list`, `msl:script`, `|command`.
    pub(super) fn converter(&mut self, call: &Call<'_>, state: &State) -> Option<Stream> {
        let is_magick = matches!(call.name, "convert" | "magick" | "mogrify" | "identify");
        for (number, arg) in call.args.iter().enumerate() {
            let text = arg.leading();
            let next = call.args.get(number + 1);
            let scheme = text.split_once("://").map(|(scheme, _)| scheme).filter(|scheme| *scheme != "file");
            if scheme.is_some() {
                self.effects.network(None);
                self.find(&rules::NETWORK, arg.span, text);
            }
            if text.starts_with('|')
                || is_magick
                    && ["msl:", "ephemeral:", "mvg:", "x:"].iter().any(|start| text.starts_with(start))
            {
                self.find(&rules::STARTS_PROGRAM, arg.span, text);
            }
            if is_magick {
                if let Some((_, list)) = text.split_once('@') {
                    self.path(&Arg::text(list, arg.span), Access::Read, state);
                }
            }
            // The list names files of its own.
            if call.name == "ffmpeg" && text == "-f" && next.and_then(Arg::known) == Some("concat") {
                self.find(&rules::DYNAMIC_PATH, arg.span, text);
            }
            if call.name == "gnuplot" && text == "-e" {
                if let Some(code) = next {
                    self.inline_code(code, state);
                }
            }
            // The value of a macro.
            if call.name == "m4" && text.contains('(') {
                self.inline_code(arg, state);
            }
        }
        let is_text = state.stdin.pieces.iter().any(|piece| matches!(piece, Piece::Text(_)));
        let reads = match call.name {
            // They are steered by what they read.
            "cscope" | "gnuplot" => state.stdin.is_fed,
            "m4" => is_text,
            _ => false,
        };
        if reads {
            self.inline_code(&Arg::new(state.stdin.pieces.clone(), call.span), state);
        }
        None
    }
}
