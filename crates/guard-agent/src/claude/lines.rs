//! Lines of the agent's output, bounded.

use std::io::BufRead;

use super::ClaudeError;

/// Bytes of one line at most.
pub(crate) const MAX_LINE: usize = 8 << 20;

/// The next line without its end; `None` at the end of the stream. A last line without an end counts.
pub(crate) fn next_line(from: &mut impl BufRead) -> Result<Option<Vec<u8>>, ClaudeError> {
    let mut line = Vec::new();
    loop {
        let buffer = match from.fill_buf() {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return Err(ClaudeError::Malformed),
        };
        if buffer.is_empty() {
            return Ok((!line.is_empty()).then_some(line));
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let part = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default();
        if line.len() + part.len() > MAX_LINE {
            return Err(ClaudeError::Malformed);
        }
        line.extend_from_slice(part);
        let used = part.len() + usize::from(end.is_some());
        from.consume(used);
        if end.is_some() {
            return Ok(Some(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor};

    use super::*;

    fn all(text: &[u8], buffer: usize) -> Result<Vec<Vec<u8>>, ClaudeError> {
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
            let want: Vec<Vec<u8>> = vec![b"one".to_vec(), Vec::new(), b"three".to_vec()];
            assert_eq!(all(b"one\n\nthree", buffer), Ok(want.clone()));
            assert_eq!(all(b"one\n\nthree\n", buffer), Ok(want));
        }
    }

    #[test]
    fn a_line_is_bounded() {
        assert_eq!(all(&vec![b'x'; MAX_LINE], 1 << 16).map(|lines| lines.len()), Ok(1));
        assert_eq!(all(&vec![b'x'; MAX_LINE + 1], 1 << 16), Err(ClaudeError::Malformed));
    }
}
