//! Reads records back, oldest or newest first.

use std::path::Path;

use crate::backward::{self, Backward};
use crate::chain::MAX_LINE;
use crate::dir::{Dir, segment_name};
use crate::forward::{self, Forward};
use crate::{Alteration, AuditError, Outcome, Record, Timestamp};

/// Which records are wanted; the default is all. Text is compared exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The name of the event.
    pub event: Option<String>,
    /// Who did it.
    pub actor: Option<String>,
    /// What it was done to.
    pub object: Option<String>,
    /// The request or run.
    pub id: Option<String>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// The least risk.
    pub min_risk: u8,
    /// The earliest time.
    pub since: Option<Timestamp>,
    /// The time before which.
    pub until: Option<Timestamp>,
    /// The sequence number after which.
    pub after_seq: u64,
    /// The most records.
    pub limit: Option<u64>,
}

impl Filter {
    fn matches(&self, record: &Record) -> bool {
        let is = |want: &Option<String>, have: Option<&String>| want.is_none() || want.as_ref() == have;
        is(&self.event, Some(&record.event))
            && is(&self.actor, record.actor.as_ref())
            && is(&self.object, record.object.as_ref())
            && is(&self.id, record.id.as_ref())
            && (self.outcome.is_none() || self.outcome == record.outcome)
            && record.risk >= self.min_risk
            && self.since.is_none_or(|since| record.time >= since)
            && self.until.is_none_or(|until| record.time < until)
            && record.seq > self.after_seq
    }
}

/// Reads the records that `filter` wants, oldest first, holding one at a time. A record that is being written at this
/// moment may be missing. The chain is not verified: that is [`verify`](crate::verify())'s work.
///
/// # Errors
/// [`AuditError`] where the directory cannot be read.
pub fn query(dir: impl AsRef<Path>, filter: &Filter) -> Result<Query, AuditError> {
    let dir = Dir::open(dir.as_ref())?;
    let mut segments = dir.segments()?;
    // A segment is not needed where the next one still begins at or before what is wanted.
    let skipped =
        segments.iter().skip(1).take_while(|first| **first <= filter.after_seq.saturating_add(1)).count();
    segments.drain(..skipped);
    segments.reverse();
    Ok(Query { dir, segments, lines: None, filter: filter.clone(), given: 0 })
}

/// The records of a [`query`]; ends after the first error.
#[derive(Debug)]
pub struct Query {
    dir: Dir,
    /// Still to be read, the next one last.
    segments: Vec<u64>,
    lines: Option<(u64, Forward)>,
    filter: Filter,
    given: u64,
}

impl Query {
    fn read(&mut self) -> Result<Option<Record>, AuditError> {
        while self.filter.limit.is_none_or(|limit| self.given < limit) {
            let Some((first, lines)) = &mut self.lines else {
                let Some(first) = self.segments.pop() else { return Ok(None) };
                let file = self.dir.read(&segment_name(first))?;
                self.lines = Some((first, Forward::new(file, u64::MAX, MAX_LINE)));
                continue;
            };
            let altered = AuditError::altered(*first, Alteration::Edited);
            let record = match lines.step()? {
                forward::Step::Line(line) => Record::parse(line).ok_or(altered)?,
                forward::Step::TooLong => return Err(altered),
                // A torn line may be a record that is not finished yet.
                forward::Step::Torn(_) | forward::Step::End => {
                    self.lines = None;
                    continue;
                }
            };
            *first = record.seq + 1;
            if self.filter.until.is_some_and(|until| record.time >= until) {
                break;
            }
            if self.filter.matches(&record) {
                self.given += 1;
                return Ok(Some(record));
            }
        }
        Ok(None)
    }
}

impl Iterator for Query {
    type Item = Result<Record, AuditError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.read();
        if !matches!(next, Ok(Some(_))) {
            self.filter.limit = Some(0);
        }
        next.transpose()
    }
}

/// Reads the records that `filter` wants, newest first, from the end of the log.
///
/// # Errors
/// As [`query`].
pub fn newest(dir: impl AsRef<Path>, filter: &Filter) -> Result<Newest, AuditError> {
    let dir = Dir::open(dir.as_ref())?;
    let segments = dir.segments()?;
    Ok(Newest { dir, segments, lines: None, filter: filter.clone(), given: 0 })
}

/// The records of [`newest`]; ends after the first error.
#[derive(Debug)]
pub struct Newest {
    dir: Dir,
    segments: Vec<u64>,
    lines: Option<(u64, Backward)>,
    filter: Filter,
    given: u64,
}

impl Newest {
    fn read(&mut self) -> Result<Option<Record>, AuditError> {
        while self.filter.limit.is_none_or(|limit| self.given < limit) {
            let Some((first, lines)) = &mut self.lines else {
                let Some(first) = self.segments.pop() else { return Ok(None) };
                let file = self.dir.read(&segment_name(first))?;
                let len = file.metadata()?.len();
                let mut lines = Backward::new(file, len, MAX_LINE);
                // What stands after the last newline is not a record yet.
                lines.step()?;
                self.lines = Some((first, lines));
                continue;
            };
            let altered = AuditError::altered(*first, Alteration::Edited);
            let record = match lines.step()? {
                backward::Step::Line(line) => Record::parse(&line).ok_or(altered)?,
                backward::Step::TooLong => return Err(altered),
                backward::Step::End => {
                    self.lines = None;
                    continue;
                }
            };
            let before = self.filter.since.is_some_and(|since| record.time < since);
            if before || record.seq <= self.filter.after_seq {
                break;
            }
            if self.filter.matches(&record) {
                self.given += 1;
                return Ok(Some(record));
            }
        }
        Ok(None)
    }
}

impl Iterator for Newest {
    type Item = Result<Record, AuditError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.read();
        if !matches!(next, Ok(Some(_))) {
            self.filter.limit = Some(0);
        }
        next.transpose()
    }
}
