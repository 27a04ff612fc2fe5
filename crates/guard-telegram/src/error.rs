use std::time::Duration;

/// Why something did not happen. No variant holds text of the server, a token, an address or a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The token is not of the form that Telegram gives out.
    #[error("the bot token is not of the form 123456789:secret")]
    Token,
    /// The address of the server is neither https nor http on this machine.
    #[error("the api address must be https, or http on this machine")]
    ApiUrl,
    /// There is no certificate to trust.
    #[error("no trusted root certificates were found")]
    Roots,
    /// 401 or 404 for every method: the token is unknown or was revoked.
    #[error("telegram does not know this token")]
    Unauthorized,
    /// 404: the server is older than the method.
    #[error("the server does not know this method")]
    NoMethod,
    /// 409: another process asks for the updates of the same bot.
    #[error("another process polls with the same token")]
    OtherPoller,
    /// 409: the bot has a webhook, so its updates cannot be polled.
    #[error("a webhook is set; it must be deleted before updates can be polled")]
    WebhookSet,
    /// 429: too much; come back later.
    #[error("telegram asks to come back later")]
    RetryAfter {
        /// When.
        after: Duration,
    },
    /// 403: the person blocked the bot, left, or never wrote to it.
    #[error("the bot may not write to this chat")]
    Forbidden,
    /// 400: the chat does not exist, or a group became another chat.
    #[error("there is no such chat")]
    ChatGone {
        /// The chat that the group became.
        moved_to: Option<i64>,
    },
    /// 400: the message does not exist or may no longer be changed.
    #[error("the message cannot be changed")]
    MessageGone,
    /// 400: the message already says that.
    #[error("the message is not modified")]
    NotModified,
    /// 400: the tap was answered before or too long ago.
    #[error("the tap can no longer be answered")]
    TapExpired,
    /// A message, caption, file or answer that is larger than allowed.
    #[error("larger than allowed")]
    TooLarge,
    /// Telegram refused the request, which is a mistake of this crate or its caller.
    #[error("telegram refused the request with status {status}")]
    Refused {
        /// The status of HTTP, or the code in its place.
        status: u16,
    },
    /// 5xx: Telegram, or a proxy in front of it, is in trouble.
    #[error("telegram has a problem, status {status}")]
    Server {
        /// The status of HTTP.
        status: u16,
    },
    /// No connection; nothing was sent.
    #[error("telegram cannot be reached")]
    Unreachable,
    /// The connection broke before the answer was complete; the request may have had its effect.
    #[error("the connection broke")]
    BrokenOff,
    /// The answer did not come in time; the request may have had its effect.
    #[error("no answer in time")]
    Timeout,
    /// The answer is not what the Bot API describes.
    #[error("the answer cannot be understood")]
    Undecodable,
    /// Too many messages wait for their turn in this chat.
    #[error("too many messages wait for this chat")]
    Backlog,
    /// The text is empty, which Telegram does not send.
    #[error("there is nothing to send")]
    Empty,
    /// Data on a button that is empty or longer than 64 bytes.
    #[error("the data of a button must have 1 to 64 bytes")]
    ButtonData,
    /// The server named a file in a way that must not become part of an address.
    #[error("the server's name for the file is not usable")]
    FilePath,
    /// The local file could not be read or written.
    #[error("the local file could not be read or written")]
    LocalFile,
}

impl Error {
    /// The stable name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Token => "telegram-token",
            Self::ApiUrl => "telegram-api-url",
            Self::Roots => "telegram-roots",
            Self::Unauthorized => "telegram-unauthorized",
            Self::NoMethod => "telegram-no-method",
            Self::OtherPoller => "telegram-other-poller",
            Self::WebhookSet => "telegram-webhook-set",
            Self::RetryAfter { .. } => "telegram-retry-after",
            Self::Forbidden => "telegram-forbidden",
            Self::ChatGone { .. } => "telegram-chat-gone",
            Self::MessageGone => "telegram-message-gone",
            Self::NotModified => "telegram-not-modified",
            Self::TapExpired => "telegram-tap-expired",
            Self::TooLarge => "telegram-too-large",
            Self::Refused { .. } => "telegram-refused",
            Self::Server { .. } => "telegram-server",
            Self::Unreachable => "telegram-unreachable",
            Self::BrokenOff => "telegram-broken-off",
            Self::Timeout => "telegram-timeout",
            Self::Undecodable => "telegram-undecodable",
            Self::Backlog => "telegram-backlog",
            Self::Empty => "telegram-empty",
            Self::ButtonData => "telegram-button-data",
            Self::FilePath => "telegram-file-path",
            Self::LocalFile => "telegram-local-file",
        }
    }
}
