//! The end of a cell is the end of everything in it.

use std::time::{Duration, Instant};

use guard_sandbox::{Cell, Streams};

use super::stand::{Stand, bash, is_running, mark};

/// A script that leaves a process behind in every way, each marked.
fn leave(mark: &str) -> String {
    format!(
        "sleep 1000.{mark} & setsid sleep 1000.{mark} & (setsid sh -c 'sleep 1000.{mark} & exit' &); \
         nohup setsid -f sleep 1000.{mark} >/dev/null 2>&1 </dev/null; trap '' INT TERM HUP;"
    )
}

#[track_caller]
fn survivors_are_killed(cell: &Cell, mark: &str) {
    // The program ends by itself.
    let said = bash(cell, &format!("{} exit 7", leave(mark)).replace('&', ">/dev/null 2>&1 &"));
    assert_eq!(said.code, 7, "{said:?}");
    assert!(!is_running(&format!("1000.{mark}")), "a process survived the program");
    // The program ignores everything but SIGKILL.
    let script = format!("{} echo ready; while :; do sleep 0.01; done", leave(mark));
    let mut run = cell.spawn(["bash", "-c", &script], ".", Streams::captured()).expect("a started program");
    let mut ready = [0; 5];
    std::io::Read::read_exact(&mut run.stdout().expect("a pipe"), &mut ready).expect("a word");
    assert!(is_running(&format!("1000.{mark}")), "nothing was started");
    let exit = run.stop(Duration::from_millis(100)).expect("a stop");
    assert_eq!(exit.signal(), Some(9), "{exit:?}");
    assert!(!is_running(&format!("1000.{mark}")), "a process survived the stop");
}

#[test]
fn nothing_survives() {
    survivors_are_killed(&Stand::new().cell(), &mark(7301));
}

#[test]
fn nothing_survives_a_degraded_cell() {
    survivors_are_killed(&Stand::new().degraded(), &mark(7302));
}

#[track_caller]
fn an_interrupt_is_enough(cell: &Cell) {
    // A shell that begins to wait, for a program or by `wait`, may miss an interrupt at that moment; this one never waits.
    let script = "trap 'exit 3' INT; echo ready; while :; do :; done";
    let mut run = cell.spawn(["bash", "-c", script], ".", Streams::captured()).expect("a started program");
    let mut ready = [0; 5];
    std::io::Read::read_exact(&mut run.stdout().expect("a pipe"), &mut ready).expect("a word");
    let stopper = run.stopper();
    let stop = std::thread::spawn(move || stopper.stop(Duration::from_secs(10)));
    assert_eq!(run.wait().expect("a wait").code(), 3);
    stop.join().expect("a thread").expect("a stop");
}

#[test]
fn a_program_can_end_decently() {
    an_interrupt_is_enough(&Stand::new().cell());
    an_interrupt_is_enough(&Stand::new().degraded());
}

#[test]
fn a_dropped_run_is_killed() {
    for (cell, mark) in [(Stand::new().cell(), mark(7303)), (Stand::new().degraded(), mark(7304))] {
        let sleep = format!("1000.{mark}");
        let run = cell.spawn(["sleep", &sleep], "/", Streams::captured());
        assert_eq!(run.err().map(|error| error.code()), Some("cell-bad-working-directory"));
        let run = cell.spawn(["sleep", &sleep], ".", Streams::captured()).expect("a started program");
        std::thread::sleep(Duration::from_millis(300));
        assert!(is_running(&sleep), "nothing was started");
        drop(run);
        assert!(!is_running(&sleep), "a process survived");
    }
}

#[test]
fn a_cell_outlives_the_thread_that_started_it() {
    let stand = Stand::new();
    let cell = stand.cell();
    let started = std::thread::spawn(move || cell.spawn(["sleep", "0.5"], ".", Streams::captured()));
    let mut run = started.join().expect("a thread").expect("a started program");
    assert_eq!(run.wait().expect("a wait").code(), 0);
}

#[allow(clippy::disallowed_methods, reason = "the test is about time")]
#[test]
fn a_fork_bomb_is_stopped() {
    for cell in [Stand::new().cell(), Stand::new().degraded()] {
        // Bounded in depth, so that a failure of this test does not take the machine with it.
        let sleep = format!("1000.{}", mark(7305));
        let script = format!(
            "f() {{ if [ $1 -gt 0 ]; then f $(($1 - 1)) & f $(($1 - 1)) & fi; exec sleep {sleep}; }}; f 7 & sleep 100"
        );
        let mut run =
            cell.spawn(["bash", "-c", &script], ".", Streams::captured()).expect("a started program");
        std::thread::sleep(Duration::from_millis(500));
        let start = Instant::now();
        run.stop(Duration::ZERO).expect("a stop");
        assert!(start.elapsed() < Duration::from_secs(5), "took {:?}", start.elapsed());
        assert!(!is_running(&sleep), "a process survived");
    }
}

/// The host is killed, so the cell has to notice by itself.
#[test]
fn nothing_survives_the_host() {
    for (mode, mark) in [("whole", mark(7306)), ("degraded", mark(7307))] {
        let sleep = format!("1000.{mark}");
        let mut host = std::process::Command::new(env!("CARGO_BIN_EXE_e2e-stage"))
            .args(["host", mode, &sleep])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("a host");
        let mut ready = [0; 5];
        std::io::Read::read_exact(&mut host.stdout.take().expect("a pipe"), &mut ready).expect("a word");
        for _ in 0..100 {
            if is_running(&format!("sleep\0{sleep}")) {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(is_running(&format!("sleep\0{sleep}")), "nothing was started");
        host.kill().expect("a kill");
        host.wait().expect("a wait");
        for _ in 0..100 {
            if !is_running(&sleep) {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(!is_running(&sleep), "{mode}: a process survived the host");
        std::fs::remove_dir_all(format!("/var/tmp/guard-e2e-{}", host.id()))
            .expect("the directory of the host");
    }
}
