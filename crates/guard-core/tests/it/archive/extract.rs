//! What is written: the same that a report lists, all of it or nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use guard_core::archive::{EntryKind, ExtractError, Limits, extract, inspect};
use guard_core::path::Root;

use super::build::streams::gzip;
use super::build::tar::{Member, tar};
use super::build::zip::{Descriptor, Entry, zip};

struct Place {
    dir: tempfile::TempDir,
    root: Root,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        Self { dir, root }
    }

    fn extract(&self, bytes: &[u8], into: &str) -> Result<Vec<String>, &'static str> {
        let report = extract(Cursor::new(bytes), &self.root, into, &Limits::default());
        report
            .map(|report| report.entries.into_iter().map(|entry| entry.name).collect())
            .map_err(|error| error.code())
    }

    fn names(&self) -> Vec<String> {
        tree(self.dir.path()).into_keys().collect()
    }
}

/// Every name below a directory with what it is: content, `-> target`, or `/`.
fn tree(dir: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut todo = vec![dir.to_owned()];
    while let Some(at) = todo.pop() {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            let kind = fs::symlink_metadata(&path).unwrap().file_type();
            let what = if kind.is_symlink() {
                format!("-> {}", fs::read_link(&path).unwrap().display())
            } else if kind.is_dir() {
                todo.push(path.clone());
                "/".to_owned()
            } else {
                fs::read_to_string(&path).unwrap()
            };
            found.insert(path.strip_prefix(dir).unwrap().display().to_string(), what);
        }
    }
    found
}

fn sample_tar() -> Vec<u8> {
    tar([
        Member::directory("d"),
        Member::file("d/a", b"text").with(|file| file.mode = 0o777),
        Member::file("e/f/g", b""),
        Member::hard_link("h", "d/a"),
        Member::symbolic_link("l", "d/a"),
    ])
}

fn sample_zip() -> Vec<u8> {
    let file = Entry::deflated("d/a", b"text").mode(0o100_777).streamed(Descriptor::Signed);
    zip([Entry::directory("d/"), file, Entry::stored("e/f/g", b""), Entry::link("l", "d/a")]).bytes()
}

#[test]
fn what_is_listed_is_written() {
    for bytes in [sample_tar(), sample_zip(), gzip(&sample_tar())] {
        let place = Place::new();
        let listed = inspect(Cursor::new(&bytes), &Limits::default()).entries;
        assert_eq!(
            place.extract(&bytes, "new").unwrap(),
            listed.iter().map(|e| e.name.clone()).collect::<Vec<_>>()
        );
        let written = tree(&place.dir.path().join("new"));
        for entry in listed {
            let what = match entry.kind {
                EntryKind::Directory => "/".to_owned(),
                EntryKind::SymbolicLink(target) => format!("-> {target}"),
                EntryKind::File | EntryKind::HardLink(_) | _ => {
                    if entry.name == "e/f/g" { "" } else { "text" }.to_owned()
                }
            };
            assert_eq!(written.get(&entry.name), Some(&what), "{}", entry.name);
        }
        assert_eq!(place.names().iter().filter(|name| name.starts_with('.')).count(), 0);
    }
}

#[test]
fn nothing_is_executable_and_directories_are_ordinary() {
    let place = Place::new();
    place.extract(&sample_tar(), "new").unwrap();
    let mode = |name: &str| fs::metadata(place.dir.path().join(name)).unwrap().permissions().mode();
    assert_eq!(mode("new/d/a") & 0o7111, 0);
    let usual = tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o777)).tempdir().unwrap();
    let usual = fs::metadata(usual.path()).unwrap().permissions().mode();
    assert_eq!((mode("new"), mode("new/d")), (usual, usual));
    assert_eq!(fs::metadata(place.dir.path().join("new/h")).unwrap().nlink(), 2);
}

#[test]
fn a_refused_archive_leaves_nothing() {
    let whole = sample_tar();
    for bytes in [
        tar([Member::file("a", b"x"), Member::file("../b", b"x")]),
        tar([Member::file("a", b"x"), Member::symbolic_link("l", "/etc")]),
        whole[..2_000].to_vec(),
        zip([Entry::stored("a", b"x"), Entry::stored("b", b"x").both(|head| head.crc ^= 1)]).bytes(),
        zip([Entry::stored("a", b"x"), Entry::stored(".git/hooks/x", b"x")]).bytes(),
        b"hello".to_vec(),
    ] {
        let place = Place::new();
        let error = extract(Cursor::new(&bytes), &place.root, "new", &Limits::default()).unwrap_err();
        assert!(matches!(error, ExtractError::Refused(_)), "{error}");
        assert_eq!(place.names(), [""; 0]);
    }
}

#[test]
fn the_place_has_to_be_free_and_inside() {
    let place = Place::new();
    fs::create_dir(place.dir.path().join("taken")).unwrap();
    std::os::unix::fs::symlink("nowhere", place.dir.path().join("dangling")).unwrap();
    let bytes = sample_zip();
    for (into, want) in [
        ("taken", "path-exists"),
        ("dangling", "path-exists"),
        ("../out", "path-outside-root"),
        ("missing/new", "path-missing"),
        (".", "path-is-root"),
        (".ssh", "secret-file"),
        (".git", "guarded-file"),
        ("a:b", "path-not-portable"),
    ] {
        assert_eq!(place.extract(&bytes, into), Err(want), "{into}");
    }
    assert_eq!(place.names(), ["dangling", "taken"]);
    place.extract(&bytes, "taken/new").unwrap();
}

#[test]
fn names_count_with_the_place_they_go_to() {
    let bytes = zip([Entry::stored("hooks/post-update", b"x")]).bytes();
    let place = Place::new();
    assert_eq!(place.extract(&bytes, "x.git"), Err("archive-guarded-name"));
    place.extract(&bytes, "x").unwrap();
}

#[test]
fn what_a_killed_process_left_is_removed() {
    let place = Place::new();
    let left = place.dir.path().join(".guard-extract-1-1/tree/d");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("half"), "x").unwrap();
    std::os::unix::fs::symlink("/etc", left.join("link")).unwrap();
    fs::create_dir(place.dir.path().join(".guard-extracted")).unwrap();
    place.extract(&sample_zip(), "new").unwrap();
    assert!(!place.dir.path().join(".guard-extract-1-1").exists());
    assert!(place.dir.path().join(".guard-extracted").exists() && Path::new("/etc/passwd").exists());
}

#[test]
fn a_tree_that_grows_is_left_alone() {
    let place = Place::new();
    let (root, bytes) = (place.root.clone(), sample_zip());
    let outer = Interrupted { bytes: Cursor::new(sample_tar()), inner: Some((root, bytes)) };
    extract(outer, &place.root, "outer", &Limits::default()).unwrap();
    assert!(place.dir.path().join("outer/d/a").exists() && place.dir.path().join("inner/d/a").exists());
}

/// While it is read, another extraction starts and ends beside it.
struct Interrupted {
    bytes: Cursor<Vec<u8>>,
    inner: Option<(Root, Vec<u8>)>,
}

impl Read for Interrupted {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if let Some((root, bytes)) = self.inner.take() {
            extract(Cursor::new(bytes), &root, "inner", &Limits::default()).unwrap();
        }
        self.bytes.read(out)
    }
}

impl Seek for Interrupted {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.bytes.seek(to)
    }
}

#[test]
fn a_file_that_cannot_be_read_is_refused() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::ConnectionReset.into())
        }
    }
    impl Seek for Broken {
        fn seek(&mut self, _: SeekFrom) -> std::io::Result<u64> {
            Ok(100)
        }
    }
    let place = Place::new();
    let error = extract(Broken, &place.root, "new", &Limits::default()).unwrap_err();
    assert_eq!((error.code(), place.names().len()), ("archive-io", 0));
}

#[test]
fn a_compressed_file_gets_the_name_that_is_given() {
    let place = Place::new();
    place.extract(&gzip(b"text"), "one").unwrap();
    let name = guard_core::path::FileName::parse("notes.txt").unwrap();
    let limits = Limits::default().stream_name(name);
    extract(Cursor::new(gzip(b"text")), &place.root, "two", &limits).unwrap();
    assert_eq!(place.names(), ["one", "one/content", "two", "two/notes.txt"]);
}
