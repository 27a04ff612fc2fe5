//! The way to the model API over TLS.

use std::io::BufReader;
use std::net::TcpListener;
use std::sync::Arc;

use guard_agent::relay::{Credential, Upstream};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, crypto};

use super::setup::{BODY, CANARY, limits, rig_to};
use super::stub::{message, read_request, send};

/// Made for these tests alone, for the name `localhost`; it is trusted nowhere.
const CERTIFICATE: &[u8] = include_bytes!("keys/cert.pem");
const KEY: &[u8] = include_bytes!("keys/key.pem");

fn serve() -> u16 {
    let chain = vec![CertificateDer::from_pem_slice(CERTIFICATE).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut reader = BufReader::new(StreamOwned::new(connection, stream));
            // A client that does not trust us ends the handshake here.
            if let Some(seen) = read_request(&mut reader, 0) {
                assert_eq!(seen.header("x-api-key"), Some(CANARY));
                send(reader.get_mut(), message("msg_1", 1, 1));
            }
        }
    });
    port
}

#[track_caller]
fn check(name: &str, roots: Option<&[u8]>, want: (u16, Option<&str>)) {
    let upstream = Upstream::parse(&format!("https://{name}:{}", serve())).unwrap();
    let upstream = match roots {
        Some(pem) => upstream.with_roots(pem).unwrap(),
        None => upstream,
    };
    let rig = rig_to(upstream, Credential::ApiKey(CANARY.into()), u64::MAX, limits());
    let reply = rig.post(BODY);
    assert_eq!((reply.status, reply.code()), want);
}

#[test]
fn only_a_trusted_certificate_of_that_name() {
    let refused = (502, Some("relay-upstream-unreachable"));
    check("localhost", Some(CERTIFICATE), (200, None));
    check("127.0.0.1", Some(CERTIFICATE), refused);
    let other = Upstream::parse("https://localhost").unwrap().with_roots(KEY);
    assert_eq!(other.err().map(|error| error.code()), Some("relay-no-roots"));
}

#[test]
fn the_systems_roots_do_not_trust_a_stranger() {
    check("localhost", None, (502, Some("relay-upstream-unreachable")));
}
