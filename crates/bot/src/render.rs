//! Text for a person's terminal: untrusted text becomes visible, never active.

use std::fmt::Write as _;

use guard_core::archive::{Format, Report};
use guard_core::{Finding, Verdict};

/// One line of untrusted text: control, bidirectional and invisible characters are shown as escapes.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        push(&mut out, character);
    }
    out
}

/// Program output: like [`plain`], but line feeds and tabs keep their meaning and a carriage return before a line
/// feed is dropped.
pub(crate) fn output(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => out.push(character),
            '\r' => {}
            _ => push(&mut out, character),
        }
    }
    out
}

fn push(out: &mut String, character: char) {
    if is_active(character) {
        // Writing to a String cannot fail.
        write!(out, "\\u{{{:x}}}", u32::from(character)).ok();
    } else {
        out.push(character);
    }
}

fn is_active(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The beginning of a long text, for a record: 2,000 characters, and a mark that there was more.
pub(crate) fn clip(text: &str) -> String {
    match text.char_indices().nth(2_000) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The verdict in a few lines: the decision and what it needs, then each finding with its alternative.
pub(crate) fn verdict(verdict: &Verdict) -> String {
    let mut out = format!("{} (risk {})", verdict.decision(), verdict.risk());
    let requires: Vec<_> = verdict.requires().names().collect();
    if !requires.is_empty() {
        out.push_str(", needs ");
        out.push_str(&requires.join(", "));
    }
    for found in verdict.findings() {
        out.push_str("\n  ");
        out.push_str(&finding(found));
    }
    out
}

/// The verdict on an archive, and what is in it, or how far it was read.
pub(crate) fn archive(report: &Report) -> String {
    let verdict = verdict(report.verdict());
    let Some(format) = report.format.filter(|format| *format != Format::Other) else { return verdict };
    let entries = match report.entries.len() {
        1 => "1 entry".to_owned(),
        entries => format!("{entries} entries"),
    };
    let bytes = match report.output_bytes {
        1 => "1 byte".to_owned(),
        bytes => format!("{bytes} bytes"),
    };
    let after = if report.is_accepted() { "" } else { "refused after " };
    format!("{verdict}\n  {format}: {after}{entries}, {bytes} of content")
}

/// One finding: code, message, what it is about, and what to do instead.
pub(crate) fn finding(finding: &Finding) -> String {
    let mut out = format!("{}: {}", finding.code(), finding.rule().message);
    if let Some(subject) = finding.subject() {
        out.push_str(" (");
        out.push_str(&plain(subject));
        out.push(')');
    }
    if let Some(alternative) = finding.rule().alternative {
        out.push_str("; instead: ");
        out.push_str(alternative);
    }
    out
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use guard_core::archive::{Limits, inspect};

    use super::{archive, output, plain};

    #[test]
    fn an_archive_is_told_in_numbers_that_fit_it() {
        let last = |bytes: &[u8]| {
            let told = archive(&inspect(Cursor::new(bytes), &Limits::default()));
            told.lines().last().unwrap_or_default().to_owned()
        };
        let empty = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        assert_eq!(last(empty), "  zip: 0 entries, 0 bytes of content");
        assert_eq!(last(&empty[..20]), "  zip: refused after 0 entries, 0 bytes of content");
        let gzip = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x00\x00\x83\x16\xdc\x8c\x01\x00\x00\x00";
        assert_eq!(last(gzip), "  gzip: 1 entry, 1 byte of content");
        // What is no archive, or none that is read, has no numbers.
        assert!(last(b"Rar!\x1a\x07\x01\0").contains("archive-format-refused"));
        assert!(last(b"text").contains("archive-unknown"));
    }

    #[test]
    fn escape_sequences_are_shown_and_do_nothing() {
        assert_eq!(plain("a\u{1b}[31mb\r\n"), "a\\u{1b}[31mb\\u{d}\\u{a}");
        assert_eq!(plain("x\u{202e}y\u{200b}z"), "x\\u{202e}y\\u{200b}z");
        assert_eq!(output("one\r\n\ttwo\u{7}"), "one\n\ttwo\\u{7}");
        assert_eq!(output("na\u{ef}ve \u{1f600}"), "na\u{ef}ve \u{1f600}");
    }
}
