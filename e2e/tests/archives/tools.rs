//! The standard tools, and what each leaves in an empty directory.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use guard_core::archive::{Limits, extract};
use guard_core::path::Root;

use super::zip::crc;

/// What is below a directory: names with the length and checksum of a file, `-> TARGET`, or `/` for an empty directory.
pub(crate) type Tree = BTreeMap<String, String>;

/// A program that unpacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tool {
    Bsdtar,
    GnuTar,
    Python,
    SevenZip,
    Unzip,
}

/// Those that read zips.
pub(crate) const OF_ZIP: [Tool; 4] = [Tool::Bsdtar, Tool::Python, Tool::SevenZip, Tool::Unzip];
/// Those that read tars.
pub(crate) const OF_TAR: [Tool; 3] = [Tool::Bsdtar, Tool::GnuTar, Tool::Python];

const EXTRACT: &str = include_str!("extract.py");

/// Fails where a program is not there.
pub(crate) fn need(programs: &[(&str, &str)]) {
    for (program, package) in programs {
        let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output().expect("sh");
        assert!(found.status.success(), "{program} is missing: apt-get install {package}");
    }
}

/// An archive as it lies in a directory, and where each tool puts what it holds.
pub(crate) struct Place {
    temporary: tempfile::TempDir,
    next: usize,
}

impl Place {
    pub(crate) fn new() -> Self {
        need(&[
            ("bsdtar", "libarchive-tools"),
            ("7z", "p7zip-full"),
            ("unzip", "unzip"),
            ("python3", "python3"),
            ("tar", "tar"),
        ]);
        // The guard waits for the disk after each archive; memory answers at once.
        let memory = Path::new("/dev/shm");
        let temporary = tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir()).unwrap();
        Self { temporary, next: 0 }
    }

    pub(crate) fn file(&mut self, bytes: &[u8]) -> PathBuf {
        self.next += 1;
        let file = self.temporary.path().join(format!("archive-{}", self.next));
        fs::write(&file, bytes).unwrap();
        file
    }

    fn empty(&mut self) -> PathBuf {
        self.next += 1;
        // Deep enough for what climbs out to be seen beside it.
        let place = self.temporary.path().join(format!("place-{}/1/2/3", self.next));
        fs::create_dir_all(&place).unwrap();
        place
    }

    /// What the guard writes, or the code of its refusal.
    pub(crate) fn guard(&mut self, bytes: &[u8]) -> Result<Tree, &'static str> {
        let place = self.empty();
        let root = Root::open(&place).unwrap();
        extract(std::io::Cursor::new(bytes), &root, "new", &Limits::default())
            .map_err(|error| error.code())?;
        Ok(tree(&place.join("new")))
    }

    /// What each tool makes of each archive; nothing where it fails or stops half-way.
    pub(crate) fn views(&mut self, archives: &[(PathBuf, &[Tool])]) -> Vec<BTreeMap<Tool, Tree>> {
        let mut views: Vec<_> = archives
            .iter()
            .map(|(file, tools)| {
                let programs = tools.iter().filter(|tool| **tool != Tool::Python);
                programs.filter_map(|tool| Some((*tool, self.program(*tool, file)?))).collect()
            })
            .collect();
        let mut asked = Vec::new();
        let mut numbers = Vec::new();
        for (number, (file, tools)) in archives.iter().enumerate() {
            if tools.contains(&Tool::Python) {
                asked.push((file.clone(), self.empty()));
                numbers.push(number);
            }
        }
        for (number, found) in numbers.into_iter().zip(python(&asked)) {
            let view: &mut BTreeMap<Tool, Tree> = &mut views[number];
            view.extend(found.map(|tree| (Tool::Python, tree)));
        }
        views
    }

    fn program(&mut self, tool: Tool, file: &Path) -> Option<Tree> {
        let place = self.empty();
        let mut command = match tool {
            Tool::Bsdtar => program("bsdtar", &["-xf"]),
            Tool::GnuTar | Tool::Python => program("tar", &["-xf"]),
            Tool::SevenZip => program("7z", &["x", "-y", "-bd"]),
            Tool::Unzip => program("unzip", &["-qq", "-o"]),
        };
        command.arg(file).current_dir(&place).env("LANG", "C.UTF-8");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let status = command.status().unwrap();
        // 1 of unzip is a warning.
        let is_done = status.success() || (tool == Tool::Unzip && status.code() == Some(1));
        is_done.then(|| tree(&place))
    }
}

fn program(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(arguments);
    command
}

/// One process for all of them.
fn python(asked: &[(PathBuf, PathBuf)]) -> Vec<Option<Tree>> {
    let mut child = Command::new("python3")
        .args(["-c", EXTRACT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("python3");
    let mut input = child.stdin.take().unwrap();
    let lines: String =
        asked.iter().map(|(file, place)| format!("{}\t{}\n", file.display(), place.display())).collect();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let found: Vec<_> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(found.len(), asked.len(), "python3 ended early: {}", output.status);
    found
}

pub(crate) fn tree(top: &Path) -> Tree {
    let mut found = Tree::new();
    let mut todo = vec![top.to_owned()];
    while let Some(at) = todo.pop() {
        let name = |path: &Path| {
            String::from_utf8_lossy(path.strip_prefix(top).unwrap().as_os_str().as_encoded_bytes())
                .into_owned()
        };
        let mut is_empty = true;
        for entry in fs::read_dir(&at).unwrap() {
            is_empty = false;
            let path = entry.unwrap().path();
            let kind = fs::symlink_metadata(&path).unwrap().file_type();
            if kind.is_dir() {
                todo.push(path);
                continue;
            }
            let what = if kind.is_symlink() {
                format!("-> {}", fs::read_link(&path).unwrap().display())
            } else if kind.is_file() {
                let bytes = fs::read(&path).unwrap();
                format!("file {} {:08x}", bytes.len(), crc(&bytes))
            } else {
                "special".to_owned()
            };
            found.insert(name(&path), what);
        }
        if is_empty && at != top {
            found.insert(name(&at), "/".to_owned());
        }
    }
    found
}
