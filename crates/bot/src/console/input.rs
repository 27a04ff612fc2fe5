//! Lines from standard input, bounded and decoded; whatever is not a line of text is a refusal with a code.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, IsTerminal as _, Read as _};

use tokio::sync::mpsc;

/// Longest line, in bytes: four times what a command may have, so that a refusal can say what was wrong.
const MAX_LINE: u64 = 64 << 10;

/// One line as received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Text without its line end.
    Text(String),
    /// More than 64 KiB; the rest was skipped.
    TooLong,
    /// Bytes that are not UTF-8.
    NotUtf8,
}

/// Lines of standard input, readable while something else is awaited.
#[derive(Debug)]
pub(crate) struct Input {
    lines: mpsc::Receiver<Line>,
    /// Read while a run was busy, to be handled after it.
    waiting: VecDeque<Line>,
    is_terminal: bool,
}

impl Input {
    /// Starts reading standard input on a thread of its own; the thread ends with the input or the process.
    pub(crate) fn start() -> Self {
        let (sender, lines) = mpsc::channel(16);
        std::thread::spawn(move || {
            let mut input = BufReader::new(std::io::stdin());
            while let Some(line) = read_line(&mut input) {
                if sender.blocking_send(line).is_err() {
                    break;
                }
            }
        });
        Self { lines, waiting: VecDeque::new(), is_terminal: std::io::stdin().is_terminal() }
    }

    /// Whether a person sits at the other end.
    pub(crate) const fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// The next line; `None` when the input has ended.
    pub(crate) async fn next(&mut self) -> Option<Line> {
        match self.waiting.pop_front() {
            Some(line) => Some(line),
            None => self.lines.recv().await,
        }
    }

    /// Drops what was typed before a question was shown, so that it cannot answer the question. Input that is not a
    /// terminal was written by a script for exactly this order and is kept.
    pub(crate) fn forget_typed(&mut self) {
        if self.is_terminal {
            self.waiting.clear();
            while self.lines.try_recv().is_ok() {}
        }
    }

    /// Resolves when a line says `/stop`; other lines wait their turn. Pending for ever once the input has ended.
    pub(crate) async fn stop(&mut self) {
        loop {
            // A full queue is left where it is: the sender blocks, and a terminal still has Ctrl-C.
            if self.waiting.len() >= 64 {
                return std::future::pending().await;
            }
            match self.lines.recv().await {
                Some(Line::Text(text)) if text.trim() == "/stop" => return,
                Some(line) => self.waiting.push_back(line),
                None => return std::future::pending().await,
            }
        }
    }
}

fn read_line(input: &mut impl BufRead) -> Option<Line> {
    let mut line = Vec::new();
    let read = input.take(MAX_LINE + 1).read_until(b'\n', &mut line).ok()?;
    if read == 0 {
        return None;
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if read as u64 > MAX_LINE {
        let mut rest = Vec::new();
        loop {
            rest.clear();
            let read = input.take(MAX_LINE).read_until(b'\n', &mut rest).ok()?;
            if read == 0 || rest.last() == Some(&b'\n') {
                return Some(Line::TooLong);
            }
        }
    }
    Some(String::from_utf8(line).map_or(Line::NotUtf8, Line::Text))
}

#[cfg(test)]
mod tests {
    use super::{Line, MAX_LINE, read_line};

    #[track_caller]
    fn check(mut input: &[u8], want: &[Line]) {
        let mut got = Vec::new();
        while let Some(line) = read_line(&mut input) {
            got.push(line);
        }
        assert_eq!(got, want);
    }

    #[test]
    fn lines_are_bounded_and_decoded() {
        let text = |text: &str| Line::Text(text.to_owned());
        check(b"", &[]);
        check(b"one\ntwo", &[text("one"), text("two")]);
        check(b"\n\xff\nafter\n", &[text(""), Line::NotUtf8, text("after")]);
        check(b"a\0b\n", &[text("a\0b")]);
        let mut long = vec![b'x'; 1 << 20];
        long.extend(b"\nafter\n");
        check(&long, &[Line::TooLong, text("after")]);
        let exact = vec![b'x'; usize::try_from(MAX_LINE).unwrap()];
        check(&exact, &[text(&"x".repeat(exact.len()))]);
    }
}
