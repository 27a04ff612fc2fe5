use frankenstein::types::{MessageEntity, MessageEntityType};

use super::Text;
use super::styled::{Code, Style, units};

/// The most entities that Telegram reads in one message.
const MOST: usize = 100;

/// A style that is switched on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Bold,
    Italic,
    Strike,
}

impl Style {
    fn has(&self, mark: Mark) -> bool {
        match mark {
            Mark::Bold => self.bold,
            Mark::Italic => self.italic,
            Mark::Strike => self.strike,
        }
    }
}

impl Text {
    /// The styles as Telegram takes them: in UTF-16 units, properly nested, at most 100, code never inside of others.
    #[must_use]
    pub fn entities(&self) -> Vec<MessageEntity> {
        let mut out = Vec::new();
        let mut open: Vec<(Mark, usize)> = Vec::new();
        let (mut at, mut byte) = (0_usize, 0_usize);
        for run in &self.runs {
            let style = &run.style;
            // Closing one closes all that were opened inside of it, so that no two ever overlap.
            let keep = open.iter().take_while(|(mark, _)| style.code.is_none() && style.has(*mark)).count();
            for (mark, start) in open.drain(keep..).rev() {
                push(&mut out, kind(mark), start, at, None);
            }
            let end_byte = byte.saturating_add(run.len);
            let end = at.saturating_add(units(self.text.get(byte..end_byte).unwrap_or_default()));
            match &style.code {
                Some(Code::Inline) => push(&mut out, MessageEntityType::Code, at, end, None),
                Some(Code::Block(language)) => {
                    push(&mut out, MessageEntityType::Pre, at, end, language.as_deref());
                }
                None => {
                    for mark in [Mark::Bold, Mark::Italic, Mark::Strike] {
                        if style.has(mark) && !open.iter().any(|(other, _)| *other == mark) {
                            open.push((mark, at));
                        }
                    }
                }
            }
            (at, byte) = (end, end_byte);
        }
        for (mark, start) in open.into_iter().rev() {
            push(&mut out, kind(mark), start, at, None);
        }
        // Outer ones before inner ones, as the server sorts them.
        out.sort_by_key(|entity| (entity.offset, u16::MAX.saturating_sub(entity.length)));
        out.truncate(MOST);
        out
    }
}

fn kind(mark: Mark) -> MessageEntityType {
    match mark {
        Mark::Bold => MessageEntityType::Bold,
        Mark::Italic => MessageEntityType::Italic,
        Mark::Strike => MessageEntityType::Strikethrough,
    }
}

fn push(
    out: &mut Vec<MessageEntity>,
    kind: MessageEntityType,
    start: usize,
    end: usize,
    language: Option<&str>,
) {
    // Beyond what can be sent at all; `split` comes first.
    let (Ok(offset), Ok(length)) = (u16::try_from(start), u16::try_from(end.saturating_sub(start))) else {
        return;
    };
    if length > 0 {
        out.push(
            MessageEntity::builder()
                .type_field(kind)
                .offset(offset)
                .length(length)
                .maybe_language(language)
                .build(),
        );
    }
}
