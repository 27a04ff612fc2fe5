//! Ordinary work, and changes of its spelling and of what stands around it that leave it ordinary.

use guard_core::command::syntax::{CommandKind, PartKind, Script, parse};

use crate::mutate::Random;

/// Commands of ordinary work, of as many constructs as there are; all are allowed as they stand.
pub(crate) static BENIGN: &[&str] = &[
    "ls",
    "ls -la src",
    "cat README.md",
    "cat src/main.rs src/lib.rs",
    "head -n 20 README.md",
    "tail -n +5 a.log",
    "wc -l src/*.rs",
    "wc -l < a.txt",
    "grep -rn TODO src",
    "grep -rn 'rm -rf /' src",
    "grep -E 'a|b' a.txt",
    "grep -c '$(id)' a.txt",
    "grep -v '^#' Cargo.toml | sort | uniq -c | sort -rn | head",
    "rg -n 'fn main' src",
    "find . -name '*.rs'",
    "find . -type f -name '*.rs' -not -path './target/*'",
    "find . -name '*.rs' | xargs grep -l unsafe",
    "find . -name '*.rs' -print0 | xargs -0 wc -l",
    "find src -type f -exec grep -l foo {} +",
    "find . -maxdepth 2 -type d",
    "tree -L 2",
    "du -sh target",
    "stat Cargo.toml",
    "diff -u a.txt b.txt",
    "diff <(sort a.txt) <(sort b.txt)",
    "cut -d: -f1 a.txt | sort -u",
    "sort -t, -k2 a.csv",
    "x=(src/*.rs); for f in \"${x[@]}\"; do wc -l \"$f\"; done",
    "x=(-l src); ls \"${x[@]}\"",
    "x=(); x+=(a.txt); cat \"${x[@]}\"",
    "declare -a x=(1 2 3); echo \"${x[0]}\"",
    "find . -type d -name __pycache__ -exec rm -rf {} +",
    "[ \"$(grep -c . a.txt)\" -gt 3 ] && echo long",
    "t=$(mktemp) && sort a.txt > \"$t\" && rm \"$t\"",
    "sleep 1 & kill $!",
    "tr -d '\\r' < a.txt",
    "sed -n '10,20p' src/main.rs",
    "sed 's/foo/bar/g' a.txt",
    "sed -e 's|a/b|c/d|' a.txt",
    "sed -i 's/foo/bar/g' src/main.rs",
    "awk '{print $1}' a.txt",
    "awk -F, '$3 > 5 {print $1, $2}' a.csv",
    "awk '{sum += $1} END {print sum}' a.txt",
    "jq '.name' package.json",
    "jq -r '.scripts | keys[]' package.json",
    "cat package.json | jq .version",
    "git status --short",
    "git log --oneline -10",
    "git log --pretty=format:'%h %s' | head -5",
    "git diff HEAD~1 -- src/main.rs",
    "git diff --stat main...HEAD",
    "git show HEAD:README.md",
    "git ls-files '*.rs' | xargs wc -l",
    "wc -l $(git ls-files '*.rs')",
    "git rev-parse --abbrev-ref HEAD",
    "git branch -a",
    "git add src/main.rs",
    "git commit -m 'Fix; rm -rf / && more'",
    "git commit -m \"$(cat <<'EOF'\nSubject\n\nBody with `code` and $(stuff).\nEOF\n)\"",
    "git commit -F - <<'EOF'\nSubject\nEOF\n",
    "git checkout -b feature",
    "git stash list",
    "which cargo",
    "command -v python3",
    "uname -a",
    "date +%F",
    "echo hello",
    "echo \"$PATH\"",
    "echo 'rm -rf /'",
    "echo \"it's; fine && ok | yes\"",
    "printf '%s\\n' a b c",
    "test -f Cargo.toml && echo yes",
    "[ -d src ] || echo no",
    "[[ -f a && $x == y* ]] && echo ok",
    "if [ -f a.txt ]; then cat a.txt; else echo none; fi",
    "for f in *.rs; do wc -l \"$f\"; done",
    "for f in src/*.rs; do echo \"$f\"; head -1 \"$f\"; done",
    "for i in 1 2 3; do echo $i; done",
    "for i in $(seq 1 10); do echo $i; done",
    "for i in {1..5}; do echo \"file$i\"; done",
    "for ((i=0; i<3; i++)); do echo $i; done",
    "while read -r line; do echo \"$line\"; done < a.txt",
    "git ls-files | while read -r f; do wc -l \"$f\"; done",
    "x=5; echo $((x + 1))",
    "name=foo; echo \"$name\"",
    "cd src && ls",
    "cd src && grep -rn foo . | head -5",
    "(cd src && ls)",
    "pushd src && ls && popd",
    "ls 2>/dev/null",
    "cat a.txt 2>/dev/null || echo missing",
    "grep foo a.txt > /dev/null 2>&1",
    "ls | tee list.txt",
    "cat <<'EOF'\nrm -rf /\n$(id)\nEOF\n",
    "cat <<EOF\nplain text\nEOF\n",
    "grep foo <<< 'foo bar'",
    "sha256sum a.bin",
    "basename src/main.rs .rs",
    "true",
    "time ls",
    "timeout 10 grep -r foo src",
    "python3 -m json.tool a.json",
    "python3 -c 'print(1 + 1)'",
    "env FOO=1 ls",
    "set -euo pipefail; ls",
    "case \"$x\" in a) echo a;; *) echo b;; esac",
    "f() { echo \"$1\"; }; f hello",
    "ls # a comment; rm -rf ~",
    "! grep -q foo a.txt",
    "tar tzf a.tgz",
    "export FOO=bar && echo $FOO",
    "cargo build --release",
    "cargo test -p core -- --nocapture",
    "cargo test 2>&1 | tail -20",
    "cargo clippy --all-targets -- -D warnings",
    "RUST_BACKTRACE=1 cargo test",
    "cd sub && cargo test",
    "npm test",
    "npm run build",
    "npx tsc --noEmit",
    "pytest -q tests/test_a.py",
    "go build ./...",
    "go test ./... -run TestFoo -v",
    "make test",
    "make -j8 all",
    "cmake -B build -S . && cmake --build build",
    "gcc -O2 -Wall -o a.out a.c",
    "bash scripts/build.sh",
    "mkdir -p src/new",
    "touch src/new.rs",
    "cp a.txt b.txt",
    "mv src/a.rs src/b.rs",
    "rm -f a.txt b.txt",
    "rm -rf target",
    "echo hello > a.txt",
    "echo hello >> a.txt",
    "cat > a.txt <<'EOF'\nhello; rm -rf /\nEOF\n",
    "mkdir -p out && cp a.txt out/",
    "cargo test > test.log 2>&1",
    "chmod +x build.sh",
    "for f in *.txt; do mv \"$f\" \"${f%.txt}.md\"; done",
];

/// What may stand around a command.
const AROUND: [(&str, &str); 21] = [
    ("{ ", "\n}"),
    ("( ", "\n)"),
    ("if true; then ", "\nfi"),
    ("if ", "\nthen echo yes; else echo no; fi"),
    ("for i in 1 2; do ", "\ndone"),
    ("while true; do ", "\nbreak; done"),
    ("case x in x) ", "\n;; esac"),
    ("f() { ", "\n}; f"),
    ("echo \"$(", "\n)\""),
    ("true && { ", "\n}"),
    ("true; ", "\n"),
    ("echo start; ", "\necho end"),
    ("set -e\n", "\n"),
    ("# a comment\n", "\n"),
    ("! { ", "\n}"),
    ("time { ", "\n}"),
    ("{ ", "\n} | cat"),
    ("{ ", "\n} 2>&1 | tail -n 5"),
    ("{ ", "\n} > out.txt"),
    ("{ ", "\n} || echo failed"),
    ("{ ", "\n} && echo done"),
];

/// Names of files that stand for each other.
const FILES: [&str; 8] = [
    "README.md",
    "src/main.rs",
    "src/lib.rs",
    "a.txt",
    "b.txt",
    "Cargo.toml",
    "docs/guide.md",
    "tests/it.rs",
];

/// An ordinary text made of one or two others.
pub(crate) fn mutate(random: &mut Random) -> String {
    let mut text = BENIGN[random.below(BENIGN.len())].to_owned();
    for _ in 0..=random.below(3) {
        text = step(&text, random);
    }
    text
}

fn step(text: &str, random: &mut Random) -> String {
    let Ok(script) = parse(text) else { return text.to_owned() };
    match random.below(8) {
        0 => {
            let (open, close) = AROUND[random.below(AROUND.len())];
            format!("{open}{text}{close}")
        }
        1 => format!("{text}\n{}", BENIGN[random.below(BENIGN.len())]),
        2 | 3 => respell(text, &script, random),
        4 => other_file(text, random),
        5 => space(text, &script, random),
        6 => through_variable(text, &script, random),
        _ => format!("{}\n{text}", BENIGN[random.below(BENIGN.len())]),
    }
}

/// The words of simple commands that are plain text, with their places; those of the outermost text only.
fn plain_words(script: &Script) -> Vec<(usize, usize, String, usize)> {
    let mut words = Vec::new();
    for command in script.commands() {
        let CommandKind::Simple(simple) = &command.kind else { continue };
        for (number, word) in simple.words.iter().enumerate() {
            let [part] = word.parts.as_slice() else { continue };
            if let PartKind::Literal(text) = &part.kind {
                words.push((word.span.start, word.span.end, text.clone(), number));
            }
        }
    }
    words
}

/// The same argument, written otherwise.
fn respell(text: &str, script: &Script, random: &mut Random) -> String {
    let words = plain_words(script);
    let Some((start, end, value, _)) = words.get(random.below(words.len())) else { return text.to_owned() };
    let written = &text[*start..*end];
    let is_plain =
        value.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c)) && !value.is_empty();
    let has_pattern = value.contains(['*', '?', '[', '{', '~']) && written == value;
    if has_pattern || !value.is_ascii() || text[..*start].ends_with('\\') || value.contains('\n') {
        return text.to_owned();
    }
    let at = 1 + random.below(value.len().saturating_sub(1).max(1));
    let (before, after) = value.split_at(at.min(value.len()));
    let spelled = match random.below(6) {
        0 => format!("'{}'", value.replace('\'', "'\\''")),
        1 if is_plain => format!("\"{value}\""),
        2 if is_plain => format!("{before}\\{after}"),
        3 if is_plain => format!("{before}''{after}"),
        4 if is_plain => format!("{before}\\\n{after}"),
        5 if is_plain => format!("$'{value}'"),
        _ => return text.to_owned(),
    };
    format!("{}{spelled}{}", &text[..*start], &text[*end..])
}

fn other_file(text: &str, random: &mut Random) -> String {
    let from = FILES[random.below(FILES.len())];
    text.replacen(from, FILES[random.below(FILES.len())], 1)
}

/// More blanks, or the end of a line, between two words.
fn space(text: &str, script: &Script, random: &mut Random) -> String {
    let words: Vec<_> = plain_words(script).into_iter().filter(|word| word.3 > 0).collect();
    let Some((start, ..)) = words.get(random.below(words.len())) else { return text.to_owned() };
    if !text[..*start].ends_with(' ') {
        return text.to_owned();
    }
    let blank = ["  ", "\t", "\\\n", " \\\n  "][random.below(4)];
    format!("{}{blank}{}", &text[..*start], &text[*start..])
}

/// The same argument out of a variable.
fn through_variable(text: &str, script: &Script, random: &mut Random) -> String {
    let is_name = |value: &str| value.chars().all(|c| c.is_ascii_alphanumeric() || "_./".contains(c));
    let words: Vec<_> = plain_words(script)
        .into_iter()
        .filter(|(_, _, value, number)| *number > 0 && is_name(value) && !value.starts_with('-'))
        .collect();
    let Some((start, end, value, _)) = words.get(random.below(words.len())) else { return text.to_owned() };
    let name = ["arg", "path", "item"][random.below(3)];
    format!("{name}={value}\n{}\"${name}\"{}", &text[..*start], &text[*end..])
}
