//! A cell of Landlock and seccomp alone: what it refuses, and that it says what it cannot.

use guard_sandbox::CellError;

use super::stand::{Stand, bash, is_running, mark, run};

#[test]
fn it_needs_a_reason_and_a_home() {
    let stand = Stand::new();
    let profile = stand.profile().bubblewrap("/nonexistent/bwrap");
    assert_eq!(profile.prepare().map(drop), Err(CellError::NoBubblewrap));
    let bare = guard_sandbox::Profile::new(stand.path("project"))
        .stage(env!("CARGO_BIN_EXE_e2e-stage"))
        .bubblewrap("/nonexistent/bwrap")
        .degraded("the tests have a reason");
    assert_eq!(bare.prepare().map(drop), Err(CellError::HomeRequired));
}

#[test]
fn a_reason_does_not_degrade_a_cell_that_can_be_whole() {
    let cell = Stand::new().profile().degraded("the tests have a reason").prepare().expect("a cell");
    assert!(cell.enforced().guarded && cell.degraded().is_none());
}

#[test]
fn ordinary_work_is_possible() {
    let stand = Stand::new();
    let cell = stand.degraded();
    for script in [
        "echo x > src/new && mv src/new src/newer && rm src/newer && mkdir -p a/b && touch a/b/c",
        "touch ~/x $TMPDIR/y && test $HOME = $(realpath ../home)",
        "git --version >/dev/null || true; python3 -c 'print(1)'",
        "sleep 0.1 & wait; kill -0 $$",
    ] {
        let said = bash(&cell, script);
        assert_eq!(said.code, 0, "{script}: {said:?}");
    }
}

#[test]
fn ways_out_are_refused() {
    let stand = Stand::new();
    let cell = stand.degraded();
    let outside = stand.path("outside/secret");
    let outside = outside.display();
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = tcp.local_addr().expect("an address").port();
    let socket = stand.path("outside/socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    let datagrams = stand.path("outside/datagrams");
    let _datagrams = std::os::unix::net::UnixDatagram::bind(&datagrams).expect("a socket");
    let host = std::process::id();
    for script in [
        format!("cat {outside}"),
        format!("cat /proc/{host}/root{outside}"),
        format!("cat /proc/{host}/environ"),
        format!("head -c 1 /proc/{host}/mem"),
        format!("echo x >> {outside}"),
        format!("chmod 777 {outside}"),
        format!("chown 1 {outside}"),
        format!("rm -f {outside}"),
        format!("truncate -s 0 {outside}"),
        format!("mv {outside} here"),
        format!("ln {outside} here && cat here"),
        format!("ln -sf {outside} soft && cat soft"),
        format!("kill -0 {host}"),
        "kill -9 $PPID; sleep 1; kill -0 $PPID".to_owned(),
        "cat /proc/$PPID/environ".to_owned(),
        format!("exec 3<>/dev/tcp/127.0.0.1/{port}"),
        "echo x > /dev/udp/127.0.0.1/53".to_owned(),
        format!(
            "python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect(\"{}\")'",
            socket.display()
        ),
        format!(
            "python3 -c 'import socket; a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM); a.sendto(b\"x\", \"{}\")'",
            datagrams.display()
        ),
        "echo x > /proc/sys/kernel/core_pattern".to_owned(),
        "cat /etc/shadow".to_owned(),
        "ls /root /home /var".to_owned(),
        "unshare -U true".to_owned(),
        "echo x > /usr/x".to_owned(),
        format!("prlimit --pid {host} --nofile=5:5"),
        "cp /bin/true s && chmod u+s s".to_owned(),
    ] {
        let said = bash(&cell, &script);
        assert!(said.code != 0 && !said.stdout.contains("canary"), "{script}: {said:?}");
    }
    assert_eq!(stand.read("outside/secret"), "canary");
}

#[test]
fn no_privilege_is_kept() {
    let said = run(&Stand::new().degraded(), &["cat", "/proc/self/status"]);
    for field in ["CapPrm", "CapEff", "CapInh", "CapAmb"] {
        assert!(said.stdout.contains(&format!("{field}:\t0000000000000000")), "{said:?}");
    }
    assert!(said.stdout.contains("NoNewPrivs:\t1") && said.stdout.contains("Seccomp:\t2"), "{said:?}");
}

#[test]
fn a_sweep_reaches_only_its_own_cell() {
    let stand = Stand::new();
    let cell = stand.degraded();
    let sleep = format!("1000.{}", mark(7311));
    let mut other =
        cell.spawn(["sleep", &sleep], ".", guard_sandbox::Streams::captured()).expect("a started program");
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(bash(&cell, "sleep 1000 & exit 0").code, 0);
    assert!(is_running(&sleep), "a neighbour was killed");
    assert!(other.try_wait().expect("a look").is_none());
}
