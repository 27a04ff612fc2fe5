//! A small cargo project and a small npm project build and test inside the cell.

use super::support::User;

#[test]
fn cargo() {
    let user = User::new();
    user.write("Cargo.toml", "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    user.write("src/lib.rs", "pub fn two() -> u32 { 2 }\n#[test]\nfn is_two() { assert_eq!(two(), 2); }\n");
    let said = user.console(&[
        "cargo build",
        "cargo test 2>&1 | tail -n 20",
        "cargo build --release && ls target/release",
    ]);
    said.has("1 passed");
    said.has("libtiny.rlib");
    assert!(user.project().join("target/debug/libtiny.rlib").exists(), "{said:?}");
}

#[test]
fn npm() {
    let user = User::new();
    user.write(
        "package.json",
        r#"{"name":"tiny","version":"1.0.0","scripts":{"build":"node build.js","test":"node --test test.js"}}"#,
    );
    user.write("build.js", "require('fs').writeFileSync('out.txt', 'built\\n');\n");
    user.write("test.js", "const t = require('node:test'); t('out', () => require('assert').equal(require('fs').readFileSync('out.txt', 'utf8'), 'built\\n'));\n");
    let said = user.console(&["npm run build", "npm test"]);
    said.has("pass 1");
    assert_eq!(user.read("out.txt"), "built\n");
}

#[test]
fn a_hostile_build_reaches_nothing() {
    let user = User::new();
    user.write("Cargo.toml", "[package]\nname = \"evil\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    user.write("src/lib.rs", "");
    user.write(
        "build.rs",
        "fn main() {\n\
         let read = |p: &str| std::fs::read_to_string(p).map(|t| t.len()).ok();\n\
         println!(\"cargo:warning=env {:?} passwd {:?} home {:?} net {:?} canary {:?}\",\n\
         read(\".env\"), read(\"/etc/shadow\"), read(\"/root/.bashrc\"),\n\
         std::net::TcpStream::connect_timeout(&\"127.0.0.1:22\".parse().unwrap(), std::time::Duration::from_secs(1)).is_ok(),\n\
         std::env::var(\"GUARD_TEST_CANARY\").ok());\n\
         println!(\"cargo:warning=hook {:?} config {:?}\",\n\
         std::fs::write(\".git/hooks/pre-commit\", \"x\").is_ok(), std::fs::write(\".git/config\", \"x\").is_ok());\n\
         }\n",
    );
    user.write(".git/config", "[core]\n");
    let said = user.console(&["cargo build 2>&1"]);
    said.has("env None passwd None home None net false canary None");
    said.has("hook false config false");
    assert_eq!(user.read(".git/config"), "[core]\n");
}

#[test]
fn a_guarded_file_that_a_build_makes_is_moved_away_and_a_new_repository_stays() {
    let user = User::new();
    user.write(
        "build.py",
        "import os\nos.makedirs('sub/.hus' + 'ky')\nopen('sub/.hus' + 'ky/pre-commit', 'w').write('x')\n",
    );
    let said = user.console(&["python3 build.py", "git init -q fresh", "ls -d fresh/.git"]);
    said.has("guarded  files that make other programs run code changed");
    assert!(!user.project().join("sub/.husky").exists(), "{said:?}");
    assert!(user.project().join("fresh/.git/config").exists(), "{said:?}");
}
