//! Puts a relay and its forwarder in front of a model API on this machine, and prints what passes.
//!
//! Run with: `cargo run -p guard-examples --example relay -- http://127.0.0.1:8123 MODEL`, then point a client at the
//! printed address with any key: `curl -d '{"model":"MODEL","max_tokens":9,"messages":[]}' ADDRESS/v1/messages`.

use std::error::Error;
use std::sync::Arc;

use guard_agent::relay::forward::Forwarder;
use guard_agent::relay::{Budget, Credential, MicroUsd, Model, Models, Options, Price, Relay, Upstream};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(upstream), Some(model)) = (arguments.next(), arguments.next()) else {
        return Err("give the address of a model API and the name of a model".into());
    };
    let dollars = |dollars: u64| MicroUsd::new(dollars * 1_000_000);
    let price = Price {
        input: dollars(3),
        output: dollars(15),
        cache_write: dollars(4),
        cache_write_hour: dollars(6),
        cache_read: dollars(1),
    };
    let budget = Arc::new(Budget::new(dollars(1)));
    let meter = Arc::clone(&budget);
    let models = Models::new().with(&model, Model { price, context_tokens: 200_000, output_tokens: 64_000 });
    let directory = tempfile::tempdir()?;
    // The client has any key; this one is added here, outside.
    let credential = Credential::ApiKey("the-key-that-stays-outside".into());
    let options = Options::new(directory.path(), Upstream::parse(&upstream)?, credential, models, meter);
    let relay = Relay::start(options.on_event(move |event| println!("{event:?}, {budget:?}")))?;
    let forwarder = Forwarder::bind(0)?;
    println!("http://127.0.0.1:{}", forwarder.port());
    forwarder.run(relay.socket())
}
