//! Phase two: one setting at a time, from the strongest source to a value, with a row for the report.

use std::collections::{BTreeMap, BTreeSet};

use super::choice::Environment;
use super::fault::Fault;
use super::layers::Layers;
use super::policy_file::{Item, Node};
use super::report::{Note, Origin, Place, Problem, Report, Row, Shown, Source};
use super::typo;
use super::values::MAX_TEXT;

/// As many lines as anybody reads at once; bounds the work on a file that is no configuration at all.
pub(super) const MAX_FAULTS: usize = 64;

/// One setting: where it can be written, what counts when nobody wrote it, how its text becomes a value.
pub(super) struct Setting<T> {
    /// Name in the environment and in `.env`.
    pub(super) name: Option<&'static str>,
    /// Key in `guard.toml`.
    pub(super) key: Option<&'static str>,
    /// The default as text, so that the documentation, the report and the value cannot disagree.
    pub(super) default: Preset,
    /// Text to value.
    pub(super) parse: fn(&str) -> Result<T, Fault>,
}

/// What counts when nobody set it.
#[derive(Clone, Copy)]
pub(super) enum Preset {
    /// Nothing: the setting is optional, or its absence is a problem.
    Nothing,
    /// The same in both environments.
    Always(&'static str),
    /// In development, and in production.
    By(&'static str, &'static str),
}

impl<T> Setting<T> {
    /// A setting of the environment only.
    pub(super) const fn env(
        name: &'static str,
        parse: fn(&str) -> Result<T, Fault>,
        default: Preset,
    ) -> Self {
        Self { name: Some(name), key: None, default, parse }
    }

    /// A setting of `guard.toml` only.
    pub(super) const fn key(key: &'static str, parse: fn(&str) -> Result<T, Fault>, default: Preset) -> Self {
        Self { name: None, key: Some(key), default, parse }
    }

    /// A setting that both can hold.
    pub(super) const fn both(
        name: &'static str,
        key: &'static str,
        parse: fn(&str) -> Result<T, Fault>,
        default: Preset,
    ) -> Self {
        Self { name: Some(name), key: Some(key), default, parse }
    }

    /// What problems call it.
    pub(super) fn subject(&self) -> &'static str {
        self.name.or(self.key).unwrap_or("setting")
    }
}

/// A problem was recorded; there will be no [`Config`](super::Config).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reported;

/// Reads settings, and collects what there is to say about them.
pub(super) struct Reader<'a> {
    pub(super) layers: Layers<'a>,
    pub(super) environment: Environment,
    pub(super) problems: Vec<Problem>,
    pub(super) report: Report,
    names: BTreeSet<&'static str>,
    keys: BTreeSet<&'static str>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(layers: Layers<'a>, problems: Vec<Problem>, notes: Vec<Note>) -> Self {
        Self {
            layers,
            // Until ENVIRONMENT is read, the stricter one.
            environment: Environment::Production,
            problems,
            report: Report { settings: Vec::new(), notes },
            names: BTreeSet::new(),
            keys: BTreeSet::new(),
        }
    }

    /// The value, or `None` where nobody set it and it has no default.
    pub(super) fn optional<T>(&mut self, setting: &Setting<T>) -> Result<Option<T>, Reported> {
        self.names.extend(setting.name);
        self.keys.extend(setting.key);
        let default = match (setting.default, self.environment) {
            (Preset::Nothing, _) => None,
            (Preset::Always(text) | Preset::By(text, _), Environment::Development)
            | (Preset::Always(text) | Preset::By(_, text), Environment::Production) => Some(text),
        };
        let (outcome, value, origin) = match self.layers.find(setting.name, setting.key) {
            Ok(found) => match found.or(default.map(|text| (text, Origin::Default))) {
                None => (Ok(None), Shown::NotSet, Origin::Default),
                Some((text, origin)) => match plain(text).and_then(setting.parse) {
                    Ok(value) => (Ok(Some(value)), Shown::Text(text.to_owned()), origin),
                    Err(fault) => (Err(fault), Shown::Refused, origin),
                },
            },
            Err((fault, origin)) => (Err(fault), Shown::Refused, origin),
        };
        self.report.settings.push(Row { name: setting.name, key: setting.key, value, origin });
        outcome.map_err(|fault| self.problem(Place::at(setting.subject(), origin), fault))
    }

    /// The value, which must be set or have a default.
    pub(super) fn get<T>(&mut self, setting: &Setting<T>) -> Result<T, Reported> {
        match self.optional(setting)? {
            Some(value) => Ok(value),
            None => Err(self.problem(Place::of(setting.subject()), Fault::Missing)),
        }
    }

    /// The tables under `[[key]]`, each with exactly the keys `fields`, of which `lists` may be lists (all parsed by
    /// the caller).
    pub(super) fn tables(
        &mut self,
        key: &'static str,
        fields: &[&'static str],
        lists: &[&'static str],
    ) -> Vec<(usize, BTreeMap<String, Item>)> {
        self.keys.insert(key);
        let (tables, line) = match self.layers.leaves.remove(key) {
            None => (Vec::new(), None),
            Some(leaf) => match leaf.node {
                Node::Tables(tables) => (tables, Some(leaf.line)),
                Node::Text(_) | Node::Empty => {
                    self.problem(Place::line(Source::PolicyFile, leaf.line), Fault::ReasonMissing);
                    (Vec::new(), Some(leaf.line))
                }
            },
        };
        let origin = line.map_or(Origin::Default, |line| Origin::File { source: Source::PolicyFile, line });
        let value =
            if tables.is_empty() { Shown::NotSet } else { Shown::Text(format!("{} entries", tables.len())) };
        self.report.settings.push(Row { name: None, key: Some(key), value, origin });
        for (name, item) in
            tables.iter().flatten().filter(|(name, _)| !fields.contains(&name.as_str())).take(MAX_FAULTS)
        {
            let nearest = typo::nearest(name, fields.iter().copied());
            self.refuse(Place::line(Source::PolicyFile, item.line), Fault::UnknownKey { nearest });
        }
        for (_, item) in tables
            .iter()
            .flatten()
            .filter(|(name, item)| item.is_list && !lists.contains(&name.as_str()))
            .take(MAX_FAULTS)
        {
            self.refuse(Place::line(Source::PolicyFile, item.line), Fault::NotAScalar);
        }
        let fallback = line.unwrap_or(1);
        let first_line = |table: &BTreeMap<String, Item>| table.values().map(|item| item.line).min();
        tables.into_iter().map(|table| (first_line(&table).unwrap_or(fallback), table)).collect()
    }

    /// Records a problem, where reading goes on.
    pub(super) fn refuse(&mut self, place: Place, fault: Fault) {
        self.problems.push(Problem { place, fault });
    }

    /// Records a problem, and returns the proof that it was recorded.
    pub(super) fn problem(&mut self, place: Place, fault: Fault) -> Reported {
        self.problems.push(Problem { place, fault });
        Reported
    }

    /// Records something to know.
    pub(super) fn note(&mut self, code: &'static str, about: impl Into<String>, message: &'static str) {
        self.report.notes.push(Note { code, about: about.into(), message });
    }

    /// Marks a name as known that is read in another way.
    pub(super) fn know(&mut self, name: &'static str) {
        self.names.insert(name);
    }

    /// Every name that was asked for.
    pub(super) fn names(&self) -> &BTreeSet<&'static str> {
        &self.names
    }

    /// Reports every key of `guard.toml` that nothing asked for.
    pub(super) fn refuse_unknown_keys(&mut self) {
        let unknown: Vec<_> = self
            .layers
            .leaves
            .iter()
            .filter(|(key, _)| !self.keys.contains(key.as_str()))
            .filter(|(key, leaf)| {
                let is_section =
                    self.keys.iter().any(|known| known.split_once('.').is_some_and(|(s, _)| s == *key));
                !(is_section && matches!(leaf.node, Node::Empty))
            })
            .take(MAX_FAULTS)
            .map(|(key, leaf)| {
                let is_parent = self
                    .keys
                    .iter()
                    .any(|known| known.strip_prefix(key.as_str()).is_some_and(|rest| rest == ".reason"));
                let nearest = typo::nearest(key, self.keys.iter().copied());
                (leaf.line, if is_parent { Fault::ReasonMissing } else { Fault::UnknownKey { nearest } })
            })
            .collect();
        for (line, fault) in unknown {
            self.problem(Place::line(Source::PolicyFile, line), fault);
        }
    }
}

/// Text that can be compared and shown: short, and without control characters.
pub(super) fn plain(text: &str) -> Result<&str, Fault> {
    if text.len() > MAX_TEXT {
        Err(Fault::TooLong { max: MAX_TEXT })
    } else if text.chars().any(char::is_control) {
        Err(Fault::ControlCharacter)
    } else {
        Ok(text)
    }
}
