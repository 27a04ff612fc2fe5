//! The settings that are one word of a short list.

use super::fault::Fault;

/// Declares an enum together with the words that mean its variants.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident, $list:literal, { $($(#[$variant_doc:meta])* $variant:ident = $first:literal $(| $word:literal)*,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// The variant that `text` names, whatever its case.
            pub(super) fn parse(text: &str) -> Result<Self, Fault> {
                match text.to_ascii_lowercase().as_str() {
                    $($first $(| $word)* => Ok(Self::$variant),)+
                    _ => Err(Fault::NotAChoice { choices: $list }),
                }
            }

            /// The word that means this variant.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $first,)+
                }
            }
        }
    };
}

choice! {
    /// Which column of defaults applies, and whether unsafe settings are refused.
    Environment, "development, testing, production", {
        /// Wider limits; doubtful settings are reported.
        Development = "development" | "testing",
        /// Tighter limits; doubtful settings are refused.
        Production = "production",
    }
}

choice! {
    /// The least severe messages that are logged.
    LogLevel, "error, warning, info, debug", {
        /// Failures only.
        Error = "error" | "critical",
        /// Failures and what may become one.
        Warning = "warning" | "warn",
        /// What the bot does.
        Info = "info",
        /// Everything, without secrets.
        Debug = "debug",
    }
}

choice! {
    /// Which tool calls a person is asked about.
    Approvals, "guard, careful", {
        /// Those that the guard is not sure of.
        Guard = "guard",
        /// Those, and everything that the agent itself would ask about.
        Careful = "careful",
    }
}

choice! {
    /// Who does the work of `run`.
    AgentKind, "claude, shell", {
        /// Claude Code, in a cell.
        Claude = "claude",
        /// Each message is a command line; no model.
        Shell = "shell",
    }
}
