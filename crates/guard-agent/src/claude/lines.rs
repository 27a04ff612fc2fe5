//! Lines of the agent's output, bounded.

use std::io::BufRead;

use super::ClaudeError;

/// Bytes of one line at most.
pub(crate) const MAX_LINE: usize = 8 << 20;
/// Bytes of a line that is passed over: two copies of the largest request of the model API, and room.
const MAX_PASSED: usize = 128 << 20;
/// How a line begins that may be passed over. What a tool gave to the model can be a whole document, twice; nothing is
/// asked and nothing is decided in it.
const RESULT: &[u8] = br#"{"type":"user","#;

/// A line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Whole(Vec<u8>),
    /// A result of a tool over the bound, of which nothing is kept.
    TooLong,
}

/// The next line without its end; `None` at the end of the stream. A last line without an end counts.
pub(crate) fn next_line(from: &mut impl BufRead) -> Result<Option<Line>, ClaudeError> {
    let mut line = Vec::new();
    let mut passed = 0;
    loop {
        let buffer = match from.fill_buf() {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return Err(ClaudeError::Malformed),
        };
        let is_last = buffer.is_empty();
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let part = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default();
        if passed == 0 && line.len() + part.len() <= MAX_LINE {
            line.extend_from_slice(part);
        } else {
            line.extend_from_slice(part.get(..RESULT.len()).unwrap_or(part));
            let is_result = passed > 0 || line.starts_with(RESULT);
            passed += std::mem::take(&mut line).len() + part.len();
            if passed > MAX_PASSED || !is_result {
                return Err(ClaudeError::Malformed);
            }
        }
        let used = part.len() + usize::from(end.is_some());
        from.consume(used);
        if end.is_some() || is_last {
            return Ok(match (passed, line.is_empty() && is_last) {
                (0, true) => None,
                (0, false) => Some(Line::Whole(line)),
                _ => Some(Line::TooLong),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor};

    use super::*;

    fn all(text: &[u8], buffer: usize) -> Result<Vec<Line>, ClaudeError> {
        let mut reader = BufReader::with_capacity(buffer, Cursor::new(text));
        let mut lines = Vec::new();
        while let Some(line) = next_line(&mut reader)? {
            lines.push(line);
        }
        Ok(lines)
    }

    #[test]
    fn lines_are_the_same_whatever_arrives_at_once() {
        for buffer in [1, 2, 3, 64] {
            let want = || [&b"one"[..], b"", b"three"].map(|line| Line::Whole(line.to_vec())).into();
            assert_eq!(all(b"one\n\nthree", buffer), Ok(want()));
            assert_eq!(all(b"one\n\nthree\n", buffer), Ok(want()));
        }
    }

    #[test]
    fn a_line_is_bounded() {
        assert_eq!(all(&vec![b'x'; MAX_LINE], 1 << 16).map(|lines| lines.len()), Ok(1));
        assert_eq!(all(&vec![b'x'; MAX_LINE + 1], 1 << 16), Err(ClaudeError::Malformed));
        assert_eq!(all(b"", 1), Ok(Vec::new()));
    }

    #[test]
    fn only_a_result_of_a_tool_is_passed_over() {
        let long = |begin: &[u8], length: usize| {
            let mut text = b"one\n".to_vec();
            text.extend(begin);
            text.resize(4 + length, b'x');
            text.extend(b"\nthree\n");
            all(&text, 1 << 16)
        };
        let (one, three) = (|| Line::Whole(b"one".to_vec()), || Line::Whole(b"three".to_vec()));
        for length in [MAX_LINE + 1, 2 * MAX_LINE, 5 * MAX_LINE + 7] {
            assert_eq!(long(RESULT, length), Ok(vec![one(), Line::TooLong, three()]));
            assert_eq!(long(br#"{"type":"control_request","#, length), Err(ClaudeError::Malformed));
        }
        assert_eq!(long(RESULT, MAX_LINE).map(|lines| lines.len()), Ok(3));
        assert_eq!(long(RESULT, MAX_PASSED + 1), Err(ClaudeError::Malformed));
    }
}
