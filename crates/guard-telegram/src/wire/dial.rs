//! Opening a connection.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::roots::Roots;
use crate::{ApiUrl, Error};

pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// Opens connections to one server.
pub(crate) struct Dialer {
    url: ApiUrl,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Dialer {
    pub(crate) fn new(url: ApiUrl, roots: &Roots) -> Result<Self, Error> {
        let tls = if url.tls {
            let name = ServerName::try_from(url.host.to_string()).map_err(|_| Error::ApiUrl)?;
            Some((TlsConnector::from(Arc::new(roots.client_config()?)), name))
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
