//! Files that are two things at once.

/// How far from its end programs look for a zip: its end record, and the longest comment.
const ZIP_TAIL: usize = 22 + 0xffff;
/// How far from their beginning PDF readers look for a document.
const PDF_HEAD: usize = 1024;
/// How much may follow the last `%%EOF` of a PDF document; readers look that far.
const PDF_TAIL: usize = 1024;

/// Whether programs would find a zip from the end of the file.
pub(super) fn holds_zip(bytes: &[u8]) -> bool {
    let tail = bytes.get(bytes.len().saturating_sub(ZIP_TAIL)..).unwrap_or_default();
    tail.windows(22).any(|record| {
        let number =
            |at: usize| record.get(at..at + 2).and_then(|two| two.try_into().ok()).map(u16::from_le_bytes);
        // One disk only: four bytes of magic alone turn up by chance in a large collection of pictures.
        record.starts_with(b"PK\x05\x06") && number(4) == number(6)
    })
}

/// Whether a file of another kind begins as a PDF document for those that look further than the first byte.
pub(super) fn holds_pdf(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(PDF_HEAD)).unwrap_or_default();
    head.windows(6).any(|start| start.starts_with(b"%PDF-") && start.ends_with(b"1") || start == b"%PDF-2")
}

/// Whether more follows the end of a PDF document than its readers skip.
pub(super) fn outlives_pdf(bytes: &[u8]) -> bool {
    bytes.windows(5).rposition(|end| end == b"%%EOF").is_some_and(|at| bytes.len() - at > PDF_TAIL)
}

/// Whether a picture holds what servers or browsers take for code.
pub(super) fn holds_code(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b'<').skip(1).any(|after| {
        let is = |code: &str| {
            after.get(..code.len()).is_some_and(|start| start.eq_ignore_ascii_case(code.as_bytes()))
        };
        is("?php") || is("script") || is("!doctype html") || is("iframe")
    })
}

/// Whether the header of a picture reads as JavaScript: the magic as a name, and a comment or an assignment behind it.
pub(super) fn is_script_header(bytes: &[u8]) -> bool {
    let after = |magic: &[u8]| bytes.strip_prefix(magic).unwrap_or_default();
    let opens = |rest: &[u8]| match rest {
        [b'/', b'*' | b'/', ..] => true,
        [b'=', next, ..] => (0x20..0x7f).contains(next) || matches!(next, b'\t' | b'\n' | b'\r'),
        _ => false,
    };
    opens(after(b"GIF89a"))
        || opens(after(b"GIF87a"))
        || opens(after(b"BM"))
        || opens(after(b"RIFF"))
        || opens(after(b"\xff\xd8\xff\xe0"))
}
