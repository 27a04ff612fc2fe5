//! The product of a word's braces.

use std::borrow::Cow;

use super::MAX_ALTERNATIVES;
use crate::Span;
use crate::command::syntax::ast::{Part, PartKind, Sequence};

type Parts<'a> = Vec<Cow<'a, Part>>;

/// Every combination, or `None` where there are too many, or the elements depend on the locale.
pub(super) fn alternatives(parts: &[Part]) -> Option<Vec<Parts<'_>>> {
    let mut all: Vec<Parts<'_>> = vec![Vec::new()];
    for part in parts {
        let choices = choices(part)?;
        if all.len() * choices.len() > MAX_ALTERNATIVES {
            return None;
        }
        if let [only] = choices.as_slice() {
            all.iter_mut().for_each(|before| before.extend_from_slice(only));
        } else {
            all = all
                .iter()
                .flat_map(|before| {
                    choices.iter().map(move |choice| [before.as_slice(), choice.as_slice()].concat())
                })
                .collect();
        }
    }
    Some(all)
}

/// What one part can be.
fn choices(part: &Part) -> Option<Vec<Parts<'_>>> {
    if let PartKind::Alternatives(words) = &part.kind {
        let mut choices = Vec::new();
        for word in words {
            choices.extend(alternatives(&word.parts)?);
        }
        return Some(choices);
    }
    if let PartKind::Sequence(sequence) = &part.kind {
        let literal = |text| vec![Cow::Owned(literal(text, part.span))];
        return Some(elements(sequence)?.into_iter().map(literal).collect());
    }
    Some(vec![vec![Cow::Borrowed(part)]])
}

const fn literal(text: String, span: Span) -> Part {
    Part { kind: PartKind::Literal(text), quoted: false, span }
}

fn elements(sequence: &Sequence) -> Option<Vec<String>> {
    let step: i64 = sequence.step.as_ref().map_or(Some(1), |step| step.parse().ok())?;
    let step = usize::try_from(step.checked_abs()?.max(1)).ok()?;
    if let (Ok(from), Ok(to)) = (sequence.from.parse::<i64>(), sequence.to.parse::<i64>()) {
        let has_sign = [&sequence.from, &sequence.to].into_iter().any(|end| end.starts_with('+'));
        let distance = usize::try_from(from.abs_diff(to)).ok()?;
        if has_sign || distance / step >= MAX_ALTERNATIVES {
            return None;
        }
        let width = padding(&sequence.from, &sequence.to);
        let ordered: Vec<i64> = if from <= to {
            (from..=to).step_by(step).collect()
        } else {
            (to..=from).rev().step_by(step).collect()
        };
        return Some(ordered.into_iter().map(|number| format!("{number:0width$}")).collect());
    }
    let (from, to) = (sequence.from.bytes().next()?, sequence.to.bytes().next()?);
    if from.is_ascii_uppercase() != to.is_ascii_uppercase() {
        return None;
    }
    let range = from.min(to)..=from.max(to);
    let letters: Vec<u8> =
        if from <= to { range.step_by(step).collect() } else { range.rev().step_by(step).collect() };
    Some(letters.into_iter().map(|letter| char::from(letter).to_string()).collect())
}

/// The width to which bash pads with zeros: that of the longer end, if either is written with a leading zero.
fn padding(from: &str, to: &str) -> usize {
    let is_padded = |end: &str| {
        let digits = end.strip_prefix('-').unwrap_or(end);
        digits.len() > 1 && digits.starts_with('0')
    };
    if is_padded(from) || is_padded(to) { from.len().max(to.len()) } else { 0 }
}
