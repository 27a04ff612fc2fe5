//! Secrets: given directly, or as the name of a file that nobody else can read.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::fault::Fault;
use super::file::{self, Rules};
use super::reader::{Reader, Reported, plain};
use super::report::{Origin, Place, Row, Shown};
use super::values;

/// A key is short; a certificate chain is not a secret.
const SECRET_FILE: Rules = Rules { max: 1 << 12, is_private: true, may_be_link: true };

/// A setting that is never shown.
pub(super) struct SecretSetting {
    /// Name in the environment and in `.env`.
    pub(super) name: &'static str,
    /// The name that holds a file's path instead.
    pub(super) file: &'static str,
    /// Refuses what cannot be right.
    pub(super) parse: fn(&str) -> Result<(), Fault>,
}

impl Reader<'_> {
    /// The secret, if it is set.
    pub(super) fn secret(
        &mut self,
        setting: &SecretSetting,
        euid: u32,
    ) -> Result<Option<SecretString>, Reported> {
        self.know(setting.name);
        self.know(setting.file);
        let direct = self.find_secret(setting.name);
        let named = self.find_secret(setting.file);
        let (name, outcome) = match (direct, named) {
            (Ok(Some((_, origin))), Ok(Some(_))) => (setting.name, Err((Fault::SecretTwice, origin))),
            (Err(fault), _) => (setting.name, Err(fault)),
            (_, Err(fault)) => (setting.file, Err(fault)),
            (Ok(Some((text, origin))), Ok(None)) => (setting.name, Ok(Some((text, origin)))),
            (Ok(None), Ok(Some((path, origin)))) => (
                setting.file,
                self.read_file(path.expose_secret(), euid)
                    .map(|text| Some((text, origin)))
                    .map_err(|fault| (fault, origin)),
            ),
            (Ok(None), Ok(None)) => (setting.name, Ok(None)),
        };
        let outcome = outcome.and_then(|found| match found {
            None => Ok((None, Origin::Default)),
            Some((secret, origin)) => plain(secret.expose_secret())
                .and_then(setting.parse)
                .map(|()| (Some(secret), origin))
                .map_err(|fault| (fault, origin)),
        });
        let (value, origin) = match &outcome {
            Ok((None, origin)) => (Shown::NotSet, *origin),
            Ok((Some(_), origin)) => (Shown::Set, *origin),
            Err((_, origin)) => (Shown::Refused, *origin),
        };
        self.report.settings.push(Row { name: Some(setting.name), key: None, value, origin });
        outcome
            .map(|(secret, _)| secret)
            .map_err(|(fault, origin)| self.problem(Place::at(name, origin), fault))
    }

    fn find_secret(&self, name: &str) -> Result<Option<(SecretString, Origin)>, (Fault, Origin)> {
        let found = self.layers.find(Some(name), None)?;
        Ok(found.map(|(text, origin)| (SecretString::from(text), origin)))
    }

    /// The first line of a private file outside every root.
    fn read_file(&self, path: &str, euid: u32) -> Result<SecretString, Fault> {
        let path = values::path(plain(path)?)?;
        if self.layers.roots.contain(Path::new(&path)).map_err(|_| Fault::NotLocatable)? {
            return Err(Fault::FileInsideRoot);
        }
        let text = file::read(&path, SECRET_FILE, euid)?.ok_or(Fault::FileMissing)?;
        let line = text.expose_secret();
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() { Err(Fault::Missing) } else { Ok(SecretString::from(line)) }
    }
}
