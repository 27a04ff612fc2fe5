//! What models cost, where the owner knows better than the data file.

use std::collections::BTreeMap;

use guard_agent::MicroUsd;
use guard_agent::relay::{Model, Price};
use guard_ratelimit::Usd;

use super::fault::Fault;
use super::policy_file::Item;
use super::reader::{Reader, plain};
use super::report::{Place, Source};
use super::settings as at;
use super::values;
use crate::model::Priced;

const FIELDS: [&str; 8] = [
    "model",
    "input",
    "output",
    "cache-write",
    "cache-write-hour",
    "cache-read",
    "context-tokens",
    "output-tokens",
];
/// No model has more; a price times this fits every counter.
const MAX_TOKENS: u64 = 100_000_000;

impl Reader<'_> {
    /// The complete entries; whatever is wrong with another is reported.
    pub(super) fn prices(&mut self) -> Vec<Priced> {
        let tables = self.tables(at::PRICES, &FIELDS, &[]);
        let mut prices = Vec::new();
        for (line, table) in tables {
            match priced(line, &table) {
                Ok(priced) => prices.push(priced),
                Err((line, fault)) => self.refuse(Place::line(Source::PolicyFile, line), fault),
            }
        }
        prices
    }
}

fn priced(line: usize, table: &BTreeMap<String, Item>) -> Result<Priced, (usize, Fault)> {
    let field = |name: &str| table.get(name).ok_or((line, Fault::PriceIncomplete));
    let text = |item: &Item| plain(&item.text).map(str::to_owned).map_err(|fault| (item.line, fault));
    let money = |name: &str| {
        let item = field(name)?;
        match Usd::parse(&text(item)?) {
            // A plan without a price per token is zero, which has to be written out.
            Ok(amount) if amount.micros() <= 1_000_000_000_000 => Ok(MicroUsd::new(amount.micros())),
            Ok(_) | Err(_) => Err((item.line, Fault::NotAnAmount)),
        }
    };
    let tokens = |name: &str| {
        let item = field(name)?;
        values::number::<1, MAX_TOKENS>(&text(item)?).map_err(|fault| (item.line, fault))
    };
    let name = field("model")?;
    let name = values::model(&text(name)?).map_err(|fault| (name.line, fault))?;
    let price = Price {
        input: money("input")?,
        output: money("output")?,
        cache_write: money("cache-write")?,
        cache_write_hour: money("cache-write-hour")?,
        cache_read: money("cache-read")?,
    };
    let model =
        Model { price, context_tokens: tokens("context-tokens")?, output_tokens: tokens("output-tokens")? };
    Ok(Priced { name, model })
}
