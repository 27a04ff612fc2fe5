//! Names of entries: a path below the place where the archive is unpacked.

use super::rules;
use crate::Rule;
use crate::path::{FileName, OUTSIDE_ROOT};

/// Directories above an entry.
const DEPTH_MAX: usize = 64;

/// A name that stays below and means one thing to every program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name<'a> {
    /// Without a slash at the end; empty for the place itself.
    pub(super) path: &'a str,
    /// Whether there was a slash at the end.
    pub(super) has_slash: bool,
}

impl<'a> Name<'a> {
    #[inline]
    pub(super) fn parse(bytes: &'a [u8], max: usize) -> Result<Self, &'static Rule> {
        if bytes.len() > max {
            return Err(&rules::NAME_LENGTH);
        }
        let text = str::from_utf8(bytes).map_err(|_| &rules::NAME_ENCODING)?;
        let (path, has_slash) = match text.strip_suffix('/') {
            Some(path) => (path, true),
            None => (text, false),
        };
        if !is_plain(path.as_bytes()) {
            parts(path)?;
        }
        Ok(Self { path, has_slash })
    }

    /// The same where names may begin with `./` and the place itself may be an entry, as archivers write it that were
    /// given `.`.
    #[inline]
    pub(super) fn parse_below(bytes: &'a [u8], max: usize) -> Result<Self, &'static Rule> {
        match bytes {
            b"./" => Ok(Self { path: "", has_slash: true }),
            [b'.', b'/', rest @ ..] => Self::parse(rest, max),
            other => Self::parse(other, max),
        }
    }

    /// The same for tar, where the place itself needs no slash.
    pub(super) fn parse_dotted(bytes: &'a [u8], max: usize) -> Result<Self, &'static Rule> {
        Self::parse_below(if bytes == b"." { b"./" } else { bytes }, max)
    }
}

/// Each part a name that can be created on every system.
fn parts(path: &str) -> Result<(), &'static Rule> {
    if path.starts_with('/') {
        return Err(&OUTSIDE_ROOT);
    }
    for (number, part) in path.split('/').enumerate() {
        if number >= DEPTH_MAX {
            return Err(&rules::NAME_LENGTH);
        }
        match part {
            "" | "." => return Err(&rules::NAME_FORM),
            ".." => return Err(&OUTSIDE_ROOT),
            part => FileName::parse(part).map_err(|error| error.rule())?,
        };
    }
    Ok(())
}

#[allow(clippy::indexing_slicing, reason = "in a constant, an index out of bounds does not compile")]
/// Letters, digits and a few marks that no rule of [`FileName`] can meet.
const PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] =
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'@');
        byte += 1;
    }
    table
};

/// The quick answer for most names: `false` means that the rules have to be asked.
fn is_plain(path: &[u8]) -> bool {
    let mut rest = path;
    for _ in 0..DEPTH_MAX {
        let end = rest.iter().position(|byte| !is_plain_byte(*byte));
        let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
        if !is_good_part(part) {
            return false;
        }
        rest = match after {
            [] => return true,
            [b'/', after @ ..] => after,
            _ => return false,
        };
    }
    false
}

/// The quick answer for one part: `true` means that [`FileName`] would take it.
pub(super) fn is_plain_part(part: &[u8]) -> bool {
    part.iter().all(|byte| is_plain_byte(*byte)) && is_good_part(part)
}

fn is_plain_byte(byte: u8) -> bool {
    PLAIN.get(usize::from(byte)) == Some(&true)
}

/// Whether a part of plain letters is a name everywhere.
fn is_good_part(part: &[u8]) -> bool {
    // Dots at an end are `.`, `..` or what Windows drops.
    part.last().is_some_and(|last| *last != b'.') && !could_be_device(part) && part.len() <= FileName::MAX
}

/// Whether the name up to its first dot is `con`, `prn`, `aux`, `nul`, or begins as `com1` and `lpt1` do.
fn could_be_device(part: &[u8]) -> bool {
    let Some((start, rest)) = part.split_first_chunk::<3>() else { return false };
    match &start.map(|letter| letter.to_ascii_lowercase()) {
        b"con" | b"prn" | b"aux" | b"nul" => matches!(rest, [] | [b'.', ..]),
        b"com" | b"lpt" => matches!(rest, [_] | [_, b'.', ..]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &[u8], want: Result<(&str, bool), &str>) {
        let parsed = Name::parse(name, 1_024);
        assert_eq!(
            parsed.map(|name| (name.path, name.has_slash)).map_err(|rule| rule.code),
            want,
            "{name:?}"
        );
    }

    #[test]
    fn names_below() {
        check(b"a", Ok(("a", false)));
        check(b"a/b.txt", Ok(("a/b.txt", false)));
        check(b"dir/", Ok(("dir", true)));
        check("grüße/文件".as_bytes(), Ok(("grüße/文件", false)));
        check(b"...slug/[id].tsx", Ok(("...slug/[id].tsx", false)));
        check(b"con-fig/console.log", Ok(("con-fig/console.log", false)));
    }

    #[test]
    fn names_that_leave() {
        for name in [&b"../a"[..], b"a/../../b", b"/a", b"..", b"a/..", b"..\\a", b"a\\b", b"//a"] {
            check(name, Err("path-outside-root"));
        }
        check("．．/a".as_bytes(), Err("path-outside-root"));
    }

    #[test]
    fn names_of_other_systems() {
        for name in [
            &b"C:/a"[..],
            b"C:a",
            b"aux",
            b"a/NUL.txt",
            b"com1",
            b"lpt9.x",
            b"a.",
            b"a ",
            b"a:b",
            b"PROGRA~1",
        ] {
            check(name, Err("path-not-portable"));
        }
    }

    #[test]
    fn names_that_hide() {
        check(b"a\0b", Err("path-nul"));
        check(b"a\nb", Err("path-control-character"));
        check("a\u{202e}b".as_bytes(), Err("path-hidden-character"));
        check(b"a\xffb", Err("archive-name-encoding"));
    }

    #[test]
    fn names_of_more_than_one_form() {
        for name in [&b"./a"[..], b"a//b", b"a/./b", b"", b"/./", b"a//"] {
            let want = if name.starts_with(b"/") { "path-outside-root" } else { "archive-name-form" };
            check(name, Err(want));
        }
    }

    #[test]
    fn names_that_are_too_long() {
        check(&[b'a'; 1_025], Err("archive-name-too-long"));
        check("a/".repeat(66).as_bytes(), Err("archive-name-too-long"));
        check(&[b'b'; 256], Err("path-too-long"));
        check(
            [&[b'b'; 255][..], b"/", &[b'c'; 255]].concat().as_slice(),
            Ok((&("b".repeat(255) + "/" + &"c".repeat(255)), false)),
        );
    }

    #[test]
    fn names_may_begin_at_the_place_itself() {
        assert_eq!(Name::parse_below(b"./", 9), Ok(Name { path: "", has_slash: true }));
        assert_eq!(Name::parse_below(b"./a/", 9), Ok(Name { path: "a", has_slash: true }));
        for name in [&b"."[..], b"././a", b".//a", b"./.", b"./../a"] {
            assert!(Name::parse_below(name, 9).is_err(), "{name:?}");
        }
    }

    #[test]
    fn tar_names_may_begin_at_the_place_itself() {
        assert_eq!(Name::parse_dotted(b"./", 9), Ok(Name { path: "", has_slash: true }));
        assert_eq!(Name::parse_dotted(b"./a", 9), Ok(Name { path: "a", has_slash: false }));
        assert_eq!(Name::parse_dotted(b"././a", 9), Err(&rules::NAME_FORM));
    }

    proptest::proptest! {
        #[test]
        fn the_quick_answer_is_never_more_lenient(name in "[a-cA-CnulomNULO19./_~: -]{1,12}") {
            if is_plain(name.as_bytes()) {
                proptest::prop_assert_eq!(parts(&name), Ok(()), "{}", name);
            }
        }
    }
}
