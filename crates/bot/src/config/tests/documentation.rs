//! The page, the example file and the program name the same settings with the same defaults.

use std::collections::BTreeSet;

use super::*;

const PAGE: &str = include_str!("../../../../../docs/configuration.md");
const EXAMPLE: &str = include_str!("../../../../../.env.example");

/// The cells of each setting's row: name, key, unit, development, production.
fn documented() -> Vec<[String; 5]> {
    let is_row = |line: &&str| line.starts_with("| `") || line.starts_with("| - | `");
    PAGE.lines()
        .filter(is_row)
        .map(|line| {
            let mut cells =
                line.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`').to_owned());
            std::array::from_fn(|_| cells.next().unwrap())
        })
        .collect()
}

#[test]
fn every_setting_is_documented_with_its_defaults_in_order() {
    let mut fixture = Fixture::new(Purpose::Command);
    let development = fixture.rows();
    let production = fixture.env("ENVIRONMENT", "production").rows();
    let text = |value: &Shown| match value {
        Shown::Text(text) => text.clone(),
        Shown::Set | Shown::NotSet | Shown::Refused => "-".to_owned(),
    };
    let or_none = |name: Option<&str>| name.unwrap_or("-").to_owned();
    let known: Vec<_> = development
        .iter()
        .zip(&production)
        .map(|(development, production)| {
            let in_production = match production.name {
                Some("ENVIRONMENT") => "development".to_owned(),
                _ => text(&production.value),
            };
            [or_none(development.name), or_none(development.key), text(&development.value), in_production]
        })
        .collect();
    let documented: Vec<_> =
        documented().into_iter().map(|[name, key, _, dev, prod]| [name, key, dev, prod]).collect();
    assert_eq!(known, documented);
}

#[test]
fn the_example_file_holds_every_name_and_sets_none() {
    let mut want = BTreeSet::new();
    for [name, _, unit, ..] in documented() {
        if name == "-" {
            continue;
        }
        if unit == "secret" {
            want.insert(format!("{name}_FILE"));
        }
        want.insert(name);
    }
    let settings = EXAMPLE.lines().filter_map(|line| line.strip_prefix("# ")?.split_once('='));
    let named: BTreeSet<_> =
        settings.filter(|(name, _)| !name.contains(' ')).map(|(name, _)| name.to_owned()).collect();
    assert_eq!(named, want);
    assert!(EXAMPLE.lines().all(|line| line.is_empty() || line.starts_with('#')));
}

#[test]
fn the_example_file_with_every_line_in_force_loads() {
    let mut fixture = Fixture::running();
    let lines = EXAMPLE.lines().filter_map(|line| line.strip_prefix("# "));
    let settings = lines.filter(|line| line.split_once('=').is_some_and(|(name, _)| !name.contains(' ')));
    fixture.dotenv(settings.collect::<Vec<_>>().join("\n"));
    fixture.config();
}

#[test]
fn the_policy_file_on_the_page_loads() {
    let mut fixture = Fixture::new(Purpose::Command);
    let (_, rest) = PAGE.split_once("```toml\n").unwrap();
    let (text, _) = rest.split_once("```").unwrap();
    let project = fixture.base.join("project");
    fixture.policy(text.replace("/home/me/projects", project.to_str().unwrap()));
    let config = fixture.config();
    assert_eq!(config.cost.per_run.micros(), 250_000);
    assert_eq!(config.commands.allow.len(), 1);
}
