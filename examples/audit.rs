//! An audit log that somebody edits.
//!
//! Run with `cargo run -p guard-examples --example audit`.

use guard_audit::{Event, Filter, Log, Outcome, Timestamp, Verification, newest, verify};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let place = tempfile::tempdir()?;
    let dir = place.path().join("audit");

    let log = Log::open(&dir)?;
    log.append(&Event::new("authn_login_success").actor("user:7").outcome(Outcome::Success))?;
    log.append(&Event::new("authz_fail").actor("user:7").object("/etc/shadow").outcome(Outcome::Failure))?;
    log.append(&Event::new("order_refunded").actor("user:7").detail("text", "\u{1b}[2Jnothing to see"))?;
    let risk = log.risk("user:7")?;
    println!(
        "risk of user:7 {}, because of {:?}",
        risk.score(Timestamp::default()),
        risk.terms(Timestamp::default())
    );

    // Kept outside the machine, this receipt is a witness.
    let witness = log.close()?;
    println!("{}", verify(&dir, &Verification::new().expect(witness.seq, witness.hash))?);
    for record in newest(&dir, &Filter { limit: Some(2), ..Filter::default() })? {
        println!("  {}", record?);
    }

    let file = dir.join("0000000000000001.jsonl");
    let edited = std::fs::read_to_string(&file)?.replace("/etc/shadow", "/etc/motd");
    std::fs::write(&file, edited)?;
    match verify(&dir, &Verification::new()) {
        Ok(report) => println!("{report}"),
        Err(error) => println!("{}: {error}", error.code()),
    }
    Ok(())
}
