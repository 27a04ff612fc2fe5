//! What a file is, by its first bytes.

use std::fmt;

use serde::Serialize;

use super::tar;

/// How many bytes [`Format::of`] wants to see.
pub(super) const HEAD: usize = 512;

/// A kind of archive or compressed stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// ZIP, and what is built on it: docx, odt, jar, whl, apk.
    Zip,
    /// Tape archives: ustar, pax, GNU, and the old form without a magic number.
    Tar,
    /// gzip.
    Gzip,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// Zstandard.
    Zstd,
    /// Known, and not read here: 7z, rar, cab, ar, cpio, lzma, lzip, lz4, compress and others.
    Other,
}

/// First bytes of formats that are refused, so that the message is clear; deb and rpm packages among them.
const OTHERS: &[&[u8]] = &[
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"RE~^",
    b"MSCF\0\0\0\0",
    b"!<arch>\n",
    b"070701",
    b"070702",
    b"070707",
    b"\xc7\x71",
    b"\x1f\x9d",
    b"\x1f\xa0",
    b"\x04\x22\x4d\x18",
    b"LZIP\x01",
    b"\x5d\0\0\x80\0",
    b"\x5d\0\0\0\x04",
    b"\x89LZO\0\r\n\x1a\n",
    b"\xed\xab\xee\xdb",
    b"xar!\0\x1c",
    b"hsqs",
    b"\xff\x06\0\0sNaPpY",
    b"MSWIM\0\0\0",
    b"\x60\xea",
];

impl Format {
    /// The format of a file that begins with `head`; `None` for a file that is no archive.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let is = |magic: &[u8]| head.starts_with(magic);
        if is(b"PK\x03\x04") || is(b"PK\x05\x06") {
            return Some(Self::Zip);
        }
        if is(b"\x1f\x8b\x08") {
            return Some(Self::Gzip);
        }
        if is(b"BZh")
            && head.get(3).is_some_and(|level| (b'1'..=b'9').contains(level))
            && is_bzip2_block(head)
        {
            return Some(Self::Bzip2);
        }
        if is(b"\xfd7zXZ\0") {
            return Some(Self::Xz);
        }
        if is(b"\x28\xb5\x2f\xfd") || is_skippable(head) {
            return Some(Self::Zstd);
        }
        if tar::is_tar(head) {
            return Some(Self::Tar);
        }
        OTHERS.iter().any(|magic| is(magic)).then_some(Self::Other)
    }
}

/// Whether these bytes are all of a file that `tar` writes for no names at all: some blocks of zeros.
pub(super) fn is_empty_tar(whole: &[u8]) -> bool {
    whole.len() >= 2 * HEAD && whole.len().is_multiple_of(HEAD) && whole.iter().all(|byte| *byte == 0)
}

/// A block, or the end of an empty stream.
fn is_bzip2_block(head: &[u8]) -> bool {
    let magic = head.get(4..10);
    magic == Some(b"\x31\x41\x59\x26\x53\x59") || magic == Some(b"\x17\x72\x45\x38\x50\x90")
}

/// A skippable frame of zstd, with which a stream may begin.
fn is_skippable(head: &[u8]) -> bool {
    head.get(1..4) == Some(b"\x2a\x4d\x18") && head.first().is_some_and(|byte| byte & 0xf0 == 0x50)
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
            Self::Other => "other",
        })
    }
}
