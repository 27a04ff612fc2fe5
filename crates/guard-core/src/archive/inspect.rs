use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::budget::{Budget, Weight};
use super::feed::{CHUNK, Feed, Pull};
use super::magic::{HEAD, is_empty_tar};
use super::policy::Policy;
use super::sink::{Look, Sink};
use super::stop::{Result, Stop, refuse};
use super::walk::Walk;
use super::window::{Source, Window};
use super::zip::{self, Structure};
use super::{Format, Limits, Report, rules};
use crate::path::PathError;
use crate::{Finding, Requires, Verdict};

/// Reads an archive to its end, with the archives in it, and says what is there and what is wrong.
///
/// Everything is decompressed and compared, and nothing is kept; what [`extract`](super::extract) would write is what
/// the report lists. A file that cannot be read is refused like any other (`archive-io`).
///
/// # Examples
///
/// ```
/// use guard_core::Decision;
/// use guard_core::archive::{Limits, inspect};
/// use std::io::Cursor;
///
/// let empty_zip = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
/// assert!(inspect(Cursor::new(empty_zip), &Limits::default()).is_accepted());
///
/// let report = inspect(Cursor::new("Rar!\x1a\x07\x01\0"), &Limits::default());
/// assert_eq!(report.verdict().decision(), Decision::Deny);
/// assert_eq!(report.verdict().findings()[0].code(), "archive-format-refused");
/// ```
#[must_use]
pub fn inspect(mut reader: impl Read + Seek, limits: &Limits) -> Report {
    read(&mut reader, limits, Path::new(""), &mut Look).0
}

/// The names and structure of a zip alone, compared and counted but not decompressed: a first look that costs little.
///
/// # Errors
///
/// The finding that refuses it.
pub fn scan_zip(mut reader: impl Read + Seek, limits: &Limits) -> std::result::Result<usize, Finding> {
    let mut scan = || {
        let size = reader.seek(SeekFrom::End(0))?;
        let mut window = Window::new(&mut reader, size);
        match zip::count(&mut window, &Budget::new(limits, size))? {
            Some(count) => Ok(count),
            None => Ok(Structure::read(&mut window, &Budget::new(limits, size))?.records.len()),
        }
    };
    scan().map_err(|stop: Stop| finding(stop).0)
}

/// Reads an archive into a sink; an error of the place that it is written to comes back beside the report.
pub(super) fn read(
    source: &mut dyn Source,
    limits: &Limits,
    below: &Path,
    sink: &mut dyn Sink,
) -> (Report, Option<PathError>) {
    let size = match source.seek(SeekFrom::End(0)) {
        Ok(size) => size,
        Err(_) => return (report(None, 0, Verdict::of(Finding::new(&rules::IO))), None),
    };
    let budget = Budget::new(limits, size);
    let mut walk = Walk::new(&budget, Policy::new(limits, below), sink);
    let mut format = None;
    let outcome = whole(source, size, &mut walk, &mut format);
    let mut verdict = Verdict::allow(Requires::NOTHING);
    let Walk { entries, findings, .. } = walk;
    let mut failure = None;
    // The refusal first: whoever shows one line shows this one.
    if let Err(stop) = outcome {
        let (finding, error) = finding(stop);
        verdict.add(finding);
        failure = error;
    }
    findings.into_iter().for_each(|finding| verdict.add(finding));
    let mut report = report(format, size, verdict);
    report.entries = entries;
    report.output_bytes = budget.output_bytes();
    report.total_entries = budget.entries();
    report.work = budget.spent_work();
    (report, failure)
}

fn report(format: Option<Format>, size: u64, verdict: Verdict) -> Report {
    Report { format, size, entries: Vec::new(), output_bytes: 0, total_entries: 0, work: 0, verdict }
}

fn finding(stop: Stop) -> (Finding, Option<PathError>) {
    match stop {
        Stop::Refused(finding) => (finding, None),
        Stop::Io(_) => (Finding::new(&rules::IO), None),
        Stop::Path(error) => (Finding::new(error.rule()), Some(error)),
    }
}

fn whole(
    source: &mut dyn Source,
    size: u64,
    walk: &mut Walk<'_, '_>,
    format: &mut Option<Format>,
) -> Result<()> {
    let mut window = Window::new(source, size);
    let head = window.bytes(0, usize::try_from(size).unwrap_or(usize::MAX).min(HEAD))?;
    *format = Format::of(head);
    match *format {
        None if size < CHUNK as u64
            && is_empty_tar(window.bytes(0, usize::try_from(size).unwrap_or_default())?) =>
        {
            *format = Some(Format::Tar);
            Ok(())
        }
        None => Err(no_archive(&mut window)),
        Some(Format::Zip) => walk.zip(&mut window),
        Some(Format::Other) => refuse(&rules::FORMAT),
        Some(other) => {
            drop(window);
            source.seek(SeekFrom::Start(0))?;
            let mut file = FromFront(source);
            walk.stream(other, &mut Feed::new(&mut file, walk.budget, Weight::COPY))
        }
    }
}

/// A zip behind something else is found from its end by some programs.
fn no_archive(window: &mut Window<'_>) -> Stop {
    let size = window.size();
    let start = size.saturating_sub(22 + 0xffff);
    let tail = window.bytes(start, usize::try_from(size - start).unwrap_or(0)).unwrap_or_default();
    match tail.windows(4).rposition(|four| four == b"PK\x05\x06") {
        Some(at) if tail.len() - at >= 22 => Stop::from(&rules::GAP).at(0, start + at as u64),
        Some(_) | None => Stop::from(&rules::UNKNOWN),
    }
}

struct FromFront<'a>(&'a mut dyn Source);

impl Pull for FromFront<'_> {
    fn pull(&mut self, out: &mut [u8]) -> Result<usize> {
        loop {
            match self.0.read(out) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                answer => return Ok(answer?),
            }
        }
    }
}
