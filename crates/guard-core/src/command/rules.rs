//! Every reason the evaluator can have.

use crate::Rule;

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $rule:expr;)*) => {
        $($(#[$doc])* pub(super) static $name: Rule = $rule;)*
        /// All rules of this module.
        pub static RULES: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    /// Longer than a person would read, or than the parser takes.
    TOO_LONG = Rule::deny("command-too-long", 60, "the command is longer than 16 KiB");
    /// A character that is not shown, or that reorders what is shown.
    HIDDEN = Rule::deny("command-hidden-character", 80, "the command contains characters that are not shown")
        .instead("write the character as an escape, or leave it out");
    /// The parser did not understand it cleanly.
    SYNTAX = Rule::ask("command-syntax", 40, "the command could not be read with certainty");
    /// More commands, nesting or repetition than is looked at.
    TOO_COMPLEX = Rule::ask("command-too-complex", 40, "the command is too complex to be judged")
        .instead("run it in several steps");
    /// Nothing to run.
    EMPTY = Rule::ask("command-empty", 0, "there is no command");
    /// No row describes the program.
    UNKNOWN_PROGRAM = Rule::ask("command-unknown-program", 30, "the program is not known");
    /// A program inside the root, named by its path.
    PROJECT_PROGRAM = Rule::ask("command-project-program", 30, "a program of the project is run by its path");
    /// A program outside the root and outside the system's directories.
    FOREIGN_PROGRAM = Rule::deny("command-foreign-program", 70, "a program outside the root and the system is run");
    /// The program is decided while running.
    DYNAMIC_PROGRAM = Rule::ask("command-dynamic-program", 50, "which program runs is decided only while running");
    /// The program is a pattern.
    PATTERN_PROGRAM = Rule::deny("command-pattern-program", 70, "the program is named by a pattern");
    /// An option that no row describes.
    UNKNOWN_OPTION = Rule::ask("command-unknown-option", 25, "an option is not known");
    /// An operand that no row describes.
    UNKNOWN_OPERAND = Rule::ask("command-unknown-operand", 25, "an operand is not expected");
    /// An argument that may turn out to be an option.
    DYNAMIC_OPTION = Rule::ask("command-dynamic-option", 35, "an argument that is not known could be an option")
        .instead("put `--` before it, or `./` in front of file names");
    /// A path that is decided while running.
    DYNAMIC_PATH = Rule::ask("command-dynamic-path", 35, "which file is meant is decided only while running");
    /// A known program in a use that a person looks at.
    ASKS = Rule::ask("command-asks", 25, "this use of the program needs a person's consent");
    /// A known program that waits for a person.
    WAITS = Rule::ask("command-waits", 10, "the program waits for input or does not end");
    /// A use of a known program that is refused.
    REFUSED_USE = Rule::deny("command-refused-use", 70, "this use of the program is refused");
    /// Network use that may be fine.
    NETWORK = Rule::ask("command-network", 35, "the command uses the network");
    /// Content goes to another machine.
    EXFILTRATES = Rule::deny("command-exfiltrates", 85, "the command sends content to the network");
    /// The text of another machine is run.
    FETCHES_AND_RUNS = Rule::deny("command-fetches-and-runs", 95, "the command runs what it fetched");
    /// Decoded text is run.
    HIDES = Rule::deny("command-hides", 90, "the command hides what it runs");
    /// Text that is not known is run.
    DYNAMIC_CODE = Rule::ask("command-dynamic-code", 50, "which code runs is decided only while running");
    /// Code in another language that could not be judged.
    INLINE_CODE = Rule::ask("command-inline-code", 35, "code on the command line could not be judged")
        .instead("write it to a file of the project and run that");
    /// Code in another language that starts programs, deletes or talks.
    DANGEROUS_CODE = Rule::deny("command-dangerous-code", 80, "code on the command line starts programs, deletes or uses the network");
    /// A value that starts a program.
    STARTS_PROGRAM = Rule::deny("command-option-starts-program", 80, "an option starts another program");
    /// A file of the project is read as code of the shell or a tool.
    PROJECT_SCRIPT = Rule::ask("command-project-script", 25, "a file of the project is run as a script");
    /// Installs packages.
    INSTALLS = Rule::ask("command-installs", 35, "the command installs or publishes packages");
    /// Another user.
    PRIVILEGE = Rule::deny("command-privilege", 90, "the command changes user or privileges");
    /// Destroys data beyond repair.
    DESTROYS = Rule::deny("command-destroys", 95, "the command destroys data");
    /// Deletes a tree that is not build output.
    DELETES_TREE = Rule::ask("command-deletes-tree", 45, "the command deletes a directory with everything in it");
    /// Deletes by a pattern.
    DELETES_MANY = Rule::ask("command-deletes-many", 35, "the command deletes files by a pattern");
    /// Work of the project is thrown away.
    DISCARDS = Rule::ask("command-discards", 40, "the command discards work that is not saved elsewhere");
    /// Survives the run.
    PERSISTS = Rule::deny("command-persists", 90, "the command installs something that runs later");
    /// Git hooks, filters, helpers.
    HOOKS = Rule::deny("command-hooks", 85, "the command configures a program that git or a tool runs later");
    /// Other processes.
    KILLS = Rule::deny("command-kills", 75, "the command ends processes it did not start");
    /// The machine.
    SYSTEM = Rule::deny("command-system", 85, "the command changes the machine");
    /// A variable that changes what other programs run.
    ENVIRONMENT = Rule::deny("command-environment", 80, "a variable is set that makes other programs run code");
    /// A variable that no list knows to be harmless.
    UNKNOWN_VARIABLE = Rule::ask("command-unknown-variable", 25, "a variable is set whose effect is not known");
    /// The environment is printed.
    PRINTS_ENVIRONMENT = Rule::ask("command-prints-environment", 40, "the command prints the environment, which may hold secrets");
    /// Secrets by name.
    SECRETS = Rule::deny("command-secrets", 85, "the command reads secrets");
    /// Text that the shell evaluates although it looks like data.
    EVALUATES_DATA = Rule::deny("command-evaluates-data", 80, "the shell would run a substitution inside data");
    /// An arithmetic value that is not known, which the shell evaluates.
    DYNAMIC_ARITHMETIC = Rule::ask("command-dynamic-arithmetic", 30, "a value that is not known is evaluated as arithmetic");
    /// The meaning of words changes.
    CHANGES_SHELL = Rule::ask("command-changes-shell", 40, "the command changes how the shell reads what follows");
    /// Starts itself again and again.
    FORKS = Rule::deny("command-forks", 95, "a function starts itself without end");
    /// Devices.
    DEVICE = Rule::deny("command-device", 90, "the command uses a device or a network path of the shell");
    /// Outside the root.
    OUTSIDE = Rule::deny("path-outside-root", 70, "the path leaves the root");
    /// The home directory, or a user's.
    HOME = Rule::deny("path-home", 70, "the path is in a home directory");
    /// Secret file.
    SECRET_FILE = Rule::deny("secret-file", 85, "the file holds secrets");
    /// A pattern that is aimed at a secret file.
    SECRET_PATTERN = Rule::deny("secret-pattern", 80, "the pattern is aimed at files that hold secrets");
    /// Git's store holds every version of every file.
    GIT_OBJECTS = Rule::ask("git-objects", 45, "the content of stored objects is shown, and a secret may be among them")
        .instead("name the files after `--`, or ask for `--stat`");
    /// Guarded file.
    GUARDED = Rule::deny("guarded-file", 85, "the file configures programs that run later");
    /// Guarded file that a person may change.
    GUARDED_ASK = Rule::ask("guarded-file-ask", 40, "the file configures programs that run later");
    /// The profile does not do this.
    READ_ONLY = Rule::deny("profile-readonly", 40, "the profile allows reading only");
    /// The strict profile.
    STRICT = Rule::deny("profile-strict", 40, "the profile allows one program without operators, expansions and redirections")
        .instead("quote the text in single quotes");
    /// No end, or more than a disk should be given unasked.
    ENDLESS = Rule::ask("command-endless", 45, "the command writes without end or more than a gigabyte, or does not end")
        .instead("bound it: `head -c`, `count=`, a `break`, or `timeout` around it");
    /// The owner's configuration.
    CONFIGURED_ASK = Rule::ask("command-configured-ask", 30, "the configuration asks for consent");
    /// The owner's configuration.
    CONFIGURED_DENY = Rule::deny("command-configured-deny", 60, "the configuration refuses this program");
}

/// Questions about a program itself, which its owner can answer once and for all. Nothing that is refused, and nothing whose
/// meaning is decided only while running.
pub(super) static LIFTABLE: &[&Rule] = &[
    &ASKS,
    &DELETES_MANY,
    &DELETES_TREE,
    &DISCARDS,
    &INSTALLS,
    &NETWORK,
    &PROJECT_PROGRAM,
    &PROJECT_SCRIPT,
    &UNKNOWN_OPERAND,
    &UNKNOWN_OPTION,
    &UNKNOWN_PROGRAM,
    &WAITS,
];
