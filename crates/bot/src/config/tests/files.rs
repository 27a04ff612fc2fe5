//! What the policy file and `.env` must be, and what becomes of files that are no text.

use super::*;

/// The codes for a policy file or a `.env` with this content and mode.
#[track_caller]
fn check(name: &str, content: impl AsRef<[u8]>, bits: u32, want: &[&str]) {
    let fixture = Fixture::running();
    fixture.file(name, content, bits);
    assert_eq!(fixture.codes(), want, "{name} {bits:o}");
}

const POLICY: &str = "home/.config/guard/guard.toml";
const DOTENV: &str = "cwd/.env";

#[test]
fn modes() {
    for bits in [0o644, 0o600, 0o400, 0o640] {
        check(POLICY, "", bits, &[]);
    }
    for bits in [0o664, 0o646, 0o666, 0o777] {
        check(POLICY, "", bits, &["file-writable-by-others"]);
        check(DOTENV, "", bits, &["file-writable-by-others"]);
    }
    for bits in [0o600, 0o400] {
        check(DOTENV, "", bits, &[]);
    }
    for bits in [0o644, 0o640, 0o604] {
        check(DOTENV, "", bits, &["file-readable-by-others"]);
    }
}

#[test]
fn owners() {
    for name in [POLICY, DOTENV] {
        let mut fixture = Fixture::running();
        let path = fixture.file(name, "", 0o600);
        fixture.disown(&path);
        assert_eq!(fixture.codes(), ["file-not-ours"], "{name}");
    }
}

#[test]
fn a_directory_that_others_write_holds_no_policy() {
    let mut fixture = Fixture::running();
    fixture.policy("");
    for (bits, want) in [
        (0o775, vec!["directory-writable-by-others"]),
        (0o757, vec!["directory-writable-by-others"]),
        (0o1777, vec![]),
        (0o700, vec![]),
    ] {
        mode(&fixture.base.join("home/.config/guard"), bits);
        assert_eq!(fixture.codes(), want, "{bits:o}");
    }
}

#[test]
fn only_regular_files_are_read() {
    let mut fixture = Fixture::running();
    fixture.policy("");
    let real = fixture.file("elsewhere/.env", "RATE_LIMIT_REQUESTS=12\n", 0o600);
    std::os::unix::fs::symlink(&real, fixture.base.join(DOTENV)).unwrap();
    assert_eq!(fixture.codes(), ["file-not-regular"]);
    fs::remove_file(fixture.base.join(DOTENV)).unwrap();
    for name in [POLICY, DOTENV] {
        let fixture = Fixture::running();
        fs::create_dir_all(fixture.base.join(name)).unwrap();
        assert_eq!(fixture.codes(), ["file-not-regular"], "{name} as a directory");
        fs::remove_dir(fixture.base.join(name)).unwrap();
        let path = fixture.base.join(name);
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert_eq!(fixture.codes(), ["file-not-regular"], "{name} as a pipe");
    }
}

#[test]
fn a_policy_file_may_be_a_link_to_a_file_that_is_right() {
    let fixture = Fixture::running();
    let real = fixture.file("dotfiles/guard.toml", "[requests]\nlimit = 11\n", 0o644);
    std::os::unix::fs::symlink(&real, fixture.base.join(POLICY)).unwrap();
    assert_eq!(fixture.config().requests.limit.get(), 11);
    mode(&real, 0o666);
    assert_eq!(fixture.codes(), ["file-writable-by-others"]);
    fs::remove_file(&real).unwrap();
    assert_eq!(fixture.codes(), ["file-missing"]);
}

#[test]
fn files_that_are_no_text_are_refused() {
    let big = vec![b'#'; 1 << 20];
    check(POLICY, &big, 0o600, &["file-too-large"]);
    check(DOTENV, &big, 0o600, &["file-too-large"]);
    check(POLICY, b"\x7fELF\x02\x01\xff\xfe", 0o600, &["not-utf8"]);
    check(DOTENV, b"A=\xff", 0o600, &["not-utf8"]);
    check(POLICY, "[requests]\nlimit = 1\0\n", 0o600, &["toml-syntax"]);
    check(DOTENV, "A=b\0\n", 0o600, &["control-character"]);
    check(DOTENV, "\u{feff}A=b\n", 0o600, &["dotenv-name"]);
}

#[test]
fn a_file_full_of_mistakes_is_reported_within_bounds() {
    for text in ["=\n".repeat(30_000), "A\n".repeat(30_000)] {
        let fixture = Fixture::running();
        fixture.file(DOTENV, text, 0o600);
        assert_eq!(fixture.codes().len(), 64);
    }
    let keys: String = (0..20_000).map(|n| format!("key{n}=1\n")).collect();
    let nested = format!("[{}]\n{}", "a".repeat(100_000), keys.get(..100_000).unwrap());
    for text in [
        keys,
        nested,
        "[".repeat(200_000),
        "a.".repeat(100_000),
        "a=[".repeat(60_000),
        "=\n".repeat(100_000),
        "a=1\n".repeat(60_000),
        "[a]\n".repeat(60_000),
        "[[a]]\n".repeat(40_000),
        "a='\n".repeat(60_000),
    ] {
        let mut fixture = Fixture::running();
        fixture.policy(text);
        let count = fixture.codes().len();
        assert!((1..=64).contains(&count), "{count}");
    }
}
