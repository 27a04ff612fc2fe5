//! Which conversation a person has with the agent in a project, kept from run to run.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use guard_agent::claude::SessionId;
use serde::{Deserialize, Serialize};

use crate::config::Session as Life;
use crate::person::Failure;

/// The longest file, in bytes: one name and two times.
const MAX: u64 = 4 << 10;

/// The last conversation, in a file of its own. A conversation that is too old, by the configuration, is not taken up.
#[derive(Debug)]
pub(crate) struct Conversations {
    path: PathBuf,
    life: Life,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    session: String,
    /// Seconds since 1970.
    begun: u64,
    used: u64,
}

impl Conversations {
    /// `path` lies in a private directory of the state.
    pub(crate) const fn new(path: PathBuf, life: Life) -> Self {
        Self { path, life }
    }

    /// The conversation to take up, if there is one that is not over.
    pub(super) fn current(&self, now: SystemTime) -> Result<Option<SessionId>, Failure> {
        let Some(kept) = self.read()? else { return Ok(None) };
        let now = seconds(now);
        let is_over = |since: u64, life: Duration| now.saturating_sub(since) > life.as_secs();
        if is_over(kept.used, self.life.idle) || is_over(kept.begun, self.life.absolute) {
            return Ok(None);
        }
        // A name that the agent did not give is none.
        Ok(kept.session.parse().ok())
    }

    /// Notes that this is the conversation from now on.
    pub(super) fn keep(&self, session: &SessionId, now: SystemTime) -> Result<(), Failure> {
        let now = seconds(now);
        let before = self.read()?.filter(|kept| kept.session == session.as_str());
        let begun = before.map_or(now, |kept| kept.begun);
        let kept = Kept { session: session.as_str().to_owned(), begun, used: now };
        let text =
            serde_json::to_vec(&kept).map_err(|_| Failure::Conversation(io::ErrorKind::InvalidData))?;
        let new = self.path.with_extension("new");
        let written = fs::write(&new, text).and_then(|()| fs::rename(&new, &self.path));
        written.map_err(|error| Failure::Conversation(error.kind()))
    }

    /// Begins anew with the next request.
    pub(crate) fn forget(&self) -> Result<(), Failure> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Failure::Conversation(error.kind())),
            _ => Ok(()),
        }
    }

    /// What is kept; a file that holds something else counts as nothing, since it only names what to remember.
    fn read(&self) -> Result<Option<Kept>, Failure> {
        match fs::metadata(&self.path) {
            Ok(about) if about.is_file() && about.len() <= MAX => {}
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::Conversation(error.kind())),
        }
        let text = fs::read(&self.path).map_err(|error| Failure::Conversation(error.kind()))?;
        Ok(serde_json::from_slice(&text).ok())
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    const ONE: &str = "878cdfd8-9f7a-4ddf-b1ed-47cf66d94c2d";

    fn at(hours: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_800_000_000 + hours * 3_600)
    }

    #[test]
    fn a_conversation_is_taken_up_until_it_is_idle_old_or_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let hours = |hours: u64| Duration::from_secs(hours * 3_600);
        let life = Life { idle: hours(2), absolute: hours(5), per_user: NonZeroU32::MIN };
        let conversations = || Conversations::new(dir.path().join("one"), life);
        let one: SessionId = ONE.parse().unwrap();
        let check = |hours: u64, want: bool| {
            let found = conversations().current(at(hours)).unwrap();
            assert_eq!(found, want.then(|| one.clone()), "after {hours} hours");
        };
        check(0, false);
        conversations().keep(&one, at(0)).unwrap();
        check(2, true);
        check(3, false);
        for hours in [2, 4] {
            conversations().keep(&one, at(hours)).unwrap();
        }
        check(5, true);
        check(6, false);
        conversations().forget().unwrap();
        conversations().forget().unwrap();
        check(4, false);
        fs::write(dir.path().join("one"), r#"{"session":"--resume","begun":1800000000,"used":1800000000}"#)
            .unwrap();
        check(0, false);
        fs::write(dir.path().join("one"), "garbage").unwrap();
        check(0, false);
    }
}
