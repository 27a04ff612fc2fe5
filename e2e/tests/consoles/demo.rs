//! `console --demo`: what the README promises.

use std::process::Stdio;

use super::support::{Transcript, User};

fn demo(user: &User) -> Transcript {
    Transcript::of(&user.command(["console", "--demo"]).stdin(Stdio::null()).output().unwrap())
}

#[test]
fn it_shows_everything_and_always_the_same() {
    let user = User::new();
    let first = demo(&user);
    assert_eq!(first.status, Some(0), "{first:?}");
    for text in [
        "Nothing to see but this line.",
        "secret-",
        "path-link-leaves-root",
        "run exactly this, once?",
        "stopped by you; nothing of it is left",
        "No such file or directory",
        "intact to",
        "unprotected tail 0",
        "altered at",
    ] {
        first.has(text);
    }
    first.lacks("canary-4c1f0e");
    first.lacks("root:x:");
    // The name of the temporary directory and the digests of approvals differ, nothing else.
    assert_eq!(first.text, demo(&user).text);
    assert!(!user.home().join("state").exists(), "the demonstration leaves no state");
}
