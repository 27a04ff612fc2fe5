//! `data/upload_kinds.toml` to `uploads.rs`.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    kind: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    words: String,
    class: Class,
    #[serde(default)]
    decision: Decision,
    extensions: Vec<String>,
    #[serde(default)]
    magic: Vec<String>,
    #[serde(default)]
    textual: bool,
    // The examples are the tests' business; they are named here so that a misspelt key is an error.
    #[serde(rename = "match")]
    _match: Vec<Example>,
    #[serde(rename = "not_match")]
    _not_match: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    #[serde(rename = "name")]
    _name: String,
    #[serde(rename = "text")]
    _text: Option<String>,
    #[serde(rename = "hex")]
    _hex: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Decision {
    #[default]
    Allow,
    Ask,
    Deny,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Class {
    Archive,
    Compiled,
    Data,
    Document,
    Font,
    Html,
    Launcher,
    Media,
    Picture,
    Plain,
    Program,
    ProgramArchive,
    Script,
    Svg,
    Text,
    Xml,
}

pub(crate) fn generate() -> Result<(), Box<dyn Error>> {
    let name = "upload_kinds.toml";
    let file: File = toml::from_str(&fs::read_to_string(Path::new("data").join(name))?)?;
    if !file.kind.is_sorted_by(|a, b| a.id < b.id) {
        return Err(format!("{name}: kinds are not sorted by id").into());
    }
    let mut known = BTreeSet::new();
    let mut code = String::from("static ROWS: &[Row] = &[\n");
    for row in &file.kind {
        for extension in &row.extensions {
            if !known.insert(extension) {
                return Err(format!("{name}: {}: {extension} is claimed twice", row.id).into());
            }
        }
        writeln!(
            code,
            "Row {{ id: {:?}, words: {:?}, class: Class::{:?}, decision: Decision::{:?}, extensions: &{:?}, magic: &{:?}, textual: {} }},",
            row.id, row.words, row.class, row.decision, row.extensions, row.magic, row.textual
        )?;
    }
    code.push_str("];\n");
    let out = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    fs::write(Path::new(&out).join("uploads.rs"), code)?;
    Ok(())
}
