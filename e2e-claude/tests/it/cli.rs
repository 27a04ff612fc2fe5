//! The agent's executable, from npm.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use guard_agent::claude::Version;

const PACKAGE: &str = "@anthropic-ai/claude-code-linux-x64";

/// The executable of the verified version, or of the one that `GUARD_E2E_CLAUDE_VERSION` names, to see whether that one can
/// be verified; installed if it is not there.
pub(crate) fn cli() -> &'static Path {
    static CLI: OnceLock<PathBuf> = OnceLock::new();
    CLI.get_or_init(|| {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).unwrap_or_else(|| {
            PathBuf::from(std::env::var_os("HOME").expect("HOME or XDG_CACHE_HOME")).join(".cache")
        });
        let other = std::env::var("GUARD_E2E_CLAUDE_VERSION").ok();
        let version = other.unwrap_or_else(|| Version::VERIFIED.to_string());
        let place = cache.join("guard-e2e").join(format!("claude-{version}"));
        let package = place.join("node_modules").join(PACKAGE);
        if !package.join("claude").is_file() {
            fs::create_dir_all(&place).expect("a cache directory");
            let status = Command::new("npm")
                .args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"])
                .arg(&place)
                .arg(format!("{PACKAGE}@{version}"))
                .current_dir(&place)
                .status()
                .expect("npm");
            assert!(status.success(), "npm cannot install {PACKAGE}@{version}");
        }
        let manifest = fs::read_to_string(package.join("package.json")).expect("package.json");
        let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
        assert_eq!(manifest["version"], version.as_str());
        package.join("claude")
    })
}
