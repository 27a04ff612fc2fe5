//! Runs texts with a real shell in throw-away directories, with a harmless marker on the path.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;
use std::{env, fs};

use rustix::process::{Pid, Signal, kill_process_group};

/// Texts that one driver runs in turn.
const BATCH: usize = 250;
/// How long one text may take.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Reads NUL-separated texts. Each runs in a shell of its own, under limits of time, memory and processes: as its `-c`, or, twice as
/// fast, in a fork of the driver.
const DRIVER: &str = r#"
ulimit -c 0 -f 2048 -v 1000000 -u 2000
export PATH="$ROOT/bin" MARK HOME="$ROOT/home"
number=$FIRST
exec 3>&1
set -m
while IFS= read -r -d '' text; do
  MARK=$ROOT/marks/$number
  printf '%s\n' "$MARK" >"$NOW"
  cd "$ROOT/work/$number/$WITHIN" || exit 9
  ( set +m
    printf '%s\n' "$BASHPID" >&3
    exec 3>&-
    ulimit -t 1
    if [ "$SHELL_UNDER_TEST" ]; then exec "$SHELL_UNDER_TEST" -c "$text"; fi
    unset number FIRST ROOT NOW WITHIN SHELL_UNDER_TEST
    eval "$text" ) </dev/null >"$ROOT/out/$number" 2>&1
  number=$((number + 1))
done
"#;

/// Programs that can do nothing but read, print, wait and start others, and write where they are told to.
pub(crate) const PROGRAMS: &[&str] = &[
    "awk", "base64", "bash", "cat", "cp", "cut", "env", "false", "find", "flock", "grep", "head", "ionice",
    "ln", "ls", "mkdir", "mv", "nice", "nohup", "perl", "printenv", "rev", "sed", "seq", "setsid", "sh",
    "sort", "split", "stdbuf", "tail", "tar", "taskset", "tee", "timeout", "tr", "true", "wc", "xargs",
    "yes",
];

/// Where texts run, and what is there before.
pub(crate) struct Place<'a> {
    pub(crate) programs: &'a [&'a str],
    /// Makes what is in a text's own directory before it runs.
    pub(crate) prepare: &'a dyn Fn(&Path),
    /// The working directory, below that directory.
    pub(crate) within: &'a str,
}

/// How a text is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How<'a> {
    /// `eval` in a fork of a bash that has just started.
    Forked,
    /// The argument of `-c` to this shell.
    Program(&'a str),
}

/// Whether the marker ran, for each text.
pub(crate) fn run(how: How<'_>, texts: &[String]) -> Vec<bool> {
    let place = Place { programs: PROGRAMS, prepare: &|_| {}, within: "" };
    run_in(how, texts, &place, |root, number| root.join("marks").join(number.to_string()).exists())
}

/// Runs texts; what is seen of each afterwards, in a root with `work/NUMBER`, `out/NUMBER` and `home`.
pub(crate) fn run_in<T>(
    how: How<'_>,
    texts: &[String],
    place: &Place<'_>,
    see: impl Fn(&Path, usize) -> T,
) -> Vec<T> {
    let root = tempfile::tempdir().expect("a temporary directory");
    let root = root.path();
    open_to_all(root);
    for name in ["bin", "home", "marks", "now", "out", "work"] {
        fs::create_dir(root.join(name)).expect("a directory");
        open_to_all(&root.join(name));
    }
    for program in place.programs {
        if let Some(path) = find(program) {
            std::os::unix::fs::symlink(path, root.join("bin").join(program)).expect("a link");
        }
    }
    for number in 0..texts.len() {
        let work = root.join("work").join(number.to_string());
        fs::create_dir(&work).expect("a directory");
        (place.prepare)(&work);
        open_to_all(&work);
    }
    let batches: Vec<(usize, &[String])> =
        texts.chunks(BATCH).enumerate().map(|(index, batch)| (index * BATCH, batch)).collect();
    // More than processors, because some texts wait.
    let workers = 2 * thread::available_parallelism().map_or(2, usize::from).min(8);
    let within = place.within;
    thread::scope(|scope| {
        for share in batches.chunks(batches.len().div_ceil(workers).max(1)) {
            let run = |(first, batch): &(usize, &[String])| run_batch(how, root, within, *first, batch);
            scope.spawn(move || share.iter().for_each(run));
        }
    });
    (0..texts.len()).map(|number| see(root, number)).collect()
}

fn run_batch(how: How<'_>, root: &Path, within: &str, first: usize, batch: &[String]) {
    let own = root.join("bin").join(format!("own-{first}"));
    fs::create_dir(&own).expect("a directory");
    let now = root.join("now").join(first.to_string());
    fs::write(&now, "").expect("a file");
    open_to_all(&now);
    // Where the environment is gone, the driver's note says which text is running.
    let marker = format!(
        "#!/bin/sh\n[ \"$MARK\" ] || read -r MARK <'{}'\n: >\"$MARK\"\n",
        now.to_str().expect("a plain path")
    );
    write(&own.join("PWN"), &marker);
    let mut arguments: Vec<&str> = Vec::new();
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if is_root {
        arguments.extend(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]);
    }
    let driver = DRIVER.replace("$ROOT/bin\"", &format!("$ROOT/bin:{}\"", own.display()));
    arguments.extend(["bash", "--norc", "--noprofile", "-c", &driver]);
    let mut child = Command::new(arguments[0])
        .args(&arguments[1..])
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .env("ROOT", root)
        .env("NOW", &now)
        .env("WITHIN", within)
        .env("FIRST", first.to_string())
        .env("SHELL_UNDER_TEST", if let How::Program(shell) = how { shell } else { "" })
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("bash, and setpriv for root");
    let mut input = child.stdin.take().expect("a pipe");
    let output = BufReader::new(child.stdout.take().expect("a pipe"));
    let bytes: Vec<u8> = batch.iter().flat_map(|text| text.bytes().chain([0])).collect();
    let writer = thread::spawn(move || input.write_all(&bytes));
    let (started, starts) = channel();
    let reader = thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            let pid = line.parse().ok().and_then(Pid::from_raw);
            if started.send(pid.expect("the number of a process")).is_err() {
                return;
            }
        }
    });
    // Each text has a process group of its own; it may have ended by itself when it is killed.
    let kill = |group: Pid| kill_process_group(group, Signal::KILL).unwrap_or_default();
    let mut groups: Vec<Pid> = Vec::new();
    loop {
        match starts.recv_timeout(PATIENCE) {
            Ok(group) => groups.push(group),
            // What an earlier one left behind may be what keeps this one from starting.
            Err(RecvTimeoutError::Timeout) => groups.iter().copied().for_each(kill),
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if groups.len() == batch.len() && child.try_wait().expect("a child").is_some() {
            break;
        }
    }
    let status = child.wait().expect("a child");
    // What runs in the background may mark a little later; then all of it ends.
    thread::sleep(Duration::from_millis(100));
    groups.iter().copied().for_each(kill);
    writer.join().expect("a thread").expect("a driver that reads");
    reader.join().expect("a thread");
    assert_eq!(groups.len(), batch.len(), "the driver ended early: {status}");
}

/// A program on this machine's path.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
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

pub(crate) fn open_to_all(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o777)).expect("permissions");
}

/// Whether bash reads each text to its end without a complaint; nothing runs.
pub(crate) fn reads(texts: &[String]) -> Vec<bool> {
    let workers = thread::available_parallelism().map_or(2, usize::from).min(8);
    thread::scope(|scope| {
        let shares: Vec<_> = texts
            .chunks(texts.len().div_ceil(workers).max(1))
            .map(|share| scope.spawn(move || share.iter().map(|text| is_read(text)).collect::<Vec<bool>>()))
            .collect();
        shares.into_iter().flat_map(|share| share.join().expect("a thread")).collect()
    })
}

fn is_read(text: &str) -> bool {
    let mut bash = Command::new("bash");
    bash.args(["--norc", "--noprofile", "-n", "-c", text]).stdin(Stdio::null());
    let output = bash.output().expect("bash");
    output.status.success() && output.stderr.is_empty()
}
