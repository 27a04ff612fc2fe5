//! `data/secret_names.toml` and `data/guarded_names.toml` to `names.rs`.

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
    kind: Option<Kind>,
    reason: String,
    patterns: Vec<String>,
    #[serde(default)]
    except: Vec<String>,
    // The examples are the tests' business; they are named here so that a misspelt key is an error.
    #[serde(rename = "match")]
    _match: Vec<String>,
    #[serde(rename = "not_match")]
    _not_match: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Opaque,
    Deny,
    Ask,
}

pub(crate) fn generate() -> Result<(), Box<dyn Error>> {
    let mut code = String::from("pub(super) static RULES: &[NameRule] = &[\n");
    for name in ["secret_names.toml", "guarded_names.toml"] {
        let file: File = toml::from_str(&fs::read_to_string(Path::new("data").join(name))?)?;
        if !file.rule.is_sorted_by(|a, b| a.id < b.id) {
            return Err(format!("{name}: rules are not sorted by id").into());
        }
        let is_secret = name == "secret_names.toml";
        for rule in &file.rule {
            let kind = match (is_secret, rule.kind) {
                (true, None) => "Secret",
                (true, Some(Kind::Opaque)) => "Opaque",
                (false, Some(Kind::Deny)) => "GuardedDeny",
                (false, Some(Kind::Ask)) => "GuardedAsk",
                (true, Some(Kind::Deny | Kind::Ask)) | (false, Some(Kind::Opaque) | None) => {
                    return Err(format!("{name}: {}: kind", rule.id).into());
                }
            };
            for pattern in &rule.patterns {
                check(pattern).map_err(|what| format!("{name}: {}: {pattern}: {what}", rule.id))?;
            }
            for exception in &rule.except {
                if exception.contains('/') {
                    return Err(format!("{name}: {}: {exception}: more than one component", rule.id).into());
                }
                check(exception).map_err(|what| format!("{name}: {}: {exception}: {what}", rule.id))?;
            }
            writeln!(
                code,
                "NameRule {{ id: {:?}, kind: Kind::{kind}, reason: {:?}, patterns: &{:?}, except: &{:?} }},",
                rule.id, rule.reason, rule.patterns, rule.except
            )?;
        }
    }
    code.push_str("];\n");
    let out = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    fs::write(Path::new(&out).join("names.rs"), code)?;
    Ok(())
}

/// What the matchers rely on.
fn check(pattern: &str) -> Result<(), &'static str> {
    let body = pattern.strip_prefix('/').unwrap_or(pattern);
    let body = body.strip_suffix('/').unwrap_or(body);
    let parts: Vec<&str> = body.split('/').collect();
    let is_name = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    if body.is_empty() || parts.contains(&"") {
        Err("empty component")
    } else if !pattern.bytes().all(|byte| is_name(byte) && !byte.is_ascii_uppercase() && byte != b'?') {
        Err("not lower-case ASCII")
    } else if parts.first() == Some(&"**") || parts.last() == Some(&"**") {
        Err("`**` is only for between")
    } else if parts.iter().filter(|part| **part == "**").count() > 1 {
        Err("more than one `**`")
    } else if pattern.len() > 60 {
        Err("longer than a machine word has bits")
    } else {
        Ok(())
    }
}
