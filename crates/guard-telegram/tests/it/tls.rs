//! The way to the server over TLS.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;

use guard_telegram::{ApiUrl, Client, Error, Options, Retry, Roots};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, crypto};

use crate::stub::{TOKEN, token};

/// Made for tests alone, for the name `localhost`; it is trusted nowhere.
const CERTIFICATE: &[u8] = include_bytes!("keys/cert.pem");
const KEY: &[u8] = include_bytes!("keys/key.pem");

/// A server that says who the bot is, once for each connection.
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
            let mut line = String::new();
            // A client that does not trust us ends the handshake here.
            if reader.read_line(&mut line).is_ok_and(|read| read > 0) {
                assert_eq!(line, format!("POST /bot{TOKEN}/getMe HTTP/1.1\r\n"));
                let body = r#"{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"G"}}"#;
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
                reader.get_mut().write_all(format!("{head}{body}").as_bytes()).ok();
            }
        }
    });
    port
}

#[track_caller]
fn check(host: &str, roots: Roots, want: Result<u64, Error>) {
    let mut options = Options::default();
    options.roots = roots;
    options.calls = Retry::calls();
    options.calls.attempts = Some(1);
    let url = ApiUrl::parse(&format!("https://{host}:{}", serve())).unwrap();
    // Without roots of the system there is no client at all, which is as good.
    let client = match Client::with_options(token(), url, options) {
        Ok(client) => client,
        Err(error) => return assert_eq!((error, want), (Error::Roots, Err(Error::Unreachable))),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(runtime.block_on(client.me()).map(|me| me.id), want);
}

#[test]
fn only_a_trusted_certificate_of_that_name() {
    check("localhost", Roots::only(CERTIFICATE).unwrap(), Ok(1));
    check("127.0.0.1", Roots::only(CERTIFICATE).unwrap(), Err(Error::Unreachable));
    check("localhost", Roots::default(), Err(Error::Unreachable));
}

#[test]
fn roots_that_are_none() {
    for pem in [&b""[..], b"-----BEGIN CERTIFICATE-----\nAAAA\n", KEY] {
        assert_eq!(Roots::only(pem).err(), Some(Error::Roots));
    }
}
