use std::io::{self, Read};

use super::content::Content;
use super::kind::{Class, Kind, Kinds};
use super::name::{self, Name};
use super::text::{self, Text};
use super::{Report, markup, picture, polyglot, rules};
use crate::{Decision, Finding, Requires, Verdict};

/// How large a file may be, and a picture when it is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file; 20 MiB unless said otherwise, which is what Telegram hands to bots.
    pub max_bytes: u64,
    /// Pixels of one image; 100 million unless said otherwise: 400 MB in memory.
    pub max_pixels: u64,
    /// Pixels of all frames of an animation; 1,000 million unless said otherwise.
    pub max_frame_pixels: u64,
    /// The budget of an archive.
    #[cfg(feature = "archive")]
    pub archive: crate::archive::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 20 << 20,
            max_pixels: 100_000_000,
            max_frame_pixels: 1_000_000_000,
            #[cfg(feature = "archive")]
            archive: crate::archive::Limits::default(),
        }
    }
}

/// What is taken: the limits, and the kinds that are known.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    limits: Limits,
    kinds: Kinds,
}

impl Policy {
    /// A policy with these limits and kinds.
    #[must_use]
    pub const fn new(limits: Limits, kinds: Kinds) -> Self {
        Self { limits, kinds }
    }

    /// The kind of this id, as [`Report::kind`] names it.
    #[must_use]
    pub fn kind(&self, id: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.id == id)
    }

    /// The budget of an archive, for whoever unpacks what was judged.
    #[cfg(feature = "archive")]
    #[must_use]
    pub const fn archive_limits(&self) -> &crate::archive::Limits {
        &self.limits.archive
    }

    /// Reads a file to its end, or to its limit, and judges it.
    ///
    /// # Errors
    ///
    /// What the reader answers with.
    pub fn judge_reader(&self, name: &str, reader: impl Read) -> io::Result<Report> {
        let mut bytes = Vec::new();
        reader.take(self.limits.max_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(self.judge(name, &bytes))
    }

    /// Judges a file by its name and its content; takes time linear in its size, except for archives, which have a
    /// budget of their own.
    #[must_use]
    pub fn judge(&self, name: &str, bytes: &[u8]) -> Report {
        let size = bytes.len() as u64;
        let read = Name::read(name);
        let mut verdict = Verdict::allow(Requires::NOTHING);
        if size > self.limits.max_bytes {
            // Not looked at further: part of a file says little about it.
            verdict.add(Finding::new(&rules::TOO_LARGE));
            return Report { kind: None, size, verdict };
        }
        let content = Content::read(bytes, &self.kinds);
        let claimed = read.extension().and_then(|extension| self.kinds.claimed(extension));
        let kind = self.agreed_kind(&read, claimed, &content, &mut verdict);
        self.look(bytes, &content, kind, &mut verdict);
        verdict.merge(name::judge(name, &read, &self.kinds));
        Report { kind: kind.map(|kind| kind.id.clone()), size, verdict }
    }

    /// Whether name and content agree, and what follows from the kinds that they are of.
    fn agreed_kind<'a>(
        &'a self,
        name: &Name,
        claimed: Option<&'a Kind>,
        content: &Content<'a>,
        verdict: &mut Verdict,
    ) -> Option<&'a Kind> {
        let agreed = claimed.and_then(|claimed| content.agrees(claimed));
        let kind = agreed.or_else(|| content.mildest());
        match (claimed, kind) {
            (Some(claimed), _) if agreed.is_none() => {
                self.disagreement(claimed, kind, &content.text, verdict);
            }
            (None, Some(found)) if name.extension().is_some() && content.markup.is_none() => {
                verdict.add(Finding::new(&rules::UNKNOWN_EXTENSION).about(format!("it is {}", found.words)));
            }
            (None, None) => match content.text {
                Text::Unclear => verdict.add(Finding::new(&rules::TEXT_ENCODING)),
                Text::Known { .. } | Text::Binary => verdict.add(Finding::new(&rules::UNKNOWN_KIND)),
            },
            _ => {}
        }
        if let Some(claimed) = claimed.filter(|claimed| kind.is_none_or(|kind| kind.id != claimed.id)) {
            of_kind(claimed, verdict);
        }
        if let Some(kind) = kind {
            of_kind(kind, verdict);
        }
        // Where a kind of markup or archive is asked for whatever it is called, so is the content.
        if claimed.is_some_and(|claimed| claimed.class == Class::Plain) && content.markup == Some(Class::Html)
        {
            verdict.add(Finding::new(&rules::HTML_AS_TEXT));
        }
        kind
    }

    fn disagreement(&self, claimed: &Kind, found: Option<&Kind>, text: &Text<'_>, verdict: &mut Verdict) {
        let finding = match (found, text) {
            (None, Text::Unclear) if matches!(claimed.class, Class::Svg | Class::Xml) => {
                Finding::new(&rules::XML_ENCODING)
            }
            (None, Text::Unclear) if claimed.class.is_text() => Finding::new(&rules::TEXT_ENCODING),
            (Some(found), _) => Finding::new(&rules::MISMATCH)
                .about(format!("called {}, but it is {}", claimed.words, found.words)),
            (None, _) => Finding::new(&rules::MISMATCH)
                .about(format!("called {}, but it is something else", claimed.words)),
        };
        verdict.add(finding);
    }

    /// Looks into the content, in the same way under any name.
    fn look(&self, bytes: &[u8], content: &Content<'_>, kind: Option<&Kind>, verdict: &mut Verdict) {
        let class = content.mildest().map(Kind::class);
        let is_archive =
            content.kinds.iter().any(|kind| matches!(kind.class, Class::Archive | Class::ProgramArchive));
        if let Text::Known { text, is_utf8 } = &content.text {
            if text::is_disguised(text) {
                verdict.add(Finding::new(&rules::HIDDEN_TEXT));
            }
            let is_svg = content.markup == Some(Class::Svg);
            let is_xml =
                content.markup == Some(Class::Xml) || kind.is_some_and(|kind| kind.class == Class::Xml);
            if is_svg || is_xml {
                if !is_utf8 {
                    verdict.add(Finding::new(&rules::XML_ENCODING));
                }
                markup::judge(text, is_svg, verdict);
            }
        }
        if class == Some(Class::Picture) {
            let id = content.mildest().map(Kind::id).unwrap_or_default();
            if let Err(rule) = picture::judge(id, bytes, &self.limits) {
                verdict.add(Finding::new(rule));
            }
            if polyglot::is_script_header(bytes) {
                verdict.add(Finding::new(&rules::POLYGLOT));
            }
            if polyglot::holds_code(bytes) {
                verdict.add(Finding::new(&rules::EMBEDDED_CODE));
            }
        }
        let is_pdf = content.mildest().is_some_and(|kind| kind.id == "pdf");
        if is_pdf && polyglot::outlives_pdf(bytes) {
            verdict.add(Finding::new(&rules::TRAILING));
        }
        if is_archive {
            // Of what was refused for its kind, the look inside would say the same once more.
            let is_refused = |kind: &Kind| kind.class == Class::Archive && kind.decision == Decision::Deny;
            if !kind.is_some_and(is_refused) {
                self.archive(bytes, verdict);
            }
            return;
        }
        if polyglot::holds_zip(bytes) {
            verdict.add(Finding::new(&rules::HIDDEN_ARCHIVE));
        }
        if !is_pdf && content.markup.is_none() && polyglot::holds_pdf(bytes) {
            verdict.add(Finding::new(&rules::POLYGLOT));
        }
    }

    /// Everything is read and nothing is written.
    #[cfg(feature = "archive")]
    fn archive(&self, bytes: &[u8], verdict: &mut Verdict) {
        let report = crate::archive::inspect(io::Cursor::new(bytes), &self.limits.archive);
        verdict.merge(report.into_verdict());
    }

    /// Without the guard of archives, a person has to look.
    #[cfg(not(feature = "archive"))]
    #[expect(clippy::unused_self, reason = "the other build needs the limits")]
    fn archive(&self, _bytes: &[u8], verdict: &mut Verdict) {
        verdict.add(Finding::new(&rules::ARCHIVE_UNREAD));
    }
}

/// What follows from being of a kind.
fn of_kind(kind: &Kind, verdict: &mut Verdict) {
    let rule = match (kind.decision, kind.class) {
        (Decision::Allow, _) => return,
        (Decision::Ask, _) => &rules::ASKED_KIND,
        (Decision::Deny, Class::Archive) => &rules::REFUSED_ARCHIVE,
        (Decision::Deny, _) => &rules::PROGRAM,
    };
    verdict.add(Finding::new(rule).about(format!("this is {}", kind.words)));
}
