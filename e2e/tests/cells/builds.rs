//! Builds and tests of small projects, offline, with the host's toolchains.

use guard_sandbox::{Profile, Toolchain};

use super::stand::{Stand, bash, run};

fn profile(stand: &Stand, toolchain: Toolchain) -> Profile {
    Profile::new(stand.path("project"))
        .writable(stand.path("project"))
        .home(stand.path("home"))
        .stage(env!("CARGO_BIN_EXE_e2e-stage"))
        .toolchain(toolchain)
}

#[test]
fn cargo_builds_and_tests() {
    let stand = Stand::new();
    stand
        .write("project/Cargo.toml", "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    stand.write("project/src/main.rs", "fn main() {}\n#[test]\nfn holds() { assert_eq!(1 + 1, 2); }\n");
    let cell =
        profile(&stand, Toolchain::Rust).prepare().expect("a cell with cargo; is rustup or cargo installed?");
    let said =
        bash(&cell, "cargo build --offline && cargo test --offline && test $CARGO_HOME = $HOME/.cargo");
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.stdout.contains("1 passed"), "{said:?}");
    assert!(stand.path("project/target/debug/tiny").is_file());
    // The host's programs and registry tokens stay its own.
    let said = bash(
        &cell,
        "touch $(dirname $(command -v cargo))/x || cat $(dirname $(command -v cargo))/../credentials.toml",
    );
    assert_ne!(said.code, 0, "{said:?}");
}

#[test]
fn npm_builds_and_tests() {
    let stand = Stand::new();
    let package = r#"{"name":"tiny","version":"1.0.0","scripts":{"build":"node -e \"require('fs').writeFileSync('out.txt','built')\"","test":"node --test"}}"#;
    stand.write("project/package.json", package);
    stand.write("project/tiny.test.js", "require('node:test')('holds', () => {});\n");
    let cell =
        profile(&stand, Toolchain::Node).prepare().expect("a cell with node; are node and npm installed?");
    for command in [["npm", "test"].as_slice(), &["npm", "run", "build"]] {
        let said = run(&cell, command);
        assert_eq!(said.code, 0, "{said:?}");
    }
    assert_eq!(stand.read("project/out.txt"), "built");
}

#[test]
fn python_runs() {
    let stand = Stand::new();
    let cell = profile(&stand, Toolchain::Python).prepare().expect("a cell with python3; is it installed?");
    let said = run(&cell, &["python3", "-c", "import ssl, sqlite3, json; print('fine')"]);
    assert_eq!((said.code, said.stdout.trim()), (0, "fine"), "{said:?}");
}
