//! Confined open beside a plain absolute open, cap-std and strict-path: depth 1, 4 and 10, through a link, the judgement
//! alone; and the look at a name.
//!
//! Most cases open a file of one byte, which is too short for a secret; where a file is longer, its first 4 KiB are read
//! and looked at too, which a plain open does not do.
//!
//! Run with `cargo bench -p guard-benches --bench paths`.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;

use guard_benches::{Case, compare};
use guard_core::names::classify;
use guard_core::path::{Operation, Root};
use strict_path::PathBoundary;

fn main() {
    if let Err(error) = run() {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    let root = Root::open(dir.path())?;
    let peer = cap_std::fs::Dir::open_ambient_dir(dir.path(), cap_std::ambient_authority())?;
    let boundary: PathBoundary = PathBoundary::try_new(dir.path())?;
    for depth in [1, 4, 10] {
        let mut parts = vec!["source"; depth - 1];
        let below = parts.join("/");
        fs::create_dir_all(dir.path().join(&below))?;
        parts.push("module.rs");
        let name = parts.join("/");
        let absolute = root.path().join(&name);
        fs::write(&absolute, "x")?;
        let longer = root.resolve(name.replace("module.rs", "longer.rs"))?;
        fs::write(longer.path(), include_str!("paths.rs").repeat(3))?;
        let linked = format!("link-{depth}/module.rs");
        symlink(if depth == 1 { "." } else { &below }, dir.path().join(format!("link-{depth}")))?;
        let resolved = root.resolve(&name)?;
        root.resolve(&linked)?.open()?;
        let check = |name: &str| root.judge("", Path::new(name), Operation::Read);
        compare(
            &format!("open, depth {depth}"),
            200,
            vec![
                Case::new("std, absolute path", || File::open(&absolute)),
                Case::new("std, canonicalize and starts_with", || {
                    let path = absolute.canonicalize()?;
                    if path.starts_with(root.path()) { File::open(path) } else { File::open("/dev/null") }
                }),
                Case::new("cap-std", || peer.open(&name)),
                Case::new("strict-path, join and open", || match boundary.strict_join(&name) {
                    Ok(path) => path.open_file(),
                    Err(error) => Err(std::io::Error::other(error)),
                }),
                Case::new("confined, resolved before", || resolved.open()),
                Case::new("confined, resolved before, contents looked at", || longer.open()),
                Case::new("confined, resolve and open", || root.resolve(&name).and_then(|name| name.open())),
                Case::new("confined, through a link", || root.resolve(&linked).and_then(|name| name.open())),
                Case::new("judge", || check(&name)),
                Case::new("judge, through a link", || check(&linked)),
            ],
        );
    }
    for name in
        ["README.md", "src/main.rs", "home/user/project/crates/core/src/module/file.rs", "config/.env.local"]
    {
        compare(
            &format!("rule of a name: {name}"),
            200,
            vec![
                Case::new("lower-casing it", || name.to_lowercase()),
                Case::new("classify", || classify(Path::new(name))),
            ],
        );
    }
    Ok(())
}
