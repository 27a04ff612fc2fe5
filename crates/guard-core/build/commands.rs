//! `data/commands/*.toml` to `commands.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    program: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Row {
    names: Vec<String>,
    #[serde(default)]
    operands: Vec<String>,
    #[serde(default)]
    flags: Vec<String>,
    #[serde(default)]
    when: Vec<When>,
    #[serde(default)]
    does: Vec<String>,
    #[serde(default)]
    verbs: Verbs,
    #[serde(default)]
    refuse: Vec<String>,
    unknown_flags: Option<String>,
    dynamic: Option<String>,
    special: Option<String>,
    prints: Option<String>,
    #[serde(default)]
    posix: bool,
    #[serde(default)]
    long_dash: bool,
    #[serde(default)]
    subcommands: bool,
    #[serde(default)]
    needs_cell: bool,
    #[serde(default)]
    recurses: bool,
    #[serde(default, rename = "allow")]
    _allow: Vec<String>,
    #[serde(default, rename = "ask")]
    _ask: Vec<String>,
    #[serde(default, rename = "deny")]
    _deny: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Verbs {
    #[serde(default)]
    allow: Vec<String>,
    #[serde(default)]
    ask: Vec<String>,
    #[serde(default)]
    deny: Vec<String>,
    #[serde(default)]
    run: Vec<String>,
    #[serde(default)]
    code: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct When {
    any: Vec<String>,
    #[serde(default)]
    and: Vec<String>,
    operands: Vec<String>,
}

pub(crate) fn generate() -> Result<(), Box<dyn Error>> {
    let root = env::var("CARGO_MANIFEST_DIR")?;
    let mut files = Vec::new();
    for entry in fs::read_dir(Path::new(&root).join("data/commands"))? {
        files.push(entry?.path());
    }
    files.sort();
    let mut rows = String::new();
    let mut names = BTreeMap::new();
    let mut count = 0;
    for path in files {
        let text = fs::read_to_string(&path)?;
        let file: File = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        for row in file.program {
            for name in &row.names {
                if names.insert(name.clone(), count).is_some() {
                    return Err(format!("{}: {name} twice", path.display()).into());
                }
            }
            emit(&mut rows, count, &row)?;
            count += 1;
        }
    }
    writeln!(rows, "pub(super) static PROGRAMS: &[(&str, &Program)] = &[")?;
    for (name, row) in names {
        writeln!(rows, "    ({name:?}, &ROW_{row}),")?;
    }
    rows.push_str("];\n");
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("commands.rs"), rows)?;
    Ok(())
}

fn emit(out: &mut String, number: usize, row: &Row) -> Result<(), Box<dyn Error>> {
    let name = row.names.first().ok_or("a row without a name")?;
    let mut flags = BTreeMap::new();
    for line in &row.flags {
        for (spelling, flag) in self::flags(line, row.long_dash)? {
            if flags.insert(spelling.clone(), flag).is_some() {
                return Err(format!("{name}: {spelling} twice").into());
            }
        }
    }
    let flags: Vec<_> = flags
        .iter()
        .map(|(name, (takes, does))| format!("Flag {{ name: {name:?}, takes: {takes}, does: {does} }}"))
        .collect();
    let when: Vec<_> = row
        .when
        .iter()
        .map(|w| {
            format!("When {{ any: &{:?}, and: &{:?}, operands: &[{}] }}", w.any, w.and, slots(&w.operands))
        })
        .collect();
    let sorted =
        |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
    let option = |kind: &str, value: &Option<String>| match value {
        Some(value) => format!("Some({kind}::{})", pascal(value)),
        None => "None".into(),
    };
    writeln!(
        out,
        "static ROW_{number}: Program = Program {{ operands: &[{}], flags: &[{}], when: &[{}], does: &[{}], \
         verbs: Verbs {{ allow: &{:?}, ask: &{:?}, deny: &{:?}, run: &{:?}, code: &{:?} }}, refuse: &{:?}, any_flag: {}, dynamic: {}, special: {}, \
         prints: Prints::{}, posix: {}, long_dash: {}, subcommands: {}, needs_cell: {}, recurses: {} }};",
        slots(&row.operands),
        flags.join(", "),
        when.join(", "),
        row.does.iter().map(|d| format!("Does::{}", pascal(d))).collect::<Vec<_>>().join(", "),
        sorted(&row.verbs.allow),
        sorted(&row.verbs.ask),
        sorted(&row.verbs.deny),
        sorted(&row.verbs.run),
        sorted(&row.verbs.code),
        row.refuse,
        row.unknown_flags.is_some(),
        row.dynamic.is_some(),
        option("Special", &row.special),
        row.prints.as_deref().map_or_else(|| "Unknown".to_owned(), pascal),
        row.posix,
        row.long_dash,
        row.subcommands,
        row.needs_cell,
        row.recurses,
    )?;
    Ok(())
}

type Takes = (String, String);

/// `-o --output=write : does`: the spellings, and what each takes and does.
fn flags(line: &str, long_dash: bool) -> Result<Vec<(String, Takes)>, Box<dyn Error>> {
    let (spec, does) = line.split_once(" : ").unwrap_or((line, ""));
    let (names, takes) = match spec.split_once('=') {
        Some((names, role)) => match names.strip_suffix('?') {
            Some(names) => (names, format!("Takes::Optional(Role::{})", pascal(role))),
            None => (names, format!("Takes::Required(Role::{})", pascal(role))),
        },
        None => (spec, "Takes::Nothing".into()),
    };
    let does = match does {
        "" => "None".into(),
        does => format!("Some(Does::{})", pascal(does)),
    };
    names
        .split(' ')
        .map(|name| {
            let is_short = name.starts_with('-') && !name.starts_with("--");
            if !name.starts_with('-') || is_short && !long_dash && name.len() != 2 {
                return Err(format!("{line}: {name} is no single option").into());
            }
            Ok((name.to_owned(), (takes.clone(), does.clone())))
        })
        .collect()
}

fn slots(operands: &[String]) -> String {
    let slot = |operand: &String| {
        let (role, many) = operand.strip_suffix("...").map_or((operand.as_str(), false), |role| (role, true));
        format!("Slot {{ role: Role::{}, many: {many} }}", pascal(role))
    };
    operands.iter().map(slot).collect::<Vec<_>>().join(", ")
}

fn pascal(kebab: &str) -> String {
    kebab
        .split('-')
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
        })
        .collect()
}
