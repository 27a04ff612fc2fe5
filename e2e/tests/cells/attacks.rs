//! Ways out of a cell; each must fail.

use super::stand::{Said, Stand, bash, run, try_run};

/// Runs the script in a fresh cell, which must fail to do what it says, and shows what is on its standard output.
#[track_caller]
fn fails(script: &str) {
    let stand = Stand::new();
    let said = bash(&stand.cell(), script);
    assert!(said.code != 0 && !said.stdout.contains("canary"), "{script}: {said:?}");
}

#[track_caller]
fn works(script: &str) {
    let stand = Stand::new();
    let said = bash(&stand.cell(), script);
    assert_eq!(said.code, 0, "{script}: {said:?}");
}

#[test]
fn ordinary_work_is_possible() {
    works("echo x > src/new && mv src/new src/newer && rm src/newer && mkdir -p a/b && touch a/b/c");
    works("touch ~/x /tmp/x && test $HOME = /home/cell && test $(id -un) = cell && test $(id -u) != 0");
    works("echo x > .git/index.lock && mv .git/index.lock .git/index");
    works("chmod 755 src/main.rs && test $(pwd) = $(realpath .)");
    works("(exec 3<>/dev/tcp/127.0.0.1/9) 2>&1 | grep -q refused");
    works(
        "python3 -c 'import socket, threading; s = socket.create_server((\"127.0.0.1\", 0)); c = socket.create_connection(s.getsockname())'",
    );
    works("python3 -c 'import multiprocessing as m; print(m.Pool(2).map(abs, [1, -2]))'");
}

#[test]
fn nothing_outside_is_readable() {
    let stand = Stand::new();
    let cell = stand.cell();
    let outside = stand.path("outside/secret");
    for path in [
        outside.display().to_string(),
        format!("/proc/1/root{}", outside.display()),
        format!("/proc/self/root{}", outside.display()),
        format!("/proc/1/cwd{}", outside.display()),
        format!("/oldroot{}", outside.display()),
        "/etc/shadow".to_owned(),
        "/root/.bashrc".to_owned(),
        "/var/log/dpkg.log".to_owned(),
        "/sys/kernel/vmcoreinfo".to_owned(),
        "/etc/ssl/private".to_owned(),
    ] {
        let said = bash(&cell, &format!("cat {path} || ls {path}"));
        assert!(said.code != 0, "{path}: {said:?}");
    }
    std::os::unix::fs::symlink(&outside, stand.path("project/link")).expect("a link");
    let said = bash(&cell, "cat link");
    assert!(said.code != 0 && said.stdout.is_empty(), "{said:?}");
    assert_eq!(bash(&cell, "ls /home /srv /opt /mnt /media 2>/dev/null").stdout.trim(), "/home:\ncell");
}

#[test]
fn nothing_outside_is_writable() {
    for place in
        ["/x", "/etc/x", "/usr/x", "/run/x", "/run/guard/stage", "/proc/sys/kernel/core_pattern", "/home/x"]
    {
        fails(&format!("echo x >> {place}"));
    }
    fails("rm -f /etc/passwd && echo x > /etc/passwd");
    fails("test -w /proc/sysrq-trigger");
    fails("echo 1 > /proc/sys/vm/overcommit_memory");
}

#[test]
fn secrets_stay_masked() {
    for script in [
        "cat .env",
        "cat keys/id_rsa",
        "ls keys | grep .",
        "cp .env copy",
        "ln .env hard && cat hard",
        "mv .env other",
        "rm -f .env",
        "mv keys other",
        "rmdir keys",
        "echo x > keys/new",
        "umount .env || umount keys",
        "ln -s .env soft; cat soft",
        "python3 -c 'import os; print(os.read(os.open(\".env\", os.O_RDONLY), 99))'",
    ] {
        fails(script);
    }
    let stand = Stand::new();
    std::fs::create_dir(stand.path("project/conf")).expect("a directory");
    stand.write("project/conf/.env", "canary");
    let project = stand.path("project");
    let cell = stand.profile().masked([project.join("conf/.env")]).prepare().expect("a cell");
    // The mask moves with its parent.
    let said = bash(&cell, "mv conf other; cat conf/.env other/.env");
    assert!(said.code != 0 && !said.stdout.contains("canary"), "{said:?}");
    assert!(!stand.path("project/missing").exists(), "a mask of a missing file left an artefact");
}

#[test]
fn a_second_name_of_a_secret_is_admitted() {
    let stand = Stand::new();
    assert!(stand.cell().enforced().secrets_masked);
    std::fs::hard_link(stand.path("project/.env"), stand.path("project/second")).expect("a hard link");
    assert!(!stand.cell().enforced().secrets_masked);
}

#[test]
fn a_secret_behind_a_link_is_masked_where_it_lies() {
    let stand = Stand::new();
    stand.write("project/src/real", "canary");
    std::os::unix::fs::symlink("src/real", stand.path("project/.token")).expect("a link");
    let cell = stand.profile().masked([stand.path("project/.token")]).prepare().expect("a cell");
    let said = bash(&cell, "cat .token || cat src/real");
    assert!(said.code != 0 && !said.stdout.contains("canary"), "{said:?}");
}

#[test]
fn guarded_files_stay_as_they_are() {
    let stand = Stand::new();
    let cell = stand.cell();
    for script in [
        "echo x >> .git/config",
        "rm .git/config",
        "mv .git/config .git/other",
        "echo y > .git/new && mv .git/new .git/config",
        "mv .git .other",
        "mv .git/hooks .git/other",
        "touch .git/hooks/pre-commit",
        "chmod 777 .git/config",
        "ln .git/config x && echo z >> x",
        "rm -rf .git",
        "mount -o remount,rw .git/config",
        "git config core.fsmonitor x",
    ] {
        let said = bash(&cell, script);
        assert!(said.code != 0, "{script}: {said:?}");
        assert_eq!(stand.read("project/.git/config"), "[core]\n", "{script}");
        assert!(!stand.path("project/.git/hooks/pre-commit").exists(), "{script}");
    }
    assert_eq!(cell.unguarded(), [stand.path("project/.envrc")]);
}

#[test]
fn a_read_only_project_stays_as_it_is() {
    let stand = Stand::new();
    let cell = guard_sandbox::Profile::new(stand.path("project"))
        .stage(env!("CARGO_BIN_EXE_e2e-stage"))
        .writable(stand.path("project/src"))
        .prepare()
        .expect("a cell");
    assert_ne!(bash(&cell, "touch x").code, 0);
    assert_ne!(bash(&cell, "mv src other").code, 0);
    assert_eq!(bash(&cell, "touch src/x").code, 0);
}

#[test]
fn no_socket_of_the_host_is_reached() {
    let stand = Stand::new();
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = tcp.local_addr().expect("an address").port();
    let path = stand.path("outside/socket");
    let _path = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
    let cell = stand.cell();
    for script in [
        format!("exec 3<>/dev/tcp/127.0.0.1/{port}"),
        "exec 3<>/dev/tcp/1.1.1.1/53".to_owned(),
        "echo x > /dev/udp/1.1.1.1/53".to_owned(),
        format!("python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect(\"{}\")'", path.display()),
        "python3 -c 'import socket; socket.socket(40, socket.SOCK_STREAM)'".to_owned(),
        "python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'".to_owned(),
        "python3 -c 'import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)'".to_owned(),
        "getent ahosts example.com".to_owned(),
    ] {
        let said = bash(&cell, &script);
        assert!(said.code != 0, "{script}: {said:?}");
    }
}

#[test]
fn an_abstract_socket_of_the_host_is_not_reached() {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixListener};
    let name = format!("guard-test-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).expect("an address");
    let _listener = UnixListener::bind_addr(&address).expect("a socket");
    fails(&format!("python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect(\"\\0{name}\")'"));
}

#[test]
fn a_shown_socket_is_reached() {
    let stand = Stand::new();
    let path = stand.path("outside/relay");
    let _listener = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
    let cell = stand.profile().read_only(&path).prepare().expect("a cell");
    let connect = format!("import socket; socket.socket(socket.AF_UNIX).connect(\"{}\")", path.display());
    let said = run(&cell, &["python3", "-c", &connect]);
    assert_eq!(said.code, 0, "{said:?}");
}

#[test]
fn system_calls_that_lead_out_are_refused() {
    for script in [
        "unshare -U true",
        "unshare -r -m true",
        "unshare -n true",
        "bwrap --ro-bind / / true",
        "mount -t tmpfs x /tmp",
        "chroot / true",
        "nsenter -t 1 -m true",
        "python3 -c 'import ctypes; import sys; sys.exit(ctypes.CDLL(None).ptrace(0, 0, 0, 0) != 0)'",
        "python3 -c 'import os; os.open(\"s\", os.O_CREAT | os.O_WRONLY, 0o4755)'",
        "python3 -c 'import os; os.mknod(\"s\", 0o104755)'",
        "python3 -c 'import os; os.mknod(\"s\", 0o020666, os.makedev(1, 1))'",
        "cp /bin/true s && chmod u+s s",
        "cp /bin/true s && chmod g+s s",
        "python3 -c 'import fcntl; fcntl.ioctl(0, 0x5412, b\"x\")'",
        "python3 -c 'import os; open(\"/proc/1/mem\", \"rb\")'",
        "strace true",
        "su -c true",
        "echo 0 > /proc/self/uid_map",
    ] {
        fails(script);
    }
    // 250: keyctl; 425: io_uring_setup; 321: bpf; 298: perf_event_open; 323: userfaultfd; 435: clone3; 437: openat2.
    #[cfg(target_arch = "x86_64")]
    for call in [250, 425, 321, 298, 323, 435, 437, 0x4000_0000 + 39] {
        let program = format!(
            "import ctypes, sys; libc = ctypes.CDLL(None, use_errno=True); r = libc.syscall({call}, 0, 0, 0, 0, 0); \
             sys.exit(0 if r == -1 and ctypes.get_errno() in (1, 38) else 1)"
        );
        works(&format!("python3 -c '{program}'"));
    }
}

#[test]
fn the_host_is_out_of_sight() {
    let stand = Stand::new();
    let cell = stand.cell();
    let said = bash(&cell, "ls -d /proc/[0-9]* | wc -l; hostname; cat /proc/1/environ; env");
    assert!(
        said.stdout.lines().next().is_some_and(|count| count.parse::<u32>().expect("a number") < 8),
        "{said:?}"
    );
    assert_eq!(said.stdout.lines().nth(1), Some("cell"), "{said:?}");
    assert!(!said.stdout.contains("CARGO_"), "the host's environment came through: {said:?}");
    assert_ne!(bash(&cell, &format!("kill -0 {}", std::process::id())).code, 0);
}

#[test]
fn variables_for_the_program_do_not_reach_the_host_side() {
    let stand = Stand::new();
    let cell =
        stand.profile().env("LD_PRELOAD", "/nonexistent.so").env("WANTED", "yes").prepare().expect("a cell");
    let said = run(&cell, &["/usr/bin/env"]);
    assert!(
        said.stdout.contains("WANTED=yes") && said.stdout.contains("LD_PRELOAD=/nonexistent.so"),
        "{said:?}"
    );
    assert!(!said.stdout.contains("GUARD_CELL_ENV_"), "{said:?}");
    // The loader complains once, for the program, and not for bubblewrap and the stage.
    assert_eq!(said.stderr.matches("nonexistent.so").count(), 1, "{said:?}");
}

#[test]
fn inherited_files_are_closed() {
    let stand = Stand::new();
    let secret = std::fs::File::open(stand.path("outside/secret")).expect("a file");
    // Without the close-on-exec flag, as a careless host would have it.
    rustix::io::fcntl_setfd(&secret, rustix::io::FdFlags::empty()).expect("a flag");
    let said = bash(&stand.cell(), "cat <&3 || cat <&4 || cat <&5");
    assert!(!said.stdout.contains("canary"), "{said:?}");
    let said = bash(&stand.cell(), "for f in /proc/$$/fd/*; do readlink $f; done");
    assert!(!said.stdout.contains("outside"), "{said:?}");
}

#[test]
fn limits_hold() {
    let stand = Stand::new();
    let limits = guard_sandbox::Limits { cpu_seconds: 1, file_bytes: 1 << 20, ..Default::default() };
    let cell = stand.profile().limits(limits).prepare().expect("a cell");
    assert_ne!(bash(&cell, "head -c 2000000 /dev/zero > big").code, 0);
    assert!(stand.path("project/big").metadata().expect("a file").len() <= 1 << 20);
    assert_ne!(bash(&cell, "while :; do :; done").code, 0);
    assert_eq!(bash(&cell, "ulimit -c").stdout.trim(), "0");
}

#[test]
fn what_goes_wrong_inside_is_said() {
    let stand = Stand::new();
    let said = run(&stand.cell(), &["no-such-program"]);
    assert_eq!((said.code, said.stderr.trim()), (126, "guard-stage: stage-no-program"));
}

/// While one program swaps a directory of the project for a link that leads out, cells around it start. What they
/// show is the project, or they do not start.
#[test]
fn a_directory_that_is_swapped_for_a_link_shows_nothing_else() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let stand = Stand::new();
    let (a, b) = (stand.path("project/conf"), stand.path("project/link"));
    std::fs::create_dir(&a).expect("a directory");
    stand.write("project/conf/secret", "harmless");
    std::os::unix::fs::symlink(stand.path("outside"), &b).expect("a link");
    let cell = stand.profile().guarded([a.join("secret")]).prepare().expect("a cell");
    let is_over = AtomicBool::new(false);
    let shown = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let flags = rustix::fs::RenameFlags::EXCHANGE;
                // Refused now and then, while the kernel takes mounts away from it.
                rustix::fs::renameat_with(rustix::fs::CWD, &a, rustix::fs::CWD, &b, flags).ok();
            }
        });
        // Most starts end where the host finds a link.
        let starts = (0..20_000).filter_map(|_| try_run(&cell, &["cat", "conf/secret", "link/secret"]));
        let shown: Vec<Said> = starts.take(60).collect();
        is_over.store(true, Ordering::Relaxed);
        shown
    });
    assert!(!shown.is_empty(), "no start got as far as bubblewrap");
    let seen = shown.iter().find(|said| said.stdout.contains("canary"));
    assert!(seen.is_none(), "something outside was shown: {seen:?}");
}
