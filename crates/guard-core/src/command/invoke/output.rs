//! What is known of a program's output.

use super::Call;
use super::find::is_aimed;
use super::options::Given;
use crate::command::context::View;
use crate::command::interpret::{Interpreter, State};
use crate::command::rules;
use crate::command::table::{Does, Prints, Role};
use crate::command::value::{Arg, Origin, Piece, Stream};
use crate::names::{self, Kind};

/// Options of `ls` that leave only names of what is in a directory.
const NAMES_ONLY: &[&str] = &[
    "-1",
    "-A",
    "-B",
    "-C",
    "-F",
    "-R",
    "-S",
    "-U",
    "-X",
    "-c",
    "-d",
    "-h",
    "-p",
    "-q",
    "-r",
    "-t",
    "-u",
    "-v",
    "-w",
    "-x",
    "--almost-all",
    "--color",
    "--directory",
    "--group-directories-first",
    "--ignore-backups",
    "--indicator-style",
    "--recursive",
    "--reverse",
    "--sort",
    "--time",
    "--width",
];

/// Options with which a search prints lines as they are.
const WHOLE_LINES: &[&str] = &[
    "-A",
    "-B",
    "-C",
    "-E",
    "-F",
    "-G",
    "-P",
    "-Q",
    "-S",
    "-a",
    "-e",
    "-h",
    "-i",
    "-m",
    "-n",
    "-q",
    "-s",
    "-v",
    "-w",
    "-x",
    "--color",
    "--colour",
    "--extended-regexp",
    "--fixed-strings",
    "--ignore-case",
    "--invert-match",
    "--line-number",
    "--line-regexp",
    "--max-count",
    "--perl-regexp",
    "--quiet",
    "--regexp",
    "--smart-case",
    "--word-regexp",
];

impl Interpreter<'_> {
    /// What a call prints; without end where it passes on what has none.
    pub(super) fn output(&mut self, call: &Call<'_>, state: &State) -> Stream {
        let mut output = self.printed(call, state);
        let source = |arg: &Arg| {
            matches!(arg.known(), Some("/dev/zero" | "/dev/urandom" | "/dev/random" | "/dev/full"))
        };
        let is_long = |arg: &Arg| {
            arg.known().is_some_and(|text| text.len() > 8 && text.bytes().all(|b| b.is_ascii_digit()))
        };
        let operands = &call.parsed.operands;
        let is_source = operands.iter().any(source) || call.name == "seq" && operands.iter().any(is_long);
        let stops = matches!(call.name, "head" | "true" | "false" | "sleep" | "wc");
        output.is_endless =
            call.name == "yes" || !stops && (is_source || state.stdin.is_endless && output.is_fed);
        if output.is_endless && matches!(call.name, "tee" | "cp" | "install" | "sponge") {
            self.find(&rules::ENDLESS, call.span, call.name);
        }
        self.keeps(call, state);
        output
    }

    fn printed(&mut self, call: &Call<'_>, state: &State) -> Stream {
        let decodes = call
            .parsed
            .options
            .iter()
            .any(|given| given.flag.is_some_and(|flag| flag.does == Some(Does::Decodes)));
        let fetches = call.row.prints == Prints::Fetched;
        let reads_operands =
            call.row.operands.iter().any(|slot| matches!(slot.role, Role::Read | Role::Edit | Role::Rev));
        let from_stdin = state.stdin.is_fed;
        let files = call.parsed.operands.iter().any(|operand| operand.known() != Some("-")) && reads_operands;
        let mut origin = Origin {
            decoded: decodes,
            fetched: fetches,
            file: files || from_stdin && state.stdin.carries_content || call.row.recurses,
            unset: false,
            ..Origin::default()
        };
        if from_stdin {
            origin = origin.and(Origin { unset: false, ..state.stdin.origin() });
        }
        let unknown = Stream::unknown(origin);
        match call.row.prints {
            Prints::Unknown | Prints::Fetched => unknown,
            Prints::Plain if call.name == "wc" && !call.parsed.operands.is_empty() => {
                // Each number stands beside the name that it was given.
                Stream::of(vec![Piece::Inside])
            }
            Prints::Plain if is_plain(call, state) => Stream::of(vec![Piece::Plain]),
            Prints::Plain => unknown,
            Prints::Inside => self.inside_output(call, state).unwrap_or(unknown),
            Prints::Files => {
                let formats = |given: &Given| {
                    ["--format", "--pretty", "--printf"].iter().any(|name| given.name.starts_with(name))
                };
                let is_listing = !call.name.starts_with("git ") || matches!(call.name, "git ls-files");
                let secret = call.parsed.operands.iter().find(|operand| names_secret(operand));
                if let Some(secret) = secret {
                    return Stream::line(secret.pieces.clone());
                }
                let is_ls = matches!(call.name, "ls" | "dir" | "vdir" | "exa" | "eza" | "lsd");
                let has_parent =
                    |given: &Given| is_ls && matches!(given.name.as_str(), "-a" | "--all" | "-f");
                let is_more = |given: &Given| match call.name {
                    // What a link leads to is in such a list.
                    _ if is_ls => !NAMES_ONLY.contains(&given.name.as_str()) && !has_parent(given),
                    "fd" | "fdfind" => matches!(given.name.as_str(), "-l" | "--list-details"),
                    _ => formats(given),
                };
                let given = call.parsed.options.as_slice();
                if !is_listing || call.name == "vdir" || given.iter().any(is_more) {
                    unknown
                } else if given.iter().any(has_parent) {
                    Stream::of(vec![Piece::Inside, Piece::Text("\n..\n".into())])
                } else {
                    Stream::of(vec![Piece::Inside])
                }
            }
            // `grep -l` names files; other lines are those of its input.
            Prints::Lines => {
                let is_whole = |given: &Given| WHOLE_LINES.contains(&given.name.as_str());
                let cuts = match call.name {
                    "head" | "tail" | "uniq" => {
                        call.parsed.has(&["-c", "--bytes", "--count", "-z", "-d", "-D", "--zero-terminated"])
                    }
                    "tac" | "nl" | "rev" => !call.parsed.options.is_empty(),
                    // It searches files where it is told no other.
                    "git grep" => true,
                    "grep" | "egrep" | "fgrep" | "zgrep" | "rg" | "ag" | "ack" => {
                        !call.parsed.options.iter().all(is_whole)
                    }
                    _ => false,
                };
                let searches = matches!(
                    call.name,
                    "grep" | "egrep" | "fgrep" | "zgrep" | "rg" | "ag" | "ack" | "git grep"
                );
                let lists = ["-l", "-L", "--files-with-matches", "--files-without-match", "--files"];
                if searches && call.parsed.has(&lists) || call.parsed.has(&["--name-only"]) {
                    return Stream::of(vec![Piece::Inside]);
                }
                if searches && call.parsed.has(&["-c", "--count"]) && call.parsed.operands.len() <= 2 {
                    return Stream::of(vec![Piece::Plain]);
                }
                // The first operand of a search is what it looks for.
                let reads_files = if searches { call.parsed.operands.len() > 1 } else { files };
                if from_stdin && !reads_files && !cuts && lists_names(&state.stdin.pieces) {
                    let chosen = if searches { chosen(call) } else { None };
                    chosen.map_or_else(|| state.stdin.clone(), Stream::of)
                } else {
                    unknown
                }
            }
            Prints::Decoded => {
                // A filter keeps what it is given unknown, but text that it changes may hide a command.
                let is_filter = from_stdin && !files;
                Stream::unknown(Origin { filtered: is_filter || files && call.name != "tr", ..origin })
            }
            Prints::Stdin if files => unknown,
            Prints::Stdin => state.stdin.clone(),
            Prints::Operands => self.echoed(call),
            Prints::Format => self.formatted(call).unwrap_or(unknown),
            Prints::Temporary => {
                let is_elsewhere = |arg: &Arg| arg.leading().starts_with("/tmp/");
                self.makes_temporary_here |= call.parsed.options.iter().any(|given| given.value.is_some())
                    || !call.parsed.operands.iter().all(is_elsewhere);
                Stream::of(vec![Piece::Temporary])
            }
        }
    }

    /// Programs that print a path.
    fn inside_output(&self, call: &Call<'_>, state: &State) -> Option<Stream> {
        let first = call.parsed.operands.first();
        if call.name == "dirname" && call.parsed.operands.len() > 1 {
            return None;
        }
        let text = |text: String| Some(Stream::of(vec![Piece::Text(text + "\n")]));
        match call.name {
            "pwd" => match state.cwd.path.as_ref().filter(|_| state.cwd.otherwise.is_empty()) {
                Some(cwd) => {
                    let path = self.context.root().join(cwd).to_string_lossy().into_owned();
                    Some(Stream::place(Piece::Text(path + "\n")))
                }
                None => Some(Stream::place(Piece::Inside)),
            },
            "basename" => match first?.known() {
                Some(path) => text(path.trim_end_matches('/').rsplit('/').next().unwrap_or("").to_owned()),
                None if first?.is_open() => None,
                None => Some(Stream::of(vec![Piece::Rest])),
            },
            "dirname" => match first?.known() {
                Some(path) => {
                    let directory = path.rsplit_once('/').map_or(".", |(directory, _)| directory);
                    let is_below = !directory.starts_with(['-', '/'])
                        && !directory.split('/').any(|name| name.is_empty() || name == "..");
                    let piece = Piece::Text(format!("{directory}\n"));
                    Some(if is_below { Stream::place(piece) } else { Stream::of(vec![piece]) })
                }
                None if !first?.is_open() && !first?.leading().starts_with(['/', '.']) => {
                    Some(Stream::of(vec![Piece::Inside]))
                }
                None => None,
            },
            "git rev-parse" | "git symbolic-ref" => {
                let is_top = call.args.iter().any(|arg| arg.known() == Some("--show-toplevel"));
                if is_top && call.args.len() == 1 {
                    return Some(self.top_level(state));
                }
                const NAMES: &[&str] = &[
                    "HEAD",
                    "--short",
                    "--abbrev-ref",
                    "--verify",
                    "--git-dir",
                    "--show-prefix",
                    "--is-inside-work-tree",
                    "-q",
                    "--quiet",
                    "@{u}",
                    "--symbolic-full-name",
                ];
                let known = call.args.iter().all(|arg| arg.known().is_some_and(|text| NAMES.contains(&text)));
                known.then(|| Stream::of(vec![Piece::Plain]))
            }
            "stat" if call.parsed.has(&["-c", "--format", "--printf"]) => {
                let format = call.parsed.values(&["-c", "--format", "--printf"]).last()?.known()?;
                let is_number = |part: &str| part.starts_with(|c| "abBfghiosutTXYZ".contains(c));
                let all = format.split('%').skip(1).all(is_number);
                (all && prints_plainly(format) && !format.starts_with('-'))
                    .then(|| Stream::of(vec![Piece::Plain]))
            }
            "readlink" | "realpath" | "stat" | "file" if first.is_some_and(names_secret) => {
                Some(Stream::line(first?.pieces.clone()))
            }
            // As it stands in a link it counts from there.
            "readlink"
                if !call.parsed.has(&[
                    "-f",
                    "-e",
                    "-m",
                    "--canonicalize",
                    "--canonicalize-existing",
                    "--canonicalize-missing",
                ]) =>
            {
                None
            }
            "realpath" if call.parsed.has(&["--relative-to", "--relative-base"]) => None,
            "readlink" | "realpath" => Some(Stream::of(vec![Piece::Inside])),
            "pathchk" => Some(Stream::of(Vec::new())),
            _ => None,
        }
    }

    /// The top of the repository, which has to be inside the root.
    fn top_level(&self, state: &State) -> Stream {
        let root = self.context.root();
        let path = match &self.context.view {
            View::Lexical(_) => root.to_owned(),
            View::Disk(_) => {
                let start = state.cwd.path.as_ref().map_or_else(|| root.to_owned(), |cwd| root.join(cwd));
                let has_git = |directory: &&std::path::Path| {
                    directory.starts_with(root) && directory.join(".git").symlink_metadata().is_ok()
                };
                match start.ancestors().find(has_git) {
                    Some(top) => top.to_owned(),
                    None => return Stream::unknown(Origin::default()),
                }
            }
        };
        Stream::place(Piece::Text(path.to_string_lossy().into_owned() + "\n"))
    }

    fn echoed(&self, call: &Call<'_>) -> Stream {
        let is_option = |arg: &&Arg| matches!(arg.known(), Some("-n" | "-e" | "-E" | "-ne" | "-en"));
        let escapes = call.args.iter().take_while(is_option).any(|arg| arg.leading().contains('e'));
        let whole = super::roles::joined(call.args.iter().skip_while(is_option), call.span);
        let decode = |piece: Piece| {
            if let (Piece::Text(text), true) = (&piece, escapes) {
                Piece::Text(unescape(text))
            } else {
                piece
            }
        };
        if whole.len() > 64 * 1024 {
            return Stream::unknown(whole.origin());
        }
        // Other shells than bash follow escapes without an option, and `\c` ends what is printed.
        let has = |mark: &str| {
            whole.pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains(mark)))
        };
        if self.portable && has("\\") || escapes && has("\\c") {
            return Stream::of(whole.pieces).perhaps();
        }
        let mut printed = Arg::new(whole.pieces.into_iter().map(decode).collect(), call.span);
        let ends_line = !call.args.iter().take_while(is_option).any(|arg| arg.leading().contains('n'));
        if ends_line {
            // What the next command prints begins a line of its own.
            printed.push(Piece::Text("\n".into()));
        }
        Stream::of(printed.pieces)
    }

    /// `printf` with a format of text, escapes and `%s`.
    fn formatted(&self, call: &Call<'_>) -> Option<Stream> {
        let (format, values) = call.parsed.operands.split_first()?;
        // `\c` ends what is printed.
        let ends = |text: &str| text.contains("\\c");
        let format = unescape(format.known().filter(|text| !ends(text))?);
        let mut values = values.iter();
        let mut out = Arg { span: call.span, ..Arg::default() };
        let mut rest = format.as_str();
        for _ in 0..64 {
            let before = values.len();
            let mut text = rest;
            while let Some((literal, after)) = text.split_once('%') {
                out.push(Piece::Text(literal.to_owned()));
                let mut letters = after.chars();
                match letters.next()? {
                    '%' => out.push(Piece::Text("%".into())),
                    's' => values
                        .next()
                        .iter()
                        .flat_map(|value| value.pieces.clone())
                        .for_each(|piece| out.push(piece)),
                    'b' => {
                        if let Some(value) = values.next() {
                            let value = value.known().filter(|text| !ends(text))?;
                            out.push(Piece::Text(unescape(value)));
                        }
                    }
                    _ => return None,
                }
                text = letters.as_str();
            }
            out.push(Piece::Text(text.to_owned()));
            if values.len() == 0 || values.len() == before {
                break;
            }
            rest = format.as_str();
        }
        Some(Stream::of(out.pieces))
    }
}

/// Whether a program that prints facts prints no more than these: a format or an operand may name a file.
fn is_plain(call: &Call<'_>, state: &State) -> bool {
    let is_number = |text: &str| {
        text.bytes().all(|b| b.is_ascii_digit())
            || text.len() < 3 && text.bytes().all(|b| b"+-*/%()<>=!&|:".contains(&b))
    };
    match call.name {
        "expr" => call.parsed.operands.iter().all(|arg| arg.known().is_none_or(is_number)),
        "seq" | "numfmt"
            if call.parsed.values(&["-f", "--format"]).any(|format| format.leading().starts_with('-')) =>
        {
            false
        }
        // It prints the strings of its program.
        "bc" => match state.stdin.pieces.as_slice() {
            [] | [Piece::Text(_)] => !state
                .stdin
                .pieces
                .iter()
                .any(|piece| matches!(piece, Piece::Text(text) if text.contains('"'))),
            _ => false,
        },
        "wc" | "grep" => true,
        _ => call
            .args
            .iter()
            .all(|arg| arg.known().is_some_and(prints_plainly) || arg.pieces == [Piece::Plain]),
    }
}

/// Whether a format or an operand that is printed is no path, no hidden name and no option.
fn prints_plainly(text: &str) -> bool {
    let mut before = ' ';
    text.chars().all(|character| {
        let fits = match character {
            '/' => false,
            '.' => before.is_ascii_alphanumeric(),
            '-' => before != '+',
            _ => true,
        };
        before = character;
        fits
    })
}

/// Whether lines are names of files inside the root.
pub(super) fn lists_names(pieces: &[Piece]) -> bool {
    pieces.contains(&Piece::Inside)
        && pieces.iter().all(|piece| {
            matches!(piece, Piece::Text(_) | Piece::Inside | Piece::AnyRun | Piece::Rest | Piece::AnyChar)
        })
}

/// Whether an operand names a secret, or is a pattern aimed at one.
pub(super) fn names_secret(operand: &Arg) -> bool {
    operand.known().map_or_else(
        || !operand.is_open() && is_aimed(operand),
        |text| names::classify(std::path::Path::new(text)).is_some_and(|rule| rule.kind == Kind::Secret),
    )
}

/// The names that `grep` chooses from a list, where it looks for a secret: `env`, `\.env$`.
fn chosen(call: &Call<'_>) -> Option<Vec<Piece>> {
    if call.parsed.has(&["-v", "--invert-match"]) {
        return None;
    }
    let given = call.parsed.values(&["-e", "--regexp"]).next().or(call.parsed.operands.first());
    let text = given?.known()?.trim_start_matches('^').trim_end_matches('$').replace('\\', "");
    let is_secret = |name: &str| {
        names::classify(std::path::Path::new(name)).is_some_and(|rule| rule.kind == Kind::Secret)
    };
    let name = [text.clone(), format!(".{text}")].into_iter().find(|name| is_secret(name))?;
    Some(vec![Piece::Inside, Piece::Text(format!("/{name}"))])
}

/// Escapes of `echo -e` and `printf`.
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let mut letters = after.chars();
        let digits = |text: &str, radix: u32, most: usize| {
            let count = text.chars().take(most).take_while(|c| c.is_digit(radix)).count();
            let value = u32::from_str_radix(text.get(..count).unwrap_or(""), radix).ok();
            value.and_then(char::from_u32).map(|c| (c, count))
        };
        let (character, used) = match letters.next() {
            Some('n') => (Some('\n'), 1),
            Some('t') => (Some('\t'), 1),
            Some('r') => (Some('\r'), 1),
            Some('a' | 'b' | 'c' | 'e' | 'f' | 'v') => (None, 1),
            Some('\\') => (Some('\\'), 1),
            Some('x') => match digits(after.get(1..).unwrap_or(""), 16, 2) {
                Some((c, count)) => (Some(c), 1 + count),
                None => (Some('\\'), 0),
            },
            Some('0'..='7') => match digits(after, 8, 4) {
                Some((c, count)) => (Some(c), count),
                None => (Some('\\'), 0),
            },
            _ => (Some('\\'), 0),
        };
        out.extend(character);
        rest = after.get(used..).unwrap_or("");
    }
    out.push_str(rest);
    out
}
