//! The lemma behind the refusal of overlaps, gaps and hidden entries: entries of an accepted zip own every byte in front
//! of the directory, each byte once.

use std::io::Cursor;

use guard_core::archive::{Limits, scan_zip};
use proptest::prelude::*;

use super::build::zip::{Descriptor, Entry, zip};

/// How an entry differs from one that lies where it says, right behind the one before.
#[derive(Clone, Debug)]
struct Change {
    gap: Vec<u8>,
    shift: Option<i8>,
    is_listed: bool,
    is_present: bool,
    packed: i8,
}

fn change() -> impl Strategy<Value = Change> {
    let none = Change { gap: Vec::new(), shift: None, is_listed: true, is_present: true, packed: 0 };
    let some = (
        prop::collection::vec(any::<u8>(), 0..40),
        prop::option::of(-90_i8..90),
        prop::bool::weighted(0.7),
        prop::bool::weighted(0.7),
        -3_i8..4,
    );
    let some = some.prop_map(|(gap, shift, is_listed, is_present, packed)| Change {
        gap,
        shift,
        is_listed,
        is_present,
        packed,
    });
    prop_oneof![4 => Just(none), 1 => some]
}

fn entry(number: usize, size: usize, streamed: Option<Descriptor>, change: &Change) -> Entry {
    let plain: Vec<u8> = (0..size).map(|at| (at * 7 + number) as u8).collect();
    let mut entry = Entry::deflated(format!("f{number}"), &plain);
    if let Some(descriptor) = streamed {
        entry = entry.streamed(descriptor);
    }
    entry.before.clone_from(&change.gap);
    (entry.is_listed, entry.is_present) = (change.is_listed, change.is_present);
    entry.both(|head| head.packed = head.packed.wrapping_add_signed(change.packed.into()))
}

fn descriptor() -> impl Strategy<Value = Option<Descriptor>> {
    prop::option::of(prop_oneof![
        Just(Descriptor::Short),
        Just(Descriptor::Signed),
        Just(Descriptor::Long),
        Just(Descriptor::LongSigned)
    ])
}

/// Number of two or four bytes.
fn number(bytes: &[u8], at: usize, width: usize) -> usize {
    bytes[at..at + width].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// Who owns each byte in front of the directory, read in the plainest way: a local header, a name, an extra field, the
/// packed data that the directory tells of, and a descriptor where the flag says so and the sums stand there.
fn owners(bytes: &[u8]) -> Vec<usize> {
    let end = bytes.len() - 22;
    let start = number(bytes, end + 16, 4);
    let mut owners = vec![0; start];
    let mut at = start;
    while at < end {
        let (flags, packed) = (number(bytes, at + 8, 2), number(bytes, at + 20, 4));
        let offset = number(bytes, at + 42, 4);
        let data = offset + 30 + number(bytes, offset + 26, 2) + number(bytes, offset + 28, 2);
        let crc = &bytes[at + 16..at + 20];
        let behind =
            |from: usize| bytes.get(data + packed + from..).is_some_and(|rest| rest.starts_with(crc));
        let is_long = number(bytes, offset + 28, 2) > 0;
        let descriptor = match flags & 8 != 0 {
            false => 0,
            true if bytes[data + packed..].starts_with(b"PK\x07\x08") && behind(4) => {
                16 + 8 * usize::from(is_long)
            }
            true => 12 + 8 * usize::from(is_long),
        };
        for owner in &mut owners[offset..data + packed + descriptor] {
            *owner += 1;
        }
        at += 46 + number(bytes, at + 28, 2) + number(bytes, at + 30, 2) + number(bytes, at + 32, 2);
    }
    owners
}

fn is_accepted(bytes: &[u8]) -> bool {
    scan_zip(Cursor::new(bytes), &Limits::default()).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn every_byte_has_one_owner(
        parts in prop::collection::vec((0_usize..60, descriptor(), change()), 1..6),
        gap in prop_oneof![9 => Just(Vec::new()), 1 => prop::collection::vec(any::<u8>(), 1..9)],
        is_reversed in any::<bool>(),
    ) {
        let mut built = zip(parts.iter().enumerate().map(|(at, (size, streamed, change))| entry(at, *size, *streamed, change)));
        built.gap = gap;
        built.is_reversed = is_reversed;
        // An offset that is changed from where the entry would lie.
        let mut offset = 0_usize;
        for (entry, (_, _, change)) in built.entries.iter_mut().zip(&parts) {
            offset += entry.before.len();
            if let Some(shift) = change.shift {
                entry.offset = Some(u32::try_from(offset.saturating_add_signed(shift.into())).unwrap());
            }
            if entry.is_present {
                let local = &entry.local;
                offset += 30 + local.name.len() + local.extra.len() + entry.data.len() + entry.descriptor.len();
            }
        }
        let bytes = built.bytes();
        if is_accepted(&bytes) {
            prop_assert!(owners(&bytes).iter().all(|owner| *owner == 1), "{:?}", owners(&bytes));
        }
    }

    #[test]
    fn entries_side_by_side_are_accepted(
        parts in prop::collection::vec((0_usize..60, descriptor()), 0..6),
        is_reversed in any::<bool>(),
    ) {
        let none = Change { gap: Vec::new(), shift: None, is_listed: true, is_present: true, packed: 0 };
        let mut built = zip(parts.iter().enumerate().map(|(at, (size, streamed))| entry(at, *size, *streamed, &none)));
        built.is_reversed = is_reversed;
        let bytes = built.bytes();
        prop_assert!(is_accepted(&bytes));
        prop_assert!(owners(&bytes).iter().all(|owner| *owner == 1));
    }
}
