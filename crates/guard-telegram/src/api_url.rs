use std::fmt;
use std::net::IpAddr;

use hyper::Uri;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::Error;

/// The address of a Bot API server: https anywhere, or http on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiUrl {
    pub(crate) host: Box<str>,
    pub(crate) port: u16,
    pub(crate) tls: bool,
    /// In front of `/bot<token>`; without a final slash.
    prefix: Box<str>,
}

impl Default for ApiUrl {
    /// Telegram's own.
    fn default() -> Self {
        Self { host: "api.telegram.org".into(), port: 443, tls: true, prefix: "".into() }
    }
}

impl ApiUrl {
    /// Parses a base URL such as `http://127.0.0.1:8081`.
    ///
    /// The token travels in the path of every request, so plain http is for this machine only, and an address with
    /// a user, a query or a fragment is refused.
    ///
    /// # Errors
    ///
    /// [`Error::ApiUrl`].
    pub fn parse(url: &str) -> Result<Self, Error> {
        let uri: Uri = url.parse().map_err(|_| Error::ApiUrl)?;
        let authority = uri.authority().ok_or(Error::ApiUrl)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let tls = uri.scheme_str() == Some("https");
        let loopback = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        let plain = uri.scheme_str() == Some("http") && loopback;
        let bare = !authority.as_str().contains('@') && uri.query().is_none() && !url.contains('#');
        if !(tls || plain) || !bare || ServerName::try_from(host.as_str()).is_err() {
            return Err(Error::ApiUrl);
        }
        // `Authority::port` overlooks a port that is no number of a port.
        let port =
            match authority.as_str().strip_prefix(authority.host()).and_then(|rest| rest.strip_prefix(':')) {
                Some(digits) => digits.parse().map_err(|_| Error::ApiUrl)?,
                None if tls => 443,
                None => 80,
            };
        Ok(Self { host: host.into(), port, tls, prefix: uri.path().trim_end_matches('/').into() })
    }

    /// The `host` header.
    pub(crate) fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.to_string() };
        if self.port == if self.tls { 443 } else { 80 } { host } else { format!("{host}:{}", self.port) }
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl fmt::Display for ApiUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", if self.tls { "https" } else { "http" }, self.authority(), self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, want: Option<&str>) {
        assert_eq!(ApiUrl::parse(url).ok().map(|url| url.to_string()).as_deref(), want, "{url}");
    }

    #[test]
    fn https_anywhere_and_http_on_this_machine() {
        check("https://api.telegram.org", Some("https://api.telegram.org"));
        check("https://API.telegram.org:443/", Some("https://api.telegram.org"));
        check("https://gate.example.com:8443/tg/", Some("https://gate.example.com:8443/tg"));
        check("http://127.0.0.1:8081", Some("http://127.0.0.1:8081"));
        check("http://localhost", Some("http://localhost"));
        check("http://[::1]:8081", Some("http://[::1]:8081"));
        assert_eq!(ApiUrl::default(), ApiUrl::parse("https://api.telegram.org").unwrap());
    }

    #[test]
    fn everything_else_is_refused() {
        for url in [
            "",
            "api.telegram.org",
            "http://api.telegram.org",
            "http://192.168.1.2:8081",
            "http://0.0.0.0:8081",
            "ftp://localhost",
            "https://",
            "https://user@host",
            "https://user:secret@host",
            "https://host?x",
            "https://host/#x",
            "https://host:99999",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "https://a b",
        ] {
            check(url, None);
        }
    }
}
