//! Names that Windows reads as something else, on whatever system we are: a file of such a name can travel there.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// The compatibility form, in which `．．／` is `../`; also folds the slashes that normalisation leaves alone.
pub(super) fn folded(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let slashes = ['\u{2044}', '\u{2215}', '\u{29f8}', '\u{2216}', '\u{29f5}', '\u{29f9}'];
    if is_nfkc_quick(text.chars()) == IsNormalized::Yes && !text.contains(slashes) {
        return Cow::Borrowed(text);
    }
    let fold = |character| match character {
        '\u{2044}' | '\u{2215}' | '\u{29f8}' => '/',
        '\u{2216}' | '\u{29f5}' | '\u{29f9}' => '\\',
        other => other,
    };
    Cow::Owned(text.nfkc().map(fold).collect())
}

/// Whether folding brings to light a `..` that the text as written does not hold.
pub(super) fn is_disguised_parent(text: &str) -> bool {
    let has_parent = |text: &str| text.split(['/', '\\']).any(|part| part == "..");
    match folded(text) {
        Cow::Borrowed(_) => false,
        Cow::Owned(folded) => has_parent(&folded) && !has_parent(text),
    }
}

/// Whether a whole path, read on Windows or as an address, names a drive, a share, a scheme, a way up, or a file by the
/// stream that is its contents.
pub(super) fn is_windows_path(text: &str) -> bool {
    let mut start = text.chars();
    let drive = start.next().is_some_and(|letter| letter.is_ascii_alphabetic())
        && start.next() == Some(':')
        && start.next().is_none_or(|separator| separator == '\\' || separator == '/');
    // Between slashes alone `..` is as portable as it is legible; the rules on leaving see to it.
    let climbs = |part: &str| match part {
        ".." => text.contains('\\'),
        part => part.trim_end_matches(' ') == "..",
    };
    let is_contents = |part: &str| {
        let stream = part.split_once(":$").map_or("", |(_, stream)| stream);
        ["DATA", "I30", "INDEX_ALLOCATION"]
            .iter()
            .any(|kind| stream.get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind)))
    };
    let has_stream = text.contains(":$") && text.split(['/', '\\']).any(is_contents);
    drive
        || has_stream
        || text.starts_with('\\')
        || text.contains("://")
        || text.split(['/', '\\']).any(climbs)
}

/// Whether Windows would open something other than a file of this name: a device, a stream, a short name.
pub(super) fn is_windows_special(name: &str) -> bool {
    is_device(name) || is_stream(name) || is_short_name(name)
}

/// Whether a file of this name can be created on every common system.
pub(super) fn is_portable(name: &str) -> bool {
    !(name.contains(['<', '>', ':', '"', '|', '?', '*', '\\', '/'])
        || name.ends_with(['.', ' '])
        || is_windows_special(name)
        || folded(name).contains(['/', '\\']))
}

/// `CON`, `nul.txt`, `COM1`, `com¹.log`, `LPT9 .x`; the name ends at the first dot or colon, before spaces.
fn is_device(name: &str) -> bool {
    let folded = folded(name);
    let stem = folded.split(['.', ':']).next().unwrap_or_default().trim_end_matches(' ');
    let is = |device: &str| stem.eq_ignore_ascii_case(device);
    if ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"].into_iter().any(is) {
        return true;
    }
    stem.len() == 4
        && stem
            .get(..3)
            .is_some_and(|port| port.eq_ignore_ascii_case("COM") || port.eq_ignore_ascii_case("LPT"))
        && stem.ends_with(|digit: char| digit.is_ascii_digit())
}

/// `file.txt::$DATA`, `dir:$I30:$INDEX_ALLOCATION`.
fn is_stream(name: &str) -> bool {
    name.contains(":$")
}

/// `PROGRA~1`, `SECRET~1.TXT`: at most eight characters with a tilde and digits, at most three behind the dot.
fn is_short_name(name: &str) -> bool {
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    let Some((start, digits)) = stem.rsplit_once('~') else { return false };
    !start.is_empty()
        && stem.len() <= 8
        && extension.len() <= 3
        && !digits.is_empty()
        && digits.bytes().all(|digit| digit.is_ascii_digit())
}
