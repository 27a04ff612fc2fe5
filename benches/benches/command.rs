//! What judging a command costs, beside reading its bytes once.

use std::hint::black_box;
use std::time::Instant;

use guard_benches::{Case, compare};
use guard_core::command::{Context, Policy};

/// Commands as agents write them.
const REALISTIC: &[&str] = &[
    "ls -la src",
    "git status --short",
    "cargo test -p core 2>&1 | tail -20",
    "cd src && grep -rn 'foo bar' . | head -5",
    "find . -name '*.rs' -not -path './target/*' | xargs grep -l unsafe",
    "for f in src/*.rs; do echo \"$f\"; wc -l \"$f\"; done",
    "git commit -m \"$(cat <<'EOF'\nSubject\n\nBody; with && operators\nEOF\n)\"",
    "RUST_LOG=debug cargo run -- --help",
    "sed -n '10,20p' src/main.rs && awk -F: '$3 > 5 {print $1}' a.txt | sort -u",
    "if [ -f a.txt ]; then cat a.txt; else echo none > a.txt; fi",
    "curl -sSL https://example.org/a.json | jq -r '.items[].name'",
    "rm -rf ~/x; echo $(cat .env) | base64 -d | sh",
];

#[allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn main() {
    let context = Context::lexical("/approved").home("/home/u");
    let policy = Policy::agent();
    let scan = || REALISTIC.iter().map(|text| text.bytes().map(u64::from).sum::<u64>()).sum::<u64>();
    compare(
        "12 realistic commands",
        200,
        vec![
            Case::new("read each byte", scan),
            Case::new("parse", || {
                REALISTIC.iter().filter(|text| guard_core::command::syntax::parse(text).is_ok()).count()
            }),
            Case::new("evaluate", || {
                REALISTIC
                    .iter()
                    .map(|text| policy.evaluate(text, &context).decision() as usize)
                    .sum::<usize>()
            }),
        ],
    );

    let mut samples = Vec::new();
    for _ in 0..2_000 {
        for text in REALISTIC {
            let start = Instant::now();
            black_box(policy.evaluate(black_box(text), &context));
            samples.push(start.elapsed());
        }
    }
    samples.sort();
    let at = |share: usize| samples.get(samples.len() * share / 100).copied().unwrap_or_default();
    println!("\none command: p50 {:?}, p99 {:?}", at(50), at(99));

    let most = 16 * 1024;
    let fill = |unit: &str| unit.repeat(most / unit.len());
    let numbered = |unit: &str| {
        let mut text = String::new();
        for number in 0.. {
            let next = unit.replace('%', &number.to_string());
            if text.len() + next.len() > most {
                break;
            }
            text.push_str(&next);
        }
        text
    };
    for (name, text) in [
        ("statements", fill("ls;")),
        ("words", format!("cat {}", fill("a ").get(4..).unwrap_or(""))),
        ("substitutions", format!("echo {}", fill("$(a)").get(8..).unwrap_or(""))),
        ("globs", format!("cat {}", fill("*").get(8..).unwrap_or(""))),
        ("globs between slashes", format!("cat {}", fill("*/").get(8..).unwrap_or(""))),
        ("braces", fill("{a,b}")),
        ("loops", format!("{}x{}", "while a; do b=$b; ".repeat(14), ";done".repeat(14))),
        ("nested code", format!("{}id", "sh -c ".repeat(2000))),
        ("evals", fill("eval ")),
        ("assignments", fill("x=$x$x;")),
        ("doubling", format!("x=a;{}cat $x", "x=$x$x;".repeat(2000))),
        ("pipes", format!("{}a", fill("a|").get(4..).unwrap_or(""))),
        ("functions", format!("f(){{ {} }};f", fill("f;").get(32..).unwrap_or(""))),
        ("xargs", format!("echo {} | xargs xargs xargs cat", fill("a ").get(64..).unwrap_or(""))),
        ("paths", format!("cat {}", fill("a/").get(8..).unwrap_or(""))),
        ("sequences", fill("a{b..b}")),
        ("products of braces", numbered("{a%,b}{c,d}; ")),
        ("words of braces", fill("{a,b}\n")),
        ("patterns", numbered("cat a%*/b*c?d; ")),
        ("searches", numbered("find . -name '*.%' -exec cat {} \\;; ")),
        ("appended files", fill("echo a >> b\n")),
        ("redirections", fill("echo a >> b ")),
        ("written files", numbered("echo % > f%; ")),
        (
            "files with links",
            format!("echo x > f; {}", numbered("(cd d%; sh f) || ln f g% || trap 'sh g%' EXIT; ")),
        ),
        ("scripts in directories", format!("echo x > f; {}", numbered("case a in a) sh f%;; esac; cd d%; "))),
        ("files of many names", fill("echo a > x$n; cp x$n y$m; sh y$m; ")),
        ("options of which any may be nothing", format!("{}ls", "env -u$a ".repeat(450))),
        ("jobs beside", format!("source f < g; {}", fill("coproc sh f && read x < f && "))),
        ("directories", fill("cd a || b; ")),
        ("build directories", fill("cmake -B a -S . && cmake --build a ")),
        ("commands of options", fill("fdfind --exec=fd ")),
        ("carriers of what may be nothing", format!("{}shift $x", "valgrind ".repeat(1_770))),
        ("directories of options", fill("terraform -chdir=a ")),
        ("commands of what is not known", "fdfind --exec=fd $x ".repeat(180)),
        (
            "links",
            numbered("ln -s . l%;").chars().take(360).collect::<String>()
                + &";cat l1/l2/l3/l4/../x".repeat(170),
        ),
        ("links that are moved", format!("ln -s . a; mv {}b", "* ".repeat(760))),
        (
            "directories of files",
            format!("find {}{}", "../a ".repeat(300), "-execdir cat ../x ';' ".repeat(95)),
        ),
        ("bodies of one function", fill("false && f() { :; }; ")),
        ("variables of subshells", numbered("x%=1; (y%=2); ")),
        ("values of two ways", numbered("x%=1; if a; then x%=2; fi; ")),
        ("functions", numbered("f%() { a; }; (g%() { b; }); ")),
        ("joined text", fill("declare -i y; y+='a[$(b)]'; ")),
        (
            "lists",
            format!("{}{}{}", "(".repeat(15), fill("${x/#x}\n").get(32..).unwrap_or(""), ")".repeat(15)),
        ),
        ("rounds", format!("{}{}", "for i in a b c d; do ".repeat(15), ";done".repeat(15))),
    ] {
        let text = text.get(..text.len().min(most)).unwrap_or("");
        let mut times = [(); 5].map(|()| {
            let start = Instant::now();
            black_box(policy.evaluate(black_box(text), &context));
            start.elapsed()
        });
        times.sort();
        let decision = policy.evaluate(text, &context).decision();
        println!("  {name:<24} {:>6} bytes {:>12?} {decision}", text.len(), times[2]);
    }
}
