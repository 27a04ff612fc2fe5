//! Which directories git takes for a repository, and whether one that a run has made can start a program: what `git init`
//! and `git clone` leave behind cannot.

use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The longest configuration, in bytes, and the most entries of a directory that are looked at.
const MAX_CONFIG: u64 = 64 << 10;
const MAX_ENTRIES: usize = 1_000;

/// What a fresh repository holds. Anything else may name another place, whose files then count too.
const ENTRIES: [&str; 22] = [
    "AUTO_MERGE",
    "CHERRY_PICK_HEAD",
    "COMMIT_EDITMSG",
    "FETCH_HEAD",
    "HEAD",
    "MERGE_HEAD",
    "MERGE_MODE",
    "MERGE_MSG",
    "ORIG_HEAD",
    "REVERT_HEAD",
    "branches",
    "config",
    "description",
    "gc.log",
    "hooks",
    "index",
    "info",
    "logs",
    "objects",
    "packed-refs",
    "refs",
    "shallow",
];

/// Keys by section that name no program and no other file. Source: git-config(1), git-init(1), git-clone(1).
const KEYS: [(&str, &[&str]); 8] = [
    ("branch", &["merge", "rebase", "remote"]),
    (
        "core",
        &[
            "autocrlf",
            "bare",
            "eol",
            "filemode",
            "ignorecase",
            "logallrefupdates",
            "precomposeunicode",
            "repositoryformatversion",
            "sharedrepository",
            "symlinks",
        ],
    ),
    ("extensions", &["objectformat", "partialclone", "refstorage"]),
    ("pull", &["ff", "rebase"]),
    ("push", &["autosetupremote", "default"]),
    ("remote", &["fetch", "partialclonefilter", "promisor", "pushurl", "tagopt", "url"]),
    ("submodule", &["active"]),
    ("user", &["email", "name"]),
];

/// What of a repository the rules for names speak of.
const GUARDED: [&str; 9] = [
    "commondir",
    "config",
    "config.worktree",
    "hooks",
    "info",
    "modules",
    "objects",
    "rebase-merge",
    "worktrees",
];

/// Whether git takes the directory for a repository, whatever it is called. Source: `is_git_directory` in git's `setup.c`.
fn is_shaped(directory: &Path) -> bool {
    let is_there = |name: &str| fs::symlink_metadata(directory.join(name)).is_ok();
    // Also through links, as git looks.
    let is_dir = |name: &str| fs::metadata(directory.join(name)).is_ok_and(|about| about.is_dir());
    is_there("HEAD") && (is_there("commondir") || (is_dir("objects") && is_dir("refs")))
}

/// A directory on a walk through a project, under the name by which the rules judge what is in it.
///
/// The configuration and the hooks of a repository are known by the name `.git` above them. One that has another name is
/// called `bare.git` here; its other entries keep their own names.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    path: PathBuf,
    named: PathBuf,
    is_shaped: bool,
    /// The rules know it for a repository anyway.
    is_known: bool,
}

impl Place {
    /// The project itself.
    pub(crate) fn of(project: &Path) -> Self {
        Self {
            path: project.to_owned(),
            named: PathBuf::new(),
            is_shaped: is_shaped(project),
            is_known: false,
        }
    }

    /// The name by which an entry is judged, relative to the project.
    pub(crate) fn name(&self, entry: &OsStr) -> PathBuf {
        let is_guarded = || entry.to_str().is_some_and(|entry| GUARDED.contains(&entry));
        let above = if self.is_shaped && !self.is_known && is_guarded() {
            Path::new("bare.git")
        } else {
            &self.named
        };
        above.join(entry)
    }

    /// The directory of this name in it.
    pub(crate) fn enter(&self, entry: &OsStr) -> Self {
        let path = self.path.join(entry);
        Self { named: self.name(entry), is_shaped: is_shaped(&path), is_known: entry == ".git", path }
    }

    /// Whether git takes it for a repository.
    pub(crate) const fn is_repository(&self) -> bool {
        self.is_shaped
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Whether the directory is a repository that starts nothing: only known entries, no hook that is on, only keys of the
/// configuration that name no program. In doubt it is not.
pub(crate) fn is_inert(directory: &Path) -> bool {
    let is_known = |entry: &DirEntry| entry.file_name().to_str().is_some_and(|name| ENTRIES.contains(&name));
    every(directory, |entry| {
        let kind = entry.file_type();
        is_known(entry) && kind.is_ok_and(|kind| kind.is_dir() || kind.is_file())
    }) && config(&directory.join("config")).is_some_and(|text| is_plain(&text))
        && hooks(&directory.join("hooks"))
}

fn every(directory: &Path, is_fine: impl Fn(&DirEntry) -> bool) -> bool {
    let Ok(entries) = fs::read_dir(directory) else { return false };
    entries
        .enumerate()
        .all(|(number, entry)| number < MAX_ENTRIES && entry.is_ok_and(|entry| is_fine(&entry)))
}

/// Samples are not run.
fn hooks(directory: &Path) -> bool {
    let is_sample = |entry: &DirEntry| {
        let name = entry.file_name();
        let is_named = name.to_str().is_some_and(|name| name.ends_with(".sample"));
        is_named && entry.file_type().is_ok_and(|kind| kind.is_file())
    };
    match fs::symlink_metadata(directory) {
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        Ok(about) => about.is_dir() && every(directory, is_sample),
    }
}

fn config(path: &Path) -> Option<String> {
    let about = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file)?;
    if about.len() > MAX_CONFIG {
        return None;
    }
    let mut text = String::new();
    fs::File::open(path).ok()?.take(MAX_CONFIG + 1).read_to_string(&mut text).ok()?;
    Some(text)
}

/// Whether each line is a section or a key that is known, one to a line as git itself writes them.
fn is_plain(text: &str) -> bool {
    let mut keys: &[&str] = &[];
    text.lines().map(str::trim).filter(|line| !line.is_empty()).all(|line| {
        if let Some(rest) = line.strip_prefix('[') {
            let Some((header, "")) = rest.split_once(']') else { return false };
            let (section, name) = header.split_once(' ').unwrap_or((header, "\"\""));
            let is_quoted = name.len() >= 2 && name.starts_with('"') && name.ends_with('"');
            let known = KEYS.iter().find(|(name, _)| section.eq_ignore_ascii_case(name));
            keys = known.map_or(&[], |(_, keys)| *keys);
            return known.is_some() && is_quoted;
        }
        let Some((key, value)) = line.split_once('=') else { return false };
        // `ext::` runs a program, and a continued line hides the next one.
        let is_simple = !value.contains("::") && !value.ends_with('\\');
        is_simple && keys.contains(&key.trim().to_ascii_lowercase().as_str())
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const FRESH: &str = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n\
                         [remote \"origin\"]\n\turl = /srv/x\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n\
                         [branch \"main\"]\n\tremote = origin\n\tmerge = refs/heads/main\n";

    fn fresh() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in ["hooks", "info", "objects", "refs"] {
            fs::create_dir(dir.path().join(name)).unwrap();
        }
        fs::write(dir.path().join("HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(dir.path().join("config"), FRESH).unwrap();
        fs::write(dir.path().join("hooks/pre-commit.sample"), "#!/bin/sh\n").unwrap();
        dir
    }

    #[track_caller]
    fn check(change: impl FnOnce(&Path), want: bool) {
        let dir = fresh();
        change(dir.path());
        assert_eq!(is_inert(dir.path()), want);
    }

    #[test]
    fn what_git_makes_is_inert_and_what_starts_a_program_is_not() {
        check(|_| {}, true);
        check(|dir| fs::remove_dir_all(dir.join("hooks")).unwrap(), true);
        check(|dir| fs::write(dir.join("hooks/pre-commit"), "x").unwrap(), false);
        check(|dir| symlink("pre-commit.sample", dir.join("hooks/x.sample")).unwrap(), false);
        check(|dir| fs::write(dir.join("config.worktree"), "").unwrap(), false);
        check(|dir| fs::create_dir(dir.join("rebase-merge")).unwrap(), false);
        check(|dir| fs::write(dir.join("shallow"), "").unwrap(), true);
        check(|dir| fs::create_dir(dir.join("modules")).unwrap(), false);
        check(|dir| fs::write(dir.join("commondir"), "/x").unwrap(), false);
        check(|dir| fs::remove_file(dir.join("config")).unwrap(), false);
        check(
            |dir| {
                fs::rename(dir.join("config"), dir.join("description")).unwrap();
                symlink("description", dir.join("config")).unwrap();
            },
            false,
        );
    }

    #[test]
    fn a_key_that_is_not_known_is_not_plain() {
        #[track_caller]
        fn check(more: &str) {
            assert!(!is_plain(&format!("{FRESH}{more}\n")), "{more}");
        }
        assert!(is_plain(FRESH) && is_plain(""));
        let partial = "[remote \"origin\"]\n\tpromisor = true\n\tpartialclonefilter = blob:none\n[extensions]\n\tpartialClone = origin\n";
        let user = "[user]\n\tname = A B\n\temail = a@b\n[pull]\n\trebase = true\n";
        assert!(is_plain(&format!("{FRESH}{partial}{user}")));
        check("[user]\n\tsigningkey = x");
        check("[pull]\n\toctopus = x");
        check("[push]\n\trecurseSubmodules = x");
        check("[remote \"origin\"]\n\tpushurl = ext::x");
        check("[core]\n\tfsmonitor = x");
        check("[core]\n\thooksPath = x");
        check("[core] fsmonitor = x");
        check("[core]\n\tfilemode = true\\\n\tfsmonitor = x");
        check("[include]\n\tpath = /x");
        check("[filter \"a\"]\n\tclean = x");
        check("[alias]\n\tx = !sh");
        check("[remote \"origin\"]\n\turl = ext::sh -c x");
        check("[remote \"origin\"]\n\tuploadpack = x");
        check("[remote \"a]\n\turl = x");
        check("; a comment");
        check("bare");
    }
}
