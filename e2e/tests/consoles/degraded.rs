//! A machine without bubblewrap, or without user namespaces.

use std::process::{Command, Stdio};

use super::support::{Transcript, User, guard_bot};

/// Runs guard-bot where bubblewrap cannot be found: in a mount namespace of its own with nothing in its place.
fn without_bubblewrap(user: &User, arguments: &str, input: &str) -> Transcript {
    in_namespace(user, "mount --bind /dev/null /usr/bin/bwrap", arguments, input)
}

/// Runs guard-bot where no further user namespace can be made.
fn without_namespaces(user: &User, arguments: &str, input: &str) -> Transcript {
    in_namespace(user, "echo 0 > /proc/sys/user/max_user_namespaces", arguments, input)
}

fn in_namespace(user: &User, change: &str, arguments: &str, input: &str) -> Transcript {
    let mut command = Command::new("unshare");
    let script = format!("{change} && exec {} {arguments}", guard_bot().display());
    command.args(["--user", "--map-root-user", "--mount", "sh", "-ec", &script]);
    user.prepare(&mut command);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
    Transcript::of(&child.wait_with_output().unwrap())
}

#[test]
fn the_console_refuses_and_says_what_to_install() {
    let user = User::new();
    let said = without_bubblewrap(&user, "console", "pwd\n");
    assert_eq!((said.status, said.text.as_str()), (Some(2), ""), "{said:?}");
    for text in ["cell-no-bubblewrap", "apt install bubblewrap", "--allow-degraded"] {
        assert!(said.errors.contains(text), "{said:?}");
    }
    let said = without_namespaces(&user, "console", "pwd\n");
    assert_eq!(said.status, Some(2), "{said:?}");
    assert!(said.errors.contains("cell-no-user-namespaces"), "{said:?}");
}

#[test]
fn degraded_it_works_and_says_what_is_missing() {
    let user = User::new();
    let said = without_bubblewrap(&user, "console --allow-degraded", "cat README.md\ncat .env\nmake x\nno\n");
    assert_eq!(said.status, Some(0), "{said:?}");
    said.has("degraded: ");
    said.has("NOT: ");
    said.has("second line");
    said.has("secret-file");
    said.lacks("canary");
    // Code of the project is allowed only where secrets are masked, which this cell cannot do.
    said.has("this machine does not enforce what that needs, so you are asked");
}

#[test]
fn the_demonstration_says_so_on_its_first_line() {
    let user = User::new();
    let said = without_bubblewrap(&user, "console --demo", "");
    assert_eq!(said.status, Some(0), "{said:?}");
    let first = said.text.lines().next().unwrap();
    assert!(first.starts_with("DEGRADED") && first.contains("apt install bubblewrap"), "{first}");
    said.lacks("canary-4c1f0e");
    said.lacks("root:x:");
}

#[test]
fn the_report_is_honest() {
    let user = User::new();
    let whole = user.run(["sandbox", "--report"]);
    assert_eq!(whole.status.code(), Some(0), "{}", String::from_utf8_lossy(&whole.stdout));
    let said = without_bubblewrap(&user, "sandbox --report --allow-degraded", "");
    assert_eq!(said.status, Some(1), "{said:?}");
    said.has("NOT HELD");
}
