//! What is known of programs: the rows of `data/commands/*.toml`, compiled into static tables by `build.rs`.

use super::value::{Arg, Piece};

/// One row: how a program reads its arguments and what it does with them.
#[derive(Debug)]
pub(super) struct Program {
    /// What the operands are, in order.
    pub(super) operands: &'static [Slot],
    /// Sorted by spelling.
    pub(super) flags: &'static [Flag],
    /// Other operands where certain flags are given; the first that fits counts.
    pub(super) when: &'static [When],
    /// What every use does.
    pub(super) does: &'static [Does],
    /// Words that change what it does.
    pub(super) verbs: Verbs,
    /// Beginnings of arguments that are refused.
    pub(super) refuse: &'static [&'static str],
    /// Whether flags that are not listed are harmless; the table says why.
    pub(super) any_flag: bool,
    /// Whether an argument that is not known can do no harm; the table says why.
    pub(super) dynamic: bool,
    /// The rule in Rust that looks at what tables cannot say.
    pub(super) special: Option<Special>,
    /// What is known of its output.
    pub(super) prints: Prints,
    /// Whether options end at the first operand.
    pub(super) posix: bool,
    /// Whether `-name` is one option rather than a cluster.
    pub(super) long_dash: bool,
    /// Whether the first operand selects another row.
    pub(super) subcommands: bool,
    /// Whether it may run code of the project or read files that nobody named.
    pub(super) needs_cell: bool,
    /// Whether it walks directories.
    pub(super) recurses: bool,
}

/// A place for operands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) role: Role,
    pub(super) many: bool,
}

/// One spelling of an option.
#[derive(Debug)]
pub(super) struct Flag {
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    pub(super) does: Option<Does>,
}

/// Whether an option has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    Required(Role),
    /// Only joined: `--color=auto`, `-i.bak`.
    Optional(Role),
}

/// Operands that hold where some flag of each list is given.
#[derive(Debug)]
pub(super) struct When {
    pub(super) any: &'static [&'static str],
    pub(super) and: &'static [&'static str],
    pub(super) operands: &'static [Slot],
}

/// First words, sorted, that make a use harmless, doubtful or refused; behind the name of the program, words of which the
/// rest is a command or code.
#[derive(Debug)]
pub(super) struct Verbs {
    pub(super) allow: &'static [&'static str],
    pub(super) ask: &'static [&'static str],
    pub(super) deny: &'static [&'static str],
    pub(super) run: &'static [&'static str],
    pub(super) code: &'static [&'static str],
}

/// What an argument is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Data.
    Text,
    /// Names that are left out, which are often those of secrets.
    Except,
    /// A file that is read.
    Read,
    /// A file with names of files that are read.
    Names,
    /// A pattern of names, `!` in front for those that are left out; files with such names are read.
    Glob,
    /// A file that is read and changed.
    Edit,
    /// A file or directory that is made or replaced.
    Write,
    /// The beginning of names that are made.
    Writes,
    /// A file that is taken away.
    Delete,
    /// A name that is looked at: directory entries, attributes.
    List,
    /// A file or directory of settings or code, whose content is not printed.
    Place,
    /// The directory in which the program works, and names are looked up.
    Cwd,
    /// A directory in which some of the names may be looked up.
    MaybeCwd,
    /// A file whose permissions change.
    Attributes,
    /// A file, or a tree with `-r`, whose content goes elsewhere inside.
    Copy,
    /// Like copy, and the original goes.
    Move,
    /// The target of a link.
    Link,
    /// A template for a temporary file.
    Temporary,
    /// A shell command in one argument.
    Exec,
    /// A shell command in one argument, which is what the program is for.
    Code,
    /// The rest of the arguments, joined, is a shell command.
    Shell,
    /// The rest of the arguments is a command.
    Command,
    /// Like command, up to `;` or the end, with names of files put in (`fd -x`).
    Rest,
    /// A value that names a program or is code of the tool's own language.
    ExecOption,
    /// Programs in the languages of these tools.
    Sed,
    Awk,
    Jq,
    /// A file of code for the tool.
    Script,
    /// A file or module of code for the tool, which ordinary configurations name.
    ScriptInside,
    /// A permission mode.
    Mode,
    /// The name of a shell variable.
    Variable,
    /// Anything; judged as a file where it looks like one.
    Project,
    /// How much is written; more than a gigabyte is asked.
    Size,
    /// A setting that the special rule of the row judges.
    Setting,
    /// A rule by which an archiver makes names.
    Transform,
    /// Two values, data.
    Pair,
    /// Two values, the second a file that is read.
    PairRead,
    Url,
    GitUrl,
    GitConfig,
    /// A revision, `REV:PATH` or a path.
    Rev,
    /// A path that git changes.
    Pathspec,
    /// `host:path` or a path.
    HostRead,
    HostWrite,
    /// Data that goes to the network.
    Send,
    /// Files that go to the network: always, after `@`, after `=@` or `=<`.
    SendFile,
    SendData,
    SendForm,
    SendOrFile,
    Socket,
    /// A file that is written, or `-`.
    WriteOrDash,
    /// A file that is written where it looks like one.
    TextOrWrite,
}

/// What a use of a program does beside its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    Asks,
    Decodes,
    Destroys,
    Discards,
    Edits,
    Hooks,
    Installs,
    Kills,
    Network,
    Persists,
    Privilege,
    Recurses,
    RunsProject,
    Secrets,
    Sends,
    System,
    Waits,
}

/// What is known of a program's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prints {
    Unknown,
    /// A short text without a slash, a space or a leading dash or dot.
    Plain,
    /// Paths inside the root.
    Inside,
    /// Names of files inside the root.
    Files,
    /// Lines of its input.
    Lines,
    /// Its input, decoded or transformed.
    Decoded,
    /// What another machine said.
    Fetched,
    /// Its input.
    Stdin,
    /// Its operands.
    Operands,
    /// Its operands, formatted by the first.
    Format,
    /// The name of a file it made.
    Temporary,
}

/// Rules in Rust; `invoke/` has one function for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Special {
    Alias,
    Assigns,
    Cd,
    Command,
    Compiler,
    Converter,
    Database,
    Dd,
    Declare,
    Docker,
    Env,
    Eval,
    Facts,
    Find,
    GitChange,
    GitConfig,
    GitDiscard,
    GitObjects,
    GitRemote,
    Golang,
    Interfaces,
    Interpreter,
    Kill,
    Launcher,
    Lists,
    Make,
    Node,
    Npm,
    Npx,
    Pip,
    Printenv,
    Ps,
    Pushd,
    Python,
    Rm,
    Set,
    Shell,
    ShellTools,
    Source,
    Ssh,
    Tar,
    Test,
    Trap,
    Truncate,
    Xargs,
    Yq,
}

include!(concat!(env!("OUT_DIR"), "/commands.rs"));

/// The row of a program, or of a subcommand (`git commit`).
pub(super) fn program(name: &str) -> Option<&'static Program> {
    let at = PROGRAMS.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    PROGRAMS.get(at).map(|(_, program)| *program)
}

/// Every name that has a row, sorted.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    PROGRAMS.iter().map(|(name, _)| *name)
}

impl Program {
    /// The flag with this spelling, or the most telling of those that a long option abbreviates.
    pub(super) fn flag(&self, name: &str) -> Option<&'static Flag> {
        if let Ok(at) = self.flags.binary_search_by(|flag| flag.name.cmp(name)) {
            return self.flags.get(at);
        }
        if !name.starts_with("--") || name.len() < 3 {
            return None;
        }
        let from = self.flags.partition_point(|flag| flag.name < name);
        let abbreviated = self.flags.iter().skip(from).take_while(|flag| flag.name.starts_with(name));
        abbreviated.max_by_key(|flag| match (flag.does, flag.takes) {
            (Some(_), _) => 4,
            (None, Takes::Required(Role::Text | Role::Except)) => 1,
            (None, Takes::Required(_)) => 3,
            (None, Takes::Optional(_)) => 2,
            (None, Takes::Nothing) => 0,
        })
    }

    /// Whether a pattern or a list of files may turn out to be an option that starts a program or destroys.
    ///
    /// What stands after its last wildcard ends the option too; one without a value has to be that option in full.
    pub(super) fn may_be_dangerous(&self, arg: &Arg) -> bool {
        let end = match arg.pieces.as_slice() {
            [_, .., Piece::Text(end)] => end.as_str(),
            _ => "",
        };
        self.flags.iter().any(|flag| {
            let takes_value =
                matches!(flag.takes, Takes::Required(Role::Exec | Role::ExecOption | Role::Rest));
            takes_value
                || matches!(flag.does, Some(Does::Hooks | Does::Destroys))
                    && (flag.takes != Takes::Nothing || flag.name.contains(end))
        })
    }

    /// Whether some option starts a program, so that a file name that looks like an option would matter.
    pub(super) fn has_dangerous_flags(&self) -> bool {
        self.flags.iter().any(|flag| {
            matches!(flag.does, Some(Does::Hooks | Does::Destroys))
                || matches!(flag.takes, Takes::Required(Role::Exec | Role::ExecOption | Role::Rest))
        })
    }
}
