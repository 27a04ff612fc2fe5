//! `find`: tests, and the actions among them.

use std::path::Path;

use super::Call;
use super::carrier::put_in;
use super::output::names_secret;
use super::system::is_build_output;
use crate::command::effects::Access;
use crate::command::interpret::{Interpreter, State, with_stars};
use crate::command::rules;
use crate::command::value::{Arg, Origin, Piece, Stream};
use crate::names::{self, Kind, Pattern};

/// Tests and options with a value that is data.
const TEXT: &[&str] = &[
    "-amin",
    "-atime",
    "-cmin",
    "-context",
    "-ctime",
    "-fstype",
    "-gid",
    "-group",
    "-iname",
    "-inum",
    "-ipath",
    "-iregex",
    "-links",
    "-maxdepth",
    "-mindepth",
    "-mmin",
    "-mtime",
    "-name",
    "-newermt",
    "-path",
    "-perm",
    "-printf",
    "-regex",
    "-regextype",
    "-size",
    "-type",
    "-uid",
    "-used",
    "-user",
    "-wholename",
    "-xtype",
];
/// Tests and actions without a value.
const PLAIN: &[&str] = &[
    "!",
    "(",
    ")",
    ",",
    "-H",
    "-L",
    "-P",
    "-a",
    "-and",
    "-daystart",
    "-depth",
    "-empty",
    "-executable",
    "-false",
    "-follow",
    "-ignore_readdir_race",
    "-ls",
    "-mount",
    "-noleaf",
    "-nogroup",
    "-not",
    "-nouser",
    "-nowarn",
    "-o",
    "-or",
    "-print",
    "-print0",
    "-prune",
    "-quit",
    "-readable",
    "-true",
    "-warn",
    "-writable",
    "-xdev",
];

/// Names of files that anyone deletes.
const LITTER: &[&str] = &[
    "*.bak",
    "*.class",
    "*.log",
    "*.o",
    "*.orig",
    "*.pyc",
    "*.pyo",
    "*.rej",
    "*.swp",
    "*.tmp",
    "*~",
    ".DS_Store",
    "Thumbs.db",
];

/// Whether a file that it matches may be called like a test or an action: `-delete`.
fn may_be_test(arg: &Arg) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
    let is_other = |piece: &Piece| matches!(piece, Piece::Text(text) if !text.bytes().all(is_letter));
    arg.starts_with_names() && !arg.pieces.iter().any(is_other)
}

impl Interpreter<'_> {
    pub(super) fn find_files(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let args = call.args;
        let mut at = 0;
        let mut roots = 0;
        let mut narrowed = false;
        let mut is_litter = false;
        // A name test that holds for every file found, and where all of them begin.
        let (mut start, mut name): (Option<&str>, Option<&str>) = (None, None);
        let mut prints_early = false;
        let mut prints_more = false;
        // What is printed by what it starts.
        let mut started = Stream::default();
        let is_of_directories = args.windows(2).any(
            |pair| matches!(pair, [test, kind] if test.known() == Some("-type") && kind.known() == Some("d")),
        );
        let is_conjunction =
            !args.iter().any(|arg| matches!(arg.known(), Some("-o" | "-or" | "!" | "-not" | "," | "(")));
        let mut prints = vec![Piece::Inside];
        let mut beside = None;
        while let Some(arg) = args.get(at) {
            at += 1;
            let Some(text) = arg.known() else {
                if arg.may_be_option() && roots > 0 || may_be_test(arg) {
                    self.find(&rules::DYNAMIC_OPTION, arg.span, arg.display());
                }
                self.path(arg, Access::List, state);
                roots += 1;
                continue;
            };
            let value = args.get(at);
            if let Some(value) = value.filter(|value| value.several && may_be_test(value)) {
                self.find(&rules::DYNAMIC_OPTION, value.span, value.display());
            }
            match text {
                _ if TEXT.binary_search(&text).is_ok() => {
                    at += 1;
                    if let (Some(value), true) = (value, text.ends_with("name") || text.ends_with("path")) {
                        narrowed = true;
                        is_litter |=
                            text == "-name" && value.known().is_some_and(|name| LITTER.contains(&name));
                        if text == "-name" && is_conjunction {
                            name = value.known().filter(|name| !name.contains(['[', '\\', '/']));
                        }
                        if value.known().is_some() && is_aimed(value) {
                            self.find(&rules::ASKS, value.span, value.display());
                            prints = vec![Piece::Inside, Piece::Text("/".into())];
                            prints.extend(glob(value.known().unwrap_or("")));
                        }
                    }
                    narrowed |= matches!(text, "-mtime" | "-size" | "-regex" | "-newermt")
                        || text == "-type" && value.and_then(Arg::known) != Some("f");
                    prints_more |= text == "-printf";
                }
                _ if PLAIN.binary_search(&text).is_ok() => {
                    narrowed |= text == "-empty";
                    // Directories that hold nothing.
                    is_litter |= text == "-empty" && is_of_directories;
                    prints_early |= name.is_none() && matches!(text, "-print" | "-print0");
                    // What a link leads to is in such a list.
                    prints_more |= text == "-ls";
                }
                "-newer" | "-anewer" | "-cnewer" | "-samefile" | "-lname" | "-ilname" => {
                    at += 1;
                    if let Some(value) = value {
                        self.path(value, Access::List, state);
                    }
                }
                "-D" => at += 1,
                "-files0-from" => {
                    at += 1;
                    if let Some(value) = value {
                        self.list_of_names(value, state);
                    }
                }
                "-fprint" | "-fprint0" | "-fls" | "-fprintf" => {
                    at += if text == "-fprintf" { 2 } else { 1 };
                    if let Some(value) = value {
                        self.makes(value, state);
                    }
                }
                "-delete" => {
                    self.touch_unnamed(Access::Delete, state);
                    let is_or = |arg: &Arg| matches!(arg.known(), Some("-o" | "-or" | "!" | "-not" | ","));
                    if is_litter && !args.iter().any(is_or) {
                        // What editors and compilers leave behind.
                    } else if narrowed {
                        self.find(&rules::DELETES_MANY, arg.span, text);
                    } else {
                        self.deletes_all(start.filter(|_| roots == 1), arg, state);
                    }
                }
                "-exec" | "-execdir" | "-ok" | "-okdir" => {
                    let rest = args.get(at..).unwrap_or(&[]);
                    let end = rest.iter().position(|arg| matches!(arg.known(), Some(";" | "+")));
                    let start = if roots < 2 { start.or(Some(".")) } else { None };
                    let item = Arg::new(shaped(&prints, start, name), arg.span);
                    let argv: Vec<Arg> = rest
                        .iter()
                        .take(end.unwrap_or(rest.len()))
                        .map(|arg| put_in(arg, "{}", &item))
                        .collect();
                    self.unnamed_files();
                    let printed = if text.ends_with("dir") {
                        let beside = beside.get_or_insert_with(|| self.beside_files(args, state));
                        self.carried(&argv, &mut beside.clone(), call.span)
                    } else {
                        self.carried(&argv, &mut state.clone(), call.span)
                    };
                    started.then(printed.perhaps());
                    at += end.map_or(rest.len(), |end| end + 1);
                }
                _ if text.starts_with("-O") => {}
                _ if text.starts_with("-newer") && text.len() == 8 => at += 1,
                _ if text.starts_with('-') => self.find(&rules::UNKNOWN_OPTION, arg.span, text),
                _ => {
                    // What it prints are names in there, or this one.
                    self.path(arg, if names_secret(arg) { Access::Read } else { Access::List }, state);
                    start = Some(text);
                    roots += 1;
                }
            }
        }
        if roots == 0 {
            self.path(&Arg::text(".", call.span), Access::List, state);
        }
        if prints_more {
            return Stream::unknown(Origin::default());
        }
        let start = if roots < 2 { start.or(Some(".")) } else { None };
        let mut pieces = shaped(&prints, start, name.filter(|_| !prints_early));
        if pieces.len() > 1 {
            pieces.push(Piece::Text("\n".into()));
        }
        let mut output = Stream::of(pieces);
        // Of the names of files that hold no secret, any may be missing.
        output.is_place = prints == [Piece::Inside];
        if started.pieces.is_empty() {
            return output;
        }
        // With `-exec` it prints names only where it is told to.
        if !args.iter().any(|arg| matches!(arg.known(), Some("-print" | "-print0"))) {
            return started;
        }
        output.then(started);
        output
    }

    /// Where `-execdir` may be: in the directory of each file, which is one it starts from, is beside it or below.
    fn beside_files(&self, args: &[Arg], state: &State) -> State {
        let mut inner = state.clone();
        for start in args.iter().take_while(|arg| !arg.leading().starts_with(['-', '(', '!'])) {
            self.may_be_in(start, state, &mut inner);
            let text = with_stars(start);
            if let Some((directory, _)) = text.as_ref().and_then(|start| start.rsplit_once('/')) {
                self.may_be_in(&Arg::text(directory, start.span), state, &mut inner);
            }
        }
        inner
    }

    /// `-delete` without a test that narrows it.
    fn deletes_all(&mut self, start: Option<&str>, arg: &Arg, state: &State) {
        let is_root = |start: &str| {
            state.cwd.all().any(|cwd| {
                let path = self.context.relative(cwd, Path::new(start));
                path.is_none_or(|path| path.as_os_str().is_empty() || path.starts_with(".git"))
            })
        };
        let rule = match start {
            Some(start) if is_build_output(start) => return,
            Some(start) if !is_root(start) => &rules::DELETES_TREE,
            _ => &rules::DESTROYS,
        };
        self.find(rule, arg.span, start.unwrap_or("."));
    }
}

/// What is printed where every file has a name of this shape: `./…/*.log`.
fn shaped(prints: &[Piece], start: Option<&str>, name: Option<&str>) -> Vec<Piece> {
    let (Some(start), Some(name), [Piece::Inside]) = (start, name, prints) else { return prints.to_vec() };
    let climbs = start.split('/').any(|name| name == "..");
    let start = Piece::Text(format!("{}/", start.trim_end_matches('/')));
    // Whether a `..` leads out was judged where it stands; of what is behind it that could not be told any more.
    let start = Some(start).filter(|_| !climbs);
    let rest = [Piece::Inside, Piece::Text("/".into())].into_iter().chain(glob(name));
    start.into_iter().chain(rest).collect()
}

/// Whether a test of names is aimed at a secret.
pub(super) fn is_aimed(value: &Arg) -> bool {
    if value.len() > 4096 {
        return false;
    }
    let mut pattern = Pattern::new();
    let pieces = value.known().map_or_else(|| value.pieces.clone(), glob);
    for piece in pieces {
        pattern = match piece {
            Piece::Text(text) => pattern.text(&text),
            Piece::AnyChar => pattern.any_char(),
            Piece::AnyRun
            | Piece::Rest
            | Piece::Plain
            | Piece::Inside
            | Piece::Temporary
            | Piece::Job
            | Piece::Unknown(_) => pattern.any_run(true),
        };
    }
    names::classify_aimed(&pattern).is_some_and(|rule| rule.kind == Kind::Secret)
}

/// The pieces of a glob in one component.
fn glob(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    for character in text.chars() {
        let piece = match character {
            '*' => Piece::AnyRun,
            '?' => Piece::AnyChar,
            character => {
                literal.push(character);
                continue;
            }
        };
        if !literal.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut literal)));
        }
        pieces.push(piece);
    }
    if !literal.is_empty() {
        pieces.push(Piece::Text(literal));
    }
    pieces
}
