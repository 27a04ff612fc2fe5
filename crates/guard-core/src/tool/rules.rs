//! Every reason that is about the tool rather than about the path or command in it.

use crate::Rule;

pub(super) static MALFORMED: Rule =
    Rule::deny("tool-malformed", 40, "the input of the tool is not what the tool takes");
pub(super) static TOO_LARGE: Rule =
    Rule::deny("tool-too-large", 40, "the input of the tool is too large or too deep")
        .instead("write large contents in several steps");
pub(super) static HOME_PATH: Rule = Rule::deny(
    "tool-home-path",
    70,
    "the tool turns the tilde into a home directory outside the approved one",
);
pub(super) static NOT_WEB: Rule = Rule::deny("tool-not-web", 70, "the address is not one of the web");
pub(super) static WRITES: Rule = Rule::deny("tool-writes", 40, "nothing may be written in this run");
pub(super) static NETWORK: Rule = Rule::ask("tool-network", 40, "the tool sends a request to the network");
pub(super) static SANDBOX_OFF: Rule =
    Rule::ask("tool-sandbox-off", 60, "the command asks to run outside the agent's own sandbox");
pub(super) static FOREIGN: Rule = Rule::ask("tool-foreign", 45, "the tool is another program's");
pub(super) static UNKNOWN: Rule = Rule::ask("tool-unknown", 45, "the guard does not know this tool");

/// Every rule of this module, sorted by code.
pub static RULES: &[&Rule] =
    &[&FOREIGN, &HOME_PATH, &MALFORMED, &NETWORK, &NOT_WEB, &SANDBOX_OFF, &TOO_LARGE, &UNKNOWN, &WRITES];
