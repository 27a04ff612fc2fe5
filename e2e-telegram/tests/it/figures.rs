//! How long and how large: printed, and held below bounds that only a defect passes.

use std::fs;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::bot::Bot;

/// A field of the process's status, in KiB.
fn kib(bot: &Bot, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", bot.pid())).expect("a process");
    let line = status.lines().find(|line| line.starts_with(field)).expect("a size");
    line.split_whitespace().nth(1).and_then(|size| size.parse().ok()).expect("a number")
}

/// Milliseconds of the processor that the process has used.
fn used(bot: &Bot) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", bot.pid())).expect("a process");
    let after_name = stat.rsplit(')').next().expect("fields");
    let ticks =
        after_name.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("a number"));
    ticks.sum::<u64>() * 10
}

fn median(mut times: Vec<u128>) -> u128 {
    times.sort_unstable();
    times[times.len() / 2]
}

#[test]
fn start_latency_and_memory() {
    let mut bot = Bot::new();
    let launched = Instant::now();
    bot.start();
    let start = launched.elapsed().as_millis();
    let ada = bot.ada();
    let (mut begun, mut answered) = (Vec::new(), Vec::new());
    for number in 0..20 {
        let name = format!("at-{number}");
        let sent = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_nanos();
        let asked = Instant::now();
        let said = ada.say(&format!("date +%s%N > web/{name}; echo done {number}"));
        ada.wait_text(said, &format!("done {number}"));
        answered.push(asked.elapsed().as_millis());
        let at: u128 = bot.read(&format!("web/{name}")).trim().parse().expect("nanoseconds");
        begun.push(at.saturating_sub(sent) / 1_000_000);
        // The pace of messages in one chat is not what is measured.
        std::thread::sleep(Duration::from_millis(1100));
    }
    let idle = used(&bot);
    std::thread::sleep(Duration::from_secs(10));
    let idle = used(&bot) - idle;
    let (begun, answered) = (median(begun), median(answered));
    let (all, own) = (kib(&bot, "VmRSS:") / 1024, kib(&bot, "RssAnon:") / 1024);
    println!(
        "started in {start} ms; from an update to the command it asks for {begun} ms, to the answer {answered} ms \
         (medians of 20); idle {all} MiB, {own} MiB of them its own, {idle} ms of processor in 10 s"
    );
    assert!(start < 20_000 && begun < 5_000 && answered < 8_000 && own < 64 && idle < 500);
}
