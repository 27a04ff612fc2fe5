//! Opening a connection.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use crate::{ApiUrl, Error};

pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// Opens connections to one server.
pub(crate) struct Dialer {
    url: ApiUrl,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Dialer {
    pub(crate) fn new(url: ApiUrl, roots: &[CertificateDer<'static>]) -> Result<Self, Error> {
        let tls = if url.tls {
            let name = ServerName::try_from(url.host.to_string()).map_err(|_| Error::ApiUrl)?;
            Some((TlsConnector::from(Arc::new(client_config(roots)?)), name))
        } else {
            None
        };
        Ok(Self { url, tls })
    }

    pub(crate) fn url(&self) -> &ApiUrl {
        &self.url
    }

    /// Connects. The caller bounds the time.
    pub(crate) async fn dial(&self) -> Result<Box<dyn Wire>, Error> {
        let unreachable = |_| Error::Unreachable;
        let found = tokio::net::lookup_host((&*self.url.host, self.url.port)).await.map_err(unreachable)?;
        // Without TLS the token must not leave the machine, whatever the name resolves to.
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

fn client_config(given: &[CertificateDer<'static>]) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    if given.is_empty() {
        // Single unreadable certificates of the system are passed over; that only trusts less.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    } else {
        for root in given {
            roots.add(root.clone()).map_err(|_| Error::Roots)?;
        }
    }
    if roots.is_empty() {
        return Err(Error::Roots);
    }
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::Roots)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
