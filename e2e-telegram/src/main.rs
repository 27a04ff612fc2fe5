//! `telegram-test-server [PORT]`: prints its address and the bot's token; `/control/ACTION` moves its people.

fn main() {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(0);
    guard_e2e_telegram::run(port);
}
