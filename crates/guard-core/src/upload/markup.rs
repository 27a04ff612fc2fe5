//! What a drawing or document does when it is opened: scripts, what it fetches, what it defines.

use super::rules;
use super::xml::{Malformed, Piece, Pieces, resolved};
use crate::{Finding, Rule, Verdict};

/// Public identifiers of definitions that programs carry with them, and where these lie.
const KNOWN_DOCTYPES: &[(&str, &str)] =
    &[("-//W3C//DTD ", "http://www.w3.org/"), ("-//Apple//DTD PLIST ", "http://www.apple.com/DTDs/")];
/// Vocabularies in which elements run.
const ACTIVE_NAMESPACES: &[&str] = &["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"];
/// Elements that run something, or hold a page.
const ACTIVE_ELEMENTS: &[&str] = &[
    "script",
    "handler",
    "listener",
    "foreignobject",
    "iframe",
    "frame",
    "object",
    "embed",
    "applet",
    "meta",
    "base",
];

/// Judges a document of XML. `is_svg` where it is a drawing, in which scripts and references count from the beginning;
/// elsewhere they count once a namespace says that elements run.
pub(super) fn judge(text: &str, is_svg: bool, verdict: &mut Verdict) {
    let mut seen = Seen { rules: Vec::new(), is_active: is_svg, in_style: false };
    if !declares_utf8(text) {
        seen.add(&rules::XML_ENCODING);
    }
    for piece in Pieces::of(text) {
        match piece {
            Ok(piece) => seen.piece(&piece),
            Err(Malformed) => seen.add(&rules::XML_MALFORMED),
        }
    }
    seen.rules.into_iter().for_each(|rule| verdict.add(Finding::new(rule)));
}

/// Whether the declaration names no encoding, or UTF-8, or a part of it.
fn declares_utf8(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    let Some(declaration) = text.strip_prefix("<?xml").and_then(|rest| rest.split("?>").next()) else {
        return true;
    };
    let Some((_, value)) = declaration.split_once("encoding") else { return true };
    let value = value.trim_start().trim_start_matches('=').trim_start();
    let value = value.get(1..).unwrap_or_default().split(['"', '\'']).next().unwrap_or_default();
    ["utf-8", "utf8", "us-ascii", "ascii"].iter().any(|known| known.eq_ignore_ascii_case(value))
}

struct Seen {
    rules: Vec<&'static Rule>,
    is_active: bool,
    in_style: bool,
}

impl Seen {
    /// Each rule once: a thousand references are one finding.
    fn add(&mut self, rule: &'static Rule) {
        if !self.rules.contains(&rule) {
            self.rules.push(rule);
        }
    }

    fn piece(&mut self, piece: &Piece<'_>) {
        match piece {
            Piece::Open { name, attributes } => self.open(local(name), attributes),
            Piece::Close { name } => self.in_style &= local(name) != "style",
            Piece::Text(text) if self.in_style => self.style(&resolved(text)),
            Piece::Text(_) => {}
            Piece::Instruction(body) if body.starts_with("xml-stylesheet") => self.add(&rules::XML_EXTERNAL),
            Piece::Instruction(_) => {}
            Piece::Doctype { body, has_subset } => {
                if *has_subset {
                    self.add(&rules::XML_ENTITIES);
                }
                if is_external_definition(body) {
                    self.add(&rules::XML_EXTERNAL);
                }
            }
        }
    }

    fn open(&mut self, element: String, attributes: &[(&str, String)]) {
        for (name, value) in attributes {
            if (*name == "xmlns" || name.starts_with("xmlns:")) && ACTIVE_NAMESPACES.contains(&value.trim()) {
                self.is_active = true;
            }
            // XInclude, and schemas that a validator fetches are hints only.
            if value.trim() == "http://www.w3.org/2001/XInclude" {
                self.add(&rules::XML_EXTERNAL);
            }
        }
        if !self.is_active {
            return;
        }
        if ACTIVE_ELEMENTS.contains(&element.as_str()) {
            self.add(&rules::XML_SCRIPT);
        }
        self.in_style |= element == "style";
        for (name, value) in attributes {
            self.attribute(&element, &local(name), value);
        }
    }

    fn attribute(&mut self, element: &str, name: &str, value: &str) {
        let is_handler = |name: &str| name.len() > 2 && name.starts_with("on");
        if is_handler(name) {
            self.add(&rules::XML_SCRIPT);
        }
        // `animate` and `set` give another attribute its value.
        let target = value.trim().to_lowercase();
        if name == "attributename" && (is_handler(&target) || target.ends_with("href")) {
            self.add(&rules::XML_SCRIPT);
        }
        for value in value.split(';') {
            match Reference::of(value) {
                Reference::Script => self.add(&rules::XML_SCRIPT),
                Reference::Outside if matches!(name, "href" | "src" | "base") && element != "a" => {
                    self.add(&rules::XML_EXTERNAL);
                }
                Reference::Outside | Reference::Inside => {}
            }
            // A data address holds a semicolon of its own.
            if matches!(name, "href" | "src") {
                break;
            }
        }
        self.style(value);
    }

    /// What a style sheet or an attribute in its language fetches.
    fn style(&mut self, text: &str) {
        let text = plain_style(text);
        if text.contains("@import") {
            self.add(&rules::XML_EXTERNAL);
        }
        if text.contains("expression(") || text.contains("-moz-binding") || text.contains("javascript:") {
            self.add(&rules::XML_SCRIPT);
        }
        for address in text.split("url(").skip(1) {
            let end = address.find(')').unwrap_or(address.len());
            let address = address.get(..end).unwrap_or_default().trim().trim_matches(['"', '\'']);
            match Reference::of(address) {
                Reference::Script => self.add(&rules::XML_SCRIPT),
                Reference::Outside => self.add(&rules::XML_EXTERNAL),
                Reference::Inside => {}
            }
        }
    }
}

fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or_default().to_lowercase()
}

/// Whether a DOCTYPE names definitions outside, other than the known ones of the Web.
fn is_external_definition(body: &str) -> bool {
    if !(body.contains("PUBLIC") || body.contains("SYSTEM")) {
        return false;
    }
    let mut quoted = body.split(['"', '\'']).skip(1).step_by(2);
    let (public, system) = (quoted.next().unwrap_or_default(), quoted.next().unwrap_or_default());
    !KNOWN_DOCTYPES.iter().any(|(name, place)| public.starts_with(name) && system.starts_with(place))
}

/// Where an address leads.
enum Reference {
    Inside,
    Outside,
    Script,
}

impl Reference {
    fn of(address: &str) -> Self {
        // Browsers skip spaces and control characters in a scheme.
        let mut address = address.chars().filter(|c| !c.is_whitespace() && !c.is_control());
        let start: String = address.by_ref().take(40).flat_map(char::to_lowercase).collect();
        if let Some(kind) = start.strip_prefix("data:") {
            let is_harmless = [
                "image/png",
                "image/jpeg",
                "image/jpg",
                "image/gif",
                "image/webp",
                "font/",
                "application/font",
                "application/x-font",
            ]
            .iter()
            .any(|known| kind.starts_with(known));
            return if is_harmless { Self::Inside } else { Self::Script };
        }
        if ["javascript:", "vbscript:", "livescript:", "mocha:"]
            .iter()
            .any(|scheme| start.starts_with(scheme))
        {
            return Self::Script;
        }
        let has_scheme = start.split_once(':').is_some_and(|(scheme, _)| {
            scheme.len() > 1
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        });
        if has_scheme || start.starts_with(['/', '\\']) || start.starts_with("..") {
            Self::Outside
        } else {
            Self::Inside
        }
    }
}

/// A style sheet in lower case, without comments and with its escapes resolved.
fn plain_style(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '/' if rest.peek() == Some(&'*') => {
                let mut before = ' ';
                rest.next();
                for c in rest.by_ref() {
                    if before == '*' && c == '/' {
                        break;
                    }
                    before = c;
                }
            }
            '\\' => {
                let mut code = 0;
                let mut digits = 0;
                while let Some(digit) = rest.peek().and_then(|c| c.to_digit(16)).filter(|_| digits < 6) {
                    code = code * 16 + digit;
                    digits += 1;
                    rest.next();
                }
                if digits > 0 {
                    out.extend(char::from_u32(code).into_iter().flat_map(char::to_lowercase));
                    rest.next_if(|c| c.is_whitespace());
                }
            }
            other => out.extend(other.to_lowercase()),
        }
    }
    out
}
