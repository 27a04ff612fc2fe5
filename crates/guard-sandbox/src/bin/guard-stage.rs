//! The stage as a program of its own, for hosts that cannot call it from their own `main`.

fn main() {
    guard_sandbox::stage::run_if_requested();
    eprintln!("guard-stage: it is started by the library, inside a cell");
    std::process::exit(2);
}
