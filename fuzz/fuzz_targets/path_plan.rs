//! Runs a plan of operations on a small tree, with an attacker between the steps, beside a model.
//!
//! Before each step the model reads the whole tree from disk, resolves the name by itself and says what must happen;
//! afterwards the tree has to be what the model made of it. Whatever is outside of the root never changes, and nothing
//! of it is ever read.
#![no_main]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};

use arbitrary::Arbitrary;
use guard_core::names::{Kind, classify};
use guard_core::path::{Confined, PathError, Root};
use libfuzzer_sys::fuzz_target;

const WORDS: [&str; 12] = ["a", "b", "c", "f", "out", ".env", ".git", "hooks", "CLAUDE.md", "..", ".", "x"];
/// What an attacker may put into a link; `/r` stands for the root and `/x` for what is outside.
const TARGETS: [&str; 12] =
    ["a", "../a", "b/c", "..", ".", "/r/a", "/r/b/f", "../x", "/x/f", ".env", "/etc/passwd", "c/../../x"];

#[derive(Arbitrary, Debug)]
struct Name {
    words: [u8; 3],
    len: u8,
    is_absolute: bool,
}

#[derive(Arbitrary, Debug)]
enum Step {
    Open(Name),
    Create(Name),
    CreateDir(Name),
    Append(Name),
    Truncate(Name),
    Replace(Name),
    /// The attacker exchanges two names before the new contents are committed.
    ReplaceLate(Name, Name, Name),
    Remove(Name),
    Rename(Name, Name),
    List(Name),
    /// The attacker, who is not confined but stays below the root.
    Link(Name, u8),
    HardLinkFromOutside(Name),
    Exchange(Name, Name),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Dir,
    File(String),
    Link(String),
}

/// Everything below the base, by its path relative to it: `r` is the root, `x` the outside.
type Tree = BTreeMap<String, Node>;

/// Where a name leads in the model.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// An existing node, or nothing in an existing directory.
    At(String),
    /// Nothing, and not even its directory; or something that is no directory on the way.
    Nowhere,
    /// Out of the root, or into a circle.
    Out,
}

struct World {
    base: PathBuf,
    root: Root,
}

impl Name {
    fn text(&self, world: &World) -> String {
        let len = usize::from(self.len % 3) + 1;
        let words: Vec<_> =
            self.words.iter().take(len).map(|word| WORDS[usize::from(*word) % WORDS.len()]).collect();
        match self.is_absolute {
            true => format!("{}/{}", world.base.join("r").display(), words.join("/")),
            false => words.join("/"),
        }
    }

    /// The same, relative to the root and without what the root refuses to look at.
    fn path(&self, world: &World) -> String {
        let text = self.text(world);
        text.strip_prefix(&format!("{}/", world.base.join("r").display())).unwrap_or(&text).to_owned()
    }
}

impl World {
    fn new(base: &Path) -> Self {
        for dir in ["r/a", "r/b/c", "r/.git/hooks", "x"] {
            fs::create_dir_all(base.join(dir)).expect("a directory");
        }
        for file in ["r/f", "r/a/f", "r/b/f", "r/.env", "r/.git/config", "x/f"] {
            fs::write(base.join(file), file).expect("a file");
        }
        symlink("../x", base.join("r/out")).expect("a link");
        let root = Root::open(base.join("r")).expect("the root");
        Self { base: base.to_owned(), root }
    }

    fn snapshot(&self) -> Tree {
        let mut tree = Tree::new();
        let mut todo = vec![String::from("r"), String::from("x")];
        while let Some(path) = todo.pop() {
            let full = self.base.join(&path);
            let kind = fs::symlink_metadata(&full).expect("metadata").file_type();
            let node = if kind.is_dir() {
                for entry in fs::read_dir(&full).expect("a listing") {
                    let name = entry.expect("an entry").file_name();
                    todo.push(format!("{path}/{}", name.to_str().expect("a name of ours")));
                }
                Node::Dir
            } else if kind.is_symlink() {
                Node::Link(fs::read_link(&full).expect("a target").to_str().expect("text").to_owned())
            } else {
                Node::File(fs::read_to_string(&full).expect("contents"))
            };
            tree.insert(path, node);
        }
        tree
    }

    /// Resolves a name from the root, by the model alone.
    fn find(&self, tree: &Tree, name: &str, follows_last: bool) -> Found {
        let mut at: Vec<String> = vec!["r".into()];
        let words = |text: &str| -> Vec<String> {
            text.rsplit('/').filter(|word| !matches!(*word, "" | ".")).map(String::from).collect()
        };
        let mut todo = words(name);
        let mut links = 0;
        let mut is_missing = false;
        while let Some(word) = todo.pop() {
            match &*word {
                ".." => {
                    at.pop();
                    if at.is_empty() {
                        return Found::Out;
                    }
                    continue;
                }
                _ => at.push(word),
            }
            match tree.get(&at.join("/")) {
                Some(Node::Link(_)) if todo.is_empty() && !follows_last => {}
                Some(Node::Link(target)) => {
                    at.pop();
                    links += 1;
                    if links > 40 {
                        return Found::Out;
                    }
                    let root = self.base.join("r");
                    match Path::new(target).strip_prefix(&root) {
                        Ok(below) => {
                            at = vec!["r".into()];
                            todo.extend(words(below.to_str().expect("text")));
                        }
                        Err(_) if target.starts_with('/') => return Found::Out,
                        Err(_) => todo.extend(words(target)),
                    }
                }
                Some(Node::Dir) => {}
                Some(Node::File(_)) => is_missing |= !todo.is_empty(),
                None => is_missing |= !todo.is_empty(),
            }
        }
        if is_missing { Found::Nowhere } else { Found::At(at.join("/")) }
    }
}

/// Names about which there are rules, at any place on the way: the model only says that these may be refused.
fn kind(world: &World, path: &str) -> Option<Kind> {
    classify(&world.base.join(path)).map(|rule| rule.kind)
}

fn climbs_out(name: &str) -> bool {
    let mut depth = 0_i32;
    name.split('/').any(|word| {
        depth += match word {
            "" | "." => 0,
            ".." => -1,
            _ => 1,
        };
        depth < 0
    })
}

fn write(mut to: impl std::io::Write) {
    to.write_all(b"r/new").expect("room for five bytes");
}

/// One operation of ours, what it needs of the model, and what it makes of the tree.
fn step(world: &World, step: &Step) {
    let before = world.snapshot();
    let mut after = before.clone();
    let resolve = |name: &Name| world.root.resolve(name.text(world));
    // The kinds of names that stop an operation.
    let stops = |path: &str, is_change: bool| match kind(world, path) {
        Some(Kind::Secret) => true,
        Some(Kind::GuardedDeny | Kind::GuardedAsk) => is_change,
        // No name of this kind can be made of the words.
        Some(Kind::Opaque) => false,
        None => false,
    };
    let file = |path: &str| matches!(before.get(path), Some(Node::File(_)));
    // What is allowed by the model, and how the tree changes; `None` where the operation has to fail.
    let expect = |name: &Name, follows: bool, is_change: bool| -> Option<String> {
        let path = name.path(world);
        match world.find(&before, &path, follows) {
            Found::At(at) if !climbs_out(&path) && !stops(&at, is_change) && at != "r" => Some(at),
            Found::At(at) if at == "r" && !is_change && !climbs_out(&path) => Some(at),
            _ => None,
        }
    };
    let is_dir_of = |at: &str| {
        at.rsplit_once('/').is_some_and(|(parent, _)| matches!(before.get(parent), Some(Node::Dir)))
    };
    // A rule can also fire on a name that is only passed on the way, which the model leaves open.
    let may_differ = |name: &Name| {
        let path = name.path(world);
        classify(&world.base.join("r").join(&path)).is_some() || path.split('/').any(|word| word == "..")
    };
    // `..` behind a name that does not exist takes it away; the model, as the kernel, finds nothing there.
    let is_open = |name: &Name| {
        let path = name.path(world);
        path.contains("..")
            && [true, false].iter().any(|last| world.find(&before, &path, *last) == Found::Nowhere)
    };
    let verdict = |name: &Name, want: bool, got: Result<(), PathError>| {
        match (want, &got) {
            (true, Err(error)) if !may_differ(name) => panic!("{step:?} refused: {}", error.code()),
            (false, Ok(())) if !is_open(name) => panic!("{step:?} went through"),
            _ => {}
        }
        got.is_ok()
    };
    let mut is_known = true;
    if let Step::Open(name)
    | Step::Create(name)
    | Step::CreateDir(name)
    | Step::Append(name)
    | Step::Truncate(name)
    | Step::Replace(name)
    | Step::Remove(name)
    | Step::Rename(name, _)
    | Step::List(name) = step
    {
        is_known = !is_open(name);
    }
    match step {
        Step::Open(name) => {
            // The other name of a hard link is always outside, so that only what lies in a store of packages is read.
            let is_linked = |at: &str| {
                let has_names = fs::metadata(world.base.join(at)).is_ok_and(|metadata| metadata.nlink() > 1);
                has_names && !at.rsplit('/').skip(1).any(|dir| dir == ".git")
            };
            let want = expect(name, true, false).filter(|at| file(at) && !is_linked(at));
            let got = resolve(name).and_then(|name| name.open());
            if let (Ok(mut opened), Some(at)) = (got.as_ref(), &want) {
                let mut contents = String::new();
                opened.read_to_string(&mut contents).expect("text");
                assert_eq!(before.get(at), Some(&Node::File(contents)), "{step:?}");
            }
            verdict(name, want.is_some(), got.map(drop));
        }
        Step::Create(name) | Step::CreateDir(name) => {
            let want = expect(name, false, true).filter(|at| !before.contains_key(at) && is_dir_of(at));
            let is_dir = matches!(step, Step::CreateDir(_));
            let got = resolve(name)
                .and_then(|name| if is_dir { name.create_dir() } else { name.create().map(write) });
            if verdict(name, want.is_some(), got)
                && let Some(at) = want
            {
                after.insert(at, if is_dir { Node::Dir } else { Node::File("r/new".into()) });
            }
        }
        Step::Append(name) | Step::Truncate(name) => {
            let want = expect(name, true, true).filter(|at| file(at));
            let is_append = matches!(step, Step::Append(_));
            let change = |name: Confined| if is_append { name.append() } else { name.truncate() }.map(write);
            if verdict(name, want.is_some(), resolve(name).and_then(change))
                && let Some(Node::File(contents)) = want.and_then(|at| after.get_mut(&at))
            {
                *contents = if is_append { format!("{contents}r/new") } else { "r/new".into() };
            }
        }
        Step::Replace(name) => {
            let want =
                expect(name, true, true).filter(|at| file(at) || !before.contains_key(at) && is_dir_of(at));
            let got = resolve(name).and_then(|name| {
                let mut new = name.replace()?;
                write(&mut new);
                new.commit()
            });
            if verdict(name, want.is_some(), got)
                && let Some(at) = want
            {
                after.insert(at, Node::File("r/new".into()));
            }
        }
        Step::ReplaceLate(name, one, other) => {
            if let Ok(mut new) = resolve(name).and_then(|name| name.replace()) {
                write(&mut new);
                exchange(world, one, other);
                new.commit().ok();
            }
            // The attacker moved things: only what is outside is compared.
            after = world.snapshot();
        }
        Step::Remove(name) => {
            let is_empty = |at: &String| !before.keys().any(|path| path.starts_with(&format!("{at}/")));
            let want = expect(name, false, true).filter(|at| before.contains_key(at) && is_empty(at));
            if verdict(name, want.is_some(), resolve(name).and_then(|name| name.remove()))
                && let Some(at) = want
            {
                after.remove(&at);
            }
        }
        Step::Rename(from, to) => {
            let source = expect(from, false, true).filter(|at| before.contains_key(at));
            let target = expect(to, false, true).filter(|at| !before.contains_key(at) && is_dir_of(at));
            let is_below = |(from, to): (&String, &String)| to.starts_with(&format!("{from}/"));
            let want = source.is_some()
                && target.is_some()
                && !source.as_ref().zip(target.as_ref()).is_some_and(is_below);
            is_known &= !is_open(to);
            let got = resolve(from).and_then(|from| from.rename(&resolve(to)?));
            if !is_known {
                return;
            }
            if got.is_err() && (may_differ(from) || may_differ(to)) {
                return assert_eq!(world.snapshot(), before, "{step:?}");
            }
            if verdict(from, want, got)
                && let (Some(from), Some(to)) = (source, target)
            {
                let moved: Vec<String> = before
                    .keys()
                    .filter(|path| **path == from || path.starts_with(&format!("{from}/")))
                    .cloned()
                    .collect();
                for path in moved {
                    let node = after.remove(&path).expect("it was there");
                    after.insert(format!("{to}{}", &path[from.len()..]), node);
                }
            }
        }
        Step::List(name) => {
            let want = expect(name, true, false).filter(|at| matches!(before.get(at), Some(Node::Dir)));
            let got = resolve(name).and_then(|name| name.list(100));
            if let (Ok(listing), Some(at)) = (&got, &want) {
                let depth = at.split('/').count() + 1;
                let names: Vec<_> = before
                    .keys()
                    .filter(|path| path.starts_with(&format!("{at}/")) && path.split('/').count() == depth)
                    .filter_map(|path| path.rsplit('/').next())
                    .collect();
                let listed: Vec<_> =
                    listing.entries.iter().map(|entry| entry.name.to_str().expect("text")).collect();
                assert_eq!(listed, names, "{step:?}");
            }
            verdict(name, want.is_some(), got.map(drop));
        }
        Step::Link(name, target) => {
            let target = TARGETS[usize::from(*target) % TARGETS.len()];
            let target = match target.strip_prefix("/r") {
                Some(rest) => format!("{}{rest}", world.base.join("r").display()),
                None if target.starts_with("/x") => format!("{}{target}", world.base.display()),
                None => target.to_owned(),
            };
            if let Some(at) = attacked(world, name) {
                symlink(target, at).ok();
            }
            after = world.snapshot();
        }
        Step::HardLinkFromOutside(name) => {
            if let Some(at) = attacked(world, name) {
                fs::hard_link(world.base.join("x/f"), at).ok();
            }
            after = world.snapshot();
        }
        Step::Exchange(one, other) => {
            exchange(world, one, other);
            after = world.snapshot();
        }
    }
    if is_known {
        assert_eq!(world.snapshot(), after, "{step:?}");
    }
}

/// A path for the attacker: below the root even if links lie on the way.
fn attacked(world: &World, name: &Name) -> Option<PathBuf> {
    let tree = world.snapshot();
    match world.find(&tree, &name.path(world), false) {
        Found::At(at) if at != "r" => Some(world.base.join(at)),
        _ => None,
    }
}

fn exchange(world: &World, one: &Name, other: &Name) {
    if let (Some(one), Some(other)) = (attacked(world, one), attacked(world, other)) {
        let flags = rustix::fs::RenameFlags::EXCHANGE;
        rustix::fs::renameat_with(rustix::fs::CWD, one, rustix::fs::CWD, other, flags).ok();
    }
}

fuzz_target!(|plan: Vec<Step>| {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let base = dir.path().canonicalize().expect("its true path");
    let world = World::new(&base);
    for one in plan.iter().take(24) {
        step(&world, one);
        let outside: Vec<_> =
            world.snapshot().into_iter().filter(|(path, _)| path.starts_with('x')).collect();
        assert_eq!(
            outside,
            [("x".to_owned(), Node::Dir), ("x/f".to_owned(), Node::File("x/f".into()))],
            "{one:?}"
        );
    }
});
