//! From keywords in the text to matches of rules.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};
use regex::bytes::{Regex, RegexBuilder};

use super::filter;
use super::rule::{ContentRule, RULES};
use super::span::{MAX_MARK, Span, holds_mark, touches_mark};

/// A keyword in the text, and the rule that it makes worth asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) at: usize,
    pub(super) rule: usize,
}

/// All rules behind one automaton over their keywords.
pub(super) struct Gate {
    /// Compiled when its keyword occurs for the first time.
    rules: Vec<(&'static ContentRule, OnceLock<Regex>)>,
    /// Built for the first text that is worth it.
    automaton: OnceLock<AhoCorasick>,
    /// Keywords in lower case, in order, and the rules of each.
    words: Vec<String>,
    rules_of: Vec<Vec<usize>>,
    longest: usize,
    back: usize,
}

impl Gate {
    pub(super) fn get() -> &'static Self {
        static GATE: OnceLock<Gate> = OnceLock::new();
        GATE.get_or_init(|| Self::new(RULES.iter().map(|rule| (rule, rule.keywords.to_vec()))))
    }

    pub(super) fn new(rules: impl Iterator<Item = (&'static ContentRule, Vec<&'static str>)>) -> Self {
        let mut words: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut all = Vec::new();
        for (number, (rule, keywords)) in rules.enumerate() {
            for keyword in keywords {
                words.entry(keyword.to_ascii_lowercase()).or_default().push(number);
            }
            all.push((rule, OnceLock::new()));
        }
        Self {
            longest: words.keys().map(String::len).max().unwrap_or(0),
            back: all.iter().map(|(rule, _)| rule.back + 1).max().unwrap_or(0),
            automaton: OnceLock::new(),
            rules: all,
            rules_of: words.values().cloned().collect(),
            words: words.into_keys().collect(),
        }
    }

    #[expect(clippy::expect_used, reason = "the words are compiled into the program, and tests build them")]
    fn automaton(&self) -> &AhoCorasick {
        self.automaton.get_or_init(|| {
            AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::Standard)
                .kind(Some(AhoCorasickKind::DFA))
                .build(&self.words)
                .expect("keywords make an automaton")
        })
    }

    /// Bytes at the end of a text that may hold the beginning of a keyword.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Bytes before a keyword that its rules look at.
    pub(super) fn back(&self) -> usize {
        self.back
    }

    /// Bytes before a match that decide whether it may begin there.
    pub(super) fn context(&self) -> usize {
        self.back + MAX_MARK
    }

    /// Keywords that end after `from`.
    pub(super) fn candidates(&self, text: &[u8], from: usize) -> impl Iterator<Item = Candidate> {
        let start = from.saturating_sub(self.longest).min(text.len());
        let input = Input::new(text).range(start..);
        self.automaton().find_overlapping_iter(input).filter(move |found| found.end() > from).flat_map(
            |found| {
                let rules = self.rules_of.get(found.pattern().as_usize());
                rules.into_iter().flatten().map(move |rule| Candidate { at: found.start(), rule: *rule })
            },
        )
    }

    /// Every keyword of a short text, in no order, without the automaton: that takes two milliseconds to build, as many
    /// as a whole call of a hook that looks at one small file.
    #[cfg(any(feature = "path", test))]
    pub(super) fn candidates_of_short(&self, text: &[u8]) -> Vec<Candidate> {
        let text = text.to_ascii_lowercase();
        // Nearly every word has two neighbours that are none in the text.
        let mut pairs = vec![0_u64; 1024];
        let at = |pair: &[u8]| match pair {
            [a, b] => (usize::from(*a) << 2 | usize::from(*b) >> 6, 1_u64 << (b & 63)),
            _ => (0, 0),
        };
        for (index, bit) in text.windows(2).map(at) {
            if let Some(bits) = pairs.get_mut(index) {
                *bits |= bit;
            }
        }
        let has_pair = |pair: &[u8]| {
            let (index, bit) = at(pair);
            pairs.get(index).is_some_and(|bits| bits & bit != 0)
        };
        let mut candidates = Vec::new();
        for (word, rules) in self.words.iter().map(String::as_bytes).zip(&self.rules_of) {
            if word.windows(2).all(has_pair) {
                let starts = text.windows(word.len()).enumerate().filter(|(_, window)| *window == word);
                candidates.extend(
                    starts.flat_map(|(at, _)| rules.iter().map(move |rule| Candidate { at, rule: *rule })),
                );
            }
        }
        candidates
    }

    /// The rule of a candidate.
    pub(super) fn rule(&self, candidate: Candidate) -> Option<&'static ContentRule> {
        self.rules.get(candidate.rule).map(|(rule, _)| *rule)
    }

    /// The secret at a candidate whose window ends at `end`.
    pub(super) fn judge(&self, text: &[u8], candidate: Candidate, end: usize) -> Option<Span> {
        let (rule, regex) = self.rules.get(candidate.rule)?;
        let start = candidate.at.saturating_sub(rule.back);
        if rule.back == 0 && !rule.may_start(text, start) {
            return None;
        }
        let window = text.get(start..end)?;
        let groups = regex.get_or_init(|| rule.compile()).captures(window)?;
        let first = start + groups.get(0)?.start();
        if rule.back > 0 && !rule.may_start(text, first) {
            return None;
        }
        let secret = groups.iter().skip(1).flatten().next()?;
        let (before, after) = (text.get(..first)?, window.get(secret.end()..)?);
        if touches_mark(before, after) || holds_mark(secret.as_bytes()) {
            return None;
        }
        let value = secret.as_bytes();
        let named = window.get(..secret.start()).unwrap_or_default();
        let is_secret = (!rule.is_mixed || filter::is_mixed(value))
            && filter::is_scattered(value, rule.scattered)
            && (!rule.is_literal
                || filter::is_literal(value) && !filter::repeats(named, value) && !filter::is_public(before))
            && filter::entropy(value) >= rule.entropy;
        let keep = if value.len() < SHORT { 0 } else { rule.keep };
        is_secret.then(|| Span { range: start + secret.start()..start + secret.end(), rule: rule.id, keep })
    }
}

/// Nothing is kept of a secret shorter than this.
const SHORT: usize = 16;

impl ContentRule {
    #[expect(
        clippy::expect_used,
        reason = "the patterns are compiled into the program, and tests compile them"
    )]
    fn compile(&self) -> Regex {
        // A keyword stands at the start of its window, unless the rule looks back.
        let anchor = if self.back == 0 { r"\A" } else { "" };
        RegexBuilder::new(&format!("{anchor}(?:{})", self.pattern))
            .unicode(false)
            .build()
            .expect("patterns are regular expressions")
    }
}
