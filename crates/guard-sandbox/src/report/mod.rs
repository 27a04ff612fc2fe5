//! Proof of each line by trying it: what a cell of a profile really refuses.

mod probe;
mod stand;

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(crate) use probe::run as probe;

use crate::stage::PROBE;
use crate::{Backend, CellError, Enforced, Network, Profile, Streams};
use probe::{Expected, PROBES, Probe};
use stand::Stand;

const TIME: Duration = Duration::from_secs(30);
const MAX_ANSWER: u64 = 64 << 10;

/// What became of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It worked.
    Allowed,
    /// It did not.
    Refused,
    /// Nothing is proved: there was no answer, or the same attempt fails without a cell, too.
    Unknown,
}

impl Outcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Stable kebab-case name.
    pub code: &'static str,
    /// What was tried.
    pub what: &'static str,
    /// What a complete cell does.
    pub expected: Outcome,
    /// What this cell did.
    pub observed: Outcome,
    /// Whether that is the same.
    pub held: bool,
}

/// What a cell does, line by line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What holds the cell.
    pub backend: Backend,
    /// Why it may be degraded, if it is.
    pub degraded: Option<String>,
    /// What the cell says of itself.
    pub enforced: Enforced,
    /// Every attempt.
    pub lines: Vec<Line>,
}

impl Report {
    /// Whether every line held.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.lines.iter().all(|line| line.held)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let backend = match self.backend {
            Backend::Bubblewrap => "bubblewrap, Landlock, seccomp",
            Backend::Degraded => "Landlock, seccomp",
        };
        writeln!(f, "held by {backend}")?;
        if let Some(reason) = &self.degraded {
            writeln!(f, "degraded: {}", reason.escape_debug())?;
        }
        let width = self.lines.iter().map(|line| line.what.len()).max().unwrap_or(0);
        for line in &self.lines {
            let mark = if line.held { "ok" } else { "NOT HELD" };
            let (expected, observed) = (line.expected.name(), line.observed.name());
            writeln!(f, "{:width$}  expected {expected:8} observed {observed:8} {mark}", line.what)?;
        }
        Ok(())
    }
}

/// Starts a cell of the profile's kind around a project made up for the purpose, and tries in it what must not work.
///
/// The means, network, toolchains, limits and variables are the profile's; its project, HOME and secrets are not touched.
/// Every attempt that can be is first made without the cell, so that a refusal means the cell.
///
/// # Errors
///
/// [`CellError`] if there is no such cell at all, or the made-up project cannot be built.
pub fn report(profile: &Profile) -> Result<Report, CellError> {
    let stand = Stand::new()?;
    let cell = stand.profile(profile).prepare()?;
    let targets = stand.targets(&cell)?;
    let controls: BTreeMap<&str, Outcome> = PROBES
        .iter()
        .filter(|probe| probe.is_controlled)
        .map(|probe| (probe.code, probe.attempt(&targets)))
        .collect();
    stand.restore()?;
    let datagram_control = stand.take_datagram();
    let text = serde_json::to_string(&targets).map_err(|_| CellError::TooLarge)?;
    let command = [cell.stage().as_os_str(), PROBE.as_ref(), text.as_ref()];
    let mut run =
        cell.spawn(command, ".", Streams { stderr: std::process::Stdio::null(), ..Streams::captured() })?;
    let output = run.stdout();
    if run.wait_for(TIME)?.is_none() {
        run.stop(Duration::ZERO)?;
    }
    let mut answer = String::new();
    if let Some(output) = output {
        output.take(MAX_ANSWER).read_to_string(&mut answer)?;
    }
    let mut observed: BTreeMap<String, Outcome> =
        answer.lines().filter_map(|line| serde_json::from_str::<(String, Outcome)>(line).ok()).collect();
    // A datagram is sent into the void without an error, so its arrival is what counts.
    let arrived = if stand.take_datagram() { Outcome::Allowed } else { Outcome::Refused };
    observed.insert("udp-host".to_owned(), if datagram_control { arrived } else { Outcome::Unknown });
    let has_network = profile.network == Network::Host;
    let line = |probe: &Probe| {
        let expected = match probe.expected {
            Expected::RefusedWithoutNetwork if has_network => return None,
            Expected::RefusedWithoutNetwork => Outcome::Refused,
            Expected::Allowed => Outcome::Allowed,
            Expected::Refused => Outcome::Refused,
            Expected::WithNetwork if has_network => Outcome::Allowed,
            Expected::WithNetwork => Outcome::Refused,
        };
        let is_meaningful = controls.get(probe.code).is_none_or(|control| *control == Outcome::Allowed);
        let observed =
            observed.get(probe.code).copied().filter(|_| is_meaningful).unwrap_or(Outcome::Unknown);
        Some(Line { code: probe.code, what: probe.what, expected, observed, held: expected == observed })
    };
    Ok(Report {
        backend: cell.enforced().backend,
        degraded: cell.degraded().map(str::to_owned),
        enforced: cell.enforced(),
        lines: PROBES.iter().filter_map(line).collect(),
    })
}
