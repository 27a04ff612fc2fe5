//! CONNECT, with servers on this machine.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use guard_agent::relay::forward::Forwarder;
use guard_agent::relay::{Event, Host, Refusal};

use super::setup::{Rig, limits, rig, rig_with};
use super::stub::{Stub, json, send};

/// A server that gives back what it gets.
fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || std::io::copy(&mut &stream, &mut &stream));
        }
    });
    port
}

fn host(text: &str) -> Host {
    Host::parse(text).unwrap()
}

fn connect(to: &str) -> String {
    format!("CONNECT {to} HTTP/1.1\r\nhost: {to}\r\nproxy-authorization: Basic eA==\r\n\r\n")
}

fn open(rig: &Rig, to: &str) -> UnixStream {
    let mut stream = UnixStream::connect(rig.socket()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(connect(to).as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    assert!(head.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&head));
    stream
}

#[test]
fn only_approved_public_hosts() {
    let rig = rig("http://127.0.0.1:9");
    #[track_caller]
    fn check(rig: &Rig, to: &str, want: Refusal) {
        assert_eq!(
            rig.raw(connect(to).replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n")).code(),
            Some(want.code()),
            "{to}"
        );
    }
    let port = echo();
    let local = format!("127.0.0.1:{port}");
    check(&rig, &local, Refusal::Host);
    assert_eq!(rig.events(), [Event::HostRefused(host(&local)), Event::Refused(Refusal::Host)]);
    // Approved, but not public: names and numbers of this machine, in whatever notation.
    for to in [
        &local,
        &format!("localhost:{port}"),
        "[::1]:443",
        "[::ffff:127.0.0.1]:443",
        "169.254.169.254:80",
        "10.0.0.1:443",
    ] {
        rig.relay().allow(host(to)).unwrap();
        check(&rig, to, Refusal::Address);
    }
    // Approved with another port, or not exactly.
    rig.relay().allow(host("crates.io")).unwrap();
    for to in [
        "crates.io:80",
        "static.crates.io:443",
        "crates.io.:443",
        "0x7f000001:443",
        "2130706433:443",
        "user@crates.io:443",
        "user:word@crates.io:443",
        "crates.io:443@collect.example:443",
        "crates.io:0443",
        "crates.io:+443",
        "crates.io:",
        "[::ffff:1.1.1.1]:443",
        "[fe80::1%25eth0]:443",
        "127.1:443",
        "0:443",
        "0177.0.0.1:443",
        "xn--crats-6ra.io:443",
    ] {
        check(&rig, to, Refusal::Host);
    }
    // Another spelling of the same name is the same host, and just as little public.
    check(&rig, &format!("LOCALhost:{port}"), Refusal::Address);
    // Not even the head of a request.
    for to in ["cr\u{e4}tes.io:443", "crates.io:443/x y", "crates.io:443\u{3002}", "[::1:443"] {
        let reply = rig.raw(connect(to));
        assert_eq!((reply.status, reply.body.as_str()), (400, ""), "{to}");
    }
    check(&rig, "crates.io", Refusal::Host);
}

#[test]
fn bytes_flow_both_ways_and_are_counted() {
    let port = echo();
    let rig = rig("http://127.0.0.1:9");
    let to = format!("127.0.0.1:{port}");
    rig.relay().allow_even_private(host(&to)).unwrap();
    let mut stream = open(&rig, &to);
    let data: Vec<u8> = (0..1_000_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    let (mut writer, sent) = (stream.try_clone().unwrap(), data.clone());
    let writing = std::thread::spawn(move || {
        writer.write_all(&sent).unwrap();
        writer.shutdown(std::net::Shutdown::Write).unwrap();
    });
    let mut back = Vec::new();
    stream.read_to_end(&mut back).unwrap();
    writing.join().unwrap();
    assert!(back == data);
    let want = Event::TunnelClosed { host: host(&to), sent: 1_000_000, received: 1_000_000 };
    assert_eq!(rig.wait(|event| matches!(event, Event::TunnelClosed { .. }).then(|| event.clone())), want);
}

#[test]
fn idle_tunnels_end_and_their_number_is_bounded() {
    let port = echo();
    let mut few = limits();
    few.tunnels = 2;
    let rig = rig_with("http://127.0.0.1:9", u64::MAX, few);
    let to = format!("127.0.0.1:{port}");
    rig.relay().allow_even_private(host(&to)).unwrap();
    let (mut first, mut second) = (open(&rig, &to), open(&rig, &to));
    assert_eq!(
        rig.raw(connect(&to).replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n")).code(),
        Some("relay-tunnels-full")
    );
    // One moves, in one direction at a time, for longer than the other is idle.
    for _ in 0..12 {
        first.write_all(b"x").unwrap();
        first.read_exact(&mut [0]).unwrap();
        std::thread::sleep(Duration::from_millis(80));
    }
    assert_eq!(second.read(&mut [0]).unwrap_or(0), 0);
    drop(open(&rig, &to));
}

#[test]
fn curl_uses_it_as_a_proxy() {
    let stub = Stub::start(|_, stream| send(stream, json("200 OK", "{}")));
    let rig = rig("http://127.0.0.1:9");
    rig.relay().allow_even_private(host(&format!("127.0.0.1:{}", stub.port))).unwrap();
    let forwarder = Forwarder::bind(0).unwrap();
    let (proxy, socket) = (format!("http://127.0.0.1:{}", forwarder.port()), rig.socket().to_owned());
    std::thread::spawn(move || forwarder.run(&socket));
    let mut curl = Command::new("curl");
    curl.args(["-sS", "--max-time", "20", "--proxytunnel", "--noproxy", "", "--proxy", &proxy, &stub.url()]);
    let output = curl.stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.stdout, b"{}", "{}", String::from_utf8_lossy(&output.stderr));
    let refused = TcpStream::connect(proxy.trim_start_matches("http://")).and_then(|mut stream| {
        stream.write_all(connect("collect.example:443").as_bytes())?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        Ok(head)
    });
    assert_eq!(&refused.unwrap(), b"HTTP/1.1 403");
}
