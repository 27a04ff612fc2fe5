//! The stage that the cells of these tests run, and a host that the tests can kill.

use std::io::Write;
use std::path::Path;

use guard_sandbox::{Profile, Streams, stage};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    stage::run_if_requested();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [request, mode, seconds] = arguments.as_slice() else { return Err("no host was asked for".into()) };
    if request != "host" {
        return Err("no host was asked for".into());
    }
    let home = Path::new("/var/tmp").join(format!("guard-e2e-{}", std::process::id()));
    std::fs::create_dir_all(home.join("project"))?;
    std::fs::create_dir_all(home.join("home"))?;
    let mut profile = Profile::new(home.join("project")).home(home.join("home"));
    if mode == "degraded" {
        profile = profile.bubblewrap("/nonexistent/bwrap").degraded("the tests have a reason");
    }
    let mut run = profile.prepare()?.spawn(["sleep", seconds], ".", Streams::captured())?;
    println!("ready");
    std::io::stdout().flush()?;
    run.wait()?;
    Ok(())
}
