//! What can be wrong with a setting or a file, each with a stable code.

use guard_core::upload::KindError;

/// One thing that is wrong, without its place.
///
/// Messages quote neither the value nor a path: a value may be a secret that landed in the wrong line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Fault {
    // Values.
    #[error("is not one of true, false, 1, 0, yes, no")]
    NotAFlag,
    #[error("is not a whole number")]
    NotANumber,
    #[error("is not between {min} and {max}")]
    OutOfRange { min: u64, max: u64 },
    #[error("is not an amount in USD such as 0.50: above zero, up to a million, at most six decimals")]
    NotAnAmount,
    #[error("is not a list of numeric ids separated by commas")]
    NotAnId,
    #[error("is not an absolute path without `..`; `~` and variables are not expanded")]
    NotAnAbsolutePath,
    #[error("has a character that is not allowed here")]
    NotAName,
    #[error("is not one of {choices}")]
    NotAChoice { choices: &'static str },
    #[error("lists the same item twice")]
    Repeated,
    #[error("has an empty item")]
    EmptyItem,
    #[error("is longer than {max} bytes")]
    TooLong { max: usize },
    #[error("has more than {max} items")]
    TooMany { max: usize },
    #[error("is not valid UTF-8")]
    NotUtf8,
    #[error("has a control character")]
    ControlCharacter,
    #[error("is not a bot token as BotFather issues them (digits, a colon, 35 letters)")]
    NotABotToken,
    #[error("is neither https nor http on a loopback address, or carries a user name, query or fragment")]
    NotASafeUrl,
    #[error("is not a redis, rediss or unix URL")]
    NotARedisUrl,
    #[error("is not an IP address")]
    NotAnAddress,
    #[error("is a pattern that matches every file")]
    MatchesEverything,
    // Files.
    #[error("does not exist")]
    FileMissing,
    #[error("cannot be read")]
    FileUnreadable,
    #[error("is not a regular file")]
    FileNotRegular,
    #[error("is larger than {max} bytes")]
    FileTooLarge { max: u64 },
    #[error("belongs to somebody else")]
    FileNotOurs,
    #[error("can be written by the group or by others (chmod go-w)")]
    FileWritableByOthers,
    #[error("can be read by the group or by others (chmod 600)")]
    FileReadableByOthers,
    #[error("lies in a directory that others can write")]
    DirectoryWritableByOthers,
    #[error("lies inside an approved directory, where an agent could write it")]
    FileInsideRoot,
    #[error(
        "lies outside every place that the environment names: neither XDG_CONFIG_HOME nor HOME is an absolute path"
    )]
    NoHome,
    // Syntax.
    #[error("is not valid TOML")]
    TomlSyntax,
    #[error("is not a known key")]
    UnknownKey { nearest: Option<&'static str> },
    #[error("has to be a text, a number, true or false, or a list of these")]
    NotAScalar,
    #[error("needs a reason: write a table with the key `reason`")]
    ReasonMissing,
    #[error("needs the key `program`")]
    ProgramMissing,
    #[error("needs `model`, five prices and two sizes, as docs/configuration.md shows them")]
    PriceIncomplete,
    #[error("needs `id`, `words`, `extensions` and `reason`, as docs/configuration.md shows them")]
    UploadKindIncomplete,
    #[error(transparent)]
    UploadKind(KindError),
    #[error("is not the id of a kind of files in upload_kinds.toml")]
    UploadKindUnknown,
    #[error("has no `=`, or a name of other characters than A-Z, a-z, 0-9 and `_`")]
    DotenvName,
    #[error("has a quote that does not end on its line, or text after it")]
    DotenvQuote,
    #[error("has an escape that is not one of \\\\ \\\" \\n \\r \\t \\$")]
    DotenvEscape,
    #[error("has a quote, a backslash or an expansion; put the value in single quotes to mean it literally")]
    DotenvAmbiguous,
    #[error("is set twice in the same file")]
    Duplicate,
    // Secrets.
    #[error("is given both directly and as a file")]
    SecretTwice,
    #[error("has fewer than {min} bytes")]
    SecretTooShort { min: usize },
    // Settings that do not fit each other.
    #[error("has to be set")]
    Missing,
    #[error("cannot be switched off in this bot; remove the line")]
    GuardSwitchedOff,
    #[error("is empty: nobody may use the bot")]
    AllowlistEmpty,
    #[error("names somebody who is not in ALLOWED_USERS")]
    AdminNotAllowed,
    #[error("is more than a user may spend in a day")]
    CostRunAboveUser,
    #[error("is longer than the absolute life of a session")]
    IdleAboveAbsolute,
    #[error("needs GITHUB_WEBHOOK_SECRET or WEBHOOK_API_SECRET: nothing could be accepted")]
    ApiWithoutSecret,
    #[error("is set beside ANTHROPIC_API_KEY: choose one of the two")]
    TwoCredentials,
    // Places.
    #[error("lies inside an approved directory, where an agent could change it")]
    GuardInsideRoot,
    #[error("cannot be located, so it cannot be shown to lie outside the approved directory")]
    NotLocatable,
    #[error("is not an existing directory")]
    DirectoryMissing,
    #[error("is the file system's root or a directory of the system")]
    RootIsSystem,
    #[error(
        "is a home directory or a directory for everybody's temporary files; approve a directory below it"
    )]
    RootIsHome,
    #[error("can be written by every user")]
    RootShared,
    #[error("is not a directory of this user that nobody else can enter (chmod 700)")]
    StateNotPrivate,
    #[error("cannot be created")]
    StateNotCreated,
    // Production.
    #[error("the process runs as root")]
    RunsAsRoot,
    #[error("is on in production")]
    DebugOn,
    #[error("permits a weaker cell in production")]
    CellDegraded,
    #[error("is not a loopback address; put a proxy that speaks TLS in front")]
    ApiNotLoopback,
}

impl Fault {
    /// Stable kebab-case name.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::NotAFlag => "not-a-flag",
            Self::NotANumber => "not-a-number",
            Self::OutOfRange { .. } => "out-of-range",
            Self::NotAnAmount => "not-an-amount",
            Self::NotAnId => "not-an-id",
            Self::NotAnAbsolutePath => "not-an-absolute-path",
            Self::NotAName => "not-a-name",
            Self::NotAChoice { .. } => "not-a-choice",
            Self::Repeated => "repeated-item",
            Self::EmptyItem => "empty-item",
            Self::TooLong { .. } => "value-too-long",
            Self::TooMany { .. } => "too-many-items",
            Self::NotUtf8 => "not-utf8",
            Self::ControlCharacter => "control-character",
            Self::NotABotToken => "not-a-bot-token",
            Self::NotASafeUrl => "not-a-safe-url",
            Self::NotARedisUrl => "not-a-redis-url",
            Self::NotAnAddress => "not-an-address",
            Self::MatchesEverything => "matches-everything",
            Self::FileMissing => "file-missing",
            Self::FileUnreadable => "file-unreadable",
            Self::FileNotRegular => "file-not-regular",
            Self::FileTooLarge { .. } => "file-too-large",
            Self::FileNotOurs => "file-not-ours",
            Self::FileWritableByOthers => "file-writable-by-others",
            Self::FileReadableByOthers => "file-readable-by-others",
            Self::DirectoryWritableByOthers => "directory-writable-by-others",
            Self::FileInsideRoot => "file-inside-root",
            Self::NoHome => "no-home",
            Self::TomlSyntax => "toml-syntax",
            Self::UnknownKey { .. } => "unknown-key",
            Self::NotAScalar => "not-a-scalar",
            Self::ReasonMissing => "reason-missing",
            Self::ProgramMissing => "program-missing",
            Self::PriceIncomplete => "price-incomplete",
            Self::UploadKindIncomplete => "upload-kind-incomplete",
            Self::UploadKind(error) => error.code(),
            Self::UploadKindUnknown => "upload-kind-unknown",
            Self::DotenvName => "dotenv-name",
            Self::DotenvQuote => "dotenv-quote",
            Self::DotenvEscape => "dotenv-escape",
            Self::DotenvAmbiguous => "dotenv-ambiguous",
            Self::Duplicate => "duplicate-setting",
            Self::SecretTwice => "secret-twice",
            Self::SecretTooShort { .. } => "secret-too-short",
            Self::Missing => "setting-missing",
            Self::GuardSwitchedOff => "guard-switched-off",
            Self::AllowlistEmpty => "allowlist-empty",
            Self::AdminNotAllowed => "admin-not-allowed",
            Self::CostRunAboveUser => "cost-run-above-user",
            Self::IdleAboveAbsolute => "idle-above-absolute",
            Self::ApiWithoutSecret => "api-without-secret",
            Self::TwoCredentials => "two-credentials",
            Self::GuardInsideRoot => "guard-inside-root",
            Self::NotLocatable => "not-locatable",
            Self::DirectoryMissing => "directory-missing",
            Self::RootIsSystem => "root-is-system",
            Self::RootIsHome => "root-is-home",
            Self::RootShared => "root-shared",
            Self::StateNotPrivate => "state-not-private",
            Self::StateNotCreated => "state-not-created",
            Self::RunsAsRoot => "runs-as-root",
            Self::DebugOn => "debug-on",
            Self::CellDegraded => "cell-degraded",
            Self::ApiNotLoopback => "api-not-loopback",
        }
    }
}
