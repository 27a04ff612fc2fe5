//! Reserved words, recognised only where a command can begin and only unquoted.

use super::{Parser, Result, is_break};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reserved {
    Bang,
    Open,
    Close,
    Case,
    Coproc,
    Do,
    Done,
    Elif,
    Else,
    Esac,
    Fi,
    For,
    Function,
    If,
    In,
    Select,
    Then,
    Time,
    Until,
    While,
    Test,
}

const WORDS: [(&str, Reserved); 21] = [
    ("!", Reserved::Bang),
    ("{", Reserved::Open),
    ("}", Reserved::Close),
    ("case", Reserved::Case),
    ("coproc", Reserved::Coproc),
    ("do", Reserved::Do),
    ("done", Reserved::Done),
    ("elif", Reserved::Elif),
    ("else", Reserved::Else),
    ("esac", Reserved::Esac),
    ("fi", Reserved::Fi),
    ("for", Reserved::For),
    ("function", Reserved::Function),
    ("if", Reserved::If),
    ("in", Reserved::In),
    ("select", Reserved::Select),
    ("then", Reserved::Then),
    ("time", Reserved::Time),
    ("until", Reserved::Until),
    ("while", Reserved::While),
    ("[[", Reserved::Test),
];

/// Bytes of the longest reserved word, `function`.
const LONGEST: usize = 8;

impl Reserved {
    /// Whether it can only end or continue a construct that is open.
    pub(super) const fn is_closer(self) -> bool {
        matches!(
            self,
            Self::Close
                | Self::Do
                | Self::Done
                | Self::Elif
                | Self::Else
                | Self::Esac
                | Self::Fi
                | Self::In
                | Self::Then
        )
    }
}

impl Parser<'_> {
    /// The reserved word that comes next, and the place after it.
    fn find_reserved(&mut self) -> Option<(Reserved, usize)> {
        if !matches!(self.peek(), b'!' | b'{' | b'}' | b'[' | b'c'..=b'f' | b'i' | b's'..=b'u' | b'w') {
            return None;
        }
        let mut bytes = [0; LONGEST];
        let mut length = 0;
        let mut at = self.at;
        loop {
            at = self.after_continuations(at);
            let byte = self.source.byte(at);
            if is_break(byte) {
                break;
            }
            *bytes.get_mut(length)? = byte;
            length += 1;
            at += 1;
        }
        let word = bytes.get(..length)?;
        WORDS.iter().find(|(name, _)| name.as_bytes() == word).map(|(_, reserved)| (*reserved, at))
    }

    /// The reserved word that comes next, if one does.
    pub(super) fn reserved(&mut self) -> Option<Reserved> {
        self.find_reserved().map(|(reserved, _)| reserved)
    }

    /// Goes past this reserved word if it comes next.
    pub(super) fn eat_reserved(&mut self, wanted: Reserved) -> bool {
        match self.find_reserved() {
            Some((reserved, end)) if reserved == wanted => {
                self.at = end;
                true
            }
            _ => false,
        }
    }

    pub(super) fn expect_reserved(&mut self, wanted: Reserved) -> Result<()> {
        self.skip_newlines()?;
        if self.eat_reserved(wanted) { Ok(()) } else { Err(self.unexpected()) }
    }
}
