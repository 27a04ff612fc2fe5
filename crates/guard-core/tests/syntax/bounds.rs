//! Bounds: length, depth, stack and work.

use std::thread;

use guard_core::command::syntax::{MAX_LENGTH, parse, parse_counted};

/// Every way to open something, and how to close it.
const OPENERS: [(&str, &str); 33] = [
    ("(", ")"),
    ("( (", ") )"),
    ("{ ", "; }"),
    ("$(", ")"),
    ("echo $(", ")"),
    ("echo \"$(", ")\""),
    ("echo \"${x:-", "}\""),
    ("echo ${x:-", "}"),
    ("echo ${x#\"", "\"}"),
    ("echo `", "`"),
    ("echo <(", ")"),
    ("echo $((", "))"),
    ("echo $(( 1 + (", ") ))"),
    ("echo ${a[", "]}"),
    ("a[", "]=1"),
    ("a=(", ")"),
    ("a=(\"$(", ")\")"),
    ("if ", "; then :; fi"),
    ("if :; then ", "; fi"),
    ("while ", "; do :; done"),
    ("for i in 1; do ", "; done"),
    ("case x in x) ", ";; esac"),
    ("f() { ", "; }"),
    ("function f { ", "; }"),
    ("coproc { ", "; }"),
    ("[[ ( ", " ) ]]"),
    ("[[ ! ", " ]]"),
    ("[[ -n $(", ") ]]"),
    ("echo {a,", "}"),
    ("echo @(", ")"),
    ("cat <<E\n$(", ")\nE\n"),
    ("x \"", "\""),
    ("! ", ""),
];

fn on_a_small_stack(text: String) -> bool {
    let thread = thread::Builder::new().stack_size(256 * 1024);
    thread.spawn(move || parse(&text).is_ok()).expect("a thread").join().expect("no overflow")
}

#[test]
fn deep_text_is_refused_on_a_small_stack() {
    for (open, close) in OPENERS {
        for depth in [1, 4, 8, 16, 31, 32, 33, 64, 500] {
            let text = format!("{}x{}", open.repeat(depth), close.repeat(depth));
            on_a_small_stack(text.clone());
            on_a_small_stack(open.repeat(depth));
        }
        // Each opener as the way from one substitution to the next: the longest chains of calls.
        for (inner, inner_close) in OPENERS {
            for depth in [4, 8, 12, 16, 33] {
                let text = format!(
                    "{}x{}",
                    format!("{open}{inner}").repeat(depth),
                    format!("{inner_close}{close}").repeat(depth)
                );
                on_a_small_stack(text);
            }
        }
    }
}

#[test]
fn ordinary_depth_is_accepted() {
    assert!(parse(&format!("{}x{}", "echo $(".repeat(9), ")".repeat(9))).is_ok());
    assert!(
        parse("if a; then while b; do for c in $(d \"${e:-`f`}\"); do { g; (h); }; done; done; fi").is_ok()
    );
}

/// Work per byte stays the same when the text doubles, whether it parses or not.
#[test]
fn work_is_linear_in_the_length() {
    let pieces = OPENERS
        .iter()
        .flat_map(|(open, close)| [(*open).to_owned(), format!("{open}x{close};"), (*close).to_owned()])
        .chain(
            [
                "a",
                " ",
                "\n",
                ";",
                "&",
                "|",
                "a;",
                "a|",
                "a&&",
                "x=1 ",
                "a ",
                "'",
                "\"",
                "''",
                "\\\n",
                "\\",
                "$",
                "$\\\n",
                "$x",
                "~",
                "~a",
                "a~",
                "#",
                "# a\n",
                "<<E ",
                "cat <<E\nE\n",
                ">f ",
                "2>&1 ",
                "1",
                "1\\\n",
                "9>",
                "{",
                "}",
                ",",
                "{a,b}",
                "{1..9}",
                "i\\\nf",
                "=",
                "a=",
                "a[",
                "a[1",
                "[",
                "]",
                "[[",
                "]]",
                "!",
                "! ",
                "time ",
                "*",
                "?(",
                "@(a|",
                "$'\\x41'",
                "`\\`",
                "\\`",
                "é",
                "\r",
                "\0",
                "$(",
                "${",
                "$((",
                "((",
                ";;",
                "{x}>",
                "{x",
                "coproc ",
                "function ",
            ]
            .map(str::to_owned),
        );
    for piece in pieces {
        let work = |length: usize| {
            let text: String = piece.chars().cycle().take(length).collect();
            parse_counted(&text).1
        };
        for length in [500, 1000, 2000, 4000, 8000, MAX_LENGTH / 2] {
            let (once, twice) = (work(length), work(2 * length));
            assert!(twice <= 2 * once + 2000, "{piece:?} repeated to {length}: {once}, doubled: {twice}");
            assert!(twice <= 40 * 2 * length + 2000, "{piece:?} repeated to {}: {twice}", 2 * length);
        }
    }
}

#[test]
fn what_is_too_much_is_refused() {
    #[track_caller]
    fn check(text: &str, want: &str) {
        assert_eq!(parse(text).map(|_| ()).map_err(|error| error.code()), Err(want));
    }
    check(&"a".repeat(MAX_LENGTH + 1), "syntax-too-long");
    check("a\0b", "syntax-nul");
    check(&"$(".repeat(100), "syntax-too-deep");
    check(&"(".repeat(100), "syntax-bad-arithmetic");
    check(&"( ".repeat(100), "syntax-too-deep");
    check(&format!("{}a", "\"${x:-".repeat(40)), "syntax-too-deep");
    check(&format!("echo {}", "{a,".repeat(40)), "syntax-too-deep");
    check(&"cat <<E\nE\n".repeat(9), "syntax-here-document");
    assert!(parse(&"cat <<E\nE\n".repeat(8)).is_ok());
    check(&"a;".repeat(MAX_LENGTH / 2), "syntax-too-many-nodes");
    assert!(parse(&"a;".repeat(1000)).is_ok());
    assert!(parse(&format!("cat <<'E'\n{}E\n", "any text; $(x)\n".repeat(1000))).is_ok());
}
