//! Code in other languages on the command line, read word by word: no language is parsed, so what is not plainly harmless is
//! asked.

use super::{Call, computed, python};
use crate::command::effects::Access;
use crate::command::interpret::{Interpreter, State};
use crate::command::rules;
use crate::command::value::{Arg, Stream};
use crate::names::{self, Kind};
use crate::{Decision, Requires};

/// Words that start programs, delete, talk to the network, reach the environment or hide what is done.
const DANGEROUS: &[&str] = &[
    "__builtins__",
    "__globals__",
    "__import__",
    "__subclasses__",
    "b64decode",
    "base64",
    "builtins",
    "child_process",
    "chmod",
    "chown",
    "codecs",
    "connect",
    "constructor",
    "ctypes",
    "curl_exec",
    "decode",
    "dlopen",
    "environ",
    "eval",
    "exec",
    "execute",
    "execFile",
    "execFileSync",
    "execSync",
    "execl",
    "execlp",
    "execv",
    "execve",
    "execvp",
    "fetch",
    "fork",
    "fromCharCode",
    "fsockopen",
    "ftplib",
    "getattr",
    "getenv",
    "globals",
    "http",
    "https",
    "httplib",
    "importlib",
    "io_popen",
    "kill",
    "marshal",
    "mkfifo",
    "net",
    "open3",
    "opendir",
    "pack",
    "passthru",
    "pcntl_exec",
    "pickle",
    "popen",
    "proc_open",
    "process_env",
    "pty",
    "qx",
    "readlink",
    "removedirs",
    "rename",
    "requests",
    "rmSync",
    "rmdir",
    "rmdirSync",
    "rmtree",
    "rm_rf",
    "runpy",
    "setattr",
    "shell",
    "shell_exec",
    "shutil",
    "smtplib",
    "socket",
    "spawn",
    "spawnSync",
    "spawnlp",
    "startfile",
    "subprocess",
    "symlink",
    "syscall",
    "syscmd",
    "esyscmd",
    "system",
    "telnetlib",
    "unlink",
    "unlinkSync",
    "unpack",
    "urllib",
    "urlopen",
    "vm",
    "webbrowser",
    "writeFile",
    "writeFileSync",
    "writelines",
    "Process",
    "Runtime",
    "ProcessBuilder",
    "ENV",
    "IO",
    "Socket",
];
/// Of these, methods of ordinary values, where nothing else can be reached.
const ORDINARY: &[&str] =
    &["connect", "decode", "fetch", "http", "https", "net", "shell", "execute", "vm", "ENV", "IO"];
/// Words of ordinary one-liners.
const HARMLESS: &[&str] = &[
    "BEGIN",
    "Counter",
    "END",
    "False",
    "F",
    "JSON",
    "Math",
    "None",
    "Number",
    "Object",
    "PHP_VERSION",
    "STDIN",
    "String",
    "True",
    "VERSION",
    "abs",
    "all",
    "and",
    "any",
    "append",
    "argv",
    "array",
    "as",
    "assert",
    "average",
    "b",
    "bool",
    "break",
    "chomp",
    "collections",
    "console",
    "const",
    "continue",
    "count",
    "csv",
    "date",
    "datetime",
    "def",
    "defaultdict",
    "del",
    "dict",
    "dirname",
    "divmod",
    "do",
    "dumps",
    "each",
    "echo",
    "elif",
    "else",
    "elsif",
    "end",
    "endswith",
    "entries",
    "enumerate",
    "f",
    "false",
    "filter",
    "float",
    "flush",
    "for",
    "foreach",
    "format",
    "from",
    "function",
    "fs",
    "functools",
    "get",
    "hex",
    "if",
    "import",
    "in",
    "indent",
    "int",
    "is",
    "isdigit",
    "items",
    "iter",
    "itertools",
    "join",
    "json",
    "keys",
    "lambda",
    "last",
    "len",
    "length",
    "let",
    "lines",
    "list",
    "load",
    "loads",
    "log",
    "lower",
    "lstrip",
    "map",
    "match",
    "math",
    "max",
    "min",
    "my",
    "next",
    "node",
    "not",
    "now",
    "null",
    "oct",
    "open",
    "or",
    "ord",
    "os_name",
    "p",
    "parse",
    "pass",
    "path",
    "php",
    "platform",
    "pprint",
    "print",
    "printf",
    "process",
    "push",
    "puts",
    "r",
    "range",
    "re",
    "read",
    "readline",
    "readFileSync",
    "readlines",
    "reduce",
    "repeat",
    "replace",
    "require",
    "return",
    "reversed",
    "round",
    "rstrip",
    "s",
    "say",
    "self",
    "set",
    "slice",
    "sort",
    "sorted",
    "split",
    "splitlines",
    "sprintf",
    "sqrt",
    "startswith",
    "stdin",
    "stdout",
    "str",
    "strftime",
    "string",
    "stringify",
    "strip",
    "sub",
    "sum",
    "sys",
    "test",
    "then",
    "time",
    "toFixed",
    "toString",
    "true",
    "try",
    "tuple",
    "type",
    "typeof",
    "undefined",
    "uniq",
    "utf8",
    "unless",
    "upper",
    "use",
    "values",
    "var",
    "version",
    "version_info",
    "versions",
    "while",
    "with",
    "write",
    "x",
    "y",
    "zip",
    "gsub",
    "sum",
    "exit",
    "except",
    "Exception",
    "e",
    "i",
    "j",
    "k",
    "v",
    "n",
    "a",
    "c",
    "d",
    "l",
    "m",
    "line",
    "data",
    "key",
    "value",
    "name",
    "item",
    "result",
    "row",
    "file",
    "fp",
    "fh",
    "obj",
    "out",
    "text",
    "strict",
    "warnings",
    "print_r",
    "var_dump",
    "json_encode",
    "json_decode",
    "Array",
    "BigInt",
    "Boolean",
    "Date",
    "EOL",
    "Error",
    "File",
    "Infinity",
    "Map",
    "NaN",
    "Path",
    "Promise",
    "Set",
    "URL",
    "_",
    "arch",
    "basename",
    "ceil",
    "charCodeAt",
    "cpus",
    "createHash",
    "crypto",
    "cwd",
    "digest",
    "error",
    "every",
    "exists",
    "existsSync",
    "extname",
    "find",
    "flat",
    "flatMap",
    "floor",
    "forEach",
    "freemem",
    "fromEntries",
    "getcwd",
    "getsize",
    "glob",
    "hexdigest",
    "hostname",
    "hrtime",
    "includes",
    "indexOf",
    "info",
    "inspect",
    "isArray",
    "isNaN",
    "isdir",
    "isfile",
    "iterdir",
    "listdir",
    "localeCompare",
    "md5",
    "memoryUsage",
    "new",
    "of",
    "padEnd",
    "padStart",
    "parent",
    "parseFloat",
    "parseInt",
    "pathlib",
    "pop",
    "pow",
    "random",
    "randomBytes",
    "randomUUID",
    "read_text",
    "reverse",
    "rglob",
    "safe_load",
    "sha256",
    "shift",
    "size",
    "some",
    "splitext",
    "stem",
    "substring",
    "suffix",
    "table",
    "this",
    "toISOString",
    "toLocaleString",
    "toLowerCase",
    "toUpperCase",
    "totalmem",
    "trim",
    "unshift",
    "uptime",
    "util",
    "warn",
    "yaml",
];

impl Interpreter<'_> {
    /// Judges code of another language.
    pub(super) fn inline_code(&mut self, code: &Arg, state: &State) {
        self.judge_code(code, false, state);
    }

    /// Judges code of Python.
    pub(super) fn python_code(&mut self, code: &Arg, state: &State) {
        self.judge_code(code, true, state);
    }

    fn judge_code(&mut self, code: &Arg, is_python: bool, state: &State) {
        self.require(Requires::EVERYTHING);
        self.effects.project_code();
        let Some(text) = code.known() else {
            let origin = code.origin();
            let rule = match (origin.hides(), origin.fetched) {
                (true, _) => &rules::HIDES,
                (_, true) => &rules::FETCHES_AND_RUNS,
                _ => &rules::DYNAMIC_CODE,
            };
            self.find(rule, code.span, code.display());
            return;
        };
        if is_python && python::is_inspection(text) {
            return;
        }
        let is_pure = is_python && python::is_pure(text);
        let scan = Scan::of(text);
        let is_dangerous = |word: &&str| DANGEROUS.contains(word) && !(is_pure && ORDINARY.contains(word));
        if let Some(word) = scan.words.iter().find(|word| is_dangerous(word)) {
            self.find(&rules::DANGEROUS_CODE, code.span, *word);
        }
        if scan
            .texts
            .iter()
            .flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_'))
            .any(|word| is_dangerous(&word) && !is_pure)
        {
            self.find(&rules::DANGEROUS_CODE, code.span, text);
        }
        if text.contains('`') && !text.contains("${") {
            self.find(&rules::DANGEROUS_CODE, code.span, text);
        }
        // Ruby and Perl open a pipe where a name begins or ends with one; Perl reads what `<…>` matches.
        let opens =
            scan.words.iter().any(|word| matches!(*word, "open" | "Kernel" | "readlines" | "foreach"));
        let is_pipe = |text: &&str| {
            let text = text.trim();
            text.starts_with('|') || text.ends_with('|')
        };
        if opens && scan.texts.iter().any(is_pipe) {
            self.find(&rules::DANGEROUS_CODE, code.span, text);
        }
        let mut is_harmless = self.opens_only_literals(text, code, state)
            && !globs(text)
            && (is_pure || !computed::calls(text));
        for literal in &scan.texts {
            let literal = literal.trim();
            let is_secret =
                names::classify(std::path::Path::new(literal)).is_some_and(|rule| rule.kind == Kind::Secret);
            let is_path =
                literal.starts_with(['/', '~']) || literal.starts_with("../") || literal.contains("/../");
            if is_secret || is_path && literal.len() > 1 && !literal.contains(char::is_whitespace) {
                self.path(&Arg::text(literal, code.span), Access::Read, state);
            }
        }
        for word in &scan.words {
            let is_known =
                is_pure || HARMLESS.contains(word) || word.chars().all(|c| c.is_ascii_digit() || c == '_');
            is_harmless &= is_known;
        }
        // Opening files and reading objects by name is asked unless the words are few and plain.
        if !is_harmless && self.verdict.decision() != Decision::Deny {
            self.find(&rules::INLINE_CODE, code.span, text);
        }
    }

    /// Judges every `open(…)`; `false` where one is not given a plain literal.
    fn opens_only_literals(&mut self, text: &str, code: &Arg, state: &State) -> bool {
        let called = |name: &str| {
            let after = text.split(name).skip(1).filter_map(|after| after.trim_start().strip_prefix('('));
            after.collect::<Vec<_>>()
        };
        for after in called("open").into_iter().chain(called("readFileSync")) {
            let after = after.trim_start();
            let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return false };
            let Some(rest) = after.get(1..) else { return false };
            let end = string_end(rest, quote);
            let name = rest.get(..end).unwrap_or("");
            let next = rest.get(end + 1..).and_then(|rest| rest.chars().next());
            if name.contains('\\') || !matches!(next, Some(')' | ',')) {
                return false;
            }
            let name = Arg::text(name, code.span);
            self.path(&name, Access::Read, state);
            let only_reads =
                text.contains("readFileSync(") && !text.replace("readFileSync(", "").contains("open(");
            if next == Some(',') && !only_reads {
                self.path(&name, Access::Write, state);
            }
        }
        true
    }

    /// Judges code that perl runs on each line; a plain substitution or filter is no more than sed's.
    pub(super) fn line_code(&mut self, code: &Arg, state: &State) {
        match code.known() {
            Some(text) if is_plain_filter(text) => {
                self.require(Requires::EVERYTHING);
                self.effects.project_code();
            }
            _ => self.inline_code(code, state),
        }
    }

    /// Judges a filter of jq or yq.
    pub(super) fn jq(&mut self, filter: &Arg, state: &State) {
        let Some(text) = filter.known() else { return };
        let scan = Scan::of(text);
        if text.contains("$ENV") || text.contains("$__prog") {
            self.find(&rules::SECRETS, filter.span, text);
        }
        let reads = |word: &&str| {
            matches!(
                *word,
                "env" | "strenv" | "envsubst" | "input_filename" | "import" | "include" | "getpath_env"
            )
        };
        if scan.words.iter().any(reads) {
            self.find(&rules::PRINTS_ENVIRONMENT, filter.span, text);
        }
        // Of yq: other files, and where the result goes.
        let loads = |word: &&str| {
            matches!(*word, "load" | "load_str" | "load_xml" | "load_props" | "load_base64" | "split_doc")
        };
        if scan.words.iter().any(loads) {
            self.find(&rules::DYNAMIC_PATH, filter.span, text);
            for file in &scan.texts {
                self.path(&Arg::text(*file, filter.span), Access::Read, state);
            }
        }
    }

    /// `yq eval FILTER FILE`: any of the operands may be the filter.
    pub(super) fn yq(&mut self, call: &Call<'_>, state: &State) -> Option<Stream> {
        for operand in &call.parsed.operands {
            self.jq(operand, state);
        }
        None
    }

    /// A value that is a command of the tool's own language, or names a plug-in.
    pub(super) fn exec_option(&mut self, arg: &Arg) {
        let rule = match arg.known() {
            // `-p no:cacheprovider` switches a plug-in off.
            Some(text) if text.starts_with("no:") && !text.contains('/') => return,
            Some(text) => {
                let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
                let is_code = text.contains(['!', '(', '`', '|', '/'])
                    || words
                        .iter()
                        .any(|word| DANGEROUS.contains(word) || *word == "linker" || *word == "runner");
                if is_code { &rules::STARTS_PROGRAM } else { &rules::ASKS }
            }
            None => &rules::DYNAMIC_CODE,
        };
        self.find(rule, arg.span, arg.display());
    }
}

/// Whether code holds `<*.txt>` or `</etc/x>`, which Perl reads as files.
fn globs(text: &str) -> bool {
    text.split('<').skip(1).filter_map(|after| after.split_once('>')).any(|(inside, _)| {
        inside.contains(['*', '?', '/', '~', '.']) && !inside.contains([' ', '(', ';', '='])
    })
}

/// `s/a/b/g; tr/a/b/`, `print if /x/`: statements of Perl that change or choose lines and nothing else.
fn is_plain_filter(text: &str) -> bool {
    let mut rest = text.trim();
    while !rest.is_empty() {
        let Some(after) = plain_statement(rest) else { return false };
        rest = match after.trim_start() {
            "" => "",
            after => match after.strip_prefix(';') {
                Some(after) => after.trim_start(),
                None => return false,
            },
        };
    }
    true
}

/// What follows one such statement.
fn plain_statement(text: &str) -> Option<&str> {
    for (word, parts, flags) in [("s", 2, "gimsx"), ("tr", 2, "cdsr"), ("y", 2, "cdsr")] {
        if let Some(after) =
            text.strip_prefix(word).filter(|after| after.starts_with(['/', '|', '#', ',', '!']))
        {
            return delimited(after, parts, flags);
        }
    }
    for start in ["print if ", "print unless ", "next if ", "next unless ", "print and last if "] {
        if let Some(after) = text.strip_prefix(start) {
            let after = after.trim_start();
            let after = after.strip_prefix('!').unwrap_or(after);
            return after.starts_with('/').then(|| delimited(after, 1, "imsx")).flatten();
        }
    }
    None
}

/// What follows `/a/b/flags`; nothing where a part could hold code.
fn delimited<'t>(text: &'t str, parts: usize, flags: &str) -> Option<&'t str> {
    let delimiter = text.chars().next()?;
    let mut rest = text.get(delimiter.len_utf8()..)?;
    for _ in 0..parts {
        let end = string_end(rest, delimiter);
        let part = rest.get(..end)?;
        if part.contains("@{") || part.contains("${") || part.contains("(?{") || part.contains("(??") {
            return None;
        }
        rest = rest.get(end + delimiter.len_utf8()..)?;
    }
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let (given, rest) = rest.split_at(end);
    given.chars().all(|c| flags.contains(c)).then_some(rest)
}

/// The words and the strings of code.
#[derive(Debug, Default)]
struct Scan<'t> {
    words: Vec<&'t str>,
    texts: Vec<&'t str>,
}

impl<'t> Scan<'t> {
    fn of(text: &'t str) -> Self {
        let mut scan = Self::default();
        let mut rest = text;
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        while let Some(first) = rest.chars().next() {
            let after = rest.get(first.len_utf8()..).unwrap_or("");
            rest = match first {
                '"' | '\'' => {
                    let end = string_end(after, first);
                    scan.texts.push(after.get(..end).unwrap_or(""));
                    after.get(end + first.len_utf8()..).unwrap_or("")
                }
                c if is_word(c) => {
                    let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
                    let (word, after) = rest.split_at(end);
                    scan.words.push(word);
                    after
                }
                _ => after,
            };
        }
        scan
    }
}

fn string_end(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if !escaped && character == quote {
            return at;
        }
        escaped = !escaped && character == '\\';
    }
    text.len()
}
