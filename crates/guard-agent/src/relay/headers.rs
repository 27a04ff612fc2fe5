//! Which headers pass, in either direction.

use hyper::HeaderMap;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT};

use super::Refusal;
use super::credential::AuthHeader;
use super::upstream::Upstream;

const BETA: HeaderName = HeaderName::from_static("anthropic-beta");
/// What the API asks for beside an OAuth token.
const OAUTH_BETA: &str = "oauth-2025-04-20";
/// The longest value that passes, in bytes.
const VALUE: usize = 8 * 1024;

/// Headers of the client that pass. All others are dropped, above all its own credentials and the hop-by-hop ones.
const PASS_UP: [&str; 3] = ["anthropic-", "x-claude-", "x-stainless-"];
/// Headers of the API that pass.
const PASS_DOWN: [&str; 5] =
    ["anthropic-ratelimit-", "request-id", "retry-after", "retry-after-ms", "x-should-retry"];
/// Features that change the price of a token.
const PRICED_BETAS: [&str; 2] = ["context-1m-", "fast-mode-"];

/// The headers of a request to the API.
pub(crate) fn upward(
    client: &HeaderMap,
    auth: &AuthHeader,
    upstream: &Upstream,
) -> Result<HeaderMap, Refusal> {
    if client.contains_key("content-encoding") {
        return Err(Refusal::Header);
    }
    let mut headers = HeaderMap::new();
    let mut betas = Vec::new();
    for (name, value) in client {
        let passes = PASS_UP.iter().any(|prefix| name.as_str().starts_with(prefix))
            || [ACCEPT, USER_AGENT].contains(name)
            || name == "x-app";
        if value.len() > VALUE {
            return Err(Refusal::Header);
        }
        if name == BETA {
            betas.extend(value.to_str().map_err(|_| Refusal::Header)?.split(',').map(str::trim));
        } else if passes {
            headers.append(name.clone(), value.clone());
        }
    }
    if betas
        .iter()
        .any(|beta| PRICED_BETAS.iter().any(|priced| beta.to_ascii_lowercase().starts_with(priced)))
    {
        return Err(Refusal::Header);
    }
    if auth.is_oauth && !betas.contains(&OAUTH_BETA) {
        betas.push(OAUTH_BETA);
    }
    if !betas.is_empty() {
        headers.insert(BETA, HeaderValue::try_from(betas.join(",")).map_err(|_| Refusal::Header)?);
    }
    headers.insert(auth.name.clone(), auth.value.clone());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // The usage must be readable on the way back.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(HOST, HeaderValue::try_from(upstream.authority()).map_err(|_| Refusal::Header)?);
    Ok(headers)
}

/// The headers of an answer to the client; the credential never, even if the API repeats it.
pub(crate) fn downward(api: &HeaderMap, auth: &AuthHeader) -> HeaderMap {
    let passes = |name: &str| {
        PASS_DOWN
            .iter()
            .any(|known| if known.ends_with('-') { name.starts_with(known) } else { name == *known })
    };
    let pairs = api.iter().filter(|(name, value)| passes(name.as_str()) && !auth.is_in(value.as_bytes()));
    pairs.map(|(name, value)| (name.clone(), value.clone())).collect()
}
