//! Guards prove themselves at start: each must refuse a sample that is known to be bad, and let a harmless one through.

use guard_auth::{Allowlist, UserId};
use guard_core::command::{Context, Policy};
use guard_core::path::{FileName, Operation, Root};
use guard_core::secret::Redactor;
use guard_core::{Decision, names};

/// Tries every guard.
///
/// # Errors
///
/// The name of the first guard that did not do its work; nothing may start then.
pub(crate) fn guards(root: &Root, policy: &Policy, redactor: &Redactor) -> Result<(), &'static str> {
    let context = Context::new(root);
    let command = |text: &str| policy.evaluate(text, &context).verdict().decision();
    let path = |text: &str, operation| root.judge("", text, operation).decision();
    let tries: [(&'static str, bool); 9] = [
        ("command: harmless", command("echo ok") == Decision::Allow),
        ("command: leaves the root", command("cat ../../../../etc/passwd") == Decision::Deny),
        ("command: hidden in a substitution", command("echo \"$(sudo id)\"") == Decision::Deny),
        ("path: traversal", path("../../../../etc/passwd", Operation::Read) == Decision::Deny),
        ("path: secret", path(".env", Operation::Read) == Decision::Deny),
        ("path: guarded", path(".git/hooks/pre-commit", Operation::Write) == Decision::Deny),
        (
            "names: secret",
            names::classify("id_ed25519".as_ref()).is_some() && FileName::parse("a/b").is_err(),
        ),
        ("redactor", !redactor.redact(SAMPLE_TOKEN).contains("0123456789abcdef0123")),
        ("allowlist", stranger_is_refused()),
    ];
    tries.into_iter().find(|(_, held)| !held).map_or(Ok(()), |(name, _)| Err(name))
}

/// Shaped like a GitHub token, and none.
const SAMPLE_TOKEN: &str = "token ghp_0123456789abcdef0123456789abcdef0123";

fn stranger_is_refused() -> bool {
    match (Allowlist::parse("1"), UserId::new(2)) {
        (Ok(list), Ok(stranger)) => list.authenticate(stranger).is_err(),
        _ => false,
    }
}
