use guard_core::path::FileName;

#[track_caller]
fn check(name: &str, want: &str) {
    let got = FileName::parse(name).map_or_else(|error| error.code(), |_| "accepted");
    assert_eq!(got, want, "{name:?}");
}

#[test]
fn refused() {
    let long = "x".repeat(256);
    for (name, want) in [
        ("", "path-empty"),
        (long.as_str(), "path-too-long"),
        ("a\0", "path-nul"),
        ("a\tb", "path-control-character"),
        ("a\r\nb", "path-control-character"),
        ("a\u{9b}31m", "path-control-character"),
        ("a\u{202e}b", "path-hidden-character"),
        ("a\u{200b}", "path-hidden-character"),
        ("\u{2066}a\u{2069}", "path-hidden-character"),
        ("a\u{ad}b", "path-hidden-character"),
        (".", "path-outside-root"),
        ("..", "path-outside-root"),
        ("．．", "path-outside-root"),
        ("‥", "path-outside-root"),
        ("a/b", "path-outside-root"),
        ("/etc", "path-outside-root"),
        ("a\\b", "path-outside-root"),
        ("a／b", "path-outside-root"),
        ("a∕b", "path-outside-root"),
        ("C:", "path-not-portable"),
        ("a:b", "path-not-portable"),
        ("a.txt::$DATA", "path-not-portable"),
        ("CON", "path-not-portable"),
        ("con.txt", "path-not-portable"),
        ("Nul", "path-not-portable"),
        ("AUX.tar.gz", "path-not-portable"),
        ("prn ", "path-not-portable"),
        ("PRN .txt", "path-not-portable"),
        ("COM1", "path-not-portable"),
        ("com9.log", "path-not-portable"),
        ("COM¹", "path-not-portable"),
        ("lpt³.txt", "path-not-portable"),
        ("LPT1", "path-not-portable"),
        ("CONIN$", "path-not-portable"),
        ("ＣＯＮ", "path-not-portable"),
        ("dot.", "path-not-portable"),
        ("...", "path-not-portable"),
        ("space ", "path-not-portable"),
        ("PROGRA~1", "path-not-portable"),
        ("a~2.txt", "path-not-portable"),
        ("a<b", "path-not-portable"),
        ("a>b", "path-not-portable"),
        ("say \"hi\"", "path-not-portable"),
        ("a|b", "path-not-portable"),
        ("what?", "path-not-portable"),
        ("*.rs", "path-not-portable"),
        ("~", "path-other-user-home"),
        ("~root", "path-other-user-home"),
        ("~user", "path-other-user-home"),
    ] {
        check(name, want);
    }
}

#[test]
fn accepted() {
    let longest = "x".repeat(255);
    for name in [
        "a",
        "README.md",
        "[...slug]",
        "$id.tsx",
        "it's.txt",
        "with space.txt",
        " leading",
        "-rf",
        "--help",
        ".hidden",
        "..foo",
        "a..b",
        "~$report.docx",
        "~backup",
        "~backup.txt",
        "file~",
        "notes~old.txt",
        "%2e%2e",
        "C#",
        "a+b=c,d;e&f!.txt",
        "(1).txt",
        "{a}",
        "@scope",
        "#1",
        "`x`",
        "🎉.md",
        "👨\u{200d}👩\u{200d}👧.png",
        "grüße.txt",
        "文件.txt",
        "第1章：x.txt",
        "COM10",
        "com.txt",
        "console",
        "nullable.rs",
        "auxiliary",
        "lpt",
        longest.as_str(),
    ] {
        check(name, "accepted");
    }
}
