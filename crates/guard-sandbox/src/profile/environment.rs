//! The environment of the program: cleared, then a short list.

use std::collections::BTreeMap;
use std::fmt;

use crate::CellError;

/// Variables reach the stage under this prefix: bubblewrap and the stage are host programs until the cell stands, and
/// an `LD_PRELOAD` that is meant for the program would make them load a file of the project.
pub(crate) const EXPORT_PREFIX: &str = "GUARD_CELL_ENV_";

const MAX_VARIABLES: usize = 256;
const MAX_VALUE: usize = 32 << 10;

/// Names and values, sorted. Values may be secret, so only names are ever printed.
#[derive(Clone, Default)]
pub(crate) struct Environment {
    variables: BTreeMap<String, String>,
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

impl Environment {
    pub(crate) fn set(&mut self, name: String, value: String) {
        self.variables.insert(name, value);
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.variables.contains_key(name)
    }

    /// The variables under the names that the stage looks for.
    pub(crate) fn exports(&self) -> impl Iterator<Item = (String, &str)> {
        self.variables.iter().map(|(name, value)| (format!("{EXPORT_PREFIX}{name}"), value.as_str()))
    }

    /// `self` over the given defaults, if all of it is well formed.
    pub(crate) fn over(
        &self,
        defaults: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, CellError> {
        let mut variables: BTreeMap<String, String> = defaults.into_iter().collect();
        variables.extend(self.variables.clone());
        if variables.len() > MAX_VARIABLES || variables.values().any(|value| value.len() > MAX_VALUE) {
            return Err(CellError::TooLarge);
        }
        if !variables.iter().all(|(name, value)| is_name(name) && !value.contains('\0')) {
            return Err(CellError::BadEnvironment);
        }
        Ok(Self { variables })
    }
}

fn is_name(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, value: &str, want: Result<&str, CellError>) {
        let mut environment = Environment::default();
        environment.set(name.to_owned(), value.to_owned());
        let got = environment.over([]).map(|all| all.exports().map(|(name, _)| name).collect::<String>());
        assert_eq!(got, want.map(str::to_owned));
    }

    #[test]
    fn only_plain_names_are_exported_and_none_under_its_own_name() {
        check("PATH", "/bin", Ok("GUARD_CELL_ENV_PATH"));
        check("LD_PRELOAD", "/project/x.so", Ok("GUARD_CELL_ENV_LD_PRELOAD"));
        check("", "x", Err(CellError::BadEnvironment));
        check("1X", "x", Err(CellError::BadEnvironment));
        check("A=B", "x", Err(CellError::BadEnvironment));
        check("A", "x\0y", Err(CellError::BadEnvironment));
        check("A", &"x".repeat(MAX_VALUE + 1), Err(CellError::TooLarge));
    }

    #[test]
    fn the_profile_wins_over_defaults() {
        let mut environment = Environment::default();
        environment.set("TERM".to_owned(), "xterm".to_owned());
        let all = environment.over([("TERM".to_owned(), "dumb".to_owned())]).expect("an environment");
        assert_eq!(all.exports().collect::<Vec<_>>(), [("GUARD_CELL_ENV_TERM".to_owned(), "xterm")]);
    }

    #[test]
    fn values_are_not_printed() {
        let mut environment = Environment::default();
        environment.set("KEY".to_owned(), "canary".to_owned());
        assert_eq!(format!("{environment:?}"), r#"{"KEY"}"#);
    }
}
