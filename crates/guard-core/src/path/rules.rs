//! Every reason this module can refuse or ask with.

use crate::{Finding, Rule};

pub(super) static EMPTY: Rule = Rule::deny("path-empty", 10, "the path is empty");
pub(super) static NUL: Rule = Rule::deny("path-nul", 80, "the path holds a NUL byte");
pub(super) static CONTROL: Rule =
    Rule::deny("path-control-character", 70, "the path holds a control character");
pub(super) static HIDDEN: Rule = Rule::deny(
    "path-hidden-character",
    70,
    "the path holds characters that cannot be seen or that turn the direction of the text",
);
pub(super) static LOOK_ALIKE: Rule =
    Rule::deny("path-look-alike", 70, "characters of the path imitate dots or separators");
pub(super) static TOO_LONG: Rule =
    Rule::deny("path-too-long", 40, "the path or one of its names is too long or too deep");
pub(super) static NOT_PORTABLE: Rule =
    Rule::deny("path-not-portable", 40, "the name means something else, or cannot exist, on another system")
        .instead("use letters, digits, dots, dashes and underscores");
pub(super) static OTHER_USER_HOME: Rule =
    Rule::deny("path-other-user-home", 60, "the path names the home directory of an account")
        .instead("prefix a file that is really called so with `./`");
pub(crate) static OUTSIDE_ROOT: Rule =
    Rule::deny("path-outside-root", 80, "the path leaves the approved directory")
        .instead("use a path inside the approved directory");
pub(super) static LINK_LEAVES_ROOT: Rule =
    Rule::deny("path-link-leaves-root", 85, "a symbolic link leads out of the approved directory");
pub(super) static LINK_LOOP: Rule =
    Rule::deny("path-link-loop", 50, "symbolic links of the path lead in a circle");
pub(super) static OTHER_FILESYSTEM: Rule =
    Rule::deny("path-other-filesystem", 60, "the path crosses into another file system");
pub(super) static SPECIAL_FILE: Rule =
    Rule::deny("path-special-file", 60, "the path is a pipe, a socket or a device");
pub(super) static HARD_LINK: Rule = Rule::deny(
    "path-hard-link",
    60,
    "the file has another name that was not found inside, where it may be anything and would change too",
)
.instead("put a copy of the file in its place");
pub(super) static IS_ROOT: Rule =
    Rule::deny("path-is-root", 80, "the approved directory itself cannot be written or deleted");
pub(super) static READ_ONLY: Rule =
    Rule::deny("path-read-only", 50, "this directory was approved for reading only");
pub(crate) static SECRET_FILE: Rule =
    Rule::deny("secret-file", 85, "files of this name hold secrets, which stay out of reach");
pub(super) static SECRET_CONTENT: Rule =
    Rule::deny("secret-content", 85, "the file is a key or a token by its content, which stays out of reach");
pub(super) static GUARDED_FILE: Rule =
    Rule::deny("guarded-file", 80, "files of this name make other programs run code or change their guards");
pub(super) static GUARDED_FILE_ASK: Rule =
    Rule::ask("guarded-file-ask", 45, "files of this name steer builds, editors or agents");
pub(super) static ROOT_MISSING: Rule =
    Rule::deny("root-missing", 60, "the approved directory does not exist or cannot be opened");
pub(super) static ROOT_NOT_DIRECTORY: Rule =
    Rule::deny("root-not-directory", 60, "what was approved is not a directory");
pub(super) static ROOT_REPLACED: Rule =
    Rule::deny("root-replaced", 80, "another directory took the place of the approved one");
pub(super) static ROOT_WORLD_WRITABLE: Rule =
    Rule::note("root-world-writable", 40, "every account of the machine can write to the approved directory");
pub(super) static ROOT_GROUP_WRITABLE: Rule =
    Rule::note("root-group-writable", 30, "a group of several accounts can write to the approved directory");
pub(super) static ROOT_FOREIGN_OWNER: Rule =
    Rule::note("root-foreign-owner", 30, "the approved directory belongs to another account");
pub(super) static MISSING: Rule = Rule::deny("path-missing", 0, "there is no such file or directory");
pub(super) static EXISTS: Rule = Rule::deny("path-exists", 0, "the name is taken");
pub(super) static NOT_A_FILE: Rule = Rule::deny("path-not-a-file", 0, "the path is not a regular file");
pub(super) static NOT_A_DIRECTORY: Rule =
    Rule::deny("path-not-a-directory", 0, "the path is not a directory");
pub(super) static CONTENDED: Rule =
    Rule::deny("path-contended", 50, "the path kept changing while it was resolved");
pub(super) static UNSUPPORTED: Rule = Rule::deny(
    "path-unsupported",
    60,
    "the kernel or its filters lack openat2, without which nothing is confined",
);
pub(super) static IO: Rule = Rule::deny("path-io", 20, "the file system refused");
pub(super) static STATE_NOT_PRIVATE: Rule =
    Rule::deny("state-not-private", 70, "the state directory can be reached or replaced by another account")
        .instead("make it yours with mode 0700, below a directory that others cannot write");

/// Every rule that a path can meet, sorted by code.
pub static RULES: &[&Rule] = &[
    &GUARDED_FILE,
    &GUARDED_FILE_ASK,
    &CONTENDED,
    &CONTROL,
    &EMPTY,
    &EXISTS,
    &HARD_LINK,
    &HIDDEN,
    &IO,
    &IS_ROOT,
    &LINK_LEAVES_ROOT,
    &LINK_LOOP,
    &LOOK_ALIKE,
    &MISSING,
    &NOT_A_DIRECTORY,
    &NOT_A_FILE,
    &NOT_PORTABLE,
    &NUL,
    &OTHER_FILESYSTEM,
    &OTHER_USER_HOME,
    &OUTSIDE_ROOT,
    &READ_ONLY,
    &SPECIAL_FILE,
    &TOO_LONG,
    &UNSUPPORTED,
    &ROOT_FOREIGN_OWNER,
    &ROOT_GROUP_WRITABLE,
    &ROOT_MISSING,
    &ROOT_NOT_DIRECTORY,
    &ROOT_REPLACED,
    &ROOT_WORLD_WRITABLE,
    &SECRET_CONTENT,
    &SECRET_FILE,
    &STATE_NOT_PRIVATE,
];

/// A finding about a path as understood.
pub(super) fn about(rule: &'static Rule, path: &std::path::Path) -> Finding {
    Finding::new(rule).about(path.to_string_lossy())
}
