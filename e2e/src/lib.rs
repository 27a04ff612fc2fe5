//! Tests that need real outside parts: bubblewrap, cargo, npm. The library is what the end-to-end packages share.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The `guard-bot` of this build; the workspace builds it, and a run of one package alone builds it here.
///
/// # Panics
///
/// Where it cannot be built.
#[allow(clippy::expect_used, reason = "for tests alone, which have nothing to test without it")]
pub fn guard_bot() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["build", "--quiet", "--locked", "-p", "guard-bot"])
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        // What cargo tells a test about its package would make build scripts run anew, and much is built again.
        for (name, _) in std::env::vars_os() {
            let is_about_the_test = name.to_str().is_some_and(|name| {
                name.starts_with("CARGO_PKG_")
                    || name.starts_with("CARGO_MANIFEST_")
                    || name.starts_with("CARGO_BIN_")
            });
            if is_about_the_test {
                cargo.env_remove(name);
            }
        }
        assert!(cargo.status().expect("cargo runs").success(), "guard-bot cannot be built");
        let test = std::env::current_exe().expect("the path of this test");
        test.parent().and_then(Path::parent).expect("the directory of the build").join("guard-bot")
    })
}
