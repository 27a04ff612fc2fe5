//! What the relay tells: calls on record as they are booked, refusals for the person.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use guard_agent::relay::{Booked, Event as Told, Host, Refusal};
use guard_audit::{Event, Outcome};
use tokio::sync::mpsc;

use crate::gate::{Admitted, Books};

/// News that wait for the person; more are only on record.
const WAITING: usize = 64;
/// Refusals of one run on record: a program in the cell can cause them without end.
const REFUSALS: u32 = 200;

/// Something at the relay that a person wants to know at once.
#[derive(Debug)]
pub(super) enum News {
    /// A call was refused.
    Refused(Refusal),
    /// A host was asked for that nobody approved.
    HostRefused(Host),
}

/// A listener for the relay of one request, and what it passes on.
pub(super) fn listener(
    books: Arc<Books>,
    admitted: &Admitted,
) -> (impl Fn(Told) + Send + Sync + 'static, mpsc::Receiver<News>) {
    let (send, receive) = mpsc::channel(WAITING);
    let (actor, id) = (admitted.principal().actor(), admitted.id().to_owned());
    let refusals = AtomicU32::new(0);
    let listen = move |told: Told| {
        let (event, news) = match told {
            Told::Booked(booked) => (called(&booked), None),
            // The host has an event of its own.
            Told::Refused(Refusal::Host) => return,
            Told::Refused(refusal) => {
                let event = Event::new("model_call_refused").outcome(Outcome::Failure);
                (event.detail("code", refusal.code()), Some(News::Refused(refusal)))
            }
            Told::HostRefused(host) => {
                let event = Event::new("network_refused").outcome(Outcome::Failure);
                (event.object(host.to_string()), Some(News::HostRefused(host)))
            }
            Told::TunnelOpened(host) => (Event::new("network_opened").object(host.to_string()), None),
            Told::TunnelClosed { host, sent, received } => {
                let event = Event::new("network_closed").object(host.to_string());
                (event.detail("sent", sent).detail("received", received), None)
            }
            _ => return,
        };
        if news.is_some() && refusals.fetch_add(1, Ordering::Relaxed) >= REFUSALS {
            return;
        }
        // The money is in the ledger; this says what it was for. A record that is full stops the next step of the run.
        books.log().append_relaxed(&event.actor(&actor).id(&id)).ok();
        if let Some(news) = news {
            send.try_send(news).ok();
        }
    };
    (listen, receive)
}

fn called(booked: &Booked) -> Event {
    let tokens = booked.tokens;
    Event::new("model_called")
        .object(booked.model.as_ref())
        .outcome(if booked.complete { Outcome::Success } else { Outcome::Unknown })
        .detail("micro_usd", booked.cost.get())
        .detail("input", tokens.input)
        .detail("output", tokens.output)
        .detail("cache_write", tokens.cache_write.saturating_add(tokens.cache_write_hour))
        .detail("cache_read", tokens.cache_read)
}
