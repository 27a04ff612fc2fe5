//! `data/secret_contents.toml` to `contents.rs`.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    id: String,
    source: String,
    keywords: Vec<String>,
    pattern: String,
    #[serde(default)]
    ends: Ends,
    #[serde(default = "default_reach")]
    reach: usize,
    #[serde(default)]
    back: usize,
    #[serde(default)]
    boundary: Boundary,
    #[serde(default = "default_keep")]
    keep: usize,
    #[serde(default)]
    mixed: bool,
    #[serde(default)]
    scattered: usize,
    #[serde(default)]
    entropy: u32,
    #[serde(default)]
    literal: bool,
    // The examples are the tests' business; they are named here so that a misspelt key is an error.
    #[serde(rename = "match")]
    _match: Vec<String>,
    #[serde(rename = "not_match")]
    _not_match: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Ends {
    #[default]
    Space,
    Line,
    Reach,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Boundary {
    None,
    #[default]
    Word,
    Token,
}

fn default_reach() -> usize {
    512
}

fn default_keep() -> usize {
    2
}

pub(crate) fn generate() -> Result<(), Box<dyn Error>> {
    let name = "secret_contents.toml";
    let file: File = toml::from_str(&fs::read_to_string(Path::new("data").join(name))?)?;
    if !file.rule.is_sorted_by(|a, b| a.id < b.id) {
        return Err(format!("{name}: rules are not sorted by id").into());
    }
    let mut code = String::from("pub(super) static RULES: &[ContentRule] = &[\n");
    for rule in &file.rule {
        if rule.keep > 4 || rule.reach > 16384 || rule.back > 32 {
            return Err(format!("{name}: {}: keep, reach or back is too large", rule.id).into());
        }
        writeln!(
            code,
            "ContentRule {{ id: {:?}, source: {:?}, keywords: &{:?}, pattern: {:?}, ends: Ends::{:?}, reach: {}, \
             back: {}, boundary: Boundary::{:?}, keep: {}, is_mixed: {}, scattered: {}, entropy: {}, is_literal: {} }},",
            rule.id,
            rule.source,
            rule.keywords,
            rule.pattern,
            rule.ends,
            rule.reach,
            rule.back,
            rule.boundary,
            rule.keep,
            rule.mixed,
            rule.scattered,
            rule.entropy,
            rule.literal,
        )?;
    }
    code.push_str("];\n");
    let out = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    fs::write(Path::new(&out).join("contents.rs"), code)?;
    Ok(())
}
