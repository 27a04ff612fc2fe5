//! Options against the programs themselves: each option of each program, as its letters and its `--help` name them, with a
//! secret, places outside and a program as its value, joined and not, before and behind a file.

use std::process::{Command, Stdio};

use crate::files::{self, View};
use crate::mutate::Random;
use crate::shell::{self, PROGRAMS};

/// Programs that only read, print and write where they are told to, beside those of the other tests.
const MORE: &[&str] = &[
    "apropos",
    "base32",
    "bzip2",
    "chmod",
    "chrt",
    "cksum",
    "col",
    "column",
    "date",
    "df",
    "diff3",
    "du",
    "egrep",
    "expr",
    "factor",
    "fdfind",
    "fgrep",
    "file",
    "free",
    "getopt",
    "gunzip",
    "gzip",
    "hd",
    "hexdump",
    "iconv",
    "id",
    "install",
    "jq",
    "look",
    "lsblk",
    "lscpu",
    "man",
    "md5sum",
    "numfmt",
    "paste",
    "pathchk",
    "pgrep",
    "pidof",
    "ps",
    "pstree",
    "rg",
    "rsync",
    "sdiff",
    "sha1sum",
    "sha256sum",
    "ss",
    "strings",
    "stty",
    "sum",
    "sync",
    "tree",
    "uname",
    "unzip",
    "uptime",
    "whatis",
    "whereis",
    "which",
    "who",
    "xxd",
    "xz",
    "zcat",
    "zgrep",
    "zip",
];
const VALUES: &[&str] = &[".env", "../out.txt", "../new.txt", "PWN"];
/// They never end, or start what they are given, which the other tests run.
const LEFT_OUT: &[&str] = &["bash", "sh", "yes"];
const MOST_HELP: usize = 64 << 10;

/// The programs that this machine has.
pub(crate) fn programs() -> Vec<&'static str> {
    let all = PROGRAMS.iter().chain(files::MORE).chain(MORE).copied();
    let mut all: Vec<&str> =
        all.filter(|name| !LEFT_OUT.contains(name) && shell::find(name).is_some()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Programs with their options.
pub(crate) fn options(programs: &[&'static str]) -> Vec<(&'static str, Vec<String>)> {
    programs.iter().map(|name| (*name, letters().chain(named(name)).collect())).collect()
}

fn letters() -> impl Iterator<Item = String> {
    ('a'..='z').chain('A'..='Z').chain('0'..='9').map(|letter| format!("-{letter}"))
}

/// Long options in what the program says of itself.
fn named(program: &str) -> Vec<String> {
    let path = shell::find(program).expect("a program of this machine");
    let help = Command::new(path).arg("--help").stdin(Stdio::null()).stderr(Stdio::null()).output();
    let help = help.map(|output| output.stdout).unwrap_or_default();
    let help = String::from_utf8_lossy(&help[..help.len().min(MOST_HELP)]).into_owned();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut options: Vec<String> = help
        .match_indices("--")
        .map(|(at, _)| help[at..].chars().take_while(|c| is_name(*c)).collect())
        .filter(|option: &String| option.len() > 3)
        .collect();
    options.sort_unstable();
    options.dedup();
    options
}

/// A use of one of them.
pub(crate) fn text(options: &[(&str, Vec<String>)], random: &mut Random) -> String {
    let (program, options) = &options[random.below(options.len())];
    let (option, value) = (&options[random.below(options.len())], random.pick(VALUES));
    let joined =
        if option.starts_with("--") { format!("{option}={value}") } else { format!("{option}{value}") };
    match random.below(6) {
        0 => format!("{program} {option} {value}"),
        1 => format!("{program} {option} {value} a.txt"),
        2 => format!("{program} {option} a.txt {value}"),
        3 => format!("{program} a.txt {option} {value}"),
        4 => format!("{program} {joined}"),
        _ => format!("{program} {joined} a.txt"),
    }
}

/// Runs those that are allowed, as text alone; how many these are, and those that did what was not said.
pub(crate) fn tally(programs: &[&str], texts: &[String]) -> (usize, Vec<String>) {
    files::tally_with(View::Text, programs, texts)
}
