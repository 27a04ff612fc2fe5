//! The `.env` format: names and values, and nothing that expands, runs or spans lines.
//!
//! ```text
//! # a comment
//! NAME=value # a comment
//! export NAME='taken literally'
//! NAME="with \"escapes\" \n \r \t \\ \$"
//! ```
//!
//! What programs that read `.env` disagree about (a quote or backslash inside a bare value, `$` expansions, a value
//! over several lines, a name set twice) is refused, so that nobody is surprised by which of them was right.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::fault::Fault;

/// Names and values of one file; values are wiped when dropped.
pub(super) type Entries = BTreeMap<String, Entry>;

/// One value and its line, counted from 1.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) value: SecretString,
    pub(super) line: usize,
}

/// Every entry, and every line that is wrong; linear in the length of `text`.
pub(super) fn parse(text: &str) -> (Entries, Vec<(usize, Fault)>) {
    let mut entries = Entries::new();
    let mut faults = Vec::new();
    for (line, text) in (1..).zip(text.split('\n')) {
        match parse_line(text.strip_suffix('\r').unwrap_or(text)) {
            Ok(None) => {}
            Ok(Some((name, _))) if entries.contains_key(name) => faults.push((line, Fault::Duplicate)),
            Ok(Some((name, value))) => {
                entries.insert(name.to_owned(), Entry { value: SecretString::from(value), line });
            }
            Err(fault) => faults.push((line, fault)),
        }
    }
    (entries, faults)
}

fn parse_line(line: &str) -> Result<Option<(&str, String)>, Fault> {
    if line.chars().any(|c| c.is_control() && c != '\t') {
        return Err(Fault::ControlCharacter);
    }
    let line = trim(line);
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let line = match line.strip_prefix("export") {
        Some(rest) if rest.starts_with([' ', '\t']) => trim(rest),
        _ => line,
    };
    let (name, value) = line.split_once('=').ok_or(Fault::DotenvName)?;
    let name = trim(name);
    if !is_name(name) {
        return Err(Fault::DotenvName);
    }
    Ok(Some((name, parse_value(trim(value))?)))
}

fn parse_value(text: &str) -> Result<String, Fault> {
    if let Some(quoted) = text.strip_prefix('\'') {
        let (value, rest) = quoted.split_once('\'').ok_or(Fault::DotenvQuote)?;
        end(rest)?;
        return Ok(value.to_owned());
    }
    match text.strip_prefix('"') {
        Some(quoted) => unescape(quoted),
        None => bare(text),
    }
}

/// A value without quotes ends at ` #`.
fn bare(text: &str) -> Result<String, Fault> {
    let mut end = text.len();
    let mut was_blank = true;
    for (at, c) in text.char_indices() {
        if c == '#' && was_blank {
            end = at;
            break;
        }
        was_blank = matches!(c, ' ' | '\t');
    }
    let value = trim(text.get(..end).unwrap_or_default());
    if value.contains(['"', '\'', '\\', '`', '$']) {
        return Err(Fault::DotenvAmbiguous);
    }
    Ok(value.to_owned())
}

fn unescape(quoted: &str) -> Result<String, Fault> {
    let mut value = String::with_capacity(quoted.len());
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                end(chars.as_str())?;
                return Ok(value);
            }
            '$' | '`' => return Err(Fault::DotenvAmbiguous),
            '\\' => value.push(match chars.next() {
                Some(c @ ('\\' | '"' | '$')) => c,
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                _ => return Err(Fault::DotenvEscape),
            }),
            c => value.push(c),
        }
    }
    Err(Fault::DotenvQuote)
}

/// After a closing quote only a comment may follow.
fn end(rest: &str) -> Result<(), Fault> {
    let rest = trim(rest);
    if rest.is_empty() || rest.starts_with('#') { Ok(()) } else { Err(Fault::DotenvQuote) }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    use super::*;

    #[track_caller]
    fn check(line: &str, want: Result<Option<(&str, &str)>, Fault>) {
        let (entries, faults) = parse(line);
        let got = match faults.first() {
            Some((_, fault)) => Err(*fault),
            None => {
                Ok(entries.iter().next().map(|(name, entry)| (name.as_str(), entry.value.expose_secret())))
            }
        };
        assert_eq!(got, want, "{line:?}");
    }

    #[test]
    fn values_are_taken_as_written() {
        check("A=b", Ok(Some(("A", "b"))));
        check("  A = b  ", Ok(Some(("A", "b"))));
        check("export A=b", Ok(Some(("A", "b"))));
        check("exportA=b", Ok(Some(("exportA", "b"))));
        check("export=b", Ok(Some(("export", "b"))));
        check("A=b\r\n", Ok(Some(("A", "b"))));
        check("A=", Ok(Some(("A", ""))));
        check("A=b=c", Ok(Some(("A", "b=c"))));
        check("A=b # c", Ok(Some(("A", "b"))));
        check("A=b#c", Ok(Some(("A", "b#c"))));
        check("A= # c", Ok(Some(("A", ""))));
        check("A=#c", Ok(Some(("A", ""))));
        check("A=b, c", Ok(Some(("A", "b, c"))));
        check("A='b # c'", Ok(Some(("A", "b # c"))));
        check("A='$b `c` \\n \"d\"' # e", Ok(Some(("A", "$b `c` \\n \"d\""))));
        check(r#"A="b \"c\" \\ \$d""#, Ok(Some(("A", r#"b "c" \ $d"#))));
        check(r#"A="b\nc\td\r""#, Ok(Some(("A", "b\nc\td\r"))));
        check("A=é", Ok(Some(("A", "é"))));
    }

    #[test]
    fn lines_that_say_nothing_are_skipped() {
        for line in ["", " ", "\t", "# A=b", "  # A=b", "\r"] {
            check(line, Ok(None));
        }
    }

    #[test]
    fn what_readers_disagree_about_is_refused() {
        check("A", Err(Fault::DotenvName));
        check("A: b", Err(Fault::DotenvName));
        check("=b", Err(Fault::DotenvName));
        check("1A=b", Err(Fault::DotenvName));
        check("A-B=c", Err(Fault::DotenvName));
        check("A B=c", Err(Fault::DotenvName));
        check("export A", Err(Fault::DotenvName));
        check("\u{feff}A=b", Err(Fault::DotenvName));
        check("\u{ff21}=b", Err(Fault::DotenvName));
        check("A='b", Err(Fault::DotenvQuote));
        check("A=\"b", Err(Fault::DotenvQuote));
        check("A='b'c", Err(Fault::DotenvQuote));
        check("A=\"b\"c", Err(Fault::DotenvQuote));
        check("A=\"b\\", Err(Fault::DotenvEscape));
        check("A=\"b\\x\"", Err(Fault::DotenvEscape));
        check("A=$(id)", Err(Fault::DotenvAmbiguous));
        check("A=\"$(id)\"", Err(Fault::DotenvAmbiguous));
        check("A=`id`", Err(Fault::DotenvAmbiguous));
        check("A=\"`id`\"", Err(Fault::DotenvAmbiguous));
        check("A=${HOME}/x", Err(Fault::DotenvAmbiguous));
        check("A=b'c", Err(Fault::DotenvAmbiguous));
        check("A=b\\ c", Err(Fault::DotenvAmbiguous));
        check("A=b\0", Err(Fault::ControlCharacter));
        check("A=b\rB=c", Err(Fault::ControlCharacter));
        check("A=\u{1b}[2J", Err(Fault::ControlCharacter));
        check("A=b\nA=b", Err(Fault::Duplicate));
    }

    #[test]
    fn every_bad_line_is_reported() {
        let (entries, faults) = parse("A=b\nB\n\nC='\nA=c\nD=e\n");
        assert_eq!(
            faults,
            [(2, Fault::DotenvName), (4, Fault::DotenvQuote), (5, Fault::Duplicate)],
            "by line"
        );
        assert_eq!(
            entries.iter().map(|(name, entry)| (name.as_str(), entry.line)).collect::<Vec<_>>(),
            [("A", 1), ("D", 6)]
        );
    }

    proptest! {
        #[test]
        fn what_is_written_in_single_quotes_is_read_back(value in "[^'\\p{Cc}]{0,64}") {
            let (entries, faults) = parse(&format!("A='{value}'\n"));
            prop_assert_eq!(faults, []);
            prop_assert_eq!(entries["A"].value.expose_secret(), value);
        }

        #[test]
        fn escaping_is_undone(value in "[^\\p{Cc}`]{0,64}") {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$");
            let (entries, faults) = parse(&format!("A=\"{escaped}\"\n"));
            prop_assert_eq!(faults, []);
            prop_assert_eq!(entries["A"].value.expose_secret(), value);
        }

        #[test]
        fn a_value_never_comes_from_elsewhere(text in "(?s).{0,200}") {
            // Bare and single-quoted values are pieces of the text; every name is a name.
            for (name, entry) in parse(&text).0 {
                prop_assert!(is_name(&name) && text.contains(&name));
                prop_assert!(text.contains('"') || text.contains(entry.value.expose_secret()));
            }
        }
    }
}
