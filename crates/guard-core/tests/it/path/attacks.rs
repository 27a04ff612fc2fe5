//! What must not be allowed, by the class of the attack, with the code that says why.

use guard_core::path::Operation::{self, Delete, List, Read, Write};

use super::tree::Tree;

#[track_caller]
fn check(rows: &[(&str, Operation, &str)]) {
    let tree = Tree::new();
    for (text, operation, want) in rows {
        assert_eq!(tree.judge("", text, *operation), *want, "{operation:?} {text:?}");
        // The same through a working directory below, where the text does not depend on it.
        if text.starts_with('/') {
            assert_eq!(tree.judge("src", text, *operation), *want, "from src: {operation:?} {text:?}");
        }
    }
}

#[test]
fn leaving_by_text() {
    check(&[
        ("..", List, "path-outside-root"),
        ("../", List, "path-outside-root"),
        ("../outside/file.txt", Read, "path-outside-root"),
        ("../../../../../../etc/passwd", Read, "path-outside-root"),
        ("src/../../outside/file.txt", Read, "path-outside-root"),
        ("./../outside", List, "path-outside-root"),
        ("sub/deep/../../../outside/file.txt", Write, "path-outside-root"),
        ("missing/../../outside/file.txt", Read, "path-outside-root"),
        ("/etc/passwd", Read, "path-outside-root"),
        ("/", List, "path-outside-root"),
        ("//etc//passwd", Read, "path-outside-root"),
        ("{root}/../outside/file.txt", Read, "path-outside-root"),
        ("{root}/..", Delete, "path-outside-root"),
        ("{root}-evil/file.txt", Read, "path-outside-root"),
        ("{base}", List, "path-outside-root"),
        ("../root-evil/file.txt", Write, "path-outside-root"),
        ("..//..//etc/passwd", Read, "path-outside-root"),
        ("/proc/self/environ", Read, "path-outside-root"),
        ("/proc/self/cwd/README.md", Read, "path-outside-root"),
        ("/dev/stdin", Read, "path-outside-root"),
        ("/tmp/../etc/shadow", Read, "path-outside-root"),
    ]);
}

#[test]
fn leaving_by_link() {
    check(&[
        ("out", List, "path-link-leaves-root"),
        ("out/", List, "path-link-leaves-root"),
        ("out/.", List, "path-link-leaves-root"),
        ("out/file.txt", Read, "path-link-leaves-root"),
        ("out/new.txt", Write, "path-link-leaves-root"),
        ("out/sub/file.txt", Delete, "path-link-leaves-root"),
        ("out/", Delete, "path-link-leaves-root"),
        ("out_abs/file.txt", Read, "path-link-leaves-root"),
        ("out_file", Read, "path-link-leaves-root"),
        ("out_file", Write, "path-link-leaves-root"),
        ("out_chain/file.txt", Read, "path-link-leaves-root"),
        ("sub/away/file.txt", Write, "path-link-leaves-root"),
        ("in/../out/file.txt", Read, "path-link-leaves-root"),
        ("out_evil/file.txt", Read, "path-link-leaves-root"),
        ("out_via_proc", Read, "path-link-leaves-root"),
        ("up", List, "path-link-leaves-root"),
        ("up/outside/file.txt", Read, "path-link-leaves-root"),
        ("here/here/here/out/file.txt", Read, "path-link-leaves-root"),
        ("src/../out_file", Read, "path-link-leaves-root"),
        ("out/../README.md", Read, "path-link-leaves-root"),
        ("dangling_out", Write, "path-link-leaves-root"),
        ("dangling_out", Read, "path-link-leaves-root"),
        ("dangling_abs", Write, "path-link-leaves-root"),
        ("loop_a", Read, "path-link-loop"),
        ("loop_a/x", Write, "path-link-loop"),
        ("loop_self", List, "path-link-loop"),
    ]);
}

#[test]
fn secrets_by_any_name() {
    check(&[
        (".env", Read, "secret-file"),
        (".env", Write, "secret-file"),
        (".env", Delete, "secret-file"),
        ("./.env", Read, "secret-file"),
        ("src/../.env", Read, "secret-file"),
        ("{root}/.env", Read, "secret-file"),
        ("sub/.env", Read, "secret-file"),
        ("missing/.env", Write, "secret-file"),
        (".ENV", Read, "secret-file"),
        (".ssh", List, "secret-file"),
        (".ssh/", List, "secret-file"),
        (".ssh/config", Read, "secret-file"),
        ("env_link", Read, "secret-file"),
        ("env_link", Write, "secret-file"),
        ("env_dir", List, "secret-file"),
        ("env_dir/id_rsa", Read, "secret-file"),
        ("innocent.txt", Read, "secret-file"),
        ("dangling_env", Write, "secret-file"),
        ("in/../.env", Read, "secret-file"),
        ("env_hard.txt", Read, "secret-file"),
        ("env_hard.txt", Write, "secret-file"),
        ("node_modules/env.js", Read, "secret-file"),
        (".git/objects/ab/cdef", Read, "secret-file"),
        ("store_link/cdef", Read, "secret-file"),
        ("here/.env", Read, "secret-file"),
        ("sub\\.env", Read, "secret-file"),
    ]);
}

#[test]
fn secrets_by_content() {
    check(&[
        ("notes.txt", Read, "secret-content"),
        ("notes_link", Read, "secret-content"),
        ("sub/../notes.txt", Read, "secret-content"),
        ("settings.txt", Read, "secret-content"),
    ]);
    let tree = Tree::new();
    for name in ["notes.txt", "notes_link", "settings.txt"] {
        assert_eq!(tree.root.resolve(name).unwrap().open().unwrap_err().code(), "secret-content", "{name}");
    }
    // Writing over it is no reading, and what shows a key is not one.
    assert_eq!(tree.judge("", "notes.txt", Write), "allow");
    assert_eq!(tree.judge("", "docs.md", Read), "allow");
}

#[test]
fn guarded_files() {
    check(&[
        (".git/hooks/pre-commit", Write, "guarded-file"),
        (".git/hooks/new", Write, "guarded-file"),
        ("hooks_link/pre-commit", Write, "guarded-file"),
        ("hooks_link/post-checkout", Write, "guarded-file"),
        (".mcp.json", Write, "guarded-file"),
        (".mcp.json", Delete, "guarded-file"),
        ("CLAUDE.md", Write, "guarded-file-ask"),
        ("agents_link", Write, "guarded-file-ask"),
        ("sub/../CLAUDE.md", Write, "guarded-file-ask"),
        ("AGENTS.md", Write, "guarded-file-ask"),
    ]);
}

#[test]
fn text_that_deceives() {
    let long = "x".repeat(256);
    let deep = "a/".repeat(300);
    let huge = format!("{}x", "abc/".repeat(1100));
    check(&[
        ("", Read, "path-empty"),
        ("a\0b", Read, "path-nul"),
        ("README.md\0.txt", Read, "path-nul"),
        ("a\nb", Read, "path-control-character"),
        ("a\x1b[2Jb", Read, "path-control-character"),
        ("a\u{85}b", Write, "path-control-character"),
        ("a\x7fb", Write, "path-control-character"),
        ("invoice\u{202e}fdp.exe", Write, "path-hidden-character"),
        ("a\u{200b}b", Read, "path-hidden-character"),
        ("\u{feff}README.md", Read, "path-hidden-character"),
        (".e\u{200d}nv", Read, "path-hidden-character"),
        ("．．/．．/etc/passwd", Read, "path-look-alike"),
        ("‥/etc/passwd", Read, "path-look-alike"),
        ("src／..／..／x", Read, "path-look-alike"),
        ("..∕..∕etc∕passwd", Read, "path-look-alike"),
        (&long, Read, "path-too-long"),
        (&deep, Read, "path-too-long"),
        (&huge, Read, "path-too-long"),
        ("~root", List, "path-other-user-home"),
        ("~root/.bashrc", Read, "path-other-user-home"),
        ("~user/notes", Read, "path-other-user-home"),
        ("~", Delete, "path-other-user-home"),
        ("~/notes", Read, "path-other-user-home"),
    ]);
}

#[test]
fn forms_of_windows() {
    check(&[
        ("C:\\Windows\\win.ini", Read, "path-not-portable"),
        ("c:/Windows/win.ini", Read, "path-not-portable"),
        ("C:", List, "path-not-portable"),
        ("..\\..\\etc\\passwd", Read, "path-not-portable"),
        ("src\\..\\..\\x", Read, "path-not-portable"),
        ("\\\\server\\share", Read, "path-not-portable"),
        ("\\\\?\\C:\\x", Read, "path-not-portable"),
        (".. /.. /etc/passwd", Read, "path-not-portable"),
        ("src/..  /x", Read, "path-not-portable"),
        ("file:///etc/passwd", Read, "path-not-portable"),
        ("CON", Write, "path-not-portable"),
        ("nul.txt", Read, "path-not-portable"),
        ("sub/COM1", Write, "path-not-portable"),
        ("com¹.log", Write, "path-not-portable"),
        ("LPT9.x.y", Write, "path-not-portable"),
        ("aux .txt", Write, "path-not-portable"),
        ("new/prn/x", Write, "path-not-portable"),
        ("notes.txt::$DATA", Read, "path-not-portable"),
        ("README.md::$data", Read, "path-not-portable"),
        ("src:$I30:$INDEX_ALLOCATION/main.rs", List, "path-not-portable"),
        ("notes.txt:stream", Write, "path-not-portable"),
        ("PROGRA~1/x", Read, "path-not-portable"),
        ("SECRET~1.TXT", Write, "path-not-portable"),
        ("trailing.", Write, "path-not-portable"),
        ("trailing ", Write, "path-not-portable"),
        ("what?.txt", Write, "path-not-portable"),
        ("a|b", Write, "path-not-portable"),
        ("say \"hi\"", Write, "path-not-portable"),
        ("a／b", Write, "path-look-alike"),
    ]);
}

#[test]
fn things_that_are_no_files() {
    check(&[
        ("fifo", Read, "path-special-file"),
        ("fifo", Write, "path-special-file"),
        ("socket", Write, "path-special-file"),
        (".", Write, "path-is-root"),
        (".", Delete, "path-is-root"),
        ("{root}", Delete, "path-is-root"),
        ("{root}/", Delete, "path-is-root"),
        ("src/..", Delete, "path-is-root"),
        ("here/", Delete, "path-is-root"),
        ("here/.", Delete, "path-is-root"),
        ("here/src/..", Delete, "path-is-root"),
        ("outside_hard.txt", Read, "path-hard-link"),
        ("outside_hard.txt", Write, "path-hard-link"),
        ("node_modules/store.js", Write, "path-hard-link"),
    ]);
}

#[test]
fn a_working_directory_gives_no_way_out() {
    let tree = Tree::new();
    for (cwd, text, operation, want) in [
        ("src", "../.env", Read, "secret-file"),
        ("src", "../../outside/file.txt", Read, "path-outside-root"),
        ("in", "../out/file.txt", Read, "path-link-leaves-root"),
        ("here", ".", Delete, "path-is-root"),
        ("out", "file.txt", Read, "path-link-leaves-root"),
        ("..", "outside/file.txt", Read, "path-outside-root"),
        ("/etc", "passwd", Read, "path-outside-root"),
        (".ssh", "config", Read, "secret-file"),
        ("a\nb", "x", Read, "path-control-character"),
    ] {
        assert_eq!(tree.judge(cwd, text, operation), want, "{cwd:?} {text:?}");
    }
}
