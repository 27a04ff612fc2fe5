//! Thousands of damaged archives: what is accepted all the same, Python and the others unpack to the same tree.

use super::shapes;
use super::tools::{OF_TAR, OF_ZIP, Place, Tool};
use super::verdict;

/// The same sequence in every run (Marsaglia's xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % most.max(1)
    }
}

/// Changes a few places: a bit, a byte, a number of two or four bytes, a stretch twice or not at all.
fn damage(sound: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = sound.to_vec();
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(bytes.len());
        let telling = [0_u32, 1, 8, 0x10, 0x2f, 0x41, 0x5c, 0x7f, 0xff, 0xffff, 0x7fff_ffff, u32::MAX];
        let number = telling[numbers.below(telling.len())].to_le_bytes();
        match numbers.below(6) {
            0 => bytes[at] ^= 1 << numbers.below(8),
            1 => bytes[at] = number[0],
            kind @ (2 | 3) => {
                let width = if kind == 2 { 2 } else { 4 };
                for (byte, new) in bytes[at..].iter_mut().zip(number.into_iter().take(width)) {
                    *byte = new;
                }
            }
            4 => {
                let end = (at + 1 + numbers.below(80)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            _ => {
                let end = (at + 1 + numbers.below(80)).min(bytes.len());
                bytes.drain(at..end);
            }
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

/// A tar whose header was damaged has a wrong checksum, and nothing else is looked at: it is put right.
fn with_checksums(mut bytes: Vec<u8>) -> Vec<u8> {
    for block in bytes.chunks_exact_mut(512) {
        if block[257..262] == *b"ustar" {
            block[148..156].fill(b' ');
            let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
            block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
    }
    bytes
}

/// Damages the sound ones so often, and returns those that are accepted and not one of them.
fn survivors(sound: &[Vec<u8>], rounds: usize, mend: fn(Vec<u8>) -> Vec<u8>) -> Vec<Vec<u8>> {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut found = Vec::new();
    for round in 0..rounds {
        let bytes = mend(damage(&sound[round % sound.len()], &mut numbers));
        if !sound.contains(&bytes) && verdict(&bytes) == "ok" {
            found.push(bytes);
        }
    }
    found
}

/// Fails for what a tool unpacks to another tree than the guard.
fn agree(survivors: &[Vec<u8>], tools: &'static [Tool], every: usize) {
    let mut place = Place::new();
    let files: Vec<_> = survivors
        .iter()
        .enumerate()
        // Python sees all of them in one process; starting three others for each takes its time.
        .map(|(number, bytes)| {
            let tools: &[Tool] = if number % every == 0 { tools } else { &[Tool::Python] };
            (place.file(bytes), tools)
        })
        .collect();
    let views = place.views(&files);
    let mut wrong = Vec::new();
    for ((bytes, view), (file, tools)) in survivors.iter().zip(&views).zip(&files) {
        let ours = place.guard(bytes);
        let is_agreed = view.len() == tools.len() && view.values().all(|tree| Ok(tree) == ours.as_ref());
        if !is_agreed {
            let kept = std::env::temp_dir().join(format!("guard-disputed-archive-{}", wrong.len() % 1000));
            std::fs::copy(file, &kept).unwrap();
            wrong.push(format!("the guard: {ours:?}, the tools: {view:#?}, kept as {}", kept.display()));
        }
    }
    assert!(wrong.is_empty(), "{} of {}: {}", wrong.len(), survivors.len(), wrong[0]);
}

#[test]
fn damaged_zips_that_are_accepted_are_the_same_to_every_tool() {
    let sound: Vec<_> = shapes::differences()
        .into_iter()
        .chain(shapes::sizes().into_iter().step_by(7))
        .filter(|(_, bytes)| verdict(bytes) == "ok")
        .map(|(_, bytes)| bytes)
        .collect();
    let survivors = survivors(&sound, 30_000, |bytes| bytes);
    assert!(survivors.len() >= 500, "{} of 30,000 only", survivors.len());
    agree(&survivors, &OF_ZIP, 20);
}

#[test]
fn damaged_tars_that_are_accepted_are_the_same_to_every_tool() {
    let sound: Vec<_> = shapes::tars()
        .into_iter()
        .filter(|(_, bytes)| verdict(bytes) == "ok")
        .map(|(_, bytes)| bytes)
        .collect();
    let survivors = survivors(&sound, 12_000, with_checksums);
    assert!(survivors.len() >= 500, "{} of 12,000 only", survivors.len());
    agree(&survivors, &OF_TAR, 20);
}
