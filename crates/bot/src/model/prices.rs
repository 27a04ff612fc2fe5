//! What the known models cost: a data file with its source, and the owner's own entries before it.

use guard_agent::MicroUsd;
use guard_agent::relay::{Model, Price};
use guard_ratelimit::Usd;
use serde::Deserialize;

/// One copy, beside the code.
const KNOWN: &str = include_str!("../../data/prices.toml");

/// A model with its price and sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Priced {
    /// As the API names it.
    pub(crate) name: String,
    /// What its tokens cost, and how many one call can have.
    pub(crate) model: Model,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    source: String,
    date: String,
    model: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Row {
    name: String,
    input: String,
    output: String,
    cache_write: String,
    cache_write_hour: String,
    cache_read: String,
    context_tokens: u64,
    output_tokens: u64,
}

impl Row {
    fn parse(&self) -> Option<Model> {
        let price = Price {
            input: micros(&self.input)?,
            output: micros(&self.output)?,
            cache_write: micros(&self.cache_write)?,
            cache_write_hour: micros(&self.cache_write_hour)?,
            cache_read: micros(&self.cache_read)?,
        };
        Some(Model { price, context_tokens: self.context_tokens, output_tokens: self.output_tokens })
    }
}

fn micros(text: &str) -> Option<MicroUsd> {
    Usd::parse(text).ok().map(|amount| MicroUsd::new(amount.micros()))
}

/// The price of `name`: the owner's own where there is one, else that of the data file; `None` where nobody knows it,
/// so that the model cannot be used.
pub(crate) fn priced(name: &str, own: &[Priced]) -> Option<Priced> {
    if let Some(own) = own.iter().find(|priced| priced.name == name) {
        return Some(own.clone());
    }
    // A test reads all of the file; what could not be read has no price, and cannot be used.
    let file: File = toml::from_str(KNOWN).ok()?;
    let row = file.model.iter().find(|row| row.name == name)?;
    Some(Priced { name: row.name.clone(), model: row.parse()? })
}

/// Where the prices of the data file are from, and when they were read.
pub(crate) fn source() -> Option<String> {
    let file: File = toml::from_str(KNOWN).ok()?;
    Some(format!("{} of {}", file.source, file.date))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_data_file_is_a_price_from_a_dated_source() {
        let file: File = toml::from_str(KNOWN).unwrap();
        assert!(file.source.starts_with("https://") && file.date.len() == 10);
        let names: Vec<_> = file.model.iter().map(|row| row.name.as_str()).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "sorted, none twice");
        for row in &file.model {
            let Model { price, context_tokens, output_tokens } = row.parse().unwrap();
            let rising =
                [price.cache_read, price.input, price.cache_write, price.cache_write_hour, price.output];
            assert!(rising.is_sorted() && rising[0] > MicroUsd::ZERO, "{}", row.name);
            assert!(output_tokens < context_tokens && output_tokens >= 4_096, "{}", row.name);
        }
    }

    #[test]
    fn the_owners_price_comes_first_and_an_unknown_model_has_none() {
        let known = priced("claude-sonnet-4-5", &[]).unwrap();
        assert_eq!(known.model.price.input, MicroUsd::new(3_000_000));
        let mut own = known.clone();
        own.model.price.input = MicroUsd::new(1);
        assert_eq!(priced("claude-sonnet-4-5", std::slice::from_ref(&own)), Some(own));
        assert_eq!(priced("sonnet", &[]), None);
        assert_eq!(priced("claude-unheard-of", &[]), None);
    }
}
