//! What `ENVIRONMENT=production` refuses and development only notes.

use super::choice::Environment;
use super::fault::Fault;
use super::model::{Api, Cell};
use super::reader::{Reader, Reported};
use super::report::Place;
use super::secret::SecretSetting;
use super::sources::Sources;

use secrecy::{ExposeSecret, SecretString};

impl Reader<'_> {
    /// Refuses (or notes) what is unsafe whatever else is configured.
    pub(super) fn refuse_unsafe(
        &mut self,
        sources: &Sources,
        is_debug: bool,
        cell: Option<&Cell>,
        api: Option<&Api>,
    ) {
        self.unsafe_if(
            sources.euid == 0,
            "process",
            Fault::RunsAsRoot,
            "runs as root; production refuses it",
        );
        // Debugging is what development is for: no note there.
        if is_debug && self.environment == Environment::Production {
            self.problem(Place::of("DEBUG"), Fault::DebugOn);
        }
        let is_degraded = cell.is_some_and(|cell| cell.degraded.is_some());
        self.unsafe_if(
            is_degraded,
            "cell.degraded",
            Fault::CellDegraded,
            "permits a weaker cell; production refuses it",
        );
        let is_public = api.is_some_and(|api| !api.address.ip().is_loopback());
        self.unsafe_if(
            is_public,
            "GUARD_API_ADDRESS",
            Fault::ApiNotLoopback,
            "is not a loopback address; production refuses it",
        );
    }

    /// The secret, which has at least `min` bytes in production.
    pub(super) fn long(
        &mut self,
        setting: &SecretSetting,
        secret: Option<SecretString>,
        min: usize,
    ) -> Result<Option<SecretString>, Reported> {
        let is_short = secret.as_ref().is_some_and(|secret| secret.expose_secret().len() < min);
        let before = self.problems.len();
        self.unsafe_if(
            is_short,
            setting.name,
            Fault::SecretTooShort { min },
            "is short enough to be guessed; production refuses it",
        );
        if self.problems.len() > before { Err(Reported) } else { Ok(secret) }
    }

    fn unsafe_if(&mut self, is_unsafe: bool, subject: &'static str, fault: Fault, message: &'static str) {
        match (is_unsafe, self.environment) {
            (false, _) => {}
            (true, Environment::Production) => self.refuse(Place::of(subject), fault),
            (true, Environment::Development) => self.note(fault.code(), subject, message),
        }
    }
}
