//! A scanner for XML that defines nothing, resolves nothing and fetches nothing: it only says what is written.

/// The most levels of elements.
const MAX_DEPTH: usize = 256;
/// The most attributes of one element.
const MAX_ATTRIBUTES: usize = 512;

/// One piece of a document, in its order.
pub(super) enum Piece<'a> {
    /// The beginning of an element, with attributes whose values have their character references resolved.
    Open { name: &'a str, attributes: Vec<(&'a str, String)> },
    /// The end of one.
    Close { name: &'a str },
    /// Characters, or a CDATA section, as written.
    Text(&'a str),
    /// `<?target ...?>`.
    Instruction(&'a str),
    /// `<!DOCTYPE ...>`, without the beginning.
    Doctype { body: &'a str, has_subset: bool },
}

/// Not well-formed, or beyond a bound.
pub(super) struct Malformed;

/// The pieces of a text; ends after the first error.
pub(super) struct Pieces<'a> {
    rest: &'a str,
    depth: usize,
    /// The element that was opened and closed by one tag.
    empty: Option<&'a str>,
}

impl<'a> Pieces<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { rest: text.trim_start_matches('\u{feff}'), depth: 0, empty: None }
    }

    fn until(&mut self, skip: usize, end: &str) -> Result<&'a str, Malformed> {
        let body = self.rest.get(skip..).ok_or(Malformed)?;
        let at = body.find(end).ok_or(Malformed)?;
        self.rest = body.get(at + end.len()..).ok_or(Malformed)?;
        body.get(..at).ok_or(Malformed)
    }

    fn piece(&mut self) -> Result<Option<Piece<'a>>, Malformed> {
        loop {
            if let Some(name) = self.empty.take() {
                return self.close(name).map(Some);
            }
            if self.rest.is_empty() {
                return if self.depth == 0 { Ok(None) } else { Err(Malformed) };
            }
            if !self.rest.starts_with('<') {
                let end = self.rest.find('<').unwrap_or(self.rest.len());
                let (text, rest) = self.rest.split_at_checked(end).ok_or(Malformed)?;
                self.rest = rest;
                return Ok(Some(Piece::Text(text)));
            }
            if self.rest.starts_with("<!--") {
                self.until(4, "-->")?;
            } else if self.rest.starts_with("<![CDATA[") {
                return self.until(9, "]]>").map(|text| Some(Piece::Text(text)));
            } else if self.rest.starts_with("<?") {
                return self.until(2, "?>").map(|body| Some(Piece::Instruction(body)));
            } else if let Some(body) = self.rest.strip_prefix("<!DOCTYPE") {
                return self.doctype(body).map(Some);
            } else if self.rest.starts_with("<!") {
                return Err(Malformed);
            } else if self.rest.starts_with("</") {
                let name = self.until(2, ">")?.trim();
                return self.close(name).map(Some);
            } else {
                return self.open().map(Some);
            }
        }
    }

    fn close(&mut self, name: &'a str) -> Result<Piece<'a>, Malformed> {
        self.depth = self.depth.checked_sub(1).ok_or(Malformed)?;
        Ok(Piece::Close { name })
    }

    /// Up to the subset or the end; what the subset says is of no interest, that there is one is enough.
    fn doctype(&mut self, body: &'a str) -> Result<Piece<'a>, Malformed> {
        let mut quote = None;
        for (at, c) in body.char_indices() {
            match (quote, c) {
                (None, '"' | '\'') => quote = Some(c),
                (Some(open), c) if open == c => quote = None,
                (None, '[' | '>') => {
                    self.rest = body.get(at + 1..).ok_or(Malformed)?;
                    let body = body.get(..at).ok_or(Malformed)?;
                    return Ok(Piece::Doctype { body, has_subset: c == '[' });
                }
                _ => {}
            }
        }
        Err(Malformed)
    }

    fn open(&mut self) -> Result<Piece<'a>, Malformed> {
        let body = self.rest.get(1..).ok_or(Malformed)?;
        let (name, mut rest) = name_of(body)?;
        let mut attributes = Vec::new();
        loop {
            let trimmed = rest.trim_start();
            if let Some(after) = trimmed.strip_prefix("/>") {
                self.rest = after;
                self.empty = Some(name);
                break;
            }
            if let Some(after) = trimmed.strip_prefix('>') {
                self.rest = after;
                break;
            }
            if trimmed.len() == rest.len() || attributes.len() >= MAX_ATTRIBUTES {
                return Err(Malformed);
            }
            let (attribute, after) = name_of(trimmed)?;
            let after = after.trim_start().strip_prefix('=').ok_or(Malformed)?.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or(Malformed)?;
            let after = after.get(1..).ok_or(Malformed)?;
            let (value, after) = after.split_once(quote).ok_or(Malformed)?;
            if value.contains('<') {
                return Err(Malformed);
            }
            attributes.push((attribute, resolved(value)));
            rest = after;
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Malformed);
        }
        Ok(Piece::Open { name, attributes })
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Result<Piece<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let piece = self.piece();
        if piece.is_err() {
            *self = Self { rest: "", depth: 0, empty: None };
        }
        piece.transpose()
    }
}

fn name_of(text: &str) -> Result<(&str, &str), Malformed> {
    let end = text
        .find(|c: char| c.is_whitespace() || matches!(c, '/' | '>' | '<' | '=' | '"' | '\'' | '&'))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end).ok_or(Malformed)?;
    if name.is_empty() { Err(Malformed) } else { Ok((name, rest)) }
}

/// A text with its character references and the five predefined entities resolved; others stay as written, for no
/// document with definitions is accepted.
pub(super) fn resolved(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        // The longest reference that means something has few characters, but leading zeros are allowed.
        let reference =
            after.bytes().take(64).position(|byte| byte == b';').and_then(|end| after.split_at_checked(end));
        match reference.and_then(|(name, after)| Some((character(name)?, after.get(1..)?))) {
            Some((c, after)) => {
                out.push(c);
                rest = after;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(name: &str) -> Option<char> {
    let code = match name {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => name.strip_prefix('#')?,
    };
    let code = match code.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => code.parse(),
    };
    char::from_u32(code.ok()?)
}
