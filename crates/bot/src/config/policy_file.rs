//! Phase one of `guard.toml`: every key with its line, as text; nothing is interpreted yet.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::Fault;

/// No known key is longer; the bound keeps names of nested tables from multiplying.
const MAX_KEY: usize = 128;

/// Dotted keys and what stands there.
pub(super) type Leaves = BTreeMap<String, Leaf>;

/// What stands at one key.
#[derive(Debug)]
pub(super) struct Leaf {
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) node: Node,
}

/// The shapes that `guard.toml` has.
#[derive(Debug)]
pub(super) enum Node {
    /// A text, number or flag; a list of these is joined by commas, as in the environment.
    Text(String),
    /// Tables under one name, `[[name]]`.
    Tables(Vec<BTreeMap<String, Item>>),
    /// A table without keys.
    Empty,
}

/// A text in one of several tables, or a list joined by commas.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) line: usize,
    pub(super) text: String,
    pub(super) is_list: bool,
}

/// Every leaf, and every line that is wrong. Time and depth are bounded by the parser, size by the caller.
pub(super) fn parse(text: &str) -> (Leaves, Vec<(usize, Fault)>) {
    let lines = Lines::of(text);
    let mut leaves = Leaves::new();
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut faults: Vec<_> = errors
        .iter()
        .map(|error| (lines.at(error.span().map_or(0, |span| span.start)), Fault::TomlSyntax))
        .collect();
    if faults.is_empty() {
        flatten(table.get_ref(), "", &lines, &mut leaves, &mut faults);
    }
    faults.sort_by_key(|(line, _)| *line);
    faults.dedup();
    (leaves, faults)
}

/// Recursion is bounded: the parser refuses more than 80 levels.
fn flatten(
    table: &DeTable<'_>,
    prefix: &str,
    lines: &Lines,
    leaves: &mut Leaves,
    faults: &mut Vec<(usize, Fault)>,
) {
    for (key, value) in table {
        let line = lines.at(key.span().start);
        // A dot inside a quoted key must not read as two keys.
        let key = key.get_ref().replace('.', "\\.");
        let name = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
        if name.len() > MAX_KEY {
            faults.push((line, Fault::UnknownKey { nearest: None }));
            continue;
        }
        let node = match value.get_ref() {
            DeValue::Table(inner) if !inner.is_empty() => {
                flatten(inner, &name, lines, leaves, faults);
                continue;
            }
            DeValue::Table(_) => Ok(Node::Empty),
            DeValue::Array(items) if items.iter().any(|item| item.get_ref().is_table()) => {
                items.iter().map(|item| table_of(item, lines)).collect::<Result<_, _>>().map(Node::Tables)
            }
            DeValue::Array(_)
            | DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => text(value.get_ref()).map(Node::Text).map_err(|fault| (line, fault)),
        };
        match node {
            Ok(node) => {
                leaves.insert(name, Leaf { line, node });
            }
            Err(fault) => faults.push(fault),
        }
    }
}

fn table_of(item: &Spanned<DeValue<'_>>, lines: &Lines) -> Result<BTreeMap<String, Item>, (usize, Fault)> {
    let line = lines.at(item.span().start);
    let table = item.get_ref().as_table().ok_or((line, Fault::NotAScalar))?;
    table
        .iter()
        .map(|(key, value)| {
            let line = lines.at(key.span().start);
            let text = text(value.get_ref()).map_err(|fault| (line, fault))?;
            let is_list = value.get_ref().is_array();
            Ok((key.get_ref().to_string(), Item { line, text, is_list }))
        })
        .collect()
}

/// The text of a scalar, or those of a list of scalars joined by commas.
fn text(value: &DeValue<'_>) -> Result<String, Fault> {
    let DeValue::Array(items) = value else { return scalar(value) };
    let item = |item: &Spanned<DeValue<'_>>| match scalar(item.get_ref())? {
        item if item.contains(',') => Err(Fault::NotAName),
        item => Ok(item),
    };
    Ok(items.iter().map(item).collect::<Result<Vec<_>, _>>()?.join(","))
}

/// The text of a scalar as it was written: money keeps its decimals.
fn scalar(value: &DeValue<'_>) -> Result<String, Fault> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Ok(number.as_str().to_owned()),
        DeValue::Integer(_) => Err(Fault::NotANumber),
        DeValue::Float(number) => Ok(number.as_str().to_owned()),
        DeValue::Boolean(flag) => Ok(flag.to_string()),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => Err(Fault::NotAScalar),
    }
}

/// Line numbers of byte offsets.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|end| *end < offset).saturating_add(1)
    }
}
