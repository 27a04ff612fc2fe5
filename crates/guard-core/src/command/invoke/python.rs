//! Python on the command line: what only computes, whatever its names are.

/// Modules that compute and print, and hand out nothing that does more.
const PURE: &[&str] = &[
    "abc",
    "array",
    "ast",
    "binascii",
    "bisect",
    "calendar",
    "cmath",
    "collections",
    "colorsys",
    "copy",
    "csv",
    "datetime",
    "decimal",
    "difflib",
    "enum",
    "fnmatch",
    "fractions",
    "functools",
    "hashlib",
    "heapq",
    "hmac",
    "html",
    "ipaddress",
    "itertools",
    "json",
    "keyword",
    "locale",
    "math",
    "numbers",
    "os",
    "platform",
    "pprint",
    "random",
    "re",
    "secrets",
    "shlex",
    "statistics",
    "string",
    "sys",
    "textwrap",
    "time",
    "tomllib",
    "traceback",
    "unicodedata",
    "uuid",
    "zlib",
    "zoneinfo",
];
/// Of these only some names are.
const HALF_PURE: &[(&str, &[&str])] = &[
    (
        "os",
        &[
            "cpu_count",
            "getcwd",
            "getpid",
            "linesep",
            "listdir",
            "name",
            "path",
            "sep",
            "stat",
            "uname",
            "walk",
        ],
    ),
    (
        "string",
        &[
            "ascii_letters",
            "ascii_lowercase",
            "ascii_uppercase",
            "capwords",
            "digits",
            "hexdigits",
            "printable",
            "punctuation",
        ],
    ),
    (
        "sys",
        &[
            "argv",
            "byteorder",
            "executable",
            "exit",
            "getrecursionlimit",
            "getsizeof",
            "implementation",
            "maxsize",
            "path",
            "platform",
            "prefix",
            "stderr",
            "stdin",
            "stdout",
            "version",
            "version_info",
        ],
    ),
];
/// Names of the language that reach what stands under another name, or wait.
const REACHES: &[&str] = &[
    "__import__",
    "breakpoint",
    "builtins",
    "compile",
    "delattr",
    "dir",
    "eval",
    "exec",
    "getattr",
    "globals",
    "help",
    "input",
    "locals",
    "modules",
    "setattr",
    "vars",
];

/// Whether code only computes: it imports nothing but modules that do, and names nothing that leads elsewhere. Where it opens
/// files is not looked at.
pub(super) fn is_pure(text: &str) -> bool {
    let Some(tokens) = tokens(text) else { return false };
    let word = |at: usize| tokens.get(at).copied().unwrap_or("");
    let mut at = 0;
    while let Some(token) = tokens.get(at).copied() {
        let before = at.checked_sub(1).map_or("", word);
        match token {
            "import" => {
                // `import a.b, c`; nothing of the half pure under another name.
                let mut next = at + 1;
                loop {
                    let module = word(next);
                    if !PURE.contains(&module)
                        || is_half(module) && !matches!(word(next + 1), "," | ";" | "\n" | "")
                    {
                        return false;
                    }
                    next += 1;
                    while !matches!(word(next), "," | ";" | "\n" | "") {
                        next += 1;
                    }
                    if word(next) != "," {
                        break;
                    }
                    next += 1;
                }
                at = next;
                continue;
            }
            "from" if before != "yield" => {
                let module = word(at + 1);
                if !PURE.contains(&module) || is_half(module) {
                    return false;
                }
                while !matches!(word(at), ";" | "\n" | "") {
                    if REACHES.contains(&word(at)) || is_half(word(at)) || is_hidden(word(at)) {
                        return false;
                    }
                    at += 1;
                }
                continue;
            }
            _ if is_half(token) && before == "." => return false,
            _ if is_half(token) => {
                let names =
                    HALF_PURE.iter().find(|(name, _)| *name == token).map_or(&[][..], |(_, names)| names);
                if word(at + 1) != "." || !names.contains(&word(at + 2)) {
                    return false;
                }
            }
            "open" if word(at + 1) != "(" => return false,
            _ if REACHES.contains(&token) || is_hidden(token) => return false,
            _ => {}
        }
        at += 1;
    }
    true
}

/// Whether code only imports modules and prints what they say of themselves: `import x; print(x.__version__)`.
pub(super) fn is_inspection(text: &str) -> bool {
    const ABOUT: &[&str] =
        &["VERSION", "__file__", "__name__", "__path__", "__version__", "version", "version_info"];
    let is_plain = |c: char| c.is_alphanumeric() || " _.,;\n()\"'".contains(c);
    let Some(tokens) = tokens(text).filter(|_| text.chars().all(is_plain)) else { return false };
    tokens.split(|token| matches!(*token, ";" | "\n")).filter(|statement| !statement.is_empty()).all(
        |statement| match statement {
            ["import", names @ ..] => {
                !names.is_empty() && !names.contains(&"antigravity") && !names.contains(&"(")
            }
            ["print", "(", shown @ .., ")"] => {
                let is_about = |pair: &[&str]| !matches!(pair, [".", name] if !ABOUT.contains(name));
                let is_end = |at: usize| !matches!(shown.get(at + 2), Some(&"."));
                !shown.contains(&"(")
                    && shown.windows(2).enumerate().all(|(at, pair)| is_about(pair) || !is_end(at))
                    && !matches!(shown, [only] if *only == "environ")
            }
            _ => false,
        },
    )
}

fn is_half(name: &str) -> bool {
    HALF_PURE.iter().any(|(half, _)| *half == name)
}

/// Names with an underscore in front are not for others, but for what tells of a module.
fn is_hidden(name: &str) -> bool {
    name.len() > 1
        && name.starts_with('_')
        && !matches!(name, "__name__" | "__version__" | "__file__" | "__doc__")
}

/// Words, signs and line ends; strings are left out. `None` where a string could hold code that runs.
fn tokens(text: &str) -> Option<Vec<&str>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let size = first.len_utf8();
        let taken = match first {
            '"' | '\'' => {
                let quote = ["\"\"\"", "'''"].into_iter().find(|quote| rest.starts_with(quote));
                let quote = quote.or_else(|| rest.get(..1))?;
                let inside = rest.get(quote.len()..)?;
                let end = end_of_string(inside, quote)?;
                // A formatted string runs what stands in its braces.
                let prefix = tokens.last().copied().unwrap_or("");
                if matches!(prefix, "f" | "F" | "rf" | "fr" | "Rf" | "fR" | "F\"")
                    && inside.get(..end)?.contains(['(', '_', '!'])
                {
                    return None;
                }
                quote.len() + end + quote.len()
            }
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '\\' => return None,
            ' ' | '\t' => size,
            c if is_word(c) => {
                let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                tokens.push(rest.get(..end)?);
                end
            }
            _ => {
                tokens.push(rest.get(..size)?);
                size
            }
        };
        rest = rest.get(taken..)?;
    }
    Some(tokens)
}

fn end_of_string(text: &str, quote: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if !escaped && text.get(at..).is_some_and(|rest| rest.starts_with(quote)) {
            return Some(at);
        }
        escaped = !escaped && character == '\\';
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{is_inspection, is_pure};

    #[test]
    fn what_only_computes() {
        for text in [
            "import math; print(math.pi)",
            "import re\nfor line in open('a.txt'):\n    if re.findall(r'\\d+', line): print(line)",
            "from collections import Counter; print(Counter('abc').most_common(1))",
            "import sys, json; rows = json.load(sys.stdin); print(len(rows))",
            "import os; print(os.getcwd(), os.path.exists('x'))",
            "import datetime as dt; print(dt.date.today())",
            "x = {'system': 1}; print(x['system'])",
        ] {
            assert!(is_pure(text), "{text}");
        }
    }

    #[test]
    fn what_may_do_more() {
        for text in [
            "import subprocess",
            "import os; os.remove('a')",
            "import os as o; o.remove('a')",
            "from os import remove",
            "import os; x = os; x.remove('a')",
            "import sys; sys.modules['os'].remove('a')",
            "import uuid; uuid.os.remove('a')",
            "import random; random._os.remove('a')",
            "from random import _os; _os.remove('a')",
            "from uuid import os; os.getcwd()",
            "import json, os.path as p; p.os.remove('a')",
            "print(().__class__.__bases__)",
            "vars()['x']",
            "print(f'{exit()}')",
            "o = open; o('a', 'w')",
            "import string, random; string.Formatter().get_field('0._os', (random,), {})",
            "import importlib",
            "import math\\\n, subprocess",
        ] {
            assert!(!is_pure(text), "{text}");
        }
    }

    #[test]
    fn what_only_asks_a_module_about_itself() {
        for text in [
            "import numpy",
            "import requests; print(requests.__version__)",
            "import a.b as c; print(c.__file__)",
        ] {
            assert!(is_inspection(text), "{text}");
        }
        for text in [
            "import os; os.remove('a')",
            "import builtins, os; builtins.print = os.system; print('id')",
            "import os; print(os.remove('a'))",
            "import antigravity",
            "import os; print(os.environ)",
            "from os import environ; print(environ)",
            "import settings; print(settings.SECRET_KEY)",
            "import os; print (os.getcwd)()",
        ] {
            assert!(!is_inspection(text), "{text}");
        }
    }
}
