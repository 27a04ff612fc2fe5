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

/// Fails unless what is accepted is exactly the twins, and returns how many are not twins.
fn only_twins_are_accepted(shapes: &[Shape]) -> usize {
    let is_twin = |name: &str| name.starts_with("twin");
    let wrong: Vec<_> = shapes
        .iter()
        .map(|(name, bytes)| (name.as_str(), verdict(bytes)))
        .filter(|(name, verdict)| is_twin(name) != (*verdict == "ok"))
        .collect();
    assert!(wrong.is_empty(), "{} of {}: {wrong:?}", wrong.len(), shapes.len());
    shapes.iter().filter(|(name, _)| !is_twin(name)).count()
}

#[test]
fn zips_that_tools_read_differently_are_refused() {
    let shapes = shapes::differences();
    only_twins_are_accepted(&shapes);
    let disputed = compare(&shapes, &OF_ZIP);
    assert!(disputed >= 10, "the tools disagree about {disputed} shapes only: is this a comparison at all?");
}

/// Every ambiguous shape is refused, of more than the 5,927 that the paper's generator makes; of each kind, so many that
/// a large one does not hide a small one.
#[test]
fn ambiguous_shapes_are_refused_without_exception() {
    for (kind, shapes, least) in [
        ("differences", shapes::differences(), 50),
        ("bytes of names", shapes::bytes_of_names(), 330),
        ("sizes", shapes::sizes(), 6_500),
    ] {
        let ambiguous = only_twins_are_accepted(&shapes);
        println!("{kind}: {ambiguous} ambiguous and refused, {} twins", shapes.len() - ambiguous);
        assert!(ambiguous >= least, "{kind}: {ambiguous}");
    }
}

#[test]
fn names_and_sizes_that_tools_read_differently_are_refused() {
    let names = shapes::bytes_of_names();
    let disputed = compare(&names, &OF_ZIP);
    assert!(disputed >= 100, "{disputed} bytes");
    // All twins, and of those that are refused enough to see that the tools do disagree.
    let chosen: Vec<_> = shapes::sizes()
        .into_iter()
        .enumerate()
        .filter(|(number, (name, _))| number % 61 == 0 || name.starts_with("twin"))
        .map(|(_, shape)| shape)
        .collect();
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
