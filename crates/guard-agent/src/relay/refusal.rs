//! What the relay refuses, and how it tells the client.

use std::fmt;

use hyper::StatusCode;

/// Why the relay did not pass a request on, or an answer back.
///
/// The client in the cell gets each as an error in the model API's own shape, with the code in `x-guard-code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// Not one of the model API's methods and paths that a run needs.
    Path,
    /// A header asks for a feature that the price does not cover, or for a body in another encoding.
    Header,
    /// The request is not one JSON object of the API's shape.
    Body,
    /// The request is longer than the limit.
    BodyTooLarge,
    /// The client did not send its request in time.
    BodyTimeout,
    /// The model is not one that was configured with a price.
    Model,
    /// The request asks for more output than the model has.
    OutputLimit,
    /// The request has a field that may change the price, or make the API contact others.
    Field,
    /// The request has a tool that runs at the API instead of in the cell.
    ServerTool,
    /// The request has an image or a document that the API would fetch from elsewhere.
    RemoteSource,
    /// The budget does not cover the call.
    BudgetUsedUp,
    /// The budget is reserved by calls under way, and none of them ended in time.
    BudgetBusy,
    /// The meter cannot book, so nothing may be spent.
    MeterUnavailable,
    /// The model API could not be reached.
    UpstreamUnreachable,
    /// The model API did not answer in time, or stopped in the middle.
    UpstreamTimeout,
    /// The answer is not the model API's: its form, its status or what it repeats.
    UpstreamGarbage,
    /// The answer is longer than the limit.
    AnswerTooLarge,
    /// Nobody approved this host, or it is not an exact host and port.
    Host,
    /// The host leads to an address that is not on the public internet.
    Address,
    /// The host could not be resolved or reached.
    HostUnreachable,
    /// Too many tunnels are open.
    TunnelsFull,
}

impl Refusal {
    /// A stable name for audit records and tests.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Path => "relay-path-refused",
            Self::Header => "relay-header-refused",
            Self::Body => "relay-body-refused",
            Self::BodyTooLarge => "relay-body-too-large",
            Self::BodyTimeout => "relay-body-timeout",
            Self::Model => "relay-model-refused",
            Self::OutputLimit => "relay-output-limit-refused",
            Self::Field => "relay-field-refused",
            Self::ServerTool => "relay-server-tool-refused",
            Self::RemoteSource => "relay-remote-source-refused",
            Self::BudgetUsedUp => "relay-budget-used-up",
            Self::BudgetBusy => "relay-budget-busy",
            Self::MeterUnavailable => "relay-meter-unavailable",
            Self::UpstreamUnreachable => "relay-upstream-unreachable",
            Self::UpstreamTimeout => "relay-upstream-timeout",
            Self::UpstreamGarbage => "relay-upstream-garbage",
            Self::AnswerTooLarge => "relay-answer-too-large",
            Self::Host => "relay-host-refused",
            Self::Address => "relay-address-refused",
            Self::HostUnreachable => "relay-host-unreachable",
            Self::TunnelsFull => "relay-tunnels-full",
        }
    }

    pub(crate) fn status(self) -> StatusCode {
        StatusCode::from_u16(self.facts().0).unwrap_or(StatusCode::FORBIDDEN)
    }

    /// The refusal as the API would write it.
    pub(crate) fn json(self) -> String {
        let (status, message) = self.facts();
        let kind = match status {
            400 => "invalid_request_error",
            402 => "billing_error",
            403 => "permission_error",
            408 | 504 => "timeout_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            _ => "api_error",
        };
        format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"guard: {message}"}}}}"#)
    }

    /// The status, and what a person reads.
    const fn facts(self) -> (u16, &'static str) {
        match self {
            Self::Path => (403, "only the model API's own paths are open"),
            Self::Header => (403, "a header asks for something that is not open here"),
            Self::Body => (400, "the request is not well-formed"),
            Self::BodyTooLarge => (413, "the request is too large"),
            Self::BodyTimeout => (408, "the request was not sent in time"),
            Self::Model => (403, "this model is not the configured one"),
            Self::OutputLimit => (400, "max_tokens is more than the model has"),
            Self::Field => (403, "the request has a field that is not open here"),
            Self::ServerTool => (403, "tools that run at the API are not open"),
            Self::RemoteSource => (403, "content that the API would fetch is not open"),
            Self::BudgetUsedUp => (402, "the budget of this run is used up"),
            Self::BudgetBusy => (429, "the budget of this run is reserved by other calls"),
            Self::MeterUnavailable => (500, "the cost of this call cannot be booked"),
            Self::UpstreamUnreachable => (502, "the model API cannot be reached"),
            Self::UpstreamTimeout => (504, "the model API did not answer in time"),
            Self::UpstreamGarbage => (502, "the model API gave no usable answer"),
            Self::AnswerTooLarge => (502, "the model API's answer is too large"),
            Self::Host => (403, "nobody approved this host"),
            Self::Address => (403, "this host is not on the public internet"),
            Self::HostUnreachable => (502, "this host cannot be reached"),
            Self::TunnelsFull => (429, "too many connections are open"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.facts().1)
    }
}
