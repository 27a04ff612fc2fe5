//! The models that may be called, and what a call may cost at most.

use super::{MicroUsd, Price, RelayError};

/// Models that a request is compared with.
const MODELS: usize = 16;
/// What the API adds to a request in front of its own text: the instructions for tools.
const ADDED: u64 = 4096;
/// More than the API counts for one image at its highest resolution.
const IMAGE: u64 = 5_000;

/// The price and size of one model.
///
/// Where a price depends on the length of the input, give the higher one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model {
    /// What its tokens cost.
    pub price: Price,
    /// The most input that one call can have, in tokens.
    pub context_tokens: u64,
    /// The most output that one call can ask for, in tokens. It bounds what a call that breaks off is booked at.
    pub output_tokens: u64,
}

/// The models that a run may call: usually the configured one and the small one that its client uses beside it.
#[derive(Clone, Debug, Default)]
pub struct Models {
    named: Vec<(Box<str>, Model)>,
}

impl Models {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Also this one, under exactly this name.
    #[must_use]
    pub fn with(mut self, name: &str, model: Model) -> Self {
        self.named.push((name.into(), model));
        self
    }

    pub(crate) fn parse(self) -> Result<Self, RelayError> {
        if (1..=MODELS).contains(&self.named.len()) { Ok(self) } else { Err(RelayError::Models) }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Model> {
        self.named.iter().find(|(known, _)| &**known == name).map(|(_, model)| model)
    }
}

/// What is known about a request's size before it is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Bytes of the request without the images in it.
    pub(crate) text_bytes: u64,
    pub(crate) images: u64,
    /// Whether something is in it whose tokens no size tells: a document is compressed pages.
    pub(crate) unbounded: bool,
    pub(crate) max_tokens: u64,
}

/// The most that one call can cost, apart by what is known when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quote {
    pub(crate) input: MicroUsd,
    pub(crate) output: MicroUsd,
}

impl Quote {
    /// Prices the most input and output that a call can have. A byte of text is at most one token.
    pub(crate) fn new(model: &Model, extent: &Extent) -> Self {
        let images = extent.images.saturating_mul(IMAGE);
        let counted = extent.text_bytes.saturating_add(images).saturating_add(ADDED);
        let most = if extent.unbounded { model.context_tokens } else { counted.min(model.context_tokens) };
        Self { input: model.price.worst_input(most), output: model.price.worst_output(extent.max_tokens) }
    }

    pub(crate) fn worst(&self) -> MicroUsd {
        self.input.saturating_add(self.output)
    }
}
