//! A few protected names, until the module of names is here.
#![allow(missing_docs)]
use std::path::Path;
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    GuardedAsk,
    GuardedDeny,
    Secret,
}
#[derive(Debug)]
pub struct NameRule {
    pub id: &'static str,
    pub kind: Kind,
}
static S: NameRule = NameRule { id: "s", kind: Kind::Secret };
static D: NameRule = NameRule { id: "d", kind: Kind::GuardedDeny };
static A: NameRule = NameRule { id: "a", kind: Kind::GuardedAsk };
pub(super) fn classify(path: &Path) -> Option<&'static NameRule> {
    for c in path.components() {
        let c = c.as_os_str().to_string_lossy().to_lowercase();
        match &*c {
            ".env" | ".ssh" | "id_rsa" | "shadow" => return Some(&S),
            _ => {}
        }
    }
    for c in path.components() {
        let c = c.as_os_str().to_string_lossy().to_lowercase();
        match &*c {
            "hooks" | ".mcp.json" => return Some(&D),
            "claude.md" | "agents.md" => return Some(&A),
            _ => {}
        }
    }
    None
}
