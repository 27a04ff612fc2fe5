//! Unpacking beside `unzip`, `tar` and `bsdtar`: many small files, and one large one.
//!
//! The guard waits until what it wrote is on the disk before it puts it in place (`fsync`), which the others leave to the
//! kernel; in memory, where waiting costs nothing, the work itself is compared. Needs unzip, zip, tar and bsdtar.
//!
//! Run with `cargo bench -p guard-benches --bench extract`

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use guard_benches::{Case, compare};
use guard_core::archive::{Limits, extract};
use guard_core::path::Root;

/// Text that deflates to about a third, different for each seed.
fn text(seed: usize, length: usize) -> Vec<u8> {
    let words =
        ["let ", "match ", "value", " = ", "self.", "name", "();\n", "    ", "0x", "fn ", "-> ", "Result"];
    let mut state = seed as u64 + 1;
    let mut out = Vec::with_capacity(length + 8);
    while out.len() < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let number = usize::try_from(state >> 40).unwrap_or(0);
        out.extend(words.get(number % (words.len() + 4)).unwrap_or(&"x").bytes());
    }
    out.truncate(length);
    out
}

fn run(program: &str, arguments: &[&str], directory: &Path) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs `unpack` in a directory that is new each time; what it left is removed, too, by everybody.
fn fresh(top: &Path, unpack: impl Fn(&Path) -> bool) {
    let place = top.join("place");
    assert!(fs::create_dir(&place).is_ok() && unpack(&place) && fs::remove_dir_all(&place).is_ok());
}

fn guard(archive: &Path, place: &Path) -> bool {
    let limits = Limits::default();
    let archive = fs::File::open(archive);
    let done = Root::open(place).map(|root| archive.map(|file| extract(file, &root, "new", &limits).is_ok()));
    matches!(done, Ok(Ok(true)))
}

fn measure(title: &str, top: &Path, files: usize, length: usize) -> io::Result<()> {
    let project = top.join("project");
    for number in 0..files {
        let directory = project.join(format!("module{:02}", number % 40));
        fs::create_dir_all(&directory)?;
        fs::write(directory.join(format!("file{number}.rs")), text(number, length))?;
    }
    let archive = |name: &str| -> PathBuf { top.join(name) };
    let (zip, tar) = (archive("a.zip"), archive("a.tar.gz"));
    let (zip_name, tar_name) = (zip.to_string_lossy().into_owned(), tar.to_string_lossy().into_owned());
    let is_packed =
        run("zip", &["-qrX", &zip_name, "."], &project) && run("tar", &["-czf", &tar_name, "."], &project);
    if !is_packed {
        return Err(io::Error::other("zip or tar is missing"));
    }
    compare(
        &format!("{title}, zip of {} KB", fs::metadata(&zip)?.len() / 1_000),
        10,
        vec![
            Case::new("unzip", || fresh(top, |place| run("unzip", &["-qq", &zip_name], place))),
            Case::new("bsdtar", || fresh(top, |place| run("bsdtar", &["-xf", &zip_name], place))),
            Case::new("extract", || fresh(top, |place| guard(&zip, place))),
        ],
    );
    compare(
        &format!("{title}, tar.gz of {} KB", fs::metadata(&tar)?.len() / 1_000),
        10,
        vec![
            Case::new("tar", || fresh(top, |place| run("tar", &["-xzf", &tar_name], place))),
            Case::new("bsdtar", || fresh(top, |place| run("bsdtar", &["-xf", &tar_name], place))),
            Case::new("extract", || fresh(top, |place| guard(&tar, place))),
        ],
    );
    fs::remove_dir_all(project)?;
    fs::remove_file(zip)?;
    fs::remove_file(tar)
}

fn main() -> io::Result<()> {
    for (where_, directory) in [("in memory", Path::new("/dev/shm")), ("on disk", Path::new("/var/tmp"))] {
        let top = tempfile::tempdir_in(directory)?;
        measure(&format!("2,000 files of 8 KB {where_}"), top.path(), 2_000, 8_000)?;
        measure(&format!("1 file of 64 MB {where_}"), top.path(), 1, 64_000_000)?;
    }
    Ok(())
}
