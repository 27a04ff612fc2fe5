//! The money of one call, from its reservation to its release.

use std::pin::pin;
use std::sync::Arc;

use tokio::time::timeout;

use super::event::{Booked, Event};
use super::model::{Model, Quote};
use super::state::Shared;
use super::usage::Told;
use super::{MeterRefusal, MicroUsd, Refusal, Tokens};

/// A granted call. Dropped at any point, it books the most that cannot be ruled out at that point.
pub(crate) struct Booking {
    shared: Arc<Shared>,
    name: Box<str>,
    model: Model,
    quote: Quote,
    call: u64,
    message: Option<Box<str>>,
    tokens: Tokens,
    /// Whether the request may have reached the API.
    sent: bool,
    told: Told,
}

impl Booking {
    /// Asks the meter, and again whenever another call is over while the meter says to wait.
    pub(crate) async fn reserve(
        shared: Arc<Shared>,
        name: Box<str>,
        model: Model,
        quote: Quote,
    ) -> Result<Self, Refusal> {
        let call = shared.next_call();
        let granted = async {
            loop {
                let mut released = pin!(shared.released.notified());
                // From here on no release is missed.
                released.as_mut().enable();
                match shared.meter.reserve(call, quote.worst()) {
                    Ok(()) => return Ok(()),
                    Err(MeterRefusal::Wait) => released.await,
                    Err(MeterRefusal::UsedUp) => return Err(Refusal::BudgetUsedUp),
                    Err(MeterRefusal::Unavailable) => return Err(Refusal::MeterUnavailable),
                }
            }
        };
        timeout(shared.limits.first_byte, granted).await.unwrap_or(Err(Refusal::BudgetBusy))?;
        let (tokens, told) = (Tokens::default(), Told::Nothing);
        Ok(Self { shared, name, model, quote, call, message: None, tokens, sent: false, told })
    }

    /// From now on the API may have counted tokens.
    pub(crate) fn sent(&mut self) {
        self.sent = true;
    }

    /// The API answered with an error, for which it charges nothing.
    pub(crate) fn not_charged(&mut self) {
        self.sent = false;
    }

    /// Books what the answer has told so far.
    pub(crate) fn observe(&mut self, message: &str, tokens: Tokens, told: Told) {
        self.told = told;
        if self.message.is_none() || tokens != self.tokens {
            self.message.get_or_insert_with(|| message.into());
            self.tokens = tokens;
            self.shared.meter.observe(self.call, self.model.price.of(&tokens));
        }
    }

    /// What was told; beside it, unless that is final, the output that may have been written unseen.
    fn cost(&self) -> MicroUsd {
        let told = self.model.price.of(&self.tokens);
        match (self.sent, self.told) {
            (false, _) => MicroUsd::ZERO,
            (true, Told::Everything) => told,
            (true, Told::Input) => {
                let input = self.model.price.of(&Tokens { output: 0, ..self.tokens });
                told.max(input.saturating_add(self.quote.output))
            }
            (true, Told::Nothing) => told.max(self.quote.worst()),
        }
    }
}

impl Drop for Booking {
    fn drop(&mut self) {
        let cost = self.cost();
        if self.sent {
            self.shared.meter.observe(self.call, cost);
        }
        self.shared.meter.release(self.call);
        self.shared.released.notify_waiters();
        if self.sent {
            let (message, model) = (self.message.take(), std::mem::take(&mut self.name));
            let (tokens, complete) = (self.tokens, self.told == Told::Everything);
            self.shared.tell(Event::Booked(Booked {
                call: self.call,
                message,
                model,
                tokens,
                cost,
                complete,
            }));
        }
    }
}
