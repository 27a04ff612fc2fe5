//! Text for a shell that may not be bash.

use guard_core::command::syntax::{parse, parse_portable};

#[track_caller]
fn refuses(text: &str) {
    assert!(parse(text).is_ok(), "bash reads {text}");
    assert_eq!(
        parse_portable(text).map(|_| ()).map_err(|error| error.code()),
        Err("syntax-not-portable"),
        "{text}"
    );
}

#[test]
fn what_only_bash_reads_is_refused() {
    for text in [
        "((a))",
        "[[ a ]]",
        "a &>f",
        "a &>>f",
        "a |& b",
        "a <<<b",
        "a <(b)",
        "a {x}>f",
        "a 10>f",
        "a=(b)",
        "a+=b",
        "a[1]=b",
        "echo {a,b}",
        "echo {1..3}",
        "echo $'a'",
        "echo $\"a\"",
        "echo @(a|b)",
        "echo ${!a}",
        "echo ${a[1]}",
        "echo ${a/b/c}",
        "echo ${a^}",
        "echo ${a:1}",
        "echo ${a@Q}",
        "time a",
        "function f { a; }",
        "coproc a",
        "select i in a; do b; done",
        "for ((;;)); do a; done",
        "for i in a; { b; }",
        "case a in a) ;& b) ;; esac",
        "case a in a) ;;& b) ;; esac",
        "$(echo `[[ a ]]`)",
    ] {
        refuses(text);
    }
}

#[test]
fn what_every_shell_reads_alike_is_the_same_tree() {
    for text in [
        "a=1 b \"$c\" `d` $(e) $((f + 1)) | g >h 2>&1 <<E && ! i || j &\nx\nE\n",
        "if a; then (b); else { c; }; fi",
        "for i in a; do b; done; while c; do d; done; case x in (a|b) c;; esac",
        "f() { a; }; echo ${a:-b} ${a#b} ${#a} ${a%%c} ~ * 'x' \\y {a}",
    ] {
        assert_eq!(parse(text), parse_portable(text), "{text}");
        assert!(parse(text).is_ok(), "{text}");
    }
}
