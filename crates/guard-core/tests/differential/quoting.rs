//! `Argv::parse` against the real shell: the arguments it reads are the ones that the shell makes.

use std::process::{Command, Stdio};

use guard_core::command::Argv;
use guard_core::command::syntax::parse_portable;

use crate::mutate::Random;

/// What words are made of: every way to quote, and characters that mean something without quotes.
const PIECES: [&str; 44] = [
    "a",
    "bc",
    "1",
    "-n",
    "--x=y",
    "=",
    ",",
    ".",
    "/",
    ":",
    "@",
    "%",
    "+",
    "#",
    "^",
    "!",
    "{",
    "}",
    "]",
    "é",
    "\\ ",
    "\\\\",
    "\\'",
    "\\\"",
    "\\$",
    "\\a",
    "\\\n",
    "''",
    "' '",
    "'a b'",
    "'\"'",
    "'$x'",
    "'\\'",
    "\"\"",
    "\" \"",
    "\"a'b\"",
    "\"\\\"\"",
    "\"\\$x\"",
    "\"\\\\\"",
    "\"\\a\"",
    "\"a\\\nb\"",
    "$'a\\tb'",
    "$'\\''",
    "$'\\x41'",
];

/// A line of one to five words after a first one that is no reserved word.
fn line(random: &mut Random) -> String {
    let mut line = "prog".to_owned();
    for _ in 0..=random.below(5) {
        line += [" ", "  ", "\t", " \\\n "][random.below(4)];
        for _ in 0..random.below(5) {
            line += random.pick(&PIECES);
        }
    }
    line
}

/// Lines that are read as arguments, and those arguments.
pub(crate) fn lines(count: usize, random: &mut Random, for_any_shell: bool) -> Vec<(String, Vec<String>)> {
    let lines = (0..count).map(|_| line(random));
    lines
        .filter(|line| !for_any_shell || parse_portable(line).is_ok())
        .filter_map(|line| Argv::parse(&line).ok().map(|argv| (line, argv.into())))
        .collect()
}

/// The arguments that a shell makes of each line. None of the lines runs anything: they are the arguments of `printf`.
pub(crate) fn by_shell(shell: &str, lines: &[(String, Vec<String>)]) -> Vec<Vec<String>> {
    let script: String =
        lines.iter().map(|(line, _)| format!("printf '%s\\0' {line}\nprintf '\\1'\n")).collect();
    let output = Command::new(shell)
        .args(["-c", &script])
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .expect("a shell that runs");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let argvs = text.split_terminator('\u{1}');
    argvs.map(|argv| argv.split_terminator('\0').map(str::to_owned).collect()).collect()
}
