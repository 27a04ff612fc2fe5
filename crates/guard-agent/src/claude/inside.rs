//! The first process of the run inside the cell: it passes bytes from the cell's loopback to the relay's socket, and
//! starts the agent.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use crate::relay::forward::Forwarder;

/// The first argument that makes an executable the agent's parent.
pub(super) const REQUEST: &str = "__guard-claude";
/// The exit status where the agent cannot be started.
const CANNOT_START: i32 = 126;

/// Becomes the agent's parent where the first argument asks for it; otherwise returns at once.
///
/// Call it in `main` right after [`guard_sandbox::stage::run_if_requested`], in the executable that is the cells' stage.
///
/// # Examples
///
/// ```no_run
/// guard_sandbox::stage::run_if_requested();
/// guard_agent::claude::run_if_requested();
/// // What the host's own `main` does follows.
/// ```
pub fn run_if_requested() {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|request| request == REQUEST) {
        std::process::exit(run(arguments).unwrap_or(CANNOT_START));
    }
}

fn run(mut arguments: impl Iterator<Item = OsString>) -> io::Result<i32> {
    let missing = || io::Error::from(io::ErrorKind::InvalidInput);
    let socket = PathBuf::from(arguments.next().ok_or_else(missing)?);
    let program = arguments.next().ok_or_else(missing)?;
    let forwarder = Forwarder::bind(0)?;
    let address = format!("http://127.0.0.1:{}", forwarder.port());
    thread::spawn(move || forwarder.run(&socket));
    close_inbox();
    let mut agent = Command::new(program);
    agent.args(arguments).env("ANTHROPIC_BASE_URL", &address);
    // Programs of the agent reach an approved host by CONNECT; the model itself is no proxy's business.
    for name in ["HTTPS_PROXY", "https_proxy"] {
        agent.env(name, &address);
    }
    for name in ["NO_PROXY", "no_proxy"] {
        agent.env(name, "127.0.0.1,localhost");
    }
    let status = agent.status()?;
    Ok(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default()))
}

/// Puts files where the agent would make a directory to take messages from others, if it may not use `XDG_RUNTIME_DIR`:
/// named by its user's number, in the cell or outside. A program that it runs could speak to it there.
fn close_inbox() {
    let user = rustix::process::getuid().as_raw();
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    let outside = map.lines().filter_map(|line| {
        let mut numbers = line.split_whitespace().map_while(|number| number.parse::<u32>().ok());
        let (inner, outer) = (numbers.next()?, numbers.next()?);
        outer.checked_add(user.checked_sub(inner)?)
    });
    for number in outside.chain([user]) {
        // Where this cannot be made, the agent cannot make its directory either.
        std::fs::File::create_new(format!("/tmp/cc-socks-{number}")).ok();
    }
}
