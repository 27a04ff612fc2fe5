//! TAR files, header by header.

/// One header with what follows it.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: Vec<u8>,
    pub(crate) kind: u8,
    pub(crate) link: Vec<u8>,
    pub(crate) prefix: Vec<u8>,
    pub(crate) mode: u32,
    /// Instead of the length of the data.
    pub(crate) size: Option<u64>,
    pub(crate) data: Vec<u8>,
    pub(crate) magic: [u8; 8],
    /// Added to the checksum.
    pub(crate) checksum: i64,
    /// Written over the block before its checksum is taken.
    pub(crate) over: Option<(usize, Vec<u8>)>,
}

pub(crate) const POSIX: [u8; 8] = *b"ustar\x0000";
pub(crate) const GNU: [u8; 8] = *b"ustar  \0";
pub(crate) const OLD: [u8; 8] = [0; 8];

impl Member {
    pub(crate) fn new(kind: u8, name: impl AsRef<[u8]>) -> Self {
        Self {
            name: name.as_ref().to_vec(),
            kind,
            link: Vec::new(),
            prefix: Vec::new(),
            mode: 0o644,
            size: None,
            data: Vec::new(),
            magic: POSIX,
            checksum: 0,
            over: None,
        }
    }

    pub(crate) fn file(name: impl AsRef<[u8]>, data: &[u8]) -> Self {
        Self { data: data.to_vec(), ..Self::new(b'0', name) }
    }

    pub(crate) fn directory(name: &str) -> Self {
        Self::new(b'5', name)
    }

    pub(crate) fn symbolic_link(name: &str, target: &str) -> Self {
        Self { link: target.as_bytes().to_vec(), ..Self::new(b'2', name) }
    }

    pub(crate) fn hard_link(name: &str, target: &str) -> Self {
        Self { link: target.as_bytes().to_vec(), ..Self::new(b'1', name) }
    }

    /// An extended header with these records.
    pub(crate) fn pax(records: &[(&str, &str)]) -> Self {
        let text: String = records.iter().map(|(key, value)| record(key, value)).collect();
        Self { data: text.into_bytes(), ..Self::new(b'x', "PaxHeaders/x") }
    }

    pub(crate) fn global(records: &[(&str, &str)]) -> Self {
        Self { kind: b'g', ..Self::pax(records) }
    }

    /// A long name (`L`) or link target (`K`) as GNU writes it.
    pub(crate) fn long(kind: u8, text: &str) -> Self {
        let data = [text.as_bytes(), b"\0"].concat();
        Self { data, magic: GNU, ..Self::new(kind, "././@LongLink") }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut block = vec![0; 512];
        let mut put = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
        put(0, &self.name);
        put(100, format!("{:07o}", self.mode).as_bytes());
        put(108, b"0001750\x000001750\0");
        let size = self.size.unwrap_or(self.data.len() as u64);
        put(124, format!("{size:011o}").as_bytes());
        put(136, b"14700000000\0        ");
        put(156, &[self.kind]);
        put(157, &self.link);
        put(257, &self.magic);
        put(345, &self.prefix);
        if let Some((at, bytes)) = &self.over {
            put(*at, bytes);
        }
        let sum: i64 = block.iter().map(|byte| i64::from(*byte)).sum::<i64>() + self.checksum;
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        block.extend(&self.data);
        block.resize(block.len().next_multiple_of(512), 0);
        block
    }
}

/// `LENGTH KEY=VALUE\n`, where the length counts itself.
pub(crate) fn record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len() + 1;
    while length != rest.len() + length.to_string().len() {
        length += 1;
    }
    format!("{length}{rest}")
}

/// The members and the two blocks at the end.
pub(crate) fn tar(members: impl IntoIterator<Item = Member>) -> Vec<u8> {
    let mut out: Vec<u8> = members.into_iter().flat_map(|member| member.bytes()).collect();
    out.extend([0; 1_024]);
    out
}
