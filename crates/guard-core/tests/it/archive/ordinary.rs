//! What people send, as common programs write it.

use super::build::streams::gzip;
use super::build::tar::{Member, tar};
use super::build::zip::{Descriptor, Entry, field, zip};
use super::check_notes;

#[test]
fn a_jar() {
    let streamed =
        |name: &str, data: &[u8]| Entry::deflated(name, data).host(0, 0).streamed(Descriptor::Signed);
    let manifest = streamed("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\r\n");
    let directory = Entry::deflated("META-INF/", b"").host(0, 0).both(|head| head.extra = field(0xcafe, b""));
    check_notes(
        "jar",
        &zip([directory.streamed(Descriptor::Signed), manifest, streamed("A.class", b"\xca\xfe")]).bytes(),
        &[],
    );
}

#[test]
fn a_text_document() {
    let first = Entry::stored("mimetype", b"application/vnd.oasis.opendocument.text").host(0, 0);
    check_notes(
        "odt",
        &zip([first, Entry::deflated("content.xml", b"<x/>"), Entry::directory("Pictures/")]).bytes(),
        &[],
    );
}

#[test]
fn a_wheel() {
    let file = |name: &str| Entry::deflated(name, b"x = 1\n").mode(0o100_664);
    check_notes("wheel", &zip([file("pkg/__init__.py"), file("pkg-1.0.dist-info/RECORD")]).bytes(), &[]);
}

#[test]
fn a_package_of_npm() {
    let file = |name: &str| Member::file(name, b"{}").with(|file| file.mode = 0o644);
    check_notes("npm", &gzip(&tar([file("package/package.json"), file("package/lib/index.js")])), &[]);
}

#[test]
fn a_project_of_git_archive() {
    let comment = Member::global(&[("comment", "3f786850e387550fdab836ed7e6dc881de23001b")]);
    let script = Member::file("p/run.sh", b"#!/bin/sh\n").with(|file| file.mode = 0o775);
    let members = [comment, Member::directory("p/"), script, Member::symbolic_link("p/latest", "run.sh")];
    check_notes("git archive", &gzip(&tar(members)), &["archive-executable"]);
}
