//! What a text asks for: a command of the chat, or work for the agent.

/// The commands with what each does, in the order of `/help`; Telegram shows the same list.
pub(crate) const COMMANDS: &[(&str, &str)] = &[
    ("help", "what can be done here"),
    ("new", "forget the conversation in this project"),
    ("status", "what runs and what waits"),
    ("stop", "stop what runs and drop what waits"),
    ("cd", "DIR: work in another directory"),
    ("ls", "[DIR]: list a directory"),
    ("pwd", "where you are"),
    ("cat", "FILE: show a file"),
    ("projects", "the projects here"),
    ("cost", "requests and money"),
    ("verbose", "0 to 3: how much is told while the agent works"),
    ("audit", "[N]: the newest records"),
    ("lock", "stop everything and refuse until /unlock"),
    ("unlock", "work again; admins only"),
];

/// A text, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Help,
    New,
    Status,
    Stop,
    Cd(String),
    Ls(String),
    Pwd,
    Cat(String),
    Projects,
    Cost,
    Verbose(String),
    Audit(String),
    Lock,
    Unlock,
    /// The code of a pairing, which `init` waits for.
    Pair(String),
    /// A command that does not exist.
    Unknown,
    /// A command for another bot of the group.
    ForAnotherBot,
    /// Nothing at all.
    Nothing,
    /// Work for the agent.
    Prompt(String),
}

impl Said {
    /// Understands a text; `bot` is the bot's own user name in a group, where commands can be for others. In a private
    /// chat they cannot, whatever name stands behind them.
    pub(crate) fn parse(text: &str, bot: Option<&str>) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::Nothing;
        }
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let Some(command) = word.strip_prefix('/') else { return Self::Prompt(text.to_owned()) };
        let (name, to) = command.split_once('@').map_or((command, None), |(name, to)| (name, Some(to)));
        // `/etc/hosts` is the beginning of a sentence, not a command.
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Self::Prompt(text.to_owned());
        }
        if to.zip(bot).is_some_and(|(to, bot)| !to.eq_ignore_ascii_case(bot)) {
            return Self::ForAnotherBot;
        }
        let rest = rest.trim().to_owned();
        match name.to_ascii_lowercase().as_str() {
            "start" | "help" => Self::Help,
            "new" => Self::New,
            "status" => Self::Status,
            "stop" => Self::Stop,
            "cd" => Self::Cd(rest),
            "ls" => Self::Ls(rest),
            "pwd" => Self::Pwd,
            "cat" => Self::Cat(rest),
            "projects" | "repo" => Self::Projects,
            "cost" => Self::Cost,
            "verbose" => Self::Verbose(rest),
            "audit" => Self::Audit(rest),
            "lock" => Self::Lock,
            "unlock" => Self::Unlock,
            "pair" => Self::Pair(rest),
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Said::{self, *};
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Said) {
        assert_eq!(Said::parse(text, Some("my_bot")), want, "{text:?}");
    }

    #[test]
    fn commands_are_understood() {
        check("/start", Help);
        check("/start deep-link", Help);
        check("/help@my_bot", Help);
        check("/help@MY_BOT", Help);
        check("/help@other_bot", ForAnotherBot);
        check("/stop@other_bot", ForAnotherBot);
        assert_eq!(Said::parse("/stop@other_bot", None), Stop, "in a private chat");
        check(" /STOP ", Stop);
        check("/stop please", Stop);
        check("/cd  src dir ", Cd("src dir".into()));
        check("/cd\nsrc", Cd("src".into()));
        check("/cd", Cd(String::new()));
        check("/ls", Ls(String::new()));
        check("/cat a b", Cat("a b".into()));
        check("/verbose 2", Verbose("2".into()));
        check("/pair ABCD", Pair("ABCD".into()));
        check("/frobnicate", Unknown);
        check("/stopp", Unknown);
    }

    #[test]
    fn everything_else_is_work() {
        check("", Nothing);
        check(" \n", Nothing);
        check("stop", Prompt("stop".into()));
        check("/etc/hosts says what?", Prompt("/etc/hosts says what?".into()));
        check("/ what", Prompt("/ what".into()));
        check("/@my_bot", Prompt("/@my_bot".into()));
        check("/st\u{f6}p", Prompt("/st\u{f6}p".into()));
        check("do\n/stop", Prompt("do\n/stop".into()));
    }

    #[test]
    fn every_listed_command_exists() {
        for (name, what) in COMMANDS {
            let said = Said::parse(&format!("/{name}"), Some("my_bot"));
            assert!(!matches!(said, Unknown | Prompt(_) | Nothing), "{name}");
            assert!(!what.is_empty() && what.len() <= 256 && name.len() <= 32);
        }
    }
}
