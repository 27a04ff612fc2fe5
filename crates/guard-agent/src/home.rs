//! What a run leaves in its private HOME that would act in the next one before the agent or its guard say a word.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

use guard_core::names::{self, Kind};
use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;

use crate::Moved;
use crate::guarded::put_away;

/// Directories in which programs look for what to do when they start. Deeper ones are caches of tools, which may hold
/// anybody's files of any name.
const PLACES: [&str; 4] = ["", ".config", ".local", ".local/share"];
/// The agent keeps its conversations there, and the launch line makes it read nothing else of it, except for scripts that
/// hooks have left for a conversation and that it runs before each command. No hook of ours leaves any.
const OWN: &str = ".claude";
const SCRIPTS: &str = "session-env";

/// Moves start files of shells, git's configuration and the like out of HOME, and removes scripts for its conversations. No run
/// needs what an earlier one left there: the owner's name for commits comes from outside. The program that wrote it has
/// to have ended; one of another run may be at work, so that no link is followed on the way.
pub(crate) fn sweep(home: &Path, quarantine: &Path) -> io::Result<Vec<Moved>> {
    let mut moved = Vec::new();
    let home = match File::open(home) {
        Ok(home) => home,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(moved),
        Err(error) => return Err(error),
    };
    for place in PLACES {
        let Some(directory) = enter(&home, Path::new(place))? else { continue };
        let at = path(&directory);
        for name in entries(&at, Path::new(place))? {
            let from = at.join(name.file_name().unwrap_or_default());
            if let Some(to) = put_away(&from, quarantine, moved.len())? {
                moved.push(Moved { path: Path::new("~").join(name), to, is_new: true });
            }
        }
    }
    if let Some(own) = enter(&home, Path::new(OWN))? {
        let scripts = path(&own).join(SCRIPTS);
        match fs::remove_dir_all(&scripts) {
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => fs::remove_file(&scripts)?,
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(moved)
}

/// Opens a directory without following a link; nothing where there is none.
fn enter(from: &File, directory: &Path) -> io::Result<Option<File>> {
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
    match openat2(from, directory, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
        Ok(file) => Ok(Some(file.into())),
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A name of the open directory that no rename changes.
fn path(directory: &File) -> PathBuf {
    format!("/proc/self/fd/{}", directory.as_raw_fd()).into()
}

/// The entries of a place, by their path in HOME, that would act.
fn entries(at: &Path, place: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(at)? {
        let entry = entry?;
        let name = place.join(entry.file_name());
        let is_guarded = names::classify(&name).is_some_and(|rule| rule.kind == Kind::GuardedDeny);
        let is_place = || PLACES.iter().chain(&[OWN]).any(|place| name == Path::new(place));
        // A link in the place of a directory would lead where nobody looks.
        let is_link = is_place() && entry.file_type()?.is_symlink();
        if (is_guarded && name != Path::new(OWN)) || is_link {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[track_caller]
    fn check(fill: impl FnOnce(&Path), want: &[&str]) {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("home");
        fs::create_dir_all(home.join(".claude/projects")).unwrap();
        fill(&home);
        let moved = sweep(&home, &dir.path().join("q")).unwrap();
        let got: Vec<_> = moved.iter().map(|moved| moved.path.to_str().unwrap()).collect();
        assert_eq!(got, want);
        for moved in &moved {
            let path = moved.path.strip_prefix("~").unwrap();
            assert!(
                fs::symlink_metadata(home.join(path)).is_err() && fs::symlink_metadata(&moved.to).is_ok()
            );
        }
        assert!(home.join(".claude/projects").is_dir());
        assert_eq!(sweep(&home, &dir.path().join("q")).unwrap(), []);
    }

    #[test]
    fn what_acts_at_the_start_of_a_program_goes_and_the_rest_stays() {
        let write = |path: PathBuf| {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        };
        check(|_| {}, &[]);
        check(
            |home| {
                [".bash_history", ".cache/x", ".config/tool/x", ".npm/x"]
                    .iter()
                    .for_each(|name| write(home.join(name)))
            },
            &[],
        );
        check(
            |home| [".profile", ".bashrc", ".gitconfig"].iter().for_each(|name| write(home.join(name))),
            &["~/.bashrc", "~/.gitconfig", "~/.profile"],
        );
        check(
            |home| {
                [".config/git/config", ".local/share/systemd/user/x"]
                    .iter()
                    .for_each(|name| write(home.join(name)))
            },
            &["~/.config/git", "~/.local/share/systemd"],
        );
        // A crate in a cache may have any name in it.
        check(|home| write(home.join(".cargo/registry/src/x/.envrc")), &[]);
        check(
            |home| {
                write(home.join(".x/git/config"));
                symlink(".x", home.join(".config")).unwrap();
                symlink("nowhere", home.join(".bashrc")).unwrap();
            },
            &["~/.bashrc", "~/.config"],
        );
    }

    #[test]
    fn scripts_of_the_agent_go_and_no_link_leads_out() {
        let dir = tempfile::tempdir().unwrap();
        let (home, outside) = (dir.path().join("home"), dir.path().join("outside"));
        for directory in
            ["home/.claude/session-env/1", "home/.claude/projects", "outside/session-env", "outside/git"]
        {
            fs::create_dir_all(dir.path().join(directory)).unwrap();
        }
        fs::write(home.join(".claude/session-env/1/hook.sh"), "x").unwrap();
        assert_eq!(sweep(&home, &dir.path().join("q")).unwrap(), []);
        for thing in ["link", "file"] {
            let at = home.join(".claude/session-env");
            if thing == "link" {
                symlink(&outside, at).unwrap()
            } else {
                fs::write(at, "x").unwrap()
            }
            assert_eq!(sweep(&home, &dir.path().join("q")).unwrap(), []);
        }
        assert_eq!(fs::read_dir(home.join(".claude")).unwrap().count(), 1);
        fs::rename(home.join(".claude"), home.join("x")).unwrap();
        for link in [".claude", ".config"] {
            symlink(&outside, home.join(link)).unwrap();
        }
        assert_eq!(sweep(&home, &dir.path().join("q")).unwrap().len(), 2);
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 2);
        // HOME itself is the caller's to choose.
        assert_eq!(fs::read_dir(&home).unwrap().count(), 1);
    }

    #[test]
    fn a_home_that_is_not_there_yet_is_clean() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(sweep(&dir.path().join("home"), &dir.path().join("q")).unwrap(), []);
    }
}
