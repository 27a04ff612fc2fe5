//! The table of kinds: every row's examples, and that no row can be taken away unnoticed.

use guard_core::Decision;
use guard_core::upload::{KindError, Kinds, Limits, NewKind, Policy};
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    kind: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    extensions: Vec<String>,
    decision: Option<String>,
    #[serde(rename = "match")]
    matches: Vec<Example>,
    not_match: Vec<Example>,
}

#[derive(Deserialize)]
struct Example {
    name: String,
    text: Option<String>,
    hex: Option<String>,
}

impl Example {
    fn bytes(&self) -> Vec<u8> {
        let of_hex = |hex: &String| {
            let part = |part: &str| {
                let (byte, count) = part.split_once('*').unwrap_or((part, "1"));
                vec![u8::from_str_radix(byte, 16).unwrap(); count.parse().unwrap()]
            };
            hex.split(' ').flat_map(part).collect::<Vec<_>>()
        };
        self.hex.as_ref().map_or_else(|| self.text.clone().unwrap().into_bytes(), of_hex)
    }
}

fn rows() -> Vec<Row> {
    toml::from_str::<File>(include_str!("../../../data/upload_kinds.toml")).unwrap().kind
}

fn answer(policy: &Policy, name: &str, bytes: &[u8]) -> (Option<String>, Decision) {
    let report = policy.judge(name, bytes);
    (report.kind().map(str::to_owned), report.verdict().decision())
}

#[cfg(feature = "archive")]
#[test]
fn every_example_gets_the_decision_of_its_row() {
    let policy = Policy::default();
    for row in rows() {
        let want = match row.decision.as_deref() {
            None => Decision::Allow,
            Some("ask") => Decision::Ask,
            Some(_) => Decision::Deny,
        };
        for example in &row.matches {
            let report = policy.judge(&example.name, &example.bytes());
            assert_eq!(report.verdict().decision(), want, "{} {}: {report:?}", row.id, example.name);
        }
    }
}

#[test]
fn no_counterexample_is_taken_for_its_row() {
    for row in rows() {
        for example in &row.not_match {
            let (kind, decision) = answer(&Policy::default(), &example.name, &example.bytes());
            let is_taken = kind.as_deref() == Some(&row.id) && decision != Decision::Deny;
            assert!(!is_taken, "{} {}", row.id, example.name);
        }
    }
}

#[test]
fn every_extension_leads_to_its_row() {
    for row in rows() {
        let example = &row.matches[0];
        for extension in &row.extensions {
            let (kind, decision) = answer(&Policy::default(), &format!("a.{extension}"), &example.bytes());
            let is_refused = row.decision.is_some() && decision == Decision::Deny;
            assert!(kind.as_deref() == Some(&row.id) || is_refused, "{extension}: {kind:?} {decision:?}");
        }
    }
}

#[test]
fn no_row_can_be_taken_away() {
    let whole = Policy::default();
    for row in rows() {
        let without = Policy::new(Limits::default(), Kinds::default().without(&row.id));
        let differs = row.matches.iter().any(|example| {
            let bytes = example.bytes();
            answer(&whole, &example.name, &bytes) != answer(&without, &example.name, &bytes)
        });
        assert!(differs, "{}", row.id);
    }
}

fn new_kind(id: &str, extension: &str, magic: &[&str]) -> NewKind {
    NewKind {
        id: id.into(),
        words: "a drawing of the workshop".into(),
        extensions: vec![extension.into()],
        magic: magic.iter().map(|magic| (*magic).into()).collect(),
        ask: false,
    }
}

#[test]
fn owners_add_kinds() {
    #[track_caller]
    fn check(id: &str, extension: &str, magic: &[&str], want: Result<(), KindError>) {
        assert_eq!(Kinds::default().with(new_kind(id, extension, magic)).map(|_| ()), want);
    }
    check("dwg", "dwg", &["41 43 31 30"], Ok(()));
    check("far", "far", &["@65536 41 43 ?? 31 30"], Ok(()));
    check("words", "words", &[], Ok(()));
    check("png", "dwg", &[], Err(KindError::Id));
    check("DWG", "dwg", &[], Err(KindError::Id));
    check("dwg", "exe", &["41 43 31 30"], Err(KindError::Extension));
    check("dwg", ".dwg", &["41 43 31 30"], Err(KindError::Extension));
    check("dwg", "dwg", &["4d 5a"], Err(KindError::Magic));
    check("dwg", "dwg", &["41 43 31 3"], Err(KindError::Magic));
    check("dwg", "dwg", &["@65537 41 43 31 30"], Err(KindError::Magic));
    check("dwg", "dwg", &[""], Err(KindError::Magic));
}

#[test]
fn an_added_kind_is_taken_and_programs_stay_programs() {
    let new = new_kind("dwg", "dwg", &["7f 45 4c 46 02", "41 43 31 30 33"]);
    let policy = Policy::new(Limits::default(), Kinds::default().with(new).unwrap());
    assert_eq!(answer(&policy, "a.dwg", b"AC1032\0\0"), (Some("dwg".into()), Decision::Allow));
    assert_eq!(answer(&policy, "a.dwg", b"\x7fELF\x02\x01\0").1, Decision::Deny);
    assert_eq!(answer(&policy, "a.dwg", b"text\n").1, Decision::Deny);
    assert_eq!(answer(&Policy::default(), "a.dwg", b"AC1032\0\0").1, Decision::Ask);
}

#[cfg(feature = "archive")]
#[test]
fn an_added_kind_lets_no_refused_archive_in() {
    let seven = b"7z\xbc\xaf\x27\x1c\0\x04";
    for magic in ["37 7a bc af", "37 7a bc af 27 1c"] {
        let new = new_kind("dwg", "dwg", &[magic]);
        let policy = Policy::new(Limits::default(), Kinds::default().with(new).unwrap());
        assert_eq!(answer(&policy, "a.dwg", seven).1, Decision::Deny, "{magic}");
    }
}
