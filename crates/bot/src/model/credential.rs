//! On whose account the model is called: a configured credential, else the login of the person who runs the bot.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use guard_agent::relay;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use thiserror::Error;

use crate::config;

/// The longest login file, in bytes.
const MAX_LOGIN: u64 = 64 << 10;
/// A token that ends within this is over before the first answer.
const MARGIN: Duration = Duration::from_secs(60);

/// Where the credential comes from; it is read anew for each run, because a login renews itself.
pub(crate) enum Login {
    /// `ANTHROPIC_API_KEY`, or its file.
    ApiKey(SecretString),
    /// `CLAUDE_CODE_OAUTH_TOKEN`, or its file.
    Token(SecretString),
    /// The file that Claude Code keeps for the person who runs the bot, outside of any cell.
    Owner(PathBuf),
}

/// Why there is no credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum CredentialFault {
    /// Nothing is configured, and nobody is logged in.
    #[error(
        "no credential for the model: set ANTHROPIC_API_KEY_FILE or CLAUDE_CODE_OAUTH_TOKEN_FILE, or log in with \
         `claude` as the user of this process"
    )]
    Missing,
    /// The login file belongs to somebody else, can be read by others, or is no regular file.
    #[error("the login file of Claude Code is not a file that only its owner can read")]
    NotPrivate,
    /// The login file is not what Claude Code writes.
    #[error("the login file of Claude Code cannot be read")]
    Unreadable,
    /// The token of the login is over.
    #[error(
        "the login of Claude Code is over: run `claude` once as the user of this process, which renews it"
    )]
    Expired,
}

impl CredentialFault {
    /// The stable kebab-case name.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Missing => "credential-missing",
            Self::NotPrivate => "credential-not-private",
            Self::Unreadable => "credential-unreadable",
            Self::Expired => "credential-expired",
        }
    }
}

/// The parts of the login file that count.
#[derive(Deserialize)]
struct Stored {
    #[serde(rename = "claudeAiOauth")]
    oauth: StoredToken,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredToken {
    access_token: SecretString,
    /// Milliseconds since 1970.
    expires_at: u64,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Login {
    /// The configured credential; without one, the login below `home`.
    ///
    /// # Errors
    ///
    /// [`CredentialFault::Missing`] where there is neither, nor a home to look in.
    pub(crate) fn of(
        configured: Option<&config::Credential>,
        home: Option<&Path>,
    ) -> Result<Self, CredentialFault> {
        match configured {
            Some(config::Credential::ApiKey(key)) => Ok(Self::ApiKey(key.clone())),
            Some(config::Credential::OauthToken(token)) => Ok(Self::Token(token.clone())),
            None => {
                let home = home.filter(|home| home.is_absolute()).ok_or(CredentialFault::Missing)?;
                Ok(Self::Owner(home.join(".claude/.credentials.json")))
            }
        }
    }

    /// What it is, without saying it.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::ApiKey(_) => "ANTHROPIC_API_KEY",
            Self::Token(_) => "CLAUDE_CODE_OAUTH_TOKEN",
            Self::Owner(_) => "the login of Claude Code",
        }
    }

    /// The credential for one run.
    ///
    /// # Errors
    ///
    /// See [`CredentialFault`].
    pub(crate) fn read(&self, now: SystemTime) -> Result<relay::Credential, CredentialFault> {
        match self {
            Self::ApiKey(key) => Ok(relay::Credential::ApiKey(key.clone())),
            Self::Token(token) => Ok(relay::Credential::OauthToken(token.clone())),
            Self::Owner(path) => stored(path, now).map(relay::Credential::OauthToken),
        }
    }

    /// The secret itself where it is configured, for keeping it out of every output. A login is read for each run.
    pub(crate) fn configured(&self) -> Option<&str> {
        match self {
            Self::ApiKey(secret) | Self::Token(secret) => Some(secret.expose_secret()),
            Self::Owner(_) => None,
        }
    }
}

fn stored(path: &Path, now: SystemTime) -> Result<SecretString, CredentialFault> {
    let file = open(path)?;
    let about = file.metadata().map_err(|_| CredentialFault::Unreadable)?;
    let is_mine = about.uid() == rustix::process::geteuid().as_raw();
    if !about.is_file() || !is_mine || about.mode() & 0o077 != 0 {
        return Err(CredentialFault::NotPrivate);
    }
    let mut text = String::new();
    let read = file.take(MAX_LOGIN + 1).read_to_string(&mut text);
    if read.is_err() || text.len() as u64 > MAX_LOGIN {
        return Err(CredentialFault::Unreadable);
    }
    let text = SecretString::from(text);
    let Stored { oauth } =
        serde_json::from_str(text.expose_secret()).map_err(|_| CredentialFault::Unreadable)?;
    let ends = UNIX_EPOCH.checked_add(Duration::from_millis(oauth.expires_at));
    if ends.is_none_or(|ends| ends < now + MARGIN) {
        return Err(CredentialFault::Expired);
    }
    Ok(oauth.access_token)
}

/// Without following a link at the end, and without waiting on a pipe.
fn open(path: &Path) -> Result<File, CredentialFault> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => Ok(File::from(file)),
        Err(Errno::NOENT | Errno::NOTDIR) => Err(CredentialFault::Missing),
        Err(Errno::LOOP) => Err(CredentialFault::NotPrivate),
        Err(_) => Err(CredentialFault::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    const NOW: u64 = 1_800_000_000;

    /// The token that is read from a login file with this text and mode, or the code of the refusal.
    #[track_caller]
    fn check(text: &str, mode: u32, want: Result<&str, CredentialFault>) {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(".claude")).unwrap();
        let path = home.path().join(".claude/.credentials.json");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(read(home.path()), want.map(str::to_owned), "{text}");
    }

    fn read(home: &Path) -> Result<String, CredentialFault> {
        let login = Login::of(None, Some(home)).unwrap();
        let credential = login.read(UNIX_EPOCH + Duration::from_secs(NOW))?;
        let relay::Credential::OauthToken(token) = credential else { panic!("a login is a token") };
        Ok(token.expose_secret().to_owned())
    }

    fn login(seconds: u64) -> String {
        format!(
            r#"{{"claudeAiOauth":{{"accessToken":"sk-ant-oat01-x","refreshToken":"r","expiresAt":{}000,"scopes":[]}},"more":1}}"#,
            seconds
        )
    }

    #[test]
    fn a_login_counts_while_it_is_private_and_lasts() {
        check(&login(NOW + 3_600), 0o600, Ok("sk-ant-oat01-x"));
        check(&login(NOW + 30), 0o600, Err(CredentialFault::Expired));
        check(&login(1), 0o600, Err(CredentialFault::Expired));
        check(&login(NOW + 3_600), 0o640, Err(CredentialFault::NotPrivate));
        check("{}", 0o600, Err(CredentialFault::Unreadable));
        check("", 0o600, Err(CredentialFault::Unreadable));
        check(&" ".repeat(70_000), 0o600, Err(CredentialFault::Unreadable));
    }

    #[test]
    fn what_is_no_file_of_the_owner_is_refused() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(read(home.path()), Err(CredentialFault::Missing));
        fs::create_dir(home.path().join(".claude")).unwrap();
        let path = home.path().join(".claude/.credentials.json");
        symlink("/etc/hostname", &path).unwrap();
        assert_eq!(read(home.path()), Err(CredentialFault::NotPrivate));
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_eq!(read(home.path()), Err(CredentialFault::NotPrivate));
        assert_eq!(Login::of(None, None).unwrap_err(), CredentialFault::Missing);
        assert_eq!(Login::of(None, Some(Path::new("home"))).unwrap_err(), CredentialFault::Missing);
    }

    #[test]
    fn what_is_configured_comes_first_and_is_never_shown() {
        let key = config::Credential::ApiKey("sk-ant-api03-secret".into());
        let login = Login::of(Some(&key), Some(Path::new("/nowhere"))).unwrap();
        assert_eq!(format!("{login:?}"), "ANTHROPIC_API_KEY");
        assert!(matches!(login.read(UNIX_EPOCH), Ok(relay::Credential::ApiKey(_))));
    }
}
