//! Names of entries: a path below the place where the archive is unpacked.

use super::rules;
use crate::Rule;
use crate::path::{FileName, OUTSIDE_ROOT};

/// Directories above an entry.
const DEPTH_MAX: usize = 64;

/// A name that stays below and means one thing to every program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name<'a> {
    /// The path in UTF-8, without a slash at the end; empty for the place itself.
    pub(super) bytes: &'a [u8],
    /// Whether there was a slash at the end.
    pub(super) has_slash: bool,
    /// Where it is made of [plain](are_plain) characters, the place of its last part.
    pub(super) plain: Option<usize>,
}

impl<'a> Name<'a> {
    #[inline]
    pub(super) fn parse(bytes: &'a [u8], max: usize) -> Result<Self, &'static Rule> {
        if bytes.len() > max {
            return Err(&rules::NAME_LENGTH);
        }
        let (path, has_slash) = match bytes.strip_suffix(b"/") {
            Some(path) => (path, true),
            None => (bytes, false),
        };
        let plain = last_part(path);
        if plain.is_none() {
            parts(str::from_utf8(path).map_err(|_| &rules::NAME_ENCODING)?)?;
        }
        Ok(Self { bytes: path, has_slash, plain })
    }

    /// The path as text.
    pub(super) fn path(&self) -> &'a str {
        str::from_utf8(self.bytes).unwrap_or_default()
    }

    /// The same where names may begin with `./` and the place itself may be an entry, as archivers write it that were
    /// given `.`.
    #[inline]
    pub(super) fn parse_below(bytes: &'a [u8], max: usize) -> Result<Self, &'static Rule> {
        match bytes {
            b"./" => Ok(Self { bytes: b"", has_slash: true, plain: Some(0) }),
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

/// Letters, digits and a few marks that no rule of [`FileName`] can meet, and slashes.
#[inline]
fn are_plain(path: &[u8]) -> bool {
    let mut rest = path;
    // Sixteen at once, the last ones with some before them.
    while let Some((bytes, after)) = rest.split_first_chunk() {
        if !are_sixteen_plain(bytes) {
            return false;
        }
        rest = after;
    }
    path.last_chunk().map_or_else(|| rest.iter().all(|byte| is_plain_or_slash(*byte)), are_sixteen_plain)
}

#[inline]
fn are_sixteen_plain(bytes: &[u8; 16]) -> bool {
    let mut others = 0;
    for byte in bytes {
        others |= u8::from(!is_plain_or_slash(*byte));
    }
    others == 0
}

const fn is_plain_or_slash(byte: u8) -> bool {
    let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    // From the dash on there are the dot, the slash and the digits.
    is_letter | (byte.wrapping_sub(b'-') <= b'9' - b'-') | (byte == b'_') | (byte == b'+') | (byte == b'@')
}

/// The quick answer for most names: where the last part begins; `None` means that the rules have to be asked.
fn last_part(path: &[u8]) -> Option<usize> {
    if !are_plain(path) {
        return None;
    }
    let (mut start, mut count) = (0, 1);
    let mut end = |slash: usize| {
        let is_good = path.get(start..slash).is_some_and(is_good_part);
        (start, count) = (slash + 1, count + 1);
        is_good
    };
    let mut at = 0;
    let mut rest = path;
    while let Some((word, after)) = rest.split_first_chunk() {
        let mut slashes = slashes(u64::from_le_bytes(*word));
        while slashes != 0 {
            if !end(at + slashes.trailing_zeros() as usize / 8) {
                return None;
            }
            slashes &= slashes - 1;
        }
        at += 8;
        rest = after;
    }
    for (number, byte) in rest.iter().enumerate() {
        if *byte == b'/' && !end(at + number) {
            return None;
        }
    }
    (count <= DEPTH_MAX && path.get(start..).is_some_and(is_good_part)).then_some(start)
}

/// The highest bit of each byte that is a slash, of eight bytes of ASCII.
const fn slashes(word: u64) -> u64 {
    const EACH: u64 = u64::MAX / 0xff;
    let others = word ^ (EACH * b'/' as u64);
    // Only zero does not reach the highest bit, and nothing goes beyond it.
    !(others + EACH * 0x7f) & (EACH * 0x80)
}

/// The quick answer for one part: `true` means that [`FileName`] would take it.
pub(super) fn is_plain_part(part: &[u8]) -> bool {
    last_part(part) == Some(0)
}

/// Whether a part of plain letters is a name everywhere.
#[inline]
fn is_good_part(part: &[u8]) -> bool {
    // Dots at an end are `.`, `..` or what Windows drops.
    part.last().is_some_and(|last| *last != b'.') && part.len() <= FileName::MAX && !could_be_device(part)
}

/// Whether the name up to its first dot is `con`, `prn`, `aux`, `nul`, or begins as `com1` and `lpt1` do.
#[inline]
fn could_be_device(part: &[u8]) -> bool {
    // This bit makes letters lower case, and a letter of nothing else that is plain.
    match part {
        [a, b, c] | [a, b, c, b'.', ..] => {
            matches!(&[a | 0x20, b | 0x20, c | 0x20], b"con" | b"prn" | b"aux" | b"nul")
        }
        [a, b, c, _] | [a, b, c, _, b'.', ..] => {
            matches!(&[a | 0x20, b | 0x20, c | 0x20], b"com" | b"lpt")
        }
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
            parsed.map(|name| (name.path(), name.has_slash)).map_err(|rule| rule.code),
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
        assert_eq!(Name::parse_below(b"./", 9), Ok(Name { bytes: b"", has_slash: true, plain: Some(0) }));
        assert_eq!(Name::parse_below(b"./a/", 9), Ok(Name { bytes: b"a", has_slash: true, plain: Some(0) }));
        for name in [&b"."[..], b"././a", b".//a", b"./.", b"./../a"] {
            assert!(Name::parse_below(name, 9).is_err(), "{name:?}");
        }
    }

    #[test]
    fn tar_names_may_begin_at_the_place_itself() {
        assert_eq!(Name::parse_dotted(b"./", 9), Ok(Name { bytes: b"", has_slash: true, plain: Some(0) }));
        assert_eq!(Name::parse_dotted(b"./a", 9), Ok(Name { bytes: b"a", has_slash: false, plain: Some(0) }));
        assert_eq!(Name::parse_dotted(b"././a", 9), Err(&rules::NAME_FORM));
    }

    proptest::proptest! {
        #[test]
        fn the_quick_answer_is_never_more_lenient(name in "[a-cA-CnulomNULO19./_~: -]{1,12}") {
            if last_part(name.as_bytes()).is_some() {
                proptest::prop_assert_eq!(parts(&name), Ok(()), "{}", name);
            }
        }
    }
}
