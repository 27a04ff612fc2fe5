//! Where two tools unpack different things, the guard refuses; what it accepts, every tool unpacks as it does.

use super::shapes::{self, Shape};
use super::tools::{OF_TAR, OF_ZIP, Place, Tool};
use super::verdict;

/// Compares the guard with the tools for each shape, and counts those about which two tools disagree.
fn compare(shapes: &[Shape], tools: &[Tool]) -> usize {
    let mut place = Place::new();
    let files: Vec<_> = shapes.iter().map(|(_, bytes)| (place.file(bytes), tools)).collect();
    let views = place.views(&files);
    let mut disputed = 0;
    let mut wrong = Vec::new();
    for ((name, bytes), view) in shapes.iter().zip(&views) {
        let mut trees: Vec<_> = view.values().collect();
        trees.dedup();
        disputed += usize::from(trees.len() > 1);
        let verdict = verdict(bytes);
        // What one tool cannot read at all is not what this is about, unless the guard accepts it.
        if verdict != "ok" {
            continue;
        }
        let ours = place.guard(bytes);
        let is_agreed = view.len() == tools.len() && view.values().all(|tree| Ok(tree) == ours.as_ref());
        if !is_agreed {
            wrong.push(format!("{name}: {ours:?} beside {view:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    disputed
}

#[test]
fn zips_that_tools_read_differently_are_refused() {
    let shapes = shapes::differences();
    let accepted: Vec<_> =
        shapes.iter().filter(|(_, bytes)| verdict(bytes) == "ok").map(|(name, _)| name.as_str()).collect();
    let twins: Vec<_> =
        shapes.iter().map(|(name, _)| name.as_str()).filter(|name| name.starts_with("twin")).collect();
    assert_eq!(accepted, twins);
    let disputed = compare(&shapes, &OF_ZIP);
    assert!(disputed >= 10, "the tools disagree about {disputed} shapes only: is this a comparison at all?");
}

#[test]
fn names_and_sizes_that_tools_read_differently_are_refused() {
    let names = shapes::bytes_of_names();
    let disputed = compare(&names, &OF_ZIP);
    assert!(disputed >= 100, "{disputed} bytes");
    let sizes = shapes::sizes();
    let count = sizes.len();
    // Of those that are refused, some are enough to see that the tools do disagree.
    let mut chosen: Vec<_> = sizes
        .into_iter()
        .enumerate()
        .filter(|(number, (_, bytes))| number % 61 == 0 || verdict(bytes) == "ok")
        .map(|(_, shape)| shape)
        .collect();
    let accepted = chosen.iter().filter(|(_, bytes)| verdict(bytes) == "ok").count();
    assert!(accepted * 100 <= count * 2, "{accepted} of {count} accepted");
    chosen.truncate(400);
    let disputed = compare(&chosen, &OF_ZIP);
    assert!(disputed >= 5, "{disputed} sizes");
}

#[test]
fn tars_that_tools_read_differently_are_refused() {
    let shapes = shapes::tars();
    for (name, bytes) in shapes.iter().filter(|(name, _)| name.starts_with("twin")) {
        assert_eq!(verdict(bytes), "ok", "{name}");
    }
    let disputed = compare(&shapes, &OF_TAR);
    assert!(disputed >= 10, "{disputed} shapes");
}
