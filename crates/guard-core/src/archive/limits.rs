use crate::path::FileName;

/// What an archive may cost, and what it may hold.
///
/// One budget covers the archive and every archive inside it, whatever the formats; it is charged with what is really
/// read and produced, never with what a header declares.
///
/// # Examples
///
/// ```
/// use guard_core::archive::Limits;
///
/// let limits = Limits::default().output_bytes(8 << 20).entries(100);
/// assert_ne!(limits, Limits::default());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(super) output_bytes: u64,
    pub(super) entries: u64,
    pub(super) depth: u32,
    pub(super) name_bytes: usize,
    pub(super) memory_bytes: u64,
    pub(super) work: u64,
    pub(super) ratio: u64,
    pub(super) ratio_from: u64,
    pub(super) allows_git: bool,
    pub(super) stream_name: Option<FileName>,
}

impl Default for Limits {
    /// 100 MiB, 10,000 entries, 3 levels, names of 1,024 bytes, 256 MiB of decoder memory, 2^32 units of work, and 200
    /// times the compressed size once 16 MiB are passed.
    fn default() -> Self {
        Self {
            output_bytes: 100 << 20,
            entries: 10_000,
            depth: 3,
            name_bytes: 1_024,
            memory_bytes: 256 << 20,
            work: 1 << 32,
            ratio: 200,
            ratio_from: 16 << 20,
            allows_git: false,
            stream_name: None,
        }
    }
}

impl Limits {
    /// Bytes of content, summed over all levels.
    #[must_use]
    pub fn output_bytes(self, bytes: u64) -> Self {
        Self { output_bytes: bytes, ..self }
    }

    /// Entries, summed over all levels.
    #[must_use]
    pub fn entries(self, entries: u64) -> Self {
        Self { entries, ..self }
    }

    /// Levels: 1 is an archive without archives in it. A compressed tar is one level. Never more than 16, since each
    /// level takes its share of the stack.
    #[must_use]
    pub fn depth(self, levels: u32) -> Self {
        Self { depth: levels.min(16), ..self }
    }

    /// Bytes of one name with its directories; never more than the kernel's 4,095.
    #[must_use]
    pub fn name_bytes(self, bytes: usize) -> Self {
        Self { name_bytes: bytes.min(4_095), ..self }
    }

    /// Bytes that decoders may hold, shared evenly by the levels: dictionaries, windows, inner archives that cannot be
    /// read from front to back.
    #[must_use]
    pub fn memory_bytes(self, bytes: u64) -> Self {
        Self { memory_bytes: bytes, ..self }
    }

    /// Units of work, about a nanosecond each: every byte read and every byte produced, weighted by the decoder's cost.
    #[must_use]
    pub fn work(self, units: u64) -> Self {
        Self { work: units, ..self }
    }

    /// How many times its compressed size something may grow, once it has passed `from` bytes.
    #[must_use]
    pub fn ratio(self, times: u64, from: u64) -> Self {
        Self { ratio: times, ratio_from: from, ..self }
    }

    /// Accepts `.git` and what Git keeps in it: for an owner who unpacks a project of their own. Git runs programs that
    /// its configuration and hooks name, so this is for archives that the owner trusts.
    #[must_use]
    pub fn allowing_git(self) -> Self {
        Self { allows_git: true, ..self }
    }

    /// The name of the only file in a compressed stream that holds no archive; `content` otherwise.
    #[must_use]
    pub fn stream_name(self, name: FileName) -> Self {
        Self { stream_name: Some(name), ..self }
    }

    /// The share of one level.
    pub(super) fn memory_of_level(&self) -> u64 {
        self.memory_bytes / u64::from(self.depth.max(1))
    }
}
