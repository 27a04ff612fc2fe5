//! The environment of the program: cleared, then a short list.

use std::collections::BTreeMap;

use crate::CellError;

/// Variables reach the stage under this prefix: bubblewrap and the stage are host programs until the cell stands, and
/// an `LD_PRELOAD` that is meant for the program would make them load a file of the project.
pub(crate) const EXPORT_PREFIX: &str = "GUARD_CELL_ENV_";

const MAX_VARIABLES: usize = 256;
const MAX_VALUE: usize = 32 << 10;

/// Names and values, sorted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    variables: BTreeMap<String, String>,
}

impl Environment {
    pub(crate) fn set(&mut self, name: String, value: String) {
        self.variables.insert(name, value);
    }

    /// `self` over the given defaults, as exported to the stage.
    pub(crate) fn exported(
        &self,
        defaults: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Vec<(String, String)>, CellError> {
        let mut variables: BTreeMap<String, String> = defaults.into_iter().collect();
        variables.extend(self.variables.clone());
        if variables.len() > MAX_VARIABLES || variables.values().any(|value| value.len() > MAX_VALUE) {
            return Err(CellError::TooLarge);
        }
        if !variables.iter().all(|(name, value)| is_name(name) && !value.contains('\0')) {
            return Err(CellError::BadEnvironment);
        }
        Ok(variables.into_iter().map(|(name, value)| (format!("{EXPORT_PREFIX}{name}"), value)).collect())
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
        let got = environment.exported([]).map(|exported| exported[0].0.clone());
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
        let got = environment.exported([("TERM".to_owned(), "dumb".to_owned())]);
        assert_eq!(got, Ok(vec![("GUARD_CELL_ENV_TERM".to_owned(), "xterm".to_owned())]));
    }
}
