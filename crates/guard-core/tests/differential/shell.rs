//! Runs texts with a real shell in throw-away directories, with nothing on the path but harmless markers.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;
use std::{env, fs};

/// Texts that one driver runs in turn.
const BATCH: usize = 100;
/// Seconds that one batch may take before the test fails.
const BATCH_SECONDS: &str = "90";

/// Reads NUL-separated texts and runs each with a shell of its own, under limits of time, memory and processes.
const DRIVER: &str = r#"
ulimit -c 0 -t 1 -f 2048 -v 1000000 -u 2000
export PATH="$ROOT/bin" MARK
number=$FIRST
while IFS= read -r -d '' text; do
  MARK=$ROOT/marks/$number
  cd "$ROOT/work/$number" && "$TIMEOUT" -s KILL 2 "$SHELL_UNDER_TEST" -c "$text" </dev/null >/dev/null 2>&1
  number=$((number + 1))
done
"#;

/// Whether the marker ran, for each text.
pub(crate) fn run(shell: &str, texts: &[String]) -> Vec<bool> {
    let root = tempfile::tempdir().expect("a temporary directory");
    let root = root.path();
    open_to_all(root);
    for name in ["bin", "marks", "work"] {
        fs::create_dir(root.join(name)).expect("a directory");
        open_to_all(&root.join(name));
    }
    install(root);
    for number in 0..texts.len() {
        let work = root.join("work").join(number.to_string());
        fs::create_dir(&work).expect("a directory");
        open_to_all(&work);
    }
    let batches: Vec<(usize, &[String])> =
        texts.chunks(BATCH).enumerate().map(|(index, batch)| (index * BATCH, batch)).collect();
    let half = batches.len().div_ceil(2).max(1);
    thread::scope(|scope| {
        for share in batches.chunks(half) {
            scope
                .spawn(move || share.iter().for_each(|(first, batch)| run_batch(shell, root, *first, batch)));
        }
    });
    // What runs in the background may mark a little later.
    thread::sleep(Duration::from_millis(200));
    (0..texts.len()).map(|number| root.join("marks").join(number.to_string()).exists()).collect()
}

fn run_batch(shell: &str, root: &Path, first: usize, batch: &[String]) {
    let mut arguments: Vec<&str> = Vec::new();
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if is_root {
        arguments.extend(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]);
    }
    arguments.extend(["timeout", "-k", "1", BATCH_SECONDS, "bash", "--norc", "--noprofile", "-c", DRIVER]);
    let mut child = Command::new(arguments[0])
        .args(&arguments[1..])
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .env("ROOT", root)
        .env("FIRST", first.to_string())
        .env("SHELL_UNDER_TEST", shell)
        .env("TIMEOUT", find("timeout").expect("timeout, of coreutils"))
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("bash, and setpriv for root");
    let mut input = child.stdin.take().expect("a pipe");
    for text in batch {
        input.write_all(text.as_bytes()).and_then(|()| input.write_all(b"\0")).expect("a driver that reads");
    }
    drop(input);
    let status = child.wait().expect("a child");
    assert!(
        status.success() || status.code() == Some(1) || status.code().is_some_and(|code| code != 124),
        "a batch took too long: {status}"
    );
}

fn install(root: &Path) {
    // The marker, under the names that glob and spelling cases can reach.
    write(&root.join("bin/PWN"), "#!/bin/sh\n: >\"$MARK\"\n");
    // Programs that cases need in order to be interesting, and that can do nothing but read and print.
    for name in ["cat", "true", "false", "env", "printenv", "sh", "bash"] {
        if let Some(path) = find(name) {
            std::os::unix::fs::symlink(path, root.join("bin").join(name)).expect("a link");
        }
    }
}

/// A program on this machine's path.
fn find(name: &str) -> Option<std::path::PathBuf> {
    ["/bin", "/usr/bin"].iter().map(|directory| Path::new(directory).join(name)).find(|path| path.exists())
}

/// The absolute path of a shell, if the machine has it.
pub(crate) fn shell(name: &str) -> Option<String> {
    find(name).map(|path| path.to_string_lossy().into_owned())
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("a file");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("permissions");
}

fn open_to_all(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o777)).expect("permissions");
}
