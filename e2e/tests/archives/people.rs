//! What people send: packages as they are published, and what common programs pack.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cache::{place, run};
use super::tools::{OF_TAR, OF_ZIP, Place, Tool, need};
use super::verdict;

/// Sound and yet refused, with the reason.
const EXPLAINED: [(&str, &str, &str); 1] =
    [("ruzstd-", "archive-too-much-memory", "its tests hold a frame that asks for a window of 128 MiB")];

/// Packages of Debian with programs for Java.
const JARS: [&str; 9] = [
    "ant",
    "junit4",
    "libasm-java",
    "libcommons-compress-java",
    "libcommons-io-java",
    "libcommons-lang3-java",
    "libguava-java",
    "libjackson2-core-java",
    "libslf4j-java",
];
const NPM: [&str; 7] = [
    "eslint@10.15.0",
    "express@5.3.0",
    "grammy@1.46.0",
    "lodash@4.18.1",
    "prettier@3.10.1",
    "react@19.3.1",
    "typescript@7.0.2",
];
const WHEELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../e2e-telegram/clients/aiogram/requirements.txt");

/// A directory with the things that projects are made of, and the archives that follow. `o` is where they go.
const PROJECT: &str = r##"
mkdir -p dir/empty "dir/sub dir" $(printf 'long%.0s/' $(seq 40)); cd .
printf 'hello\n' > a.txt; head -c 100000 /dev/urandom > random.bin; yes line | head -c 300000 > lines.txt
echo x > "dir/sub dir/b c.txt"; ln -s a.txt link; ln a.txt hard; printf '#!/bin/sh\n' > run.sh; chmod +x run.sh
: > zero; chmod 2775 dir; echo deep > $(printf 'long%.0s/' $(seq 40))deep.txt
printf '{}' > '[...slug].tsx'; echo x > '$id (1).ts'
"##;

/// Info-ZIP's names and those of fastjar are ASCII: they write others without saying in which encoding.
const PACK: &str = r##"
zip -qr $o/zip-plain.zip .; zip -qry $o/zip-links.zip .; zip -qr0 $o/zip-store.zip .; zip -qr9 $o/zip-best.zip .
zip -qrX $o/zip-bare.zip .; zip -qrD $o/zip-flat.zip .; zip -qr -fz $o/zip-zip64.zip .; zip -qr -fd $o/zip-descriptors.zip .
zip -qr - . > $o/zip-streamed.zip; echo note | zip -qz $o/zip-comment.zip a.txt >/dev/null; zip -qrj $o/zip-junk.zip dir a.txt
zip -qrl $o/zip-lines.zip a.txt lines.txt; zip -q $o/zip-changed.zip a.txt lines.txt zero; zip -q $o/zip-changed.zip a.txt
zip -qd $o/zip-changed.zip lines.txt; zip -q -fz- $o/zip-no64.zip a.txt
jar cf $o/jar-plain.jar .; jar cf0 $o/jar-store.jar . 2>/dev/null || jar c0f $o/jar-store.jar .; jar cMf $o/jar-bare.jar .
mkdir -p "ünï"; echo ü > "ünï/cödé 文件.txt"
7z a -bso0 -bsp0 $o/7z-plain.zip .; 7z a -bso0 -bsp0 -mx=0 $o/7z-store.zip .; 7z a -bso0 -bsp0 -mx=9 $o/7z-best.zip .
7z a -bso0 -bsp0 -snl $o/7z-links.zip .; 7z a -bso0 -bsp0 -mcu=on $o/7z-utf8.zip .; 7z a -bso0 -bsp0 -mtc=on $o/7z-times.zip .
7z a -bso0 -bsp0 -ttar $o/7z-plain.tar .; 7z a -bso0 -bsp0 -tgzip $o/7z.gz lines.txt; 7z a -bso0 -bsp0 -tbzip2 $o/7z.bz2 lines.txt
7z a -bso0 -bsp0 -txz $o/7z.xz lines.txt; 7z a -bso0 -bsp0 -sistdin $o/7z-streamed.zip < lines.txt
for f in ustar pax gnutar v7; do bsdtar -cf $o/bsdtar-$f.tar --format $f . 2>/dev/null || [ $f != pax ]; done
bsdtar -czf $o/bsdtar.tgz .; bsdtar -cJf $o/bsdtar.txz .; bsdtar -cjf $o/bsdtar.tbz .; bsdtar --zstd -cf $o/bsdtar.tzst .
bsdtar -acf $o/bsdtar-dot.zip .; bsdtar -acf $o/bsdtar-names.zip a.txt dir link; bsdtar -cf $o/bsdtar-store.zip --format zip --options zip:compression=store .
bsdtar -cf $o/bsdtar-zip64.zip --format zip --options zip:zip64 .
for f in v7 oldgnu gnu ustar pax; do tar -cf $o/tar-$f.tar --format=$f . 2>/dev/null || [ $f = v7 ] || [ $f = ustar ]; done
tar -czf $o/tar.tgz .; tar -cJf $o/tar.txz .; tar -cjf $o/tar.tbz2 .; tar -cf $o/tar-blocks.tar -b 64 .; tar -cf $o/tar-numbers.tar --numeric-owner --mtime=@0 .
tar -cf $o/tar-attributes.tar --xattrs --format=pax .; tar -cf $o/tar-more.tar a.txt; tar -rf $o/tar-more.tar lines.txt
tar -cf $o/tar-nothing.tar -T /dev/null; tar -czf $o/tar-nothing.tgz -T /dev/null; tar -hcf $o/tar-followed.tar .
gzip -c lines.txt > $o/one.gz; bzip2 -c lines.txt > $o/one.bz2; xz -c lines.txt > $o/one.xz; (gzip -c a.txt; gzip -c lines.txt) > $o/two.gz
xz -9ec lines.txt > $o/best.xz; xz -T2 -c lines.txt > $o/threads.xz; gzip -c lines.txt | cat > $o/named.gz
git init -q . ; git add -A; git -c user.name=a -c user.email=a@b commit -qm x
for f in zip tar tar.gz; do git archive --format=$f -o $o/git.$f HEAD; git archive --format=$f --prefix=p-1.0/ -o $o/git-prefix.$f HEAD; done
rm -rf .git
"##;

const PACK_PYTHON: &str = r##"
import os, shutil, sys, zipfile, zipapp
project, out = sys.argv[1:]
for format in ("zip", "tar", "gztar", "bztar", "xztar"):
    shutil.make_archive(os.path.join(out, "python"), format, project)
os.makedirs(os.path.join(out, "app"))
open(os.path.join(out, "app", "__main__.py"), "w").write("print(1)\n")
zipapp.create_archive(os.path.join(out, "app"), os.path.join(out, "app.pyz"))
shutil.rmtree(os.path.join(out, "app"))


class Pipe:
    """Something that cannot go back."""

    def __init__(self, file):
        self.file = file

    def write(self, data):
        return self.file.write(data)

    def flush(self):
        self.file.flush()


def document(name, first, parts):
    with zipfile.ZipFile(os.path.join(out, name), "w", zipfile.ZIP_DEFLATED) as archive:
        if first:
            archive.writestr(zipfile.ZipInfo("mimetype"), first)
        for part in parts:
            archive.writestr(part, "" if part.endswith("/") else "<x/>" * 99)


document("letter.docx", None, ["[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/media/"])
document("table.xlsx", None, ["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/worksheets/sheet1.xml"])
document("letter.odt", "application/vnd.oasis.opendocument.text", ["META-INF/manifest.xml", "content.xml", "Configurations2/"])
document("book.epub", "application/epub+zip", ["META-INF/container.xml", "OEBPS/chapter.xhtml"])
for method, word in ((zipfile.ZIP_STORED, "stored"), (zipfile.ZIP_DEFLATED, "deflated")):
    with open(os.path.join(out, f"python-streamed-{word}.zip"), "wb") as file:
        with zipfile.ZipFile(Pipe(file), "w", method) as archive:
            archive.writestr("a", "x" * 999)
            archive.writestr("d/", "")
    with zipfile.ZipFile(os.path.join(out, f"python-zip64-{word}.zip"), "w", method) as archive:
        with archive.open("a", "w", force_zip64=True) as part:
            part.write(b"x" * 999)
"##;

/// What is packed so that programs read it differently, by ordinary programs: refused, and each with its reason.
const DOUBTFUL: [(&str, &str, &str); 5] = [
    (
        "zip-names.zip",
        "mkdir -p u && echo x > 'u/ü.txt' && zip -qr $o/zip-names.zip u",
        "archive-name-encoding",
    ),
    ("zip-pipe.zip", "cat lines.txt | zip -q $o/zip-pipe.zip -", "archive-special-file"),
    ("bsdtar-pipe.zip", "bsdtar -cf - --format zip a.txt | cat > $o/bsdtar-pipe.zip", "archive-end-record"),
    ("tar-twice.tar", "tar -cf $o/tar-twice.tar dir dir", "archive-duplicate-name"),
    (
        "python-script.pyz",
        "mkdir -p app && echo 'print(1)' > app/__main__.py && python3 -m zipapp app -p /usr/bin/python3 -o $o/python-script.pyz",
        "archive-hidden-bytes",
    ),
];

fn sh(script: &str, directory: &Path, out: &Path) {
    // Where the umask, the locale and the owner of a checkout do not matter.
    run(Command::new("bash")
        .args(["-euc", script])
        .current_dir(directory)
        .env("o", out)
        .env("LC_ALL", "C.UTF-8")
        .env("GIT_CONFIG_GLOBAL", "/dev/null"));
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    found
}

/// What cargo fetched for this workspace.
fn crates() -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).unwrap_or_else(|| {
        PathBuf::from(std::env::var_os("HOME").expect("HOME or CARGO_HOME")).join(".cargo")
    });
    let registries = fs::read_dir(home.join("registry/cache")).expect("the cache of cargo");
    let mut found: Vec<_> = registries.flat_map(|registry| files(&registry.unwrap().path())).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "crate"));
    found
}

/// Wheels, packages of npm, and programs for Java, fetched once.
fn published() -> Vec<PathBuf> {
    let place = place("archives-1", |place| {
        let (wheels, python) = (place.join("wheels"), place.join("python"));
        run(Command::new("python3").args(["-m", "venv"]).arg(&python));
        let pip = ["-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "-r", WHEELS, "-d"];
        run(Command::new(python.join("bin/python")).args(pip).arg(&wheels));
        fs::remove_dir_all(python).unwrap();
        run(Command::new("npm").args(["pack", "--silent"]).args(NPM).current_dir(place));
        let debs = place.join("debs");
        fs::create_dir(&debs).unwrap();
        run(Command::new("apt-get").args(["download", "-qq"]).args(JARS).current_dir(&debs));
        for deb in files(&debs) {
            run(Command::new("dpkg-deb").arg("-x").args([&deb, &debs.join("unpacked")]));
        }
        let jars =
            run(Command::new("find").arg(debs.join("unpacked")).args(["-type", "f", "-name", "*.jar"]));
        for jar in jars.lines().map(Path::new) {
            fs::copy(jar, place.join(jar.file_name().unwrap())).unwrap();
        }
        fs::remove_dir_all(debs).unwrap();
    });
    let mut found = files(&place);
    found.retain(|path| !path.ends_with("complete"));
    found.extend(files(&place.join("wheels")));
    found
}

/// The same project, packed by everybody.
fn packed(directory: &Path) -> Vec<PathBuf> {
    need(&[
        ("zip", "zip"),
        ("7z", "p7zip-full"),
        ("jar", "fastjar"),
        ("bsdtar", "libarchive-tools"),
        ("git", "git"),
        ("xz", "xz-utils"),
        ("bzip2", "bzip2"),
    ]);
    let (project, out) = (directory.join("project"), directory.join("out"));
    fs::create_dir(&project).unwrap();
    fs::create_dir(&out).unwrap();
    sh(PROJECT, &project, &out);
    sh(PACK, &project, &out);
    run(Command::new("python3").args(["-c", PACK_PYTHON]).args([&project, &out]));
    files(&out)
}

#[test]
fn what_people_send_is_accepted() {
    let temporary = tempfile::tempdir().unwrap();
    let (crates, published, packed) = (crates(), published(), packed(temporary.path()));
    let counts = (crates.len(), published.len(), packed.len());
    let all: Vec<PathBuf> = [crates, published, packed].concat();
    assert!(all.len() >= 300, "{counts:?} archives are at hand");
    let mut refused = BTreeMap::new();
    for path in &all {
        let verdict = verdict(&fs::read(path).unwrap());
        if verdict != "ok" {
            refused.insert(path.file_name().unwrap().to_string_lossy().into_owned(), verdict);
        }
    }
    println!("{counts:?} crates, published and packed; refused: {refused:?}");
    let is_explained = |(name, code): &(&String, &&str)| {
        EXPLAINED.iter().any(|(start, why, _)| name.starts_with(start) && *why == **code)
    };
    assert!(refused.iter().all(|one| is_explained(&one)), "{refused:?}");
    assert!(refused.len() * 200 <= all.len(), "{} of {} are refused", refused.len(), all.len());
}

#[test]
fn what_common_programs_pack_all_tools_unpack_to_what_the_guard_does() {
    let temporary = tempfile::tempdir().unwrap();
    let packed = packed(temporary.path());
    let tools_of = |path: &Path| -> &[Tool] {
        let name = path.file_name().unwrap().to_str().unwrap();
        let is = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
        if is(&[".tar", ".tar.gz", ".tgz", ".tbz", ".tbz2", ".txz"]) {
            &OF_TAR
        } else if is(&[".zip", ".docx", ".xlsx", ".odt", ".epub", ".pyz", ".jar"]) {
            &OF_ZIP
        } else {
            &[]
        }
    };
    let mut place = Place::new();
    let asked: Vec<_> = packed
        .iter()
        .map(|path| (path.clone(), tools_of(path)))
        .filter(|(_, tools)| !tools.is_empty())
        .collect();
    assert!(asked.len() >= 60, "{}", asked.len());
    let mut wrong = Vec::new();
    for ((path, tools), view) in asked.iter().zip(place.views(&asked)) {
        let ours = place.guard(&fs::read(path).unwrap());
        let disagree: Vec<_> = tools.iter().filter(|tool| view.get(tool) != ours.as_ref().ok()).collect();
        if !disagree.is_empty() {
            wrong.push(format!("{}: {disagree:?}: {ours:?} beside {view:?}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{} of {}: {}", wrong.len(), asked.len(), wrong[0]);
}

#[test]
fn what_common_programs_pack_doubtfully_is_refused_for_a_reason() {
    need(&[("zip", "zip"), ("bsdtar", "libarchive-tools")]);
    let temporary = tempfile::tempdir().unwrap();
    let (project, out) = (temporary.path().join("project"), temporary.path().join("out"));
    fs::create_dir(&project).unwrap();
    fs::create_dir(&out).unwrap();
    sh(PROJECT, &project, &out);
    for (name, script, want) in DOUBTFUL {
        sh(script, &project, &out);
        assert_eq!(verdict(&fs::read(out.join(name)).unwrap()), want, "{name}");
    }
}
