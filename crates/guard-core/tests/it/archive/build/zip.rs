//! ZIP files, field by field.

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use std::io::Write as _;

/// The fields that the local header and the directory both have.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) crc: u32,
    pub(crate) packed: u32,
    pub(crate) size: u32,
    pub(crate) name: Vec<u8>,
    pub(crate) extra: Vec<u8>,
}

/// What follows the data of a streamed entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Descriptor {
    Short,
    Signed,
    Long,
    LongSigned,
}

/// One entry; both headers say the same until they are changed.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) local: Head,
    pub(crate) central: Head,
    pub(crate) data: Vec<u8>,
    pub(crate) descriptor: Vec<u8>,
    pub(crate) host: u8,
    pub(crate) attributes: u32,
    pub(crate) comment: Vec<u8>,
    pub(crate) disk: u16,
    /// Instead of where it really is.
    pub(crate) offset: Option<u32>,
    /// Only in one of the two places.
    pub(crate) is_listed: bool,
    pub(crate) is_present: bool,
    /// Bytes in front of the local header.
    pub(crate) before: Vec<u8>,
}

pub(crate) fn crc(data: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(data);
    crc.sum()
}

pub(crate) fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// An additional field.
pub(crate) fn field(id: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    [&id.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
}

/// A zip64 field with these numbers.
pub(crate) fn zip64(numbers: &[u64]) -> Vec<u8> {
    field(1, &numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>())
}

/// A second name with its checksum.
pub(crate) fn unicode_path(of: &[u8], name: &[u8]) -> Vec<u8> {
    field(0x7075, &[&[1][..], &crc(of).to_le_bytes(), name].concat())
}

impl Entry {
    pub(crate) fn new(name: impl AsRef<[u8]>, plain: &[u8], method: u16) -> Self {
        let name = name.as_ref().to_vec();
        let data = if method == 8 { deflate(plain) } else { plain.to_vec() };
        let head = Head {
            flags: if name.is_ascii() { 0 } else { 1 << 11 },
            method,
            crc: crc(plain),
            packed: u32::try_from(data.len()).unwrap(),
            size: u32::try_from(plain.len()).unwrap(),
            name,
            extra: Vec::new(),
        };
        Self {
            local: head.clone(),
            central: head,
            data,
            descriptor: Vec::new(),
            host: 3,
            attributes: 0o100_644 << 16,
            comment: Vec::new(),
            disk: 0,
            offset: None,
            is_listed: true,
            is_present: true,
            before: Vec::new(),
        }
    }

    pub(crate) fn stored(name: impl AsRef<[u8]>, plain: &[u8]) -> Self {
        Self::new(name, plain, 0)
    }

    pub(crate) fn deflated(name: impl AsRef<[u8]>, plain: &[u8]) -> Self {
        Self::new(name, plain, 8)
    }

    pub(crate) fn directory(name: &str) -> Self {
        Self::stored(name, b"").mode(0o040_755)
    }

    pub(crate) fn link(name: &str, target: &str) -> Self {
        Self::stored(name, target.as_bytes()).mode(0o120_777)
    }

    pub(crate) fn mode(self, mode: u32) -> Self {
        Self { attributes: mode << 16, ..self }
    }

    pub(crate) fn host(self, host: u8, attributes: u32) -> Self {
        Self { host, attributes, ..self }
    }

    pub(crate) fn local(mut self, change: impl FnOnce(&mut Head)) -> Self {
        change(&mut self.local);
        self
    }

    pub(crate) fn central(mut self, change: impl FnOnce(&mut Head)) -> Self {
        change(&mut self.central);
        self
    }

    pub(crate) fn both(self, change: impl Fn(&mut Head)) -> Self {
        self.local(&change).central(&change)
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// As a program writes that cannot go back: sizes behind the data.
    pub(crate) fn streamed(self, descriptor: Descriptor) -> Self {
        let Head { crc, packed, size, .. } = self.central;
        let long = matches!(descriptor, Descriptor::Long | Descriptor::LongSigned);
        let signed = matches!(descriptor, Descriptor::Signed | Descriptor::LongSigned);
        let mut bytes = if signed { b"PK\x07\x08".to_vec() } else { Vec::new() };
        bytes.extend(crc.to_le_bytes());
        for number in [packed, size] {
            if long {
                bytes.extend(u64::from(number).to_le_bytes());
            } else {
                bytes.extend(number.to_le_bytes());
            }
        }
        let entry = self.both(|head| head.flags |= 8).local(|head| {
            (head.crc, head.packed, head.size) = (0, 0, 0);
            if long {
                (head.packed, head.size) = (u32::MAX, u32::MAX);
                head.extra = zip64(&[0, 0]);
            }
        });
        Self { descriptor: bytes, ..entry }
    }
}

/// The whole file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Zip {
    pub(crate) entries: Vec<Entry>,
    pub(crate) prefix: Vec<u8>,
    /// Between the last entry and the directory.
    pub(crate) gap: Vec<u8>,
    /// Between the directory and the end records.
    pub(crate) gap_before_end: Vec<u8>,
    pub(crate) comment: Vec<u8>,
    pub(crate) suffix: Vec<u8>,
    pub(crate) zip64: bool,
    /// Directory in the order opposite to the data.
    pub(crate) is_reversed: bool,
    pub(crate) end: EndChange,
}

/// Differences of the end records from the truth.
#[derive(Clone, Debug, Default)]
pub(crate) struct EndChange {
    pub(crate) entries: i32,
    pub(crate) entries_here: i32,
    pub(crate) size: i64,
    pub(crate) start: i64,
    pub(crate) disk: u16,
    /// Marks instead of the numbers in the short record.
    pub(crate) marks: bool,
    pub(crate) long_entries: i64,
    pub(crate) long_size: i64,
    pub(crate) long_start: i64,
    pub(crate) long_offset: i64,
    pub(crate) long_length: i64,
    pub(crate) disks: Option<u32>,
}

pub(crate) fn zip(entries: impl IntoIterator<Item = Entry>) -> Zip {
    Zip { entries: entries.into_iter().collect(), ..Zip::default() }
}

fn shifted(number: usize, by: i64) -> u64 {
    (i64::try_from(number).unwrap() + by).try_into().unwrap()
}

impl Zip {
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = self.prefix.clone();
        let mut directory = Vec::new();
        for entry in &self.entries {
            out.extend(&entry.before);
            let offset = entry.offset.unwrap_or(u32::try_from(out.len()).unwrap());
            if entry.is_present {
                out.extend(b"PK\x03\x04\x14\x00");
                head(&mut out, &entry.local);
                out.extend(&entry.local.name);
                out.extend(&entry.local.extra);
                out.extend(&entry.data);
                out.extend(&entry.descriptor);
            }
            if entry.is_listed {
                directory.push(record(entry, offset));
            }
        }
        if self.is_reversed {
            directory.reverse();
        }
        out.extend(&self.gap);
        let start = out.len();
        out.extend(directory.concat());
        let size = out.len() - start;
        out.extend(&self.gap_before_end);
        self.end(&mut out, directory.len(), start, size);
        out
    }

    fn end(&self, out: &mut Vec<u8>, entries: usize, start: usize, size: usize) {
        let change = &self.end;
        if self.zip64 {
            let at = out.len();
            out.extend(b"PK\x06\x06");
            out.extend(shifted(44, change.long_length).to_le_bytes());
            out.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            for _ in 0..2 {
                out.extend(shifted(entries, change.long_entries).to_le_bytes());
            }
            out.extend(shifted(size, change.long_size).to_le_bytes());
            out.extend(shifted(start, change.long_start).to_le_bytes());
            out.extend(b"PK\x06\x07\0\0\0\0");
            out.extend(shifted(at, change.long_offset).to_le_bytes());
            out.extend(change.disks.unwrap_or(1).to_le_bytes());
        }
        out.extend(b"PK\x05\x06");
        out.extend(change.disk.to_le_bytes());
        out.extend(change.disk.to_le_bytes());
        let count = |by: i32| u16::try_from(shifted(entries, by.into()) & 0xffff).unwrap();
        let (here, all) = (count(change.entries_here + change.entries), count(change.entries));
        let numbers = (shifted(size, change.size), shifted(start, change.start));
        if change.marks {
            out.extend([0xff; 12]);
        } else {
            out.extend(here.to_le_bytes());
            out.extend(all.to_le_bytes());
            out.extend(u32::try_from(numbers.0).unwrap().to_le_bytes());
            out.extend(u32::try_from(numbers.1).unwrap().to_le_bytes());
        }
        out.extend(u16::try_from(self.comment.len()).unwrap().to_le_bytes());
        out.extend(&self.comment);
        out.extend(&self.suffix);
    }
}

fn head(out: &mut Vec<u8>, head: &Head) {
    out.extend(head.flags.to_le_bytes());
    out.extend(head.method.to_le_bytes());
    out.extend([0, 0, 0x21, 0x5a]);
    for number in [head.crc, head.packed, head.size] {
        out.extend(number.to_le_bytes());
    }
    out.extend(u16::try_from(head.name.len()).unwrap().to_le_bytes());
    out.extend(u16::try_from(head.extra.len()).unwrap().to_le_bytes());
}

fn record(entry: &Entry, offset: u32) -> Vec<u8> {
    let mut out = b"PK\x01\x02\x14".to_vec();
    out.extend([entry.host, 20, 0]);
    head(&mut out, &entry.central);
    out.extend(u16::try_from(entry.comment.len()).unwrap().to_le_bytes());
    out.extend(entry.disk.to_le_bytes());
    out.extend([0, 0]);
    out.extend(entry.attributes.to_le_bytes());
    out.extend(offset.to_le_bytes());
    out.extend(&entry.central.name);
    out.extend(&entry.central.extra);
    out.extend(&entry.comment);
    out
}
