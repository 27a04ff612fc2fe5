//! The way through an archive, entry by entry, and down into the archives it holds.

use std::io::Cursor;

use super::budget::{Budget, Weight};
use super::feed::{CHUNK, Feed, Pull};
use super::magic::{HEAD, is_empty_tar};
use super::name::Name;
use super::policy::Policy;
use super::sink::{Look, Sink};
use super::stop::{Result, Stop, refuse};
use super::stream::{Bzip2, Gzip, Xz, Zstd};
use super::tree::{TARGET_MAX, Tree};
use super::window::Window;
use super::zip::{self, Kind, Structure};
use super::{Entry, EntryKind, Format, rules, tar};
use crate::Finding;

/// The name of the only file in a compressed stream.
const STREAM_NAME: &str = "content";

/// One level: an archive that is read from its beginning to its end.
pub(super) struct Walk<'b, 's> {
    pub(super) budget: &'b Budget<'b>,
    pub(super) policy: Policy<'b>,
    pub(super) sink: &'s mut dyn Sink,
    pub(super) entries: Vec<Entry>,
    pub(super) findings: Vec<Finding>,
    has_executable: bool,
    depth: u32,
}

/// What is known of a file before its content is read.
pub(super) struct Draft<'a> {
    pub(super) path: &'a str,
    pub(super) offset: u64,
    pub(super) is_executable: bool,
}

impl<'b, 's> Walk<'b, 's> {
    pub(super) fn new(budget: &'b Budget<'b>, policy: Policy<'b>, sink: &'s mut dyn Sink) -> Self {
        let (entries, findings) = (Vec::new(), Vec::new());
        Self { budget, policy, sink, entries, findings, has_executable: false, depth: 1 }
    }

    /// An archive that is read from front to back.
    pub(super) fn stream(&mut self, format: Format, feed: &mut Feed<'_>) -> Result<()> {
        match format {
            Format::Gzip => self.decoded(&mut Gzip::new(feed)?),
            Format::Zip => self.buffered_zip(feed),
            Format::Tar => tar::read(self, feed),
            Format::Bzip2 => self.decoded(&mut Bzip2::new(feed)?),
            Format::Xz => self.decoded(&mut Xz::new(feed)?),
            Format::Zstd => self.decoded(&mut Zstd::new(feed)?),
            Format::Other => refuse(&rules::FORMAT),
        }
    }

    /// What comes out of a decoder: a file, which may be an archive in its turn.
    fn decoded(&mut self, data: &mut dyn Pull) -> Result<()> {
        let mut feed = Feed::new(data, self.budget, Weight::COPY);
        // A compressed tar is one archive to everybody.
        if Format::of(feed.peek(HEAD)?) == Some(Format::Tar) {
            return tar::read(self, &mut feed);
        }
        // Less than was asked for is all there is.
        let start = feed.peek(CHUNK)?;
        if start.len() < CHUNK && is_empty_tar(start) {
            return tar::read(self, &mut feed);
        }
        self.budget.entry()?;
        let limits = self.budget.limits();
        let path = limits.stream_name.as_ref().map_or(STREAM_NAME, |name| name.as_str());
        self.file(&Draft { path, offset: 0, is_executable: false }, &mut feed)
    }

    /// A zip is read from its end, so one that comes out of a decoder has to be held.
    fn buffered_zip(&mut self, feed: &mut Feed<'_>) -> Result<()> {
        let mut held = Vec::new();
        loop {
            let more = feed.some()?;
            if more.is_empty() {
                break;
            }
            self.budget.memory(held.len() as u64 + more.len() as u64)?;
            held.extend_from_slice(more);
            let length = more.len();
            feed.consume(length);
        }
        let size = held.len() as u64;
        self.zip(&mut Window::new(&mut Cursor::new(held), size))
    }

    pub(super) fn zip(&mut self, window: &mut Window<'_>) -> Result<()> {
        let mut structure = Structure::read(window, self.budget)?;
        for record in &structure.records {
            let (name, at) = (structure.name(record), record.offset);
            if name.is_empty() {
                continue;
            }
            let note = self.policy.judge(name).map_err(|stop| stop.at(at, 0))?;
            self.findings.extend(note.map(|note| note.at(super::stop::span(at, 0))));
        }
        for number in 0..structure.records.len() {
            let Some(record) =
                structure.records.get(number).copied().filter(|record| record.kind == Kind::Link)
            else {
                continue;
            };
            let path = structure.name(&record).to_owned();
            let here = |stop: Stop| stop.at(record.offset, 0).about(&path);
            let target =
                zip::content(window, &record, self.budget, |data| self.target(data)).map_err(here)?;
            structure.tree.link(&path, &target, record.offset).map_err(|rule| here(rule.into()))?;
            let (size, offset) = (target.len() as u64, record.offset);
            let kind = EntryKind::SymbolicLink(target);
            self.entry(Entry { name: path, kind, size, offset, is_executable: false, holds: None });
        }
        self.whole(&mut structure.tree)?;
        for record in &structure.records {
            let path = structure.name(record);
            let here = |stop: Stop| stop.at(record.offset, 0).about(path);
            let draft = Draft { path, offset: record.offset, is_executable: record.is_executable };
            match record.kind {
                Kind::Link => {}
                Kind::File => {
                    zip::content(window, record, self.budget, |data| self.file(&draft, data))
                        .map_err(here)?;
                }
                Kind::Directory => {
                    zip::content(window, record, self.budget, |data| nothing(data)).map_err(here)?;
                    if !path.is_empty() {
                        self.directory(path, record.offset)?;
                    }
                }
            }
        }
        for (path, target) in structure.tree.symbolic_links() {
            self.sink.symbolic_link(path, target)?;
        }
        Ok(())
    }

    /// What can only be said when all names are known.
    pub(super) fn whole(&mut self, tree: &mut Tree) -> Result<()> {
        tree.links(self.budget)?;
        let allows_git = self.policy.allows_git();
        match tree.bare_repository(|directory| allows_git && Policy::is_in_git(directory)) {
            Some(directory) => Err(Stop::from(&rules::BARE).about(&directory)),
            None => Ok(()),
        }
    }

    /// The text of a symbolic link.
    fn target(&self, data: &mut dyn Pull) -> Result<String> {
        let mut target = vec![0; TARGET_MAX + 1];
        let mut length = 0;
        loop {
            let Some(free) = target.get_mut(length..).filter(|free| !free.is_empty()) else {
                return refuse(&rules::LINK_TARGET);
            };
            let read = data.pull(free)?;
            if read == 0 {
                break;
            }
            self.budget.content(read)?;
            length += read;
        }
        target.truncate(length);
        String::from_utf8(target).map_err(|_| Stop::from(&rules::NAME_ENCODING))
    }

    pub(super) fn directory(&mut self, path: &str, offset: u64) -> Result<()> {
        self.sink.directory(path)?;
        let (name, kind) = (path.to_owned(), EntryKind::Directory);
        self.entry(Entry { name, kind, size: 0, offset, is_executable: false, holds: None });
        Ok(())
    }

    pub(super) fn entry(&mut self, entry: Entry) {
        // Inside, only what is found counts.
        if self.depth == 1 {
            self.entries.push(entry);
        }
    }

    /// Reads a file to its end, gives it to the sink, and looks into it if it is an archive.
    pub(super) fn file(&mut self, draft: &Draft<'_>, content: &mut dyn Pull) -> Result<()> {
        self.sink.open(draft.path)?;
        let mut tee = Tee { content, sink: &mut *self.sink, budget: self.budget, size: 0, failure: None };
        let (holds, looked) = match look_into(&mut tee, self.budget, self.policy, self.depth) {
            Ok(Some((format, looked))) => (Some(format), looked),
            Ok(None) => (None, Ok(Vec::new())),
            Err(stop) => (None, Err(stop)),
        };
        // What is wrong with this archive itself comes before what is wrong inside.
        if let Some(failure) = tee.failure.take() {
            return Err(failure);
        }
        match looked {
            Ok(found) => self.findings.extend(found.into_iter().map(|finding| inside(finding, draft.path))),
            Err(Stop::Refused(finding)) if rules::counts_inside(finding.rule()) => {
                return Err(Stop::Refused(inside(finding, draft.path)));
            }
            Err(Stop::Refused(_)) => self.findings.push(Finding::new(&rules::INNER).about(draft.path)),
            Err(other) => return Err(other),
        }
        let mut rest = self.budget.spare().chunk();
        loop {
            match tee.pull(&mut rest) {
                Ok(0) => break,
                Ok(_) => {}
                Err(stop) => return Err(tee.failure.take().unwrap_or(stop)),
            }
        }
        self.budget.spare().keep_chunk(rest);
        let size = tee.size;
        self.sink.close()?;
        if draft.is_executable && !self.has_executable {
            self.has_executable = true;
            self.findings.push(Finding::new(&rules::EXECUTABLE).about(draft.path));
        }
        self.entry(Entry {
            name: draft.path.to_owned(),
            kind: EntryKind::File,
            size,
            offset: draft.offset,
            is_executable: draft.is_executable,
            holds,
        });
        Ok(())
    }
}

/// A file whose content goes to the sink and to whoever looks inside.
struct Tee<'t> {
    content: &'t mut dyn Pull,
    sink: &'t mut dyn Sink,
    budget: &'t Budget<'t>,
    size: u64,
    /// Why the content itself ended early.
    failure: Option<Stop>,
}

impl Pull for Tee<'_> {
    fn pull(&mut self, out: &mut [u8]) -> Result<usize> {
        let read = self.content.pull(out).and_then(|length| {
            self.budget.content(length)?;
            self.size += length as u64;
            self.sink.write(out.get(..length).unwrap_or_default())?;
            Ok(length)
        });
        read.map_err(|stop| {
            self.failure = Some(stop);
            Stop::from(&rules::TRUNCATED)
        })
    }
}

type Looked = Option<(Format, Result<Vec<Finding>>)>;

/// Looks at the first bytes of a file, and at the rest if it is an archive.
fn look_into(tee: &mut Tee<'_>, budget: &Budget<'_>, policy: Policy<'_>, depth: u32) -> Result<Looked> {
    let mut feed = Feed::new(tee, budget, Weight::COPY);
    let Some(format) = Format::of(feed.peek(HEAD)?) else { return Ok(None) };
    if format != Format::Other && depth >= budget.limits().depth {
        return Ok(Some((format, refuse(&rules::DEPTH))));
    }
    let mut look = Look;
    let mut walk = Walk { depth: depth + 1, ..Walk::new(budget, policy, &mut look) };
    let looked = walk.stream(format, &mut feed).map(|()| walk.findings);
    Ok(Some((format, looked)))
}

/// Directories hold nothing; some programs write an empty deflate stream for them.
fn nothing(data: &mut dyn Pull) -> Result<()> {
    if data.pull(&mut [0; 1])? == 0 { Ok(()) } else { refuse(&rules::KIND) }
}

/// The finding as seen from outside, where its bytes are no bytes of the file.
fn inside(finding: Finding, path: &str) -> Finding {
    let subject = match finding.subject() {
        Some(inner) => format!("{path}: {inner}"),
        None => path.to_owned(),
    };
    Finding::new(finding.rule()).about(subject)
}

/// The name of a tar entry or refusal, in one form.
pub(super) fn tar_name(bytes: &[u8], max: usize) -> Result<Name<'_>> {
    Name::parse_dotted(bytes, max).map_err(|rule| Stop::from((rule, &*String::from_utf8_lossy(bytes))))
}
