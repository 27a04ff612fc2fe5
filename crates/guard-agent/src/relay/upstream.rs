//! Where the model API is, and how to get there.

use std::net::SocketAddr;
use std::sync::Arc;

use hyper::Uri;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use super::{Refusal, RelayError};

/// The base address of the model API: https anywhere, or http on this machine.
#[derive(Clone, Debug)]
pub struct Upstream {
    name: Box<str>,
    port: u16,
    tls: bool,
    /// In front of the API's own paths; without a final slash.
    prefix: Box<str>,
    roots: Vec<CertificateDer<'static>>,
}

impl Upstream {
    /// Parses a base URL such as `https://api.anthropic.com`; a path in it goes in front of the API's own.
    ///
    /// # Errors
    ///
    /// [`RelayError::Upstream`].
    pub fn parse(url: &str) -> Result<Self, RelayError> {
        let uri: Uri = url.parse().map_err(|_| RelayError::Upstream)?;
        let authority = uri.authority().ok_or(RelayError::Upstream)?;
        let name = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let tls = uri.scheme_str() == Some("https");
        let loopback = name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        let plain = uri.scheme_str() == Some("http") && loopback;
        let bare = !authority.as_str().contains('@') && uri.query().is_none() && !url.contains('#');
        if !(tls || plain) || !bare || name.is_empty() || ServerName::try_from(name.clone()).is_err() {
            return Err(RelayError::Upstream);
        }
        // `Authority::port` overlooks a port that is no number of a port.
        let port =
            match authority.as_str().strip_prefix(authority.host()).and_then(|rest| rest.strip_prefix(':')) {
                Some(digits) => digits.parse().map_err(|_| RelayError::Upstream)?,
                None if tls => 443,
                None => 80,
            };
        let prefix = uri.path().trim_end_matches('/').into();
        Ok(Self { name: name.into(), port, tls, prefix, roots: Vec::new() })
    }

    /// Trusts the certificates in this PEM text instead of the system's: for a gateway with an authority of its own.
    ///
    /// # Errors
    ///
    /// [`RelayError::Roots`] if there is none in it, or one is malformed.
    pub fn with_roots(mut self, pem: &[u8]) -> Result<Self, RelayError> {
        let roots: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        self.roots = roots.ok().filter(|roots| !roots.is_empty()).ok_or(RelayError::Roots)?;
        Ok(self)
    }

    /// The `host` header.
    pub(crate) fn authority(&self) -> String {
        let name = if self.name.contains(':') { format!("[{}]", self.name) } else { self.name.to_string() };
        if self.port == if self.tls { 443 } else { 80 } { name } else { format!("{name}:{}", self.port) }
    }

    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }
}

/// A connection to the model API.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// Opens connections to one upstream.
pub(crate) struct Dialer {
    upstream: Upstream,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Dialer {
    pub(crate) fn new(upstream: Upstream) -> Result<Self, RelayError> {
        let tls = if upstream.tls {
            let name = ServerName::try_from(upstream.name.to_string()).map_err(|_| RelayError::Upstream)?;
            Some((TlsConnector::from(Arc::new(client_config(&upstream.roots)?)), name))
        } else {
            None
        };
        Ok(Self { upstream, tls })
    }

    pub(crate) fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// Connects. The caller bounds the time.
    pub(crate) async fn dial(&self) -> Result<Box<dyn Wire>, Refusal> {
        let unreachable = |_| Refusal::UpstreamUnreachable;
        let found =
            tokio::net::lookup_host((&*self.upstream.name, self.upstream.port)).await.map_err(unreachable)?;
        // Without TLS the bytes must not leave the machine, whatever the name resolves to.
        let usable: Vec<SocketAddr> = found.filter(|a| self.tls.is_some() || a.ip().is_loopback()).collect();
        let tcp = TcpStream::connect(usable.as_slice()).await.map_err(unreachable)?;
        tcp.set_nodelay(true).map_err(unreachable)?;
        match &self.tls {
            None => Ok(Box::new(tcp)),
            Some((connector, name)) => {
                Ok(Box::new(connector.connect(name.clone(), tcp).await.map_err(unreachable)?))
            }
        }
    }
}

fn client_config(given: &[CertificateDer<'static>]) -> Result<ClientConfig, RelayError> {
    let mut roots = RootCertStore::empty();
    if given.is_empty() {
        // Single unreadable certificates of the system are passed over; that only trusts less.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    } else {
        for root in given {
            roots.add(root.clone()).map_err(|_| RelayError::Roots)?;
        }
    }
    if roots.is_empty() {
        return Err(RelayError::Roots);
    }
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| RelayError::Roots)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        #[track_caller]
        fn check(url: &str, want: Option<(&str, &str)>) {
            let got = Upstream::parse(url).ok().map(|upstream| (upstream.authority(), upstream.path("/v1")));
            assert_eq!(got.as_ref().map(|(host, path)| (host.as_str(), path.as_str())), want, "{url}");
        }
        check("https://api.anthropic.com", Some(("api.anthropic.com", "/v1")));
        check("https://API.anthropic.com:8443/gate/", Some(("api.anthropic.com:8443", "/gate/v1")));
        check("http://127.0.0.1:80/", Some(("127.0.0.1", "/v1")));
        check("http://localhost:8123", Some(("localhost:8123", "/v1")));
        check("http://[::1]:8123", Some(("[::1]:8123", "/v1")));
        for refused in [
            "",
            "api.anthropic.com",
            "http://api.anthropic.com",
            "http://10.0.0.1",
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
            check(refused, None);
        }
    }
}
