//! Input that is no request: a code, a record, and the console goes on.

use super::support::User;

#[track_caller]
fn check(input: &[u8], code: &str) {
    let user = User::new();
    let mut bytes = input.to_vec();
    bytes.extend(b"\ncat README.md\n");
    let said = user.console_bytes(&bytes);
    assert_eq!(said.status, Some(0), "{said:?}");
    said.has(code);
    said.has("second line");
    assert!(user.events().len() >= 4, "{:?}", user.events());
}

#[test]
fn each_is_refused_and_the_next_line_runs() {
    let mut huge = b"echo ".to_vec();
    huge.resize(1 << 20, b'x');
    check(&huge, "input-too-long");
    check(
        &b"echo ".iter().copied().chain(std::iter::repeat_n(b'x', 20_000)).collect::<Vec<_>>(),
        "command-too-long",
    );
    check(b"\xff\xfe\x00\x80", "input-not-utf8");
    check(b"echo a\0b", "deny");
    check(b"echo \x1b[31m", "deny");
    check("echo \u{202e}txt".as_bytes(), "deny");
    check("ec\u{200b}ho x".as_bytes(), "deny");
    check(b"echo 'unterminated\nno", "ask");
    check(b"/cd ../..", "path-outside-root");
    check(b"/cd nowhere", "refused");
    check(&[b"(".repeat(5_000), b"\nno".to_vec()].concat(), "ask");
}

#[test]
fn empty_lines_are_nothing() {
    let user = User::new();
    let said = user.console_bytes(b"\n  \n\t\n");
    assert_eq!((said.status, user.events().len()), (Some(0), 0), "{said:?}");
}
