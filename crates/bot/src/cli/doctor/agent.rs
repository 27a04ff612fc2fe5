//! Claude Code on this machine: program, version, account, model, relay.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use guard_agent::MicroUsd;
use guard_agent::claude::{Claude, ClaudeError, Options, Places, Support, Version};
use guard_agent::relay::{Budget, Credential, Options as RelayOptions, Refusal, Relay, Upstream};

use super::{Health, Lines};
use crate::config::Config;
use crate::engine::{self, SetupFault};
use crate::model::{CredentialFault, source};
use crate::state::State;

/// For the relay to refuse a question that it answers by itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks at everything that `console --agent claude` needs. Where Claude Code is not installed that is all there is to
/// say: the shell agent needs none of it.
pub(super) fn examine(config: &Config, state: &State, actor: &str, project: &Path, lines: &mut Lines) {
    let program = match engine::program(config, project) {
        Ok(program) => program,
        Err(fault) => {
            let health = if matches!(fault, SetupFault::NoProgram) { Health::Note } else { Health::Bad };
            return lines.add("claude", health, format!("{fault} [{}]", fault.code()));
        }
    };
    lines.add("claude", Health::Ok, program.display().to_string());
    let version = state.agent(actor, project).map_err(|error| format!("{error:#}")).and_then(|places| {
        let relay = places.sockets;
        let places = Places { home: places.home, quarantine: places.quarantine, relay };
        let claude = Claude::new(Options::new(program, project, &config.agent.model, places));
        claude.map(|claude| claude.version()).map_err(|error| refused(&error))
    });
    match version {
        Ok(version) => {
            let (health, words) = supported(version);
            lines.add("claude-version", health, words);
        }
        Err(error) => lines.add("claude-version", Health::Bad, error),
    }
    account(config, lines);
    match engine::models(config) {
        Ok(_) => {
            let source = source().unwrap_or_default();
            let words = format!("{}, priced; known prices are from {source}", config.agent.model);
            lines.add("model", Health::Ok, words);
        }
        Err(fault) => lines.add("model", Health::Bad, format!("{fault} [{}]", fault.code())),
    }
    match relay(config, state, actor, project) {
        Ok(()) => {
            lines.add(
                "relay",
                Health::Ok,
                "refuses what is not the model's API, and listens where a cell reaches it",
            );
        }
        Err(error) => lines.add("relay", Health::Bad, error),
    }
}

fn refused(error: &ClaudeError) -> String {
    format!("{error} [{}]", error.code())
}

fn supported(version: Version) -> (Health, String) {
    let (minimum, verified) = (Version::MINIMUM, Version::VERIFIED);
    match version.support() {
        Support::Verified => (Health::Ok, format!("{version}, the one that the tests ran with")),
        Support::Unverified => (
            Health::Note,
            format!(
                "{version}; the tests ran with {verified}. Each run still refuses to start unless the program says that it \
                 blocks a tool when its guard fails, and reports nothing that was not asked for"
            ),
        ),
        Support::TooOld => (
            Health::Bad,
            format!(
                "{version}; {minimum} is the first that confirms that it blocks a tool when its guard fails [claude-too-old]"
            ),
        ),
    }
}

/// That there is a credential, and of which kind; never what it is.
#[allow(clippy::disallowed_methods, reason = "whether a login is over depends on the time")]
fn account(config: &Config, lines: &mut Lines) {
    let found = engine::login(config).and_then(|login| login.read(SystemTime::now()).map(|_| login.name()));
    match found {
        Ok(name) => lines.add("credential", Health::Ok, format!("{name} (not shown, and not tried)")),
        Err(fault) => {
            let health = if fault == CredentialFault::Missing { Health::Note } else { Health::Bad };
            lines.add("credential", health, format!("{fault} [{}]", fault.code()));
        }
    }
}

/// Starts a relay that may spend nothing, and asks it for something that it has to refuse by itself.
fn relay(config: &Config, state: &State, actor: &str, project: &Path) -> Result<(), String> {
    let places = state.agent(actor, project).map_err(|error| format!("{error:#}"))?;
    let named = |error: &guard_agent::relay::RelayError| format!("{error} [{}]", error.code());
    let upstream = Upstream::parse(&config.agent.api_url).map_err(|error| named(&error))?;
    let models = engine::models(config).map_err(|fault| format!("{fault} [{}]", fault.code()))?;
    let meter = Arc::new(Budget::strict(MicroUsd::ZERO));
    let credential = Credential::ApiKey("no-credential-is-tried".into());
    let relay = Relay::start(RelayOptions::new(places.sockets, upstream, credential, models, meter))
        .map_err(|error| named(&error))?;
    let answer = ask(relay.socket()).map_err(|error| format!("does not answer: {}", error.kind()))?;
    if answer.contains(Refusal::Path.code()) {
        Ok(())
    } else {
        Err("did not refuse a path that it must".to_owned())
    }
}

fn ask(socket: &Path) -> std::io::Result<String> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /v1/files HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(64 << 10).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
