//! Why the stage did not start the program.

use std::io::Write;

/// What the line on the standard error begins with.
const PREFIX: &str = "guard-stage: ";

macro_rules! failures {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// One reason; the process ends with status 126.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Failure {
            $($(#[$doc])* $name,)*
        }

        impl Failure {
            const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable kebab-case name.
            pub(crate) const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

failures! {
    /// The arguments hold no plan.
    BadPlan = "stage-bad-plan",
    /// There is no program in the arguments.
    NoCommand = "stage-no-command",
    /// The private `/etc` could not be written.
    NoEtc = "stage-no-etc",
    /// Something else than the host resolved is mounted.
    Swapped = "stage-swapped",
    /// A masked secret can be read.
    NotMasked = "stage-not-masked",
    /// A guarded path lies on a writable mount.
    NotGuarded = "stage-not-guarded",
    /// The working directory cannot be entered.
    BadWorkingDirectory = "stage-bad-working-directory",
    /// A resource limit was refused.
    NoLimits = "stage-no-limits",
    /// Privileges could not be given up.
    NoPrivilegeDrop = "stage-no-privilege-drop",
    /// The kernel has no Landlock, or less of it than the plan needs.
    NoLandlock = "stage-no-landlock",
    /// A path for Landlock could not be opened.
    BadRule = "stage-bad-rule",
    /// The kernel refused a system call filter, or the machine is none that it can be made for.
    NoSeccomp = "stage-no-seccomp",
    /// The kernel did not confine signals to the cell.
    NoSignalScope = "stage-no-signal-scope",
    /// The host process is gone already.
    NoHost = "stage-no-host",
    /// The second stage could not be started or watched.
    NoKeeper = "stage-no-keeper",
    /// The program was not found or cannot be executed.
    NoProgram = "stage-no-program",
}

impl Failure {
    pub(crate) fn print(self) {
        // Nobody is left to tell if the standard error is closed.
        drop(writeln!(std::io::stderr(), "{PREFIX}{}", self.code()));
    }

    /// Finds the code that a stage printed.
    pub(crate) fn find(output: &str) -> Option<Self> {
        let code = output.lines().find_map(|line| line.strip_prefix(PREFIX))?;
        Self::ALL.iter().copied().find(|failure| failure.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_again() {
        for failure in Failure::ALL {
            assert_eq!(Failure::find(&format!("noise\n{PREFIX}{}\n", failure.code())), Some(*failure));
        }
        assert_eq!(Failure::find("guard-stage: unheard-of\n"), None);
    }
}
