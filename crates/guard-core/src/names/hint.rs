//! The few patterns that a name could match, by its first and last bytes alone.

/// A name, or a pattern of one component, as far as one comparison sees it: the first and the last eight bytes in lower
/// case, with zeros where it is shorter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    first: u64,
    last: u64,
}

impl Ends {
    #[inline]
    pub(super) fn of(name: &[u8]) -> Self {
        if let (Some(first), Some(last)) = (name.first_chunk(), name.last_chunk()) {
            return Self { first: lower(u64::from_be_bytes(*first)), last: lower(u64::from_be_bytes(*last)) };
        }
        let room = u32::try_from(8 - name.len().min(8)).unwrap_or(0) * 8;
        let last = match (name.first_chunk(), name.last_chunk()) {
            // They overlap in the same bytes.
            (Some(first), Some(last)) => {
                u64::from(u32::from_be_bytes(*first)) << (u32::BITS - room)
                    | u64::from(u32::from_be_bytes(*last))
            }
            _ => name.iter().fold(0, |last, byte| last << 8 | u64::from(*byte)),
        };
        let last = lower(last);
        Self { first: last.checked_shl(room).unwrap_or(0), last }
    }
}

/// Eight bytes in ASCII lower case; one by one they would cost as much as all the rest.
fn lower(bytes: u64) -> u64 {
    let each = |byte| u64::from_be_bytes([byte; 8]);
    // The top bit of a sum says that the byte is at least `A`, or more than `Z`.
    let low = bytes & each(0x7f);
    let is_upper = (low + each(0x80 - b'A')) & !(low + each(0x7f - b'Z')) & !bytes & each(0x80);
    bytes | is_upper >> 2
}

/// A pattern, and as much of its ends as stands before and after its wildcards.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hint {
    pub(super) number: u16,
    /// Also for a name that is not the last one of its path.
    pub(super) is_tree: bool,
    mask: Ends,
    want: Ends,
}

impl Hint {
    pub(super) fn new(number: u16, is_tree: bool, pattern: &str) -> Self {
        let (prefix, suffix) = literal_ends(pattern);
        let is_whole = usize::from(prefix.len() == pattern.len());
        // Of a short name without wildcards the zero next to it counts too.
        let bits = |len: usize| 8 * u32::try_from(len + is_whole).map_or(8, |len| len.min(8));
        let mask = Ends {
            first: u64::MAX.checked_shl(u64::BITS - bits(prefix.len())).unwrap_or(0),
            last: u64::MAX.checked_shr(u64::BITS - bits(suffix.len())).unwrap_or(0),
        };
        let (first, last) = (Ends::of(prefix.as_bytes()).first, Ends::of(suffix.as_bytes()).last);
        Self { number, is_tree, mask, want: Ends { first: first & mask.first, last: last & mask.last } }
    }

    /// False only if the pattern does not match the name.
    pub(super) fn fits(&self, name: Ends) -> bool {
        name.first & self.mask.first == self.want.first && name.last & self.mask.last == self.want.last
    }

    fn bucket(&self) -> usize {
        let has_two = |mask: u64| mask & 0xffff == 0xffff;
        if has_two(self.mask.first >> 48) {
            first_bucket(self.want)
        } else if has_two(self.mask.last) {
            last_bucket(self.want)
        } else {
            OTHERS
        }
    }
}

/// What stands before the first and after the last wildcard of a pattern.
pub(super) fn literal_ends(pattern: &str) -> (&str, &str) {
    let prefix = pattern.split('*').next().unwrap_or_default();
    (prefix, pattern.rsplit('*').next().unwrap_or_default())
}

/// Patterns by two of their bytes, so that an ordinary name is compared with hardly any.
pub(super) struct Hints {
    /// Where the hints of each bucket begin, and where the last ones end.
    starts: [u16; OTHERS + 2],
    hints: Vec<Hint>,
}

/// More than there are patterns, so that unlike names rarely meet; once by the first bytes and once by the last.
const BUCKETS: usize = 1024;
/// Where wildcards leave less than two bytes at either end.
const OTHERS: usize = 2 * BUCKETS;

impl Hints {
    pub(super) fn new(hints: impl Iterator<Item = Hint>) -> Self {
        let mut hints: Vec<_> = hints.collect();
        hints.sort_by_key(Hint::bucket);
        let start = |bucket| hints.partition_point(|hint| hint.bucket() < bucket);
        let starts = std::array::from_fn(|bucket| u16::try_from(start(bucket)).unwrap_or(u16::MAX));
        Self { starts, hints }
    }

    /// Every pattern that fits the name, and others; mostly none.
    #[inline]
    pub(super) fn near(&self, name: Ends) -> [&[Hint]; 3] {
        [first_bucket(name), last_bucket(name), OTHERS].map(|bucket| self.bucket(bucket))
    }

    #[inline]
    fn bucket(&self, bucket: usize) -> &[Hint] {
        match (self.starts.get(bucket), self.starts.get(bucket + 1)) {
            (Some(start), Some(end)) if start < end => {
                self.hints.get(usize::from(*start)..usize::from(*end)).unwrap_or_default()
            }
            _ => &[],
        }
    }
}

fn first_bucket(name: Ends) -> usize {
    bucket(name.first >> 48)
}

fn last_bucket(name: Ends) -> usize {
    BUCKETS + bucket(name.last & 0xffff)
}

/// Different for any two letters, digits or signs, but for the remainder.
fn bucket(two: u64) -> usize {
    usize::try_from((two >> 8) * 79 + (two & 0xff)).unwrap_or(0) % BUCKETS
}
