//! The stage of the cells of these tests, and the agent's parent in them.

fn main() {
    guard_sandbox::stage::run_if_requested();
    guard_agent::claude::run_if_requested();
    eprintln!("it is started by the tests, inside a cell");
    std::process::exit(2);
}
