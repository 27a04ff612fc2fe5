//! What must be allowed: names as projects have them, and ways of writing them.

use guard_core::path::Operation::{self, Delete, List, Read, Write};

use super::tree::Tree;

#[track_caller]
fn check(operation: Operation, texts: &[&str]) {
    let tree = Tree::new();
    for text in texts {
        assert_eq!(tree.judge("", text, operation), "allow", "{operation:?} {text:?}");
    }
}

#[test]
fn reading_what_exists() {
    check(
        Read,
        &[
            "README.md",
            "./README.md",
            "src/../README.md",
            "sub/deep/../../README.md",
            "src//main.rs",
            "src/./main.rs",
            "src/main.rs",
            "{root}/src/main.rs",
            "{root}//README.md",
            "{root}/src/../README.md",
            "src/app/[...slug]/page.tsx",
            "C#/a.cs",
            "aux.c",
            ".env.example",
            ".git/HEAD",
            "CLAUDE.md",
            ".mcp.json",
            "in/main.rs",
            "in_abs/main.rs",
            "in_chain/main.rs",
            "sub/back/main.rs",
            "here/here/README.md",
            "sub/../in/main.rs",
            "dangling_in",
            "linked.txt",
            "node_modules/store.js",
            "src",
            ".",
        ],
    );
}

#[test]
fn reading_names_that_may_or_may_not_exist() {
    let longest = "n".repeat(255);
    check(
        Read,
        &[
            "$id.tsx",
            "$(id).txt",
            "`id`",
            "a..b",
            "..foo",
            "...",
            "foo..",
            "./~",
            "~$report.docx",
            "~backup",
            "~backup.txt",
            "file~",
            "%2e%2e/%2e%2e/etc/passwd",
            "100%.txt",
            "with space.txt",
            " leading",
            "it's.txt",
            "say \"hi\".txt",
            "-rf",
            "--help",
            "@scope/package",
            "a+b=c,d;e&f.txt",
            "(group)/page.tsx",
            "{a,b}",
            "*.rs",
            "what?",
            "<b>",
            "📁 files/🎉.md",
            "👨\u{200d}👩\u{200d}👧.png",
            "❤\u{fe0f}.md",
            "grüße.txt",
            "gru\u{308}ße.txt",
            "文件/第1章：x.txt",
            "資料／2024.txt",
            "می\u{200c}خواهم.txt",
            "target/debug/build",
            "node_modules/left-pad/index.js",
            "a:b",
            "man/Foo::Bar.3pm",
            "12:30.log",
            "foo\\bar",
            "etc/passwd",
            "root/x",
            "com.txt",
            "COM10",
            "console.log",
            "nullable.rs",
            "~1",
            "long~name~12345678.text",
            &longest,
        ],
    );
}

#[test]
fn writing() {
    check(
        Write,
        &[
            "README.md",
            "new.txt",
            "new/dir/file.txt",
            "src/app/[...slug]/new.tsx",
            "$id.tsx",
            "C#/b.cs",
            "..foo",
            ".hidden",
            ".gitignore",
            ".env.example",
            "-dash",
            "it's.txt",
            "grüße.txt",
            "🎉.md",
            "~backup",
            "aux.c",
            "in/new.rs",
            "in_abs/main.rs",
            "dangling_in",
            "src",
            "src/../new.txt",
            "linked.txt",
            "target/out",
            "with space.txt",
        ],
    );
}

#[test]
fn listing_and_deleting() {
    check(
        List,
        &[
            ".",
            "src",
            "src/",
            "in",
            "sub/..",
            "{root}",
            "{root}/",
            ".git",
            ".git/objects",
            "missing",
            "README.md",
        ],
    );
    check(Delete, &["README.md", "sub", "src/main.rs", "in", "dangling_in", "target", "missing.txt"]);
    // What is removed is the link, and a pipe is not opened for it.
    check(
        Delete,
        &["out", "out_file", "dangling_out", "loop_self", "here", "up", "env_link", "fifo", "socket"],
    );
    check(Delete, &["outside_hard.txt", "node_modules/store.js"]);
}

#[test]
fn relative_to_a_working_directory() {
    let tree = Tree::new();
    let src = tree.expand("{root}/src");
    for (cwd, text) in [
        ("src", "main.rs"),
        ("src", "../README.md"),
        (&src, "main.rs"),
        ("in", "main.rs"),
        (".", "src/main.rs"),
    ] {
        assert_eq!(tree.judge(cwd, text, Read), "allow", "{cwd:?} {text:?}");
    }
}

#[test]
fn the_understanding_is_told() {
    let tree = Tree::new();
    #[track_caller]
    fn check(tree: &Tree, text: &str, want: &str) {
        let judgement = tree.root.judge("", tree.expand(text), Read);
        assert_eq!(judgement.relative().unwrap().to_str().unwrap(), want, "{text}");
        assert_eq!(judgement.absolute().unwrap(), tree.root.path().join(want));
    }
    check(&tree, "src/../README.md", "README.md");
    check(&tree, "in_chain/main.rs", "src/main.rs");
    check(&tree, "in_abs/new/file", "src/new/file");
    check(&tree, "dangling_in", "src/new.rs");
    check(&tree, "{root}", "");
    check(&tree, "innocent.txt", "sub/.env");
}
