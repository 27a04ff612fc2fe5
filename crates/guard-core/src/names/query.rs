//! A pattern in the form that the automaton reads: folded components.

use super::fold::{fold_end, fold_text};
use super::pattern::{Pattern, Piece};
use super::rule::Shape;

/// A folded pattern; only its last component can be empty of tokens, and only if the whole path is.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) is_absolute: bool,
    pub(super) components: Vec<Component>,
}

/// What stands between two slashes of a pattern.
#[derive(Debug, Default)]
pub(super) struct Component {
    pub(super) tokens: Vec<Token>,
    /// The text before the first hole, and that after the last one if there is a hole.
    pub(super) beginning: String,
    pub(super) end: Option<String>,
    /// Whether nothing but dots may be left of it once folded, so that the neighbours meet.
    pub(super) may_vanish: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Char {
        c: char,
        /// A dot or space that folding drops if the hole after it turns out to be the end of the component.
        is_optional: bool,
    },
    AnyChar,
    AnyRun {
        matches_leading_dot: bool,
    },
    Anything,
}

impl Query {
    pub(super) fn new(pattern: &Pattern) -> Self {
        let mut is_absolute = false;
        let mut components = vec![Component::default()];
        for (number, piece) in pattern.pieces().iter().enumerate() {
            let token = match piece {
                Piece::Text(text) => {
                    let text = fold_text(text);
                    is_absolute |= number == 0 && text.starts_with('/');
                    let mut parts = text.split('/').map(|part| {
                        part.chars().map(|c| Token::Char { c, is_optional: false }).collect::<Vec<_>>()
                    });
                    if let (Some(last), Some(first)) = (components.last_mut(), parts.next()) {
                        last.tokens.extend(first);
                    }
                    components.extend(parts.map(|tokens| Component { tokens, ..Component::default() }));
                    continue;
                }
                Piece::AnyChar => Token::AnyChar,
                Piece::AnyRun { matches_leading_dot } => {
                    // What comes before may fold to nothing, and is still a start that is no dot. A backslash is
                    // folded to a slash, but no shell starts a name after it.
                    let before = number.checked_sub(1).and_then(|before| pattern.pieces().get(before));
                    let is_start = before.is_none_or(|before| match before {
                        Piece::Text(text) => text.ends_with('/'),
                        Piece::AnyRun { .. } => true,
                        Piece::AnyChar | Piece::Anything => false,
                    });
                    Token::AnyRun { matches_leading_dot: *matches_leading_dot || !is_start }
                }
                Piece::Anything => Token::Anything,
            };
            if let Some(last) = components.last_mut() {
                last.tokens.push(token);
            }
        }
        for component in &mut components {
            component.fold();
        }
        components.retain(|component| !component.tokens.is_empty());
        Self { is_absolute, components }
    }
}

impl Component {
    /// Whether the rule leaves alone every name that this may be.
    pub(super) fn is_excepted_by(&self, shape: &Shape) -> bool {
        match &self.end {
            None => shape.is_excepted(&self.beginning),
            Some(end) => shape.is_always_excepted(&self.beginning, end),
        }
    }

    fn fold(&mut self) {
        let char = |token: &Token| match token {
            Token::Char { c, .. } => Some(*c),
            Token::AnyChar | Token::AnyRun { .. } | Token::Anything => None,
        };
        if let Some(text) = self.tokens.iter().map(char).collect::<Option<String>>() {
            let text = fold_end(&text);
            let text = if text == "." { "" } else { text };
            self.tokens.truncate(text.chars().count());
            self.beginning = text.to_owned();
            return;
        }
        let is_dropped = |token: &Token| matches!(char(token), Some('.' | ' '));
        while self.tokens.last().is_some_and(is_dropped) {
            self.tokens.pop();
        }
        // Two runs are one, and only the first token knows about a leading dot.
        self.tokens.dedup_by(|next, token| {
            matches!((token, next), (Token::AnyRun { matches_leading_dot: a }, Token::AnyRun { matches_leading_dot: b }) if a == b)
        });
        if !self.tokens.contains(&Token::Anything) {
            self.beginning = self.tokens.iter().map_while(char).collect();
        }
        let end: Vec<char> = self.tokens.iter().rev().map_while(char).collect();
        self.end = Some(end.into_iter().rev().collect());
        self.may_vanish = self.tokens.iter().all(|token| char(token).is_none() || is_dropped(token));
        // `Anything` may bring a slash, so that what stands before it is the end of a component too.
        let mut is_end = true;
        for token in self.tokens.iter_mut().rev() {
            match token {
                Token::Char { c, is_optional } => {
                    is_end &= matches!(c, '.' | ' ');
                    *is_optional = is_end;
                }
                Token::AnyChar | Token::AnyRun { .. } => {}
                Token::Anything => is_end = true,
            }
        }
    }
}
