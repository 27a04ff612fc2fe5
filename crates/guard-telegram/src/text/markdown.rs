//! The part of CommonMark that agents write, as styled text.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::Text;
use super::styled::Style;

/// The deepest visible nesting of lists and quotes; beyond it, they are shown as the last one.
const DEEPEST: usize = 8;
/// References to one long address could multiply it; a result this many times longer than its source is not needed.
const GROWTH: usize = 16;
/// The widest column of a table that others are aligned with, in characters.
const WIDEST: usize = 24;

/// Renders markdown. Where rendering would grow out of bounds, the source is shown as it is.
pub(super) fn render(source: &str) -> Text {
    let bound = source.len().saturating_mul(GROWTH).saturating_add(4096);
    let mut page = Page::default();
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS;
    for event in Parser::new_ext(source, options) {
        page.event(event);
        if page.out.text.len() > bound {
            return Text::plain(source);
        }
    }
    page.out.trimmed()
}

#[derive(Default)]
struct Page {
    out: Text,
    bold: usize,
    italic: usize,
    strike: usize,
    /// The language of the block that is open.
    block: Option<String>,
    /// What every line begins with: marks of quotes, spaces of lists.
    indents: Vec<&'static str>,
    /// The next number of each open list; none has bullets.
    lists: Vec<Option<u64>>,
    /// Blank lines that are due before the next text.
    due: usize,
    /// The address of each open link and where its text began.
    links: Vec<(String, usize)>,
    table: Option<Vec<Vec<String>>>,
}

impl Page {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::Code(code) => self.write(Style::code(), &code),
            Event::SoftBreak | Event::HardBreak => self.text("\n"),
            Event::Rule => {
                self.text("———");
                self.due = 2;
            }
            Event::TaskListMarker(done) => self.text(if done { "☑ " } else { "☐ " }),
            // Not enabled, or written in TeX as the source has it.
            Event::FootnoteReference(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.text(&text);
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => self.bold = self.bold.saturating_add(1),
            Tag::Strong => self.bold = self.bold.saturating_add(1),
            Tag::Emphasis => self.italic = self.italic.saturating_add(1),
            Tag::Strikethrough => self.strike = self.strike.saturating_add(1),
            Tag::CodeBlock(kind) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => {
                        info.split([' ', ',', '{']).next().unwrap_or_default().to_owned()
                    }
                    CodeBlockKind::Indented => String::new(),
                };
                self.block = Some(info);
            }
            Tag::BlockQuote(_) => {
                self.due = self.due.max(1);
                self.indents.push("> ");
            }
            Tag::List(first) => {
                self.lists.push(first);
                self.due = self.due.min(1);
            }
            Tag::Item => {
                let bullet = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let bullet = format!("{number}. ");
                        *number = number.saturating_add(1);
                        bullet
                    }
                    _ => "• ".to_owned(),
                };
                self.due = self.due.max(1);
                self.text(&bullet);
                self.indents.push("  ");
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.flush();
                self.links.push((dest_url.into_string(), self.out.text.len()));
            }
            Tag::Table(_) => self.table = Some(Vec::new()),
            Tag::TableHead | Tag::TableRow => self.each_table(|rows| rows.push(Vec::new())),
            Tag::TableCell => self.each_table(|rows| {
                if let Some(row) = rows.last_mut() {
                    row.push(String::new());
                }
            }),
            Tag::Paragraph
            | Tag::HtmlBlock
            | Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.due = 2,
            TagEnd::Heading(_) => {
                self.bold = self.bold.saturating_sub(1);
                self.due = 2;
            }
            TagEnd::Strong => self.bold = self.bold.saturating_sub(1),
            TagEnd::Emphasis => self.italic = self.italic.saturating_sub(1),
            TagEnd::Strikethrough => self.strike = self.strike.saturating_sub(1),
            TagEnd::CodeBlock => {
                self.block = None;
                self.due = 2;
            }
            TagEnd::BlockQuote(_) => {
                self.indents.pop();
                self.due = 2;
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.due = if self.lists.is_empty() { 2 } else { 1 };
            }
            TagEnd::Item => {
                self.indents.pop();
                self.due = self.due.max(1);
            }
            TagEnd::Link | TagEnd::Image => self.end_link(),
            TagEnd::Table => self.end_table(),
            TagEnd::HtmlBlock => self.due = 2,
            TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::TableHead
            | TagEnd::TableRow
            | TagEnd::TableCell
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::MetadataBlock(_) => {}
        }
    }

    /// A link is its text and where it really leads.
    fn end_link(&mut self) {
        let Some((url, start)) = self.links.pop() else { return };
        let shown = self.out.text.get(start..).unwrap_or_default().trim();
        if url.is_empty() || shown == url || url.strip_prefix("mailto:") == Some(shown) {
            return;
        }
        let address = if shown.is_empty() && self.table.is_none() { url } else { format!(" ({url})") };
        self.write(Style::default(), &address);
    }

    fn end_table(&mut self) {
        let Some(rows) = self.table.take() else { return };
        let width = |cell: &String| cell.chars().count().min(WIDEST);
        let mut widths: Vec<usize> = Vec::new();
        for row in &rows {
            widths.resize(widths.len().max(row.len()), 0);
            for (most, cell) in widths.iter_mut().zip(row) {
                *most = width(cell).max(*most);
            }
        }
        let mut shown = String::new();
        for row in &rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(if line.is_empty() { "" } else { " | " });
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count())));
            }
            shown.push_str(line.trim_end());
            shown.push('\n');
        }
        self.block = Some(String::new());
        self.text(&shown);
        self.block = None;
        self.due = 2;
    }

    fn each_table(&mut self, change: impl FnOnce(&mut Vec<Vec<String>>)) {
        if let Some(rows) = &mut self.table {
            change(rows);
        }
    }

    fn text(&mut self, text: &str) {
        let style = match &self.block {
            Some(language) => Style::block(language),
            None => {
                Style { bold: self.bold > 0, italic: self.italic > 0, strike: self.strike > 0, code: None }
            }
        };
        self.write(style, text);
    }

    fn write(&mut self, style: Style, text: &str) {
        if let Some(cell) =
            self.table.as_mut().and_then(|rows| rows.last_mut()).and_then(|row| row.last_mut())
        {
            cell.extend(text.chars().map(|c| if c == '\n' { ' ' } else { c }));
            return;
        }
        self.flush();
        let indent = self.indent();
        if indent.is_empty() || !text.contains('\n') {
            self.out.push(style, text);
            return;
        }
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                self.out.push(style.clone(), "\n");
                self.out.push(if style.code.is_some() { style.clone() } else { Style::default() }, &indent);
            }
            self.out.push(style.clone(), line);
        }
    }

    /// Writes the blank lines that are due.
    fn flush(&mut self) {
        let due = std::mem::take(&mut self.due);
        if due == 0 {
            return;
        }
        let due = if self.out.text.is_empty() { 0 } else { due };
        let there = self.out.text.bytes().rev().take_while(|byte| *byte == b'\n').count();
        let indent = self.indent();
        for _ in there..due {
            self.out.push(Style::default(), "\n");
        }
        self.out.push(Style::default(), &indent);
    }

    fn indent(&self) -> String {
        self.indents.iter().take(DEEPEST).copied().collect()
    }
}
