//! Takes secrets out of what is typed or piped in.
//!
//! Run with `cargo run -p guard-examples --example redact < build.log`.

use std::io::{self, Read as _, Write as _};

use guard_core::secret::Redactor;

fn main() -> io::Result<()> {
    // A program also gives its own tokens: `Redactor::with_values([token])?`.
    let mut stream = Redactor::new().stream();
    let mut chunk = [0; 8192];
    loop {
        let count = io::stdin().read(&mut chunk)?;
        if count == 0 {
            return io::stdout().write_all(&stream.finish());
        }
        io::stdout().write_all(&stream.push(&chunk[..count]))?;
    }
}
