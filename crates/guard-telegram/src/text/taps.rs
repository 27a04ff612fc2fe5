//! Words of an agent on which a tap would do something.

use super::Text;
use super::styled::{Code, Run, Style};

/// Marks what Telegram would make a command as code: a tap on `/unlock` in an answer must not send it in the
/// person's name.
pub(super) fn disarm(text: Text) -> Text {
    let commands = commands(&text.text);
    if commands.is_empty() {
        return text;
    }
    let mut out = Text { text: text.text, runs: Vec::new() };
    let mut commands = commands.into_iter().peekable();
    let mut at = 0_usize;
    for Run { len, style } in text.runs {
        let end = at.saturating_add(len);
        while at < end {
            // Commands that ended are behind us; the next one is ahead or around.
            while commands.next_if(|(_, stop)| *stop <= at).is_some() {}
            let (until, inside) = match commands.peek() {
                Some((start, stop)) if *start <= at => ((*stop).min(end), true),
                Some((start, _)) => ((*start).min(end), false),
                None => (end, false),
            };
            let marked = if inside && style.code.is_none() {
                Style { code: Some(Code::Inline), ..Style::default() }
            } else {
                style.clone()
            };
            out.run(until.saturating_sub(at), marked);
            at = until;
        }
    }
    out
}

/// Where a slash begins a word and no path: a superset of what Telegram marks.
fn commands(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut before = None;
    let word = |c: char| c.is_alphanumeric() || c == '_';
    // No command is longer, and a longer look ahead at every slash would not be linear.
    let length =
        |rest: &str| rest.chars().take(100).take_while(|c| word(*c)).map(char::len_utf8).sum::<usize>();
    let bracket = |c: char| matches!(c, '/' | '<' | '>');
    for (at, character) in text.char_indices() {
        if character == '/' && before.is_none_or(|c: char| !word(c) && !bracket(c)) {
            let rest = text.get(at.saturating_add(1)..).unwrap_or_default();
            let name = length(rest);
            let after = rest.get(name..).unwrap_or_default();
            if name > 0 && !after.starts_with(bracket) {
                let bot = after.strip_prefix('@').map_or(0, |bot| length(bot).saturating_add(1));
                found.push((at, at.saturating_add(1).saturating_add(name).saturating_add(bot)));
            }
        }
        before = Some(character);
    }
    found
}
