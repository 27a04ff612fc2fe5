//! Exit statuses that scripts rely on.

use std::process::ExitCode;

use guard_core::Decision;

/// 2: a wrong argument, or an input or output error.
pub(crate) fn usage() -> ExitCode {
    ExitCode::from(2)
}

/// 1: what was asked for failed, or a verification found something.
pub(crate) fn failed() -> ExitCode {
    ExitCode::from(1)
}

/// 0 allow, 10 ask, 20 deny.
pub(crate) fn of(decision: Decision) -> ExitCode {
    ExitCode::from(match decision {
        Decision::Allow => 0,
        Decision::Ask => 10,
        Decision::Deny => 20,
    })
}
