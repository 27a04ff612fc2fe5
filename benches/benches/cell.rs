//! What a cell costs: starting `true` in one, beside starting it alone. Needs bubblewrap.

use std::process::{Command, Stdio};

use guard_benches::{Case, compare};
use guard_sandbox::{Cell, Profile, Streams, stage};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    stage::run_if_requested();
    let stand = tempfile::tempdir()?;
    for directory in ["project/.git", "home"] {
        std::fs::create_dir_all(stand.path().join(directory))?;
    }
    let project = stand.path().join("project");
    for file in [".env", ".git/config"] {
        std::fs::write(project.join(file), "")?;
    }
    let profile = Profile::new(&project)
        .writable(&project)
        .masked([project.join(".env")])
        .guarded([project.join(".git/config")])
        .home(stand.path().join("home"));
    let whole = profile.prepare()?;
    let degraded = profile.clone().bubblewrap("/nonexistent/bwrap").degraded("measured").prepare()?;
    let mut many = Vec::new();
    for number in 0..500 {
        many.push(project.join(format!("secret-{number}")));
    }
    for secret in &many {
        std::fs::write(secret, "")?;
    }
    let masking = profile.clone().masked(many).prepare()?;
    let alone = || {
        let mut command = Command::new("/bin/true");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).status()
    };
    compare(
        "starting /bin/true",
        40,
        vec![
            Case::new("alone", alone),
            Case::new("degraded cell", || start(&degraded)),
            Case::new("cell", || start(&whole)),
            Case::new("cell with 500 masks", || start(&masking)),
            Case::new("preparing a cell", || profile.prepare().is_ok()),
        ],
    );
    Ok(())
}

fn start(cell: &Cell) -> bool {
    let run = cell.spawn(["/bin/true"], ".", Streams::captured());
    run.and_then(|mut run| run.wait()).is_ok_and(guard_sandbox::Exit::is_success)
}
