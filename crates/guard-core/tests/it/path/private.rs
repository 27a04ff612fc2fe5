use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use guard_core::path::private_dir;

#[test]
fn a_private_directory_is_made_or_verified() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("a/state");
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert!(private_dir(&state).unwrap().metadata().unwrap().is_dir());
    assert_eq!((mode(&state), mode(&dir.path().join("a"))), (0o700, 0o700));
    private_dir(&state).unwrap();

    fs::set_permissions(&state, fs::Permissions::from_mode(0o750)).unwrap();
    assert_eq!(private_dir(&state).unwrap_err().code(), "state-not-private");
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();

    let link = dir.path().join("link");
    symlink(&state, &link).unwrap();
    assert_eq!(private_dir(&link).unwrap_err().code(), "root-not-directory");

    let open = dir.path().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(private_dir(open.join("state")).unwrap_err().code(), "state-not-private");
}
