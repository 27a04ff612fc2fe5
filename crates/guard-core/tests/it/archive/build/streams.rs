//! Compressed streams.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use lzma_rust2::{XzOptions, XzWriter};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

pub(crate) fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn bzip2(data: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// With a dictionary of so many bytes.
pub(crate) fn xz(data: &[u8], dictionary: u32) -> Vec<u8> {
    let mut options = XzOptions::with_preset(1);
    options.lzma_options.dict_size = dictionary;
    let mut encoder = XzWriter::new(Vec::new(), options).unwrap();
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(data: &[u8]) -> Vec<u8> {
    compress_to_vec(data, CompressionLevel::Fastest)
}

/// A frame that declares a window of 2^`log` bytes and holds one raw block.
pub(crate) fn zstd_with_window(log: u8, data: &[u8]) -> Vec<u8> {
    let header = u32::try_from(data.len()).unwrap() << 3 | 1;
    [&b"\x28\xb5\x2f\xfd\0"[..], &[(log - 10) << 3], &header.to_le_bytes()[..3], data].concat()
}

/// A frame of blocks that repeat one byte 128 KiB each: the best ratio there is.
pub(crate) fn zstd_bomb(blocks: usize) -> Vec<u8> {
    let block = |is_last: u32| ((128 << 10) << 3 | 1 << 1 | is_last).to_le_bytes();
    let mut out = b"\x28\xb5\x2f\xfd\0\x38".to_vec();
    for number in 1..=blocks {
        out.extend(&block(u32::from(number == blocks))[..3]);
        out.push(0);
    }
    out
}
