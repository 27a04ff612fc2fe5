//! Links lead to places inside, through whatever other links.

use super::build::tar::{Member, tar};
use super::build::zip::{Entry, zip};
use super::{check, look};

/// Tries the links in a tar and, where they are symbolic, in a zip.
#[track_caller]
fn links(class: &str, links: &[(&str, &str)], want: &str) {
    let file = || Member::file("d/e/file", b"x");
    let members = links.iter().map(|(name, target)| Member::symbolic_link(name, target));
    check(class, &tar(members.clone().chain([file()])), want);
    check(class, &tar([file()].into_iter().chain(members)), want);
    let entries = links.iter().map(|(name, target)| Entry::link(name, target));
    check(class, &zip(entries.chain([Entry::stored("d/e/file", b"x")])).bytes(), want);
}

#[test]
fn inside() {
    links("a file", &[("l", "d/e/file")], "ok");
    links("up and down", &[("d/l", "../d/e/file")], "ok");
    links("the place itself", &[("d/l", "..")], "ok");
    links("here", &[("l", ".")], "ok");
    links("dangling", &[("l", "missing")], "ok");
    links("through another", &[("a", "d"), ("b", "a/e/file")], "ok");
    links("npm", &[("node_modules/.bin/tool", "../tool/bin/tool.js")], "ok");
}

#[test]
fn outside() {
    for target in ["/etc/passwd", "../x", "d/../../x", "..", "d/e/../../../x", "/", "//x"] {
        links(target, &[("l", target)], "archive-link-escapes");
    }
    links("from below", &[("d/l", "../../x")], "archive-link-escapes");
    links("backslashes", &[("l", "..\\x")], "archive-link-escapes");
    links("drive", &[("l", "C:/x")], "path-not-portable");
    links("control character", &[("l", "a\nb")], "path-control-character");
    links(
        "through another that goes up",
        &[("d/e/up", "../.."), ("l", "d/e/up/../x")],
        "archive-link-escapes",
    );
    links("through two", &[("a", "d/e"), ("b", "a/../../../x")], "archive-link-escapes");
}

#[test]
fn in_circles() {
    links("itself", &[("l", "l")], "archive-link-target");
    links("two", &[("a", "b"), ("b", "a")], "archive-link-target");
    links("longer and longer", &[("l", "l/l")], "archive-link-target");
    links("empty", &[("l", "")], "archive-link-target");
    links("above what is missing", &[("l", "missing/../x")], "archive-link-target");
}

#[test]
fn cost_grows_with_the_length_of_the_targets() {
    let work = |count: usize, target: &str| {
        let links = (0..count).map(|number| Entry::link(&format!("l{number}"), target));
        let report = look(&zip([Entry::directory("d/")].into_iter().chain(links)).bytes());
        assert!(report.is_accepted(), "{:?}", report.verdict());
        report.work
    };
    for part in ["a/", "d/../"] {
        let target = |length: usize| part.repeat(length / part.len()) + "d";
        let short = work(50, &target(80)).max(1);
        // Ten times the length, and fifty times.
        assert!(work(50, &target(800)) < 12 * short + 50_000, "{part}");
        assert!(work(50, &target(4_000)) < 60 * short + 250_000, "{part}");
    }
}

#[test]
fn hard() {
    let file = || Member::file("f", b"x");
    check("a file before it", &tar([file(), Member::hard_link("h", "f")]), "ok");
    check("with a dot", &tar([Member::file("./f", b"x"), Member::hard_link("./h", "./f")]), "ok");
    check("another link", &tar([file(), Member::hard_link("h", "f"), Member::hard_link("i", "h")]), "ok");
    check("a file after it", &tar([Member::hard_link("h", "f"), file()]), "archive-link-target");
    check("nothing", &tar([Member::hard_link("h", "missing")]), "archive-link-target");
    check("with a slash", &tar([file(), Member::hard_link("h", "f/")]), "archive-link-target");
    check("itself", &tar([Member::hard_link("h", "h")]), "archive-link-target");
    check("a directory", &tar([Member::directory("d"), Member::hard_link("h", "d")]), "archive-link-target");
    check(
        "a symbolic link",
        &tar([file(), Member::symbolic_link("s", "f"), Member::hard_link("h", "s")]),
        "archive-link-target",
    );
    check("outside", &tar([Member::hard_link("h", "/etc/passwd")]), "path-outside-root");
    check("above", &tar([Member::hard_link("h", "../x")]), "path-outside-root");
}
