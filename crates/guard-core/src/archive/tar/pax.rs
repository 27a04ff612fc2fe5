//! Extended headers.

use super::super::rules;
use crate::Rule;

/// What an extended header puts in place of the block after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pax {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
}

impl Pax {
    /// Parses records `LENGTH KEY=VALUE\n`. Times, owners and comments are read over; a sparse file is refused.
    pub(super) fn parse(mut rest: &[u8]) -> Result<Self, &'static Rule> {
        let mut pax = Self::default();
        while !rest.is_empty() {
            let (key, value, after) = record(rest).ok_or(&rules::PAX)?;
            rest = after;
            let is_repeated = match key {
                b"path" => pax.path.replace(filled(value)?.to_owned()).is_some(),
                b"linkpath" => pax.link.replace(filled(value)?.to_owned()).is_some(),
                b"size" => pax.size.replace(decimal(value).ok_or(&rules::PAX)?).is_some(),
                key if key.starts_with(b"GNU.sparse.") || key == b"SCHILY.realsize" => {
                    return Err(&rules::SPARSE);
                }
                _ => false,
            };
            if is_repeated {
                return Err(&rules::PAX);
            }
        }
        Ok(pax)
    }

    /// For a global header: it may not say anything about names and sizes.
    pub(super) fn says_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// An empty value takes back what an earlier header said, and programs disagree on which.
fn filled(value: &[u8]) -> Result<&[u8], &'static Rule> {
    if value.is_empty() { Err(&rules::PAX) } else { Ok(value) }
}

fn record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = bytes.iter().take(20).position(|byte| *byte == b' ')?;
    let (digits, _) = bytes.split_at_checked(space)?;
    let length = usize::try_from(decimal(digits)?).ok()?;
    let (record, after) = bytes.split_at_checked(length)?;
    let text = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = text.iter().position(|byte| *byte == b'=')?;
    let (key, value) = text.split_at_checked(equals)?;
    (!key.is_empty()).then_some((key, value.get(1..)?, after))
}

fn decimal(digits: &[u8]) -> Option<u64> {
    let is_plain = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    if is_plain { str::from_utf8(digits).ok()?.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(records: &str, want: Result<(Option<&str>, Option<u64>), &str>) {
        let found = Pax::parse(records.as_bytes());
        let want = want.map(|(path, size)| Pax {
            path: path.map(|path| path.as_bytes().to_owned()),
            link: None,
            size,
        });
        assert_eq!(found.map_err(|rule| rule.code), want, "{records:?}");
    }

    #[test]
    fn records() {
        check("", Ok((None, None)));
        check("10 path=a\n", Ok((Some("a"), None)));
        check("12 path=a=b\n", Ok((Some("a=b"), None)));
        check("12 path=a\nb\n", Ok((Some("a\nb"), None)));
        check("8 size=\n", Err("archive-pax-header"));
        check("11 size=77\n10 path=a\n", Ok((Some("a"), Some(77))));
        check("20 mtime=1700000000\n", Ok((None, None)));
    }

    #[test]
    fn malformed_records() {
        for records in [
            "x",
            "10 path=a",
            "11 path=a\n",
            "010path=a\n",
            "-1 path=a\n",
            "10 path=a\n\n",
            "4 =\n",
            "7 path\n",
            "99999999999999999999 path=a\n",
            "10 path=a\n10 path=b\n",
            "8 path=\n",
            "9 size=x\n",
            "9 size=1\n9 size=1\n",
            "9 size=-\n",
            "0 path=a\n",
        ] {
            check(records, Err("archive-pax-header"));
        }
        check("22 GNU.sparse.major=1\n", Err("archive-sparse"));
    }
}
