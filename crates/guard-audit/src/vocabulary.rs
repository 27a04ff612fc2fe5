//! The names of events that are known, and what they weigh.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad an event is; the five levels of Sigma rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Risk 0.
    Info,
    /// Risk 1 to 24.
    Low,
    /// Risk 25 to 49.
    Medium,
    /// Risk 50 to 79.
    High,
    /// Risk 80 to 100.
    Critical,
}

impl Severity {
    /// The level of a risk between 0 and 100.
    #[must_use]
    pub const fn of(risk: u8) -> Self {
        match risk {
            0 => Self::Info,
            1..25 => Self::Low,
            25..50 => Self::Medium,
            50..80 => Self::High,
            _ => Self::Critical,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        })
    }
}

/// The risk that an event of this name carries unless it says otherwise: names of the OWASP Logging Vocabulary and
/// those that the log itself writes. `None` for a name of one's own.
#[must_use]
pub fn known_risk(name: &str) -> Option<u8> {
    VOCABULARY
        .binary_search_by_key(&name, |(known, _)| known)
        .ok()
        .and_then(|at| VOCABULARY.get(at))
        .map(|(_, risk)| *risk)
}

/// Sorted by name. Names: OWASP Logging Vocabulary Cheat Sheet. Weights are ours: its INFO is 0, WARN is 5 to 40 by
/// how rarely honest use causes it, CRITICAL is 80 or more.
const VOCABULARY: &[(&str, u8)] = &[
    ("audit_gap", 40),
    ("audit_pruned", 5),
    ("authn_impossible_travel", 80),
    ("authn_login_fail", 20),
    ("authn_login_fail_max", 40),
    ("authn_login_lock", 40),
    ("authn_login_success", 0),
    ("authn_login_successafterfail", 5),
    ("authn_password_change", 0),
    ("authn_password_change_fail", 20),
    ("authn_token_created", 0),
    ("authn_token_delete", 5),
    ("authn_token_reuse", 90),
    ("authn_token_revoked", 0),
    ("authz_admin", 10),
    ("authz_change", 10),
    ("authz_fail", 80),
    ("crypt_decrypt_fail", 40),
    ("crypt_encrypt_fail", 40),
    ("excess_rate_limit_exceeded", 20),
    ("input_validation_discrete_fail", 40),
    ("input_validation_fail", 20),
    ("malicious_attack_tool", 95),
    ("malicious_cors", 80),
    ("malicious_direct_reference", 90),
    ("malicious_excess_404", 40),
    ("malicious_extraneous", 80),
    ("privilege_permissions_changed", 20),
    ("sensitive_create", 10),
    ("sensitive_delete", 20),
    ("sensitive_read", 10),
    ("sensitive_update", 10),
    ("sequence_fail", 30),
    ("session_created", 0),
    ("session_expired", 0),
    ("session_renewed", 0),
    ("session_use_after_expire", 30),
    ("sys_crash", 10),
    ("sys_monitor_disabled", 40),
    ("sys_monitor_enabled", 0),
    ("sys_restart", 5),
    ("sys_shutdown", 5),
    ("sys_startup", 5),
    ("upload_complete", 0),
    ("upload_delete", 0),
    ("upload_stored", 0),
    ("upload_validation", 0),
    ("user_archived", 10),
    ("user_created", 10),
    ("user_deleted", 10),
    ("user_updated", 10),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_name_and_risk_is_valid() {
        assert!(VOCABULARY.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (name, risk) in VOCABULARY {
            assert_eq!(known_risk(name), Some(*risk));
            assert!(crate::event::is_name(name) && *risk <= 100, "{name}");
        }
        assert_eq!(known_risk("order_refunded"), None);
    }
}
