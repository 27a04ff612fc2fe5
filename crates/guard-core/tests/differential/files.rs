//! Files against the real shell: what a text that is allowed as it stands prints, keeps, changes or runs.
//!
//! Every text runs in a project that holds a secret, beside a file outside. Where one of them comes out, or the file
//! outside is changed, the evaluation had to ask, or to require that secrets are masked. That is judged as text alone, and
//! on disk in a project with links that leave it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use guard_core::Decision;
use guard_core::command::syntax::{CommandKind, parse};
use guard_core::command::{Context, Policy};
use guard_core::path::Root;

use crate::mutate::Random;
use crate::shell::{self, How, PROGRAMS, Place, open_to_all};

/// What the secret file of the project holds.
const SECRET: &str = "canary-of-the-secret";
/// What the file beside the project holds.
const OUTSIDE: &str = "canary-from-outside";

/// Programs beside those of the markers; only texts that are allowed run, so that they stay where they are.
pub(crate) const MORE: &[&str] = &[
    "b2sum", "basename", "cmp", "comm", "csplit", "dd", "diff", "dirname", "echo", "expand", "expr", "fmt",
    "fold", "join", "mktemp", "nl", "od", "paste", "pr", "printf", "ptx", "readlink", "realpath", "rm",
    "rmdir", "shuf", "stat", "tac", "touch", "truncate", "tsort", "unexpand", "uniq",
];

/// Each gives away or changes one of the two files.
pub(crate) const LEAKS: &[&str] = &[
    "cat .env",
    "cat ./.env",
    "cat src/../.env",
    "cat \"$PWD/.env\"",
    "cat ../out.txt",
    "cat src/../../out.txt",
    "cat ~/out.txt",
    "cat \"$HOME/out.txt\"",
    "cat < .env",
    "cat <<< \"$(< .env)\"",
    "while read -r x; do echo \"$x\"; done < .env",
    "x=.env; cat $x",
    "x=env; cat .$x",
    "x=.e; cat ${x}nv",
    "cat .e*",
    "cat $(find . -maxdepth 0 -exec echo ../out.txt \\;)",
    "cat $(find . -maxdepth 0 -execdir printf '%s' .env \\;)",
    "for d in $(find src -type d -execdir ls -a {} \\;); do cat \"$d/out.txt\"; done",
    "cat $(find . -maxdepth 0 -exec dirname ../out.txt/a \\;)",
    "for d in $(ls -a); do cat \"$d/out.txt\"; done",
    "ls -f | xargs -I{} cat {}/out.txt",
    "cat $(expr .. \\| 1)/out.txt",
    "cat $(dirname a b ../out.txt/d)",
    "cat $(realpath --relative-to=src .)/out.txt",
    "ls | grep -HZ --label=../out.txt a | xargs -0 cat",
    "cat $(seq 0)../out.txt",
    "cat $(find . -maxdepth 0)./out.txt",
    "find . -maxdepth 0 -exec cat {}./out.txt \\;",
    "ls -d ./a* | while read -d / x; do cat \"$x./out.txt\"; done",
    "for i in a*; do cat \"${i%a.txt}../out.txt\"; done",
    "x=$(ls nothing); cat \"${x:-../out.txt}\"",
    "x=$(ls nothing); cat \"${x:=../out.txt}\"",
    "x=$(seq 0); cat ${x:-.env}",
    "x=../out.txt; for x in $(find . -name nothing); do :; done; cat \"$x\"",
    "x=.env; for x in $(ls nothing); do :; done; cat \"$x\"",
    "touch a..; for f in a.?; do cat \"${f#a}/out.txt\"; done",
    "touch a..; for f in a..; do cat \"${f/a}/out.txt\"; done",
    "touch a..; for f in a?.; do cat \"${f:1}/out.txt\"; done",
    "for f in a.*; do cat \"${f/a.txt/../out.txt}\"; done",
    "for f in a.*; do cat \"${f/#a.txt/.env}\"; done",
    "x=$(echo ../..); cd src; cat \"$(basename $x)/../out.txt\"",
    "cat .en?",
    "cat .[e]nv",
    "cat {.env,a.txt}",
    "cat $(echo .env)",
    "echo .env | xargs cat",
    "printf '.env\\n' | xargs -n1 head",
    "echo * .env | xargs cat",
    "echo * ../out.txt | xargs cat",
    "{ ls; echo ../out.txt; } | xargs cat",
    "{ ls ~+/.env; echo b.txt; } | xargs cat",
    "{ ls; which ls & echo ../out.txt; } | xargs cat",
    "{ ls; echo ../out.txt; } | while read -r x; do cat \"$x\"; done",
    "{ find . -name a.txt; echo ../out.txt; } | xargs cat",
    "find . -name .env -exec cat {} \\;",
    "find .. -name out.txt -exec cat {} +",
    "find . -name '.e*' | xargs cat",
    "cd src; cat ../.env",
    "cd src && cat ../../out.txt",
    "cd ..; cat out.txt",
    "(cd ..; cat out.txt)",
    "pushd .. > x; cat out.txt",
    "cd -- ..; cat out.txt",
    "cd src; cd ../..; cat out.txt",
    "cd ..; cd -; cd -; cat out.txt",
    "f() { cd ..; }; f; cat out.txt",
    "cd nowhere; cat .env",
    "set -- .env; cat \"$1\"",
    "set -- a.txt .env; shift; cat \"$1\"",
    "f() { cat \"$2\"; }; f $x a.txt .env",
    "for x in a.txt .env; do cat \"$x\"; done",
    "read x <<< .env; cat $x",
    "x=(a.txt .env); cat \"${x[1]}\"",
    "x=a.txt; y=x; x=.env; cat ${!y}",
    "x=.envx; cat ${x%x}",
    "x=a/.env; cat ${x##*/}",
    "cp .env b.txt; cat b.txt",
    "mv .env b.txt; cat b.txt",
    "ln .env b.txt; cat b.txt",
    "ln -s .env b.txt; cat b.txt",
    "ln -s ../out.txt b.txt; cat b.txt",
    "ln -s .. d; cat d/out.txt",
    "ln -s ../.. src/d; cat src/d/out.txt",
    "tar cf a.tar .env; tar xOf a.tar",
    "head -c 99 .env",
    "tail -n +1 .env",
    "sed '' .env",
    "sed 'r .env' a.txt",
    "sed 'R .env' a.txt",
    "sed -e '$r .env' a.txt",
    "awk 1 .env",
    "awk '{ while ((getline x < \".env\") > 0) print x }' a.txt",
    "awk 'BEGIN { f = \".e\" \"nv\"; getline x < f; print x }'",
    "awk 'BEGIN { ARGV[1] = \".env\"; ARGC = 2 } 1' a.txt",
    "perl -pe 1 .env",
    "perl -pe 1 '< .env'",
    "perl -ne print '<../out.txt'",
    "perl -e 'open F, \".env\"; print <F>'",
    "grep -h '' .env",
    "grep -v -f a.txt .env",
    "grep -r canary .env",
    "sort .env",
    "sort a.txt -o ../out.txt",
    "tee ../out.txt < a.txt",
    "echo x > ../out.txt",
    "echo x >> ../out.txt",
    "echo x >| ../out.txt",
    "echo x &> ../out.txt",
    "cp a.txt ../out.txt",
    "cp a.txt ../new.txt",
    "mv a.txt ..",
    "mv ../out.txt .",
    "rm ../out.txt",
    "touch ../new.txt",
    "mkdir ../new",
    "truncate -s 0 ../out.txt",
    "sed -i s/c/d/ ../out.txt",
    "dd if=a.txt of=../out.txt",
    "dd if=.env",
    "split a.txt ../new",
    "csplit -f ../new a.txt 1",
    "tar cf ../new.tar a.txt",
    "tar cf a.tar a.txt; tar xf a.tar -C ..",
    "diff .env a.txt",
    "comm .env a.txt",
    "paste .env a.txt",
    "join .env .env",
    "cut -c1- .env",
    "od -An -c .env | tr -d ' \\n'",
    "base64 .env | base64 -d",
    "rev .env | rev",
    "tac .env",
    "nl .env",
    "fold .env",
    "uniq .env",
    "shuf .env",
    "pr .env",
    "xargs -a .env -n1 basename",
    "mapfile x < .env; echo \"${x[0]}\"",
    "exec 3< .env; cat <&3",
    "exec < .env; cat",
    "cat 0< .env",
    ". ./.env",
    "source .env",
    "sh .env",
    "env -C .. cat out.txt",
    "tar -C .. -cf - out.txt",
    "make -C src; cat ../out.txt",
    "bash -c 'cat .env'",
    "sh -c 'cat $0' .env",
    "eval 'cat .env'",
    "cat /proc/self/cwd/.env",
    "cd src; cat $OLDPWD/.env",
    "wc --files0-from=.env",
    "sort --files0-from=.env",
    "cat -- .env",
    "cat -n .env -",
    "timeout 5 cat .env",
    "nice cat .env",
    "flock a.txt cat .env",
    "cat <(cat .env)",
    "tee b.txt < .env",
    "printf '%s' \"$(cat .env)\"",
    "x=$(<.env); echo \"$x\"",
    "trap 'cat .env' EXIT",
    "cat < .e*",
    "x='.e*'; cat < $x",
    "exec < .[e]nv; cat",
    "echo x > .e*",
    "echo x >> .en?",
    "ls 2> .e*",
    "echo x >& .e*",
    "cd nowhere; cd src && cat ../../out.txt",
    "cd nowhere; cd src; cd nowhere; cat ../../out.txt",
    "cd nowhere; cat ../o*",
    "mkdir -p p/q && cd p/q && mv ../q ../../r && cat ../../out.txt",
    "mkdir -p p/q && cd p/q && mv ../../p/q ../.. && cat ../../out.txt",
    "mkdir -p p/q && cd p/q && mv \"$PWD\" ../../r && cat ../../out.txt",
    "mkdir -p p/q && cd p/q && mv ../[q] ../../r && cat ../../out.txt",
    "mkdir -p p/q && cd p/q && mv -t ../.. ../q && echo x > ../../out.txt",
    "mkdir -p p/q && cd p/q && (cd ../.. && mv p/q r) && cat ../../out.txt",
    "mkdir -p p/q && cd p/q && mv ../q ../../r && tee ../../out.txt < ../a.txt",
    "mkdir -p p/q/s && cd p/q/s && mv ../../q ../../../r && cat ../../../out.txt",
    "mkdir -p p/q && env -C p/q sh -c 'mv ../q ../../r && cat ../../out.txt'",
    "cd src && { cd .. && false || cat ../out.txt; }",
    "cd src && { { cd ..; false; } || cat ../out.txt; }",
    "cd src && { ! cd .. || cat ../out.txt; }",
    "cd src && { cd .. && cd nowhere || cat ../out.txt; }",
    "cd src && { f() { cd ..; return 1; }; f || cat ../out.txt; }",
    "cd src && { case x in x) cd ..; false ;; esac || cat ../out.txt; }",
    "cd src && mapfile -C 'cd ..; :' -c 1 x <<< y && cat ../out.txt",
    "ln -s . e; cat e/../out.txt",
    "ln -s . e; cd e && cat ../out.txt",
    "mkdir p; ln -s .. p/e; cat p/e/../out.txt",
    "mkdir -p p/q; ln -s ../.. p/q/e; mv p/q r; cat r/e/out.txt",
    "cd src && env -C .. cat ../out.txt",
    "cd src && find .. -maxdepth 1 -name a.txt -execdir cat ../out.txt ';'",
    "cd src && find ../a.txt -execdir cat ../out.txt ';'",
    "cd src && tar -cf a.tar -C .. ../out.txt; tar -xOf a.tar",
];

/// The same in a project with links.
pub(crate) const LINKED: &[&str] = &[
    "cd src; grep * foo",
    "(cd src; grep * foo <<< 'foo bar')",
    "cd src a.txt; cat l",
    "pushd src a.txt; cat src/../l",
    "cat l",
    "cat k",
    "cat d/out.txt",
    "cat d/p/.env",
    "cat src/u",
    "cat src/e",
    "cat src/../l",
    "cat ./d/./out.txt",
    "cat < l",
    "x=l; cat $x",
    "cd src; cat u",
    "cd src && cat u",
    "cd nowhere; cat src/u",
    "cd d; cat out.txt",
    "cd d/p; cat .env",
    "(cd src; cat ../k)",
    "head -n 1 src/e",
    "awk 1 l",
    "sed '' k",
    "cp l b.txt",
    "cp -r src/. t; cat t/u",
    "tee l < a.txt",
    "echo x > l",
    "echo x >> k",
    "echo x > gone",
    "cp a.txt d",
    "mv a.txt d/",
    "sed -i s/x/y/ l",
    "truncate -s 0 l",
    "rm d/out.txt",
    "mkdir d/new",
    "ln -s l b.txt; cat b.txt",
    "mv l b.txt; cat b.txt",
    "for x in l; do cat \"$x\"; done",
    "echo l | xargs cat",
    "sh l; cat l",
    "cd src; cd src/../..; cat u",
    "cd src && false || cat u",
    "mkdir v; rmdir v; cd v; cat src/../l",
    "mv src v; cd src; cat ../out.txt",
];

/// Files and what leads to them, in place of words.
const VALUES: &[&str] = &[
    ".env",
    "../out.txt",
    "../../out.txt",
    "./.env",
    "$x",
    "\"$x\"",
    "$y",
    "$1",
    "\"$@\"",
    "${x[@]}",
    ".e*",
    "*",
    ".*",
    "../*",
    "..",
    ".",
    "src/..",
    "src/../..",
    "../src",
    "{.env,a.txt}",
    "$(echo .env)",
    "$(cat names)",
    "`echo ..`/out.txt",
    "$PWD/.env",
    "~+/.env",
    "~/out.txt",
    "$OLDPWD/out.txt",
    "${x%/*}/out.txt",
    "${x:-.env}",
    "${x:0:4}",
    "b.txt",
    "src",
    "d",
    "d/out.txt",
    "l",
    "k",
    "src/u",
    "src/../l",
    "d/p/.env",
    "inside",
    "gone",
    "-f.env",
    "--file=.env",
    "@.env",
    "a.txt",
    "-",
    "/dev/stdin",
];

/// What may stand before, after or around a command.
const AROUND: &[(&str, &str)] = &[
    ("x=.env; ", ""),
    ("x=../out.txt; ", ""),
    ("x=a.txt; ", ""),
    ("y=..; ", ""),
    ("x=.env ", ""),
    ("set -- .env; ", ""),
    ("set -- $y a.txt ../out.txt; ", ""),
    ("shift; ", ""),
    ("cd src; ", ""),
    ("cd ..; ", ""),
    ("cd src && ", ""),
    ("cd nowhere; ", ""),
    ("cd nowhere && ", ""),
    ("cd src || ", ""),
    ("cd src/../..; ", ""),
    ("pushd src; ", ""),
    ("popd; ", ""),
    ("pushd ..; ", ""),
    ("cd -; ", ""),
    ("(cd src; ", "\n)"),
    ("{ cd src; ", "\n}"),
    ("CDPATH=..; cd p/src; ", ""),
    ("ln -s ../out.txt b.txt; ", ""),
    ("ln -s .. d; ", ""),
    ("ln -s .env b.txt; ", ""),
    ("mv src d; ", ""),
    ("mkdir -p d; ", ""),
    ("echo .env > names; ", ""),
    ("echo ../out.txt | xargs ", ""),
    ("echo .env | ", ""),
    ("xargs < names ", ""),
    ("find . -maxdepth 1 -name '.e*' -exec ", " {} \\;"),
    ("find src -type d -execdir ", " {} \\;"),
    ("find .. -maxdepth 1 -type f | xargs ", ""),
    ("read x < names; ", ""),
    ("for x in * .env; do ", "\ndone"),
    ("for x in .* ; do ", "\ndone"),
    ("while read x; do ", "\ndone <<< .env"),
    ("f() { ", "\n}; f .env"),
    ("f() { ", "\n}; cd src; f"),
    ("f() { cd ..; }; f; ", ""),
    ("trap '", "' EXIT"),
    ("eval '", "'"),
    ("bash -c '", "' .env ../out.txt"),
    ("sh -c \"", "\""),
    ("env -C src ", ""),
    ("env x=.env ", ""),
    ("make -C src; ", ""),
    ("timeout 2 ", ""),
    ("exec ", ""),
    ("exec < .env; ", ""),
    ("", " < .env"),
    ("", " < $x"),
    ("", " > ../out.txt"),
    ("", " > b.txt; cat b.txt"),
    ("", " | cat"),
    ("", " | xargs cat"),
    ("", " | while read x; do cat $x; done"),
    ("", " || cat ../out.txt"),
    ("true || ", ""),
    ("false || ", ""),
    ("if true; then ", "\nfi"),
    ("case x in x) ", "\n;; esac"),
    ("echo \"$(", "\n)\""),
    ("shopt -s dotglob; ", ""),
    ("set -f; ", ""),
    ("IFS=/; ", ""),
    ("unset x; ", ""),
    ("HOME=..; ", ""),
    ("PWD=..; ", ""),
    ("", "; cat $x"),
    ("", "; cat b.txt"),
    ("", "; cat out.txt"),
];

/// A text made of one or two others by its grammar.
pub(crate) fn grow(cases: &[&str], random: &mut Random) -> String {
    let mut text = random.pick(cases).to_owned();
    for _ in 0..=random.below(3) {
        let Ok(script) = parse(&text) else { return text };
        let commands = script.commands();
        let Some(command) = commands.get(random.below(commands.len())) else { return text };
        let (start, end) = (command.span.start, command.span.end);
        let (Some(before), Some(own), Some(after)) =
            (text.get(..start), text.get(start..end), text.get(end..))
        else {
            return text;
        };
        text = match random.below(5) {
            0 | 1 => {
                let (open, close) = AROUND[random.below(AROUND.len())];
                format!("{before}{open}{own}{close}{after}")
            }
            2 => {
                let joined = random.pick(&["; ", " && ", " || ", " | ", "\n", " & "]);
                format!("{before}{}{joined}{own}{after}", random.pick(cases))
            }
            _ => {
                let CommandKind::Simple(_) = command.kind else { continue };
                let words = command.words();
                let Some(word) = words.get(random.below(words.len())) else { continue };
                let (Some(before), Some(after)) = (text.get(..word.span.start), text.get(word.span.end..))
                else {
                    continue;
                };
                let written = text.get(word.span.start..word.span.end).unwrap_or("");
                match random.below(3) {
                    0 => format!("{before}{written} {}{after}", random.pick(VALUES)),
                    _ => format!("{before}{}{after}", random.pick(VALUES)),
                }
            }
        };
    }
    text.replace('\0', "")
}

fn secret() -> String {
    format!("echo {SECRET}\n")
}

/// The project, where no link is there before.
fn plain(work: &Path) {
    let project = work.join("p");
    fs::create_dir_all(project.join("src")).expect("a directory");
    for directory in [&project, &project.join("src")] {
        open_to_all(directory);
    }
    let files = [
        (".env", secret()),
        ("a.txt", "a.txt\nsrc/main.rs\n".to_owned()),
        ("names", "a.txt\n".to_owned()),
        ("src/main.rs", "fn main() {}\n".to_owned()),
    ];
    for (name, text) in files {
        fs::write(project.join(name), text).expect("a file");
        open_to_all(&project.join(name));
    }
    fs::write(work.join("out.txt"), OUTSIDE).expect("a file");
    open_to_all(&work.join("out.txt"));
    let home = work.parent().and_then(Path::parent).expect("a root").join("home").join("out.txt");
    if !home.exists() {
        fs::write(home, OUTSIDE).expect("a file");
    }
}

/// The same with links to the secret and out of the project.
fn linked(work: &Path) {
    plain(work);
    let project = work.join("p");
    let links = [
        ("l", "../out.txt"),
        ("k", ".env"),
        ("d", ".."),
        ("src/u", "../../out.txt"),
        ("src/e", "../.env"),
        ("inside", "a.txt"),
        ("gone", "../new.txt"),
    ];
    for (name, target) in links {
        symlink(target, project.join(name)).expect("a link");
    }
}

/// What came of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The secret is in the output or in another file of the project, or was changed.
    pub(crate) secret: bool,
    /// The file beside the project came in, or what is beside it changed.
    pub(crate) outside: bool,
    /// The marker ran.
    pub(crate) marker: bool,
}

fn see(root: &Path, number: usize) -> Seen {
    let holds = |path: &Path, text: &str| {
        fs::read(path).is_ok_and(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
    };
    let work = root.join("work").join(number.to_string());
    let output = root.join("out").join(number.to_string());
    let mut files = vec![output];
    let mut todo = vec![work.join("p")];
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => todo.push(path),
                Ok(kind) if kind.is_file() => files.push(path),
                _ => {}
            }
        }
    }
    let own = work.join("p/.env");
    let beside: Vec<_> = fs::read_dir(&work).into_iter().flatten().flatten().map(|e| e.file_name()).collect();
    let is_unchanged = beside.len() == 2
        && beside.iter().all(|name| name == "p" || name == "out.txt")
        && fs::read(work.join("out.txt")).is_ok_and(|bytes| bytes == OUTSIDE.as_bytes());
    Seen {
        secret: files.iter().any(|path| *path != own && holds(path, SECRET))
            || !fs::read(&own).is_ok_and(|bytes| bytes == secret().as_bytes()),
        outside: files.iter().any(|path| holds(path, OUTSIDE)) || !is_unchanged,
        marker: root.join("marks").join(number.to_string()).exists(),
    }
}

/// How paths are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    Text,
    Disk,
}

impl View {
    fn prepare(self, work: &Path) {
        match self {
            Self::Text => plain(work),
            Self::Disk => linked(work),
        }
    }
}

/// Runs texts in projects of their own.
pub(crate) fn run(view: View, texts: &[String]) -> Vec<Seen> {
    run_with(view, &programs(), texts)
}

fn programs() -> Vec<&'static str> {
    PROGRAMS.iter().chain(MORE).copied().collect()
}

fn run_with(view: View, programs: &[&str], texts: &[String]) -> Vec<Seen> {
    let place = Place { programs, prepare: &|work| view.prepare(work), within: "p" };
    shell::run_in(How::Forked, texts, &place, see)
}

/// What has to hold where a text runs as it stands.
#[derive(Clone, Copy, Debug)]
struct Allowed {
    /// Its secrets are masked.
    masked: bool,
    /// It is in a cell, which holds nothing but the project.
    cell: bool,
}

fn allowed(text: &str, view: View, context: &Context) -> Option<Allowed> {
    let evaluation = Policy::agent().evaluate(text, context);
    let requires = evaluation.verdict().requires();
    let runs_code = evaluation.effects().runs_project_code();
    // As text alone no link is seen, and none is there.
    let cell = runs_code || view == View::Disk && requires.sandbox;
    (evaluation.decision() == Decision::Allow)
        .then_some(Allowed { masked: requires.secrets_masked || runs_code, cell })
}

/// Runs those of the texts that are allowed; how many these are, and those that gave away what was not said.
pub(crate) fn tally(view: View, texts: &[String]) -> (usize, Vec<String>) {
    tally_with(view, &programs(), texts)
}

/// The same with other programs on the path.
pub(crate) fn tally_with(view: View, programs: &[&str], texts: &[String]) -> (usize, Vec<String>) {
    let there = tempfile::tempdir().expect("a directory");
    let work = there.path().join("work/x");
    for directory in [&there.path().join("home"), &work] {
        fs::create_dir_all(directory).expect("a directory");
    }
    view.prepare(&work);
    let root = Root::open(work.join("p")).expect("a root");
    let context = match view {
        View::Text => Context::lexical("/approved"),
        View::Disk => Context::new(&root),
    };
    let context = context.home("/home/u");
    let judged: Vec<(String, Allowed)> =
        texts.iter().filter_map(|text| Some((text.clone(), allowed(text, view, &context)?))).collect();
    let texts: Vec<String> = judged.iter().map(|(text, _)| text.clone()).collect();
    let missed = judged.iter().zip(run_with(view, programs, &texts)).filter(|((_, allowed), seen)| {
        seen.marker || seen.outside && !allowed.cell || seen.secret && !allowed.masked
    });
    let missed = missed.map(|((text, _), _)| text.clone()).collect();
    (texts.len(), missed)
}
