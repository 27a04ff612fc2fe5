//! Turns the text of a setting into a value that cannot be wrong.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::{NonZeroU16, NonZeroU32};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use guard_ratelimit::Usd;
use guard_sandbox::Toolchain;

use super::fault::Fault;

/// The longest text of any setting, in bytes.
pub(super) const MAX_TEXT: usize = 4096;
/// The most items of any list.
const MAX_ITEMS: usize = 256;
/// Telegram ids have at most 52 significant bits (Bot API, `User.id`).
const MAX_ID: u64 = (1 << 52) - 1;

/// `true`, `1`, `yes`, or their opposites.
pub(super) fn flag(text: &str) -> Result<bool, Fault> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Ok(true),
        "false" | "0" | "no" => Ok(false),
        _ => Err(Fault::NotAFlag),
    }
}

/// A decimal number between two bounds, both included.
pub(super) fn number<const MIN: u64, const MAX: u64>(text: &str) -> Result<u64, Fault> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Fault::NotANumber);
    }
    match text.parse() {
        Ok(number) if (MIN..=MAX).contains(&number) => Ok(number),
        _ => Err(Fault::OutOfRange { min: MIN, max: MAX }),
    }
}

/// A number of things, at least one.
pub(super) fn count<const MAX: u64>(text: &str) -> Result<NonZeroU32, Fault> {
    let fault = Fault::OutOfRange { min: 1, max: MAX };
    let number = u32::try_from(number::<1, MAX>(text)?).map_err(|_| fault)?;
    NonZeroU32::new(number).ok_or(fault)
}

/// A TCP port.
pub(super) fn port(text: &str) -> Result<NonZeroU16, Fault> {
    let fault = Fault::OutOfRange { min: 1, max: 65_535 };
    let number = u16::try_from(number::<1, 65_535>(text)?).map_err(|_| fault)?;
    NonZeroU16::new(number).ok_or(fault)
}

/// A level between 0 and 3.
pub(super) fn level(text: &str) -> Result<u8, Fault> {
    u8::try_from(number::<0, 3>(text)?).map_err(|_| Fault::OutOfRange { min: 0, max: 3 })
}

/// Whole seconds, at least one.
pub(super) fn seconds<const MAX: u64>(text: &str) -> Result<Duration, Fault> {
    Ok(Duration::from_secs(number::<1, MAX>(text)?))
}

/// Whole minutes, at least one.
pub(super) fn minutes<const MAX: u64>(text: &str) -> Result<Duration, Fault> {
    Ok(Duration::from_secs(number::<1, MAX>(text)?.saturating_mul(60)))
}

/// Whole hours, at least one.
pub(super) fn hours<const MAX: u64>(text: &str) -> Result<Duration, Fault> {
    Ok(Duration::from_secs(number::<1, MAX>(text)?.saturating_mul(60 * 60)))
}

/// Whole days, at least one.
pub(super) fn days<const MAX: u64>(text: &str) -> Result<Duration, Fault> {
    Ok(Duration::from_secs(number::<1, MAX>(text)?.saturating_mul(24 * 60 * 60)))
}

/// Megabytes as bytes (1 MB is 1,048,576 bytes), at least one.
pub(super) fn megabytes<const MAX: u64>(text: &str) -> Result<u64, Fault> {
    Ok(number::<1, MAX>(text)?.saturating_mul(1 << 20))
}

/// An exact amount above zero, up to a million dollars.
pub(super) fn money(text: &str) -> Result<Usd, Fault> {
    const MAX_MICROS: u64 = 1_000_000_000_000;
    match Usd::parse(text) {
        Ok(amount) if (1..=MAX_MICROS).contains(&amount.micros()) => Ok(amount),
        Ok(_) | Err(_) => Err(Fault::NotAnAmount),
    }
}

/// An absolute path without `..`.
pub(super) fn path(text: &str) -> Result<PathBuf, Fault> {
    let path = Path::new(text);
    if !path.is_absolute() || path.components().any(|part| part == Component::ParentDir) {
        return Err(Fault::NotAnAbsolutePath);
    }
    Ok(path.to_path_buf())
}

/// The items between commas, trimmed, each parsed, none twice.
fn list<T: Ord + Clone>(text: &str, parse: impl Fn(&str) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
    let mut seen = BTreeSet::new();
    let mut items = Vec::new();
    for item in text.split(',').map(str::trim) {
        if item.is_empty() {
            return Err(Fault::EmptyItem);
        }
        if items.len() == MAX_ITEMS {
            return Err(Fault::TooMany { max: MAX_ITEMS });
        }
        let item = parse(item)?;
        if !seen.insert(item.clone()) {
            return Err(Fault::Repeated);
        }
        items.push(item);
    }
    Ok(items)
}

/// Telegram user ids: positive.
pub(super) fn user_ids(text: &str) -> Result<Vec<u64>, Fault> {
    list(text, |item| number::<1, MAX_ID>(item).map_err(|_| Fault::NotAnId))
}

/// Telegram chat ids: groups are negative, zero is nobody.
pub(super) fn chat_ids(text: &str) -> Result<Vec<i64>, Fault> {
    list(text, |item| {
        let digits = item.strip_prefix('-').unwrap_or(item);
        let id = number::<1, MAX_ID>(digits).map_err(|_| Fault::NotAnId)?;
        let id = i64::try_from(id).map_err(|_| Fault::NotAnId)?;
        Ok(if digits.len() < item.len() { -id } else { id })
    })
}

/// Names of the agent's tools.
pub(super) fn tool_names(text: &str) -> Result<Vec<String>, Fault> {
    list(text, |item| word::<128>(item, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')))
}

/// Ids of kinds of files.
pub(super) fn kind_ids(text: &str) -> Result<Vec<String>, Fault> {
    list(text, |item| word::<64>(item, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'))
}

/// The name of a model, as its provider spells it.
pub(super) fn model(text: &str) -> Result<String, Fault> {
    word::<128>(text, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/' | '[' | ']'))
}

/// A bot's user name, without `@`.
pub(super) fn username(text: &str) -> Result<String, Fault> {
    word::<32>(text, |c| c.is_ascii_alphanumeric() || c == '_')
}

/// Names of tool sets.
pub(super) fn toolchains(text: &str) -> Result<Vec<Toolchain>, Fault> {
    list(text, |item| match item {
        "rust" => Ok(Toolchain::Rust),
        "node" => Ok(Toolchain::Node),
        "python" => Ok(Toolchain::Python),
        "go" => Ok(Toolchain::Go),
        _ => Err(Fault::NotAChoice { choices: "rust, node, python, go" }),
    })
}

/// `text`, if it is short and starts with a letter, a digit or `_` (so that it is never an option).
fn word<const MAX: usize>(text: &str, is_allowed: impl Fn(char) -> bool) -> Result<String, Fault> {
    if text.len() > MAX {
        return Err(Fault::TooLong { max: MAX });
    }
    if text.starts_with(['-', '.', '/', ':', '[', ']']) || text.is_empty() || !text.chars().all(is_allowed) {
        return Err(Fault::NotAName);
    }
    Ok(text.to_owned())
}

/// A program by name, or one of its subcommands: `curl`, `git push`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ProgramPattern(String);

impl ProgramPattern {
    /// The pattern as written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | ' ');
        word::<64>(text, is_allowed).map(Self)
    }

    /// Patterns that make the policy stricter.
    pub(super) fn parse_list(text: &str) -> Result<Vec<Self>, Fault> {
        list(text, Self::parse)
    }
}

/// A file by name, or by a relative path, with `*` for any run of characters within one component.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NamePattern(String);

impl NamePattern {
    /// The pattern as written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        if text.len() > 256 {
            return Err(Fault::TooLong { max: 256 });
        }
        let is_relative = Path::new(text).components().all(|part| matches!(part, Component::Normal(_)));
        if !is_relative || text.contains(['\\', '?', '[', ']', '{', '}']) {
            return Err(Fault::NotAName);
        }
        if text.chars().all(|c| matches!(c, '*' | '/' | '.')) {
            return Err(Fault::MatchesEverything);
        }
        Ok(Self(text.to_owned()))
    }

    /// Patterns of secret files.
    pub(super) fn parse_list(text: &str) -> Result<Vec<Self>, Fault> {
        list(text, Self::parse)
    }
}

/// Why the owner relaxed something; not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason(String);

impl Reason {
    /// The reason as written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        if text.trim().is_empty() { Err(Fault::ReasonMissing) } else { Ok(Self(text.trim().to_owned())) }
    }
}

/// An address to listen on.
pub(super) fn address(text: &str) -> Result<IpAddr, Fault> {
    text.parse().map_err(|_| Fault::NotAnAddress)
}

/// A bot token: the bot's id, a colon, the secret.
pub(super) fn bot_token(text: &str) -> Result<(), Fault> {
    let (id, secret) = text.split_once(':').ok_or(Fault::NotABotToken)?;
    let is_id = (5..=16).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
    let is_secret = (30..=64).contains(&secret.len())
        && secret.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if is_id && is_secret { Ok(()) } else { Err(Fault::NotABotToken) }
}

/// A secret that is sent in a header: visible ASCII.
pub(super) fn header_secret(text: &str) -> Result<(), Fault> {
    if text.bytes().all(|b| b.is_ascii_graphic()) { Ok(()) } else { Err(Fault::NotAName) }
}

/// A secret key of any characters.
pub(super) fn any_secret(_: &str) -> Result<(), Fault> {
    Ok(())
}

/// A Redis or Valkey server.
pub(super) fn redis_url(text: &str) -> Result<(), Fault> {
    let is_redis = ["redis://", "rediss://", "redis+unix://", "unix://"].iter().any(|s| {
        text.strip_prefix(s)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic()))
    });
    if is_redis { Ok(()) } else { Err(Fault::NotARedisUrl) }
}

/// The base of a web service that may see the bot's token: https, or http on this machine's loopback.
pub(super) fn base_url(text: &str) -> Result<String, Fault> {
    let (is_tls, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return Err(Fault::NotASafeUrl),
    };
    // Printable ASCII without what starts a user name, query or fragment, or is read as `/` by browsers.
    if !rest.bytes().all(|b| b.is_ascii_graphic()) || rest.contains(['@', '?', '#', '\\', '%']) {
        return Err(Fault::NotASafeUrl);
    }
    let (authority, _) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host(authority).ok_or(Fault::NotASafeUrl)?;
    if is_tls || is_loopback(host) {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err(Fault::NotASafeUrl)
    }
}

/// The host of `host`, `host:port`, `[v6]` or `[v6]:port`.
fn host(authority: &str) -> Option<&str> {
    let (host, rest) = match authority.strip_prefix('[') {
        Some(v6) => {
            let (host, rest) = v6.split_once(']')?;
            host.parse::<Ipv6Addr>().ok()?;
            (host, rest)
        }
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    match rest.strip_prefix(':') {
        Some(digits) => port(digits).ok().map(|_| host),
        None => rest.is_empty().then_some(host),
    }
    .filter(|host| !host.is_empty())
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        || host.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback())
}
