//! Parsing shell commands, beside looking at each byte once.
//! Run with `cargo bench -p guard-benches --bench shell_parse`.

use guard_benches::{Case, compare};
use guard_core::command::syntax::{MAX_LENGTH, parse};

const COMMANDS: [&str; 12] = [
    "ls -la src",
    "git status --short",
    "cargo test -p guard-core -- --nocapture 2>&1 | grep -E 'test result|FAILED|panicked'",
    "grep -rnE \"TODO|FIXME\" . | grep -v node_modules | head -50",
    "cd \"$(git rev-parse --show-toplevel)\" && ls",
    "for f in *.rs; do wc -l \"$f\"; done",
    "find src -type f \\( -name '*.ts' -o -name '*.tsx' \\) -print0 | xargs -0 grep -l useState",
    "if [ -f package.json ]; then npm test; else echo \"no package.json\"; fi",
    "git commit -m \"$(cat <<'EOF'\nfix: it's \"done\"\n\nA longer text follows here.\nEOF\n)\"",
    "RUST_LOG=debug RUST_BACKTRACE=1 cargo run -- --config 'a b.toml'",
    "echo \"${files[@]##*/} ${x:-$(date +%F)} $((a + 1))\" > out.txt",
    "mv src/{old,new}.rs && sed -i 's/old/new/g' src/new.rs",
];

fn scan(text: &str) -> usize {
    text.bytes().filter(|byte| b"'\"\\$`;&|(){}<>#".contains(byte)).count()
}

fn main() {
    let all = || COMMANDS.iter();
    compare(
        "12 realistic commands",
        200,
        vec![
            Case::new("scan of the bytes", || all().map(|text| scan(text)).sum::<usize>()),
            Case::new("parse", || all().filter(|text| parse(text).is_ok()).count()),
            Case::new("parse, every command listed", || {
                all().filter_map(|text| parse(text).ok()).map(|script| script.commands().len()).sum::<usize>()
            }),
        ],
    );
    for (title, piece) in [
        ("16 KiB of words", "word "),
        ("16 KiB of commands", "a b;"),
        ("16 KiB of substitutions", "$(a)"),
        ("16 KiB of open braces", "{a,"),
        ("16 KiB of continuations", "\\\n"),
    ] {
        let text: String = piece.chars().cycle().take(MAX_LENGTH).collect();
        compare(
            title,
            50,
            vec![Case::new("scan of the bytes", || scan(&text)), Case::new("parse", || parse(&text).is_ok())],
        );
    }
}
