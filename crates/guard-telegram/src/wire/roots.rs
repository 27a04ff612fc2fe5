use std::sync::Arc;

use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use crate::Error;

/// The authorities whose certificates are trusted: the system's, or given ones instead of them.
#[derive(Clone, Debug, Default)]
pub struct Roots(Vec<CertificateDer<'static>>);

impl Roots {
    /// Trusts the certificates in this PEM text and no others: for a server with an authority of its own.
    ///
    /// # Errors
    ///
    /// [`Error::Roots`] if there is none in it, or one is malformed.
    pub fn only(pem: &[u8]) -> Result<Self, Error> {
        let roots: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        roots.ok().filter(|roots| !roots.is_empty()).map(Self).ok_or(Error::Roots)
    }

    pub(super) fn client_config(&self) -> Result<ClientConfig, Error> {
        let mut roots = RootCertStore::empty();
        if self.0.is_empty() {
            // Single unreadable certificates of the system are passed over; that only trusts less.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        } else {
            for root in &self.0 {
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
}
