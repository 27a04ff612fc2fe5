//! Text for a person's terminal: untrusted text becomes visible, never active.

use std::fmt::Write as _;

use guard_core::archive::Report;
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

/// The verdict on an archive, and what is in it.
pub(crate) fn archive(report: &Report) -> String {
    let format = report.format.map_or_else(|| "no archive".to_owned(), |format| format.to_string());
    let (entries, bytes) = (report.entries.len(), report.output_bytes);
    format!("{}\n  {format}, {entries} entries, {bytes} bytes unpacked", verdict(report.verdict()))
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
    use super::{output, plain};

    #[test]
    fn escape_sequences_are_shown_and_do_nothing() {
        assert_eq!(plain("a\u{1b}[31mb\r\n"), "a\\u{1b}[31mb\\u{d}\\u{a}");
        assert_eq!(plain("x\u{202e}y\u{200b}z"), "x\\u{202e}y\\u{200b}z");
        assert_eq!(output("one\r\n\ttwo\u{7}"), "one\n\ttwo\\u{7}");
        assert_eq!(output("na\u{ef}ve \u{1f600}"), "na\u{ef}ve \u{1f600}");
    }
}
