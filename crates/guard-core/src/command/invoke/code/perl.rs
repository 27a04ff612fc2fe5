//! What one-liners of Perl do beside calling functions.

use super::scan::string_end;

/// Whether code holds `<*.txt>` or `</etc/x>`, which Perl reads as files.
pub(super) fn globs(text: &str) -> bool {
    text.split('<').skip(1).filter_map(|after| after.split_once('>')).any(|(inside, _)| {
        inside.contains(['*', '?', '/', '~', '.']) && !inside.contains([' ', '(', ';', '='])
    })
}

/// `s/a/b/g; tr/a/b/`, `print if /x/`: statements of Perl that change or choose lines and nothing else.
pub(super) fn is_plain_filter(text: &str) -> bool {
    let mut rest = text.trim();
    while !rest.is_empty() {
        let Some(after) = plain_statement(rest) else { return false };
        rest = match after.trim_start() {
            "" => "",
            after => match after.strip_prefix(';') {
                Some(after) => after.trim_start(),
                None => return false,
            },
        };
    }
    true
}

/// What follows one such statement.
fn plain_statement(text: &str) -> Option<&str> {
    for (word, parts, flags) in [("s", 2, "gimsx"), ("tr", 2, "cdsr"), ("y", 2, "cdsr")] {
        if let Some(after) =
            text.strip_prefix(word).filter(|after| after.starts_with(['/', '|', '#', ',', '!']))
        {
            return delimited(after, parts, flags);
        }
    }
    for start in ["print if ", "print unless ", "next if ", "next unless ", "print and last if "] {
        if let Some(after) = text.strip_prefix(start) {
            let after = after.trim_start();
            let after = after.strip_prefix('!').unwrap_or(after);
            return after.starts_with('/').then(|| delimited(after, 1, "imsx")).flatten();
        }
    }
    None
}

/// What follows `/a/b/flags`; nothing where a part could hold code.
fn delimited<'t>(text: &'t str, parts: usize, flags: &str) -> Option<&'t str> {
    let delimiter = text.chars().next()?;
    let mut rest = text.get(delimiter.len_utf8()..)?;
    for _ in 0..parts {
        let end = string_end(rest, delimiter);
        let part = rest.get(..end)?;
        if part.contains("@{") || part.contains("${") || part.contains("(?{") || part.contains("(??") {
            return None;
        }
        rest = rest.get(end + delimiter.len_utf8()..)?;
    }
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let (given, rest) = rest.split_at(end);
    given.chars().all(|c| flags.contains(c)).then_some(rest)
}
