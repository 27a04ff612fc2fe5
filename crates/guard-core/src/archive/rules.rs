//! Every reason this module can refuse or report with.

use crate::Rule;

// The format.
pub(super) static UNKNOWN: Rule =
    Rule::deny("archive-unknown", 30, "this is no archive of a kind that is read here")
        .instead("send a zip or a tar, or a file compressed with gzip, bzip2, xz or zstd");
pub(super) static FORMAT: Rule =
    Rule::deny("archive-format-refused", 40, "archives of this format are not unpacked here")
        .instead("pack it again as zip or tar.gz");
pub(super) static ENCRYPTED: Rule =
    Rule::deny("archive-encrypted", 50, "the archive is encrypted, so nobody can see what is in it")
        .instead("pack it again without a password");
pub(super) static METHOD: Rule =
    Rule::deny("archive-method-refused", 40, "the archive uses a compression method that is not read here")
        .instead("pack it again with the usual method");

// The structure.
pub(super) static TRUNCATED: Rule =
    Rule::deny("archive-truncated", 40, "the archive ends in the middle of something");
pub(super) static DAMAGED: Rule =
    Rule::deny("archive-damaged", 50, "a checksum, a length or a compressed stream of the archive is wrong");
pub(super) static GAP: Rule = Rule::deny(
    "archive-hidden-bytes",
    70,
    "the archive holds bytes that belong to none of its entries, which other programs may read as more of them",
);
pub(super) static OVERLAP: Rule =
    Rule::deny("archive-overlap", 85, "entries of the archive share bytes, as in a bomb");
pub(super) static MISMATCH: Rule = Rule::deny(
    "archive-header-mismatch",
    75,
    "two descriptions of one entry disagree, so programs unpack it differently",
);
pub(super) static END_RECORD: Rule = Rule::deny(
    "archive-end-record",
    75,
    "the archive's end is described more than once or wrongly, so programs see different entries",
);
pub(super) static EXTRA: Rule =
    Rule::deny("archive-extra-field", 60, "an additional field of a header is malformed or contradicts it");
pub(super) static PAX: Rule =
    Rule::deny("archive-pax-header", 60, "an extended header is malformed or misplaced");
pub(super) static SIZE_CONFLICT: Rule = Rule::deny(
    "archive-size-conflict",
    80,
    "two headers give different sizes for one entry, so programs see different entries after it",
);
pub(super) static NUMBER: Rule = Rule::deny("archive-number", 60, "a number of a header is malformed");

// Names and kinds.
pub(super) static NAME_ENCODING: Rule = Rule::deny(
    "archive-name-encoding",
    45,
    "a name is neither plain ASCII nor marked as UTF-8, so programs read it differently",
)
.instead("pack it again as tar.gz, or with a program that marks UTF-8 names, such as 7-Zip");
pub(super) static NAME_FORM: Rule = Rule::deny(
    "archive-name-form",
    50,
    "a name holds empty parts or dots, which programs resolve differently",
);
pub(super) static NAME_LENGTH: Rule =
    Rule::deny("archive-name-too-long", 40, "a name is too long or too deep");
pub(super) static DUPLICATE: Rule = Rule::deny(
    "archive-duplicate-name",
    70,
    "two entries have one name, or names that some systems take for one",
);
pub(super) static NAME_CONFLICT: Rule =
    Rule::deny("archive-name-conflict", 75, "an entry lies below another that is no directory");
pub(super) static KIND: Rule = Rule::deny(
    "archive-kind-conflict",
    60,
    "the marks of an entry disagree on whether it is a file or a directory",
);
pub(super) static SPECIAL: Rule =
    Rule::deny("archive-special-file", 80, "the archive holds a device, a pipe or a socket");
pub(super) static SET_ID: Rule =
    Rule::deny("archive-set-id", 80, "an entry would run with the rights of its owner or group");
pub(super) static ENTRY_TYPE: Rule =
    Rule::deny("archive-entry-type", 50, "the archive holds an entry of a type that is not read here");
pub(super) static SPARSE: Rule =
    Rule::deny("archive-sparse", 50, "the archive holds a sparse file, which programs read differently")
        .instead("pack it again without --sparse");
pub(super) static LINK_ESCAPES: Rule =
    Rule::deny("archive-link-escapes", 85, "a link of the archive leads out of it");
pub(super) static LINK_TARGET: Rule = Rule::deny(
    "archive-link-target",
    60,
    "a link of the archive leads in a circle, or a hard link to no file before it",
);

// What Git, shells and editors would run.
pub(super) static GIT: Rule = Rule::deny(
    "archive-git-directory",
    80,
    "the archive holds a `.git`, whose configuration and hooks Git runs",
)
.instead("let the owner unpack it with the option for projects with `.git`");
pub(super) static BARE: Rule = Rule::deny(
    "archive-bare-repository",
    80,
    "a directory of the archive looks like a bare repository, whose configuration and hooks Git runs",
);
pub(super) static GUARDED: Rule = Rule::deny(
    "archive-guarded-name",
    80,
    "the archive holds a file that makes other programs run code or changes their guards",
);

// The budget.
pub(super) static OUTPUT: Rule =
    Rule::deny("archive-too-large", 70, "the archive unpacks to more than is allowed");
pub(super) static RATIO: Rule = Rule::deny(
    "archive-ratio",
    85,
    "the archive grows out of proportion when it is unpacked, as a bomb does",
);
pub(super) static ENTRIES: Rule =
    Rule::deny("archive-too-many-entries", 70, "the archive holds too many entries");
pub(super) static DEPTH: Rule =
    Rule::deny("archive-too-deep", 75, "archives are packed in archives too deeply");
pub(super) static WORK: Rule =
    Rule::deny("archive-too-much-work", 75, "unpacking the archive takes too much work");
pub(super) static MEMORY: Rule =
    Rule::deny("archive-too-much-memory", 75, "unpacking the archive takes too much memory");

// What is only reported.
pub(super) static SECRET_NAME: Rule =
    Rule::note("archive-secret-name", 40, "the archive holds a file whose name is one of secret files");
pub(super) static ASKED_NAME: Rule =
    Rule::note("archive-asked-name", 30, "the archive holds a file that steers builds, editors or agents");
pub(super) static EXECUTABLE: Rule =
    Rule::note("archive-executable", 10, "files were marked as executable; unpacked, they are not");
pub(super) static INNER: Rule = Rule::note(
    "archive-inner-unread",
    25,
    "an archive inside this one would be refused by itself, so it was not looked into further",
);

pub(super) static IO: Rule = Rule::deny("archive-io", 20, "the archive cannot be read");

/// Every rule of archives, sorted by code; names meet rules of [`path`](crate::path) as well.
pub static RULES: &[&Rule] = &[
    &ASKED_NAME,
    &BARE,
    &DAMAGED,
    &DUPLICATE,
    &ENCRYPTED,
    &END_RECORD,
    &ENTRY_TYPE,
    &EXECUTABLE,
    &EXTRA,
    &FORMAT,
    &GIT,
    &GUARDED,
    &MISMATCH,
    &GAP,
    &INNER,
    &IO,
    &KIND,
    &LINK_ESCAPES,
    &LINK_TARGET,
    &METHOD,
    &NAME_CONFLICT,
    &NAME_ENCODING,
    &NAME_FORM,
    &NAME_LENGTH,
    &NUMBER,
    &OVERLAP,
    &PAX,
    &RATIO,
    &SECRET_NAME,
    &SET_ID,
    &SIZE_CONFLICT,
    &SPARSE,
    &SPECIAL,
    &DEPTH,
    &OUTPUT,
    &ENTRIES,
    &MEMORY,
    &WORK,
    &TRUNCATED,
    &UNKNOWN,
];

/// Whether an archive inside another has to be sound in this respect, too: bombs and escapes refuse the whole, while a
/// broken or unreadable inner archive stays a file like any other.
pub(super) fn counts_inside(rule: &Rule) -> bool {
    [
        &OUTPUT,
        &RATIO,
        &ENTRIES,
        &DEPTH,
        &WORK,
        &MEMORY,
        &OVERLAP,
        &LINK_ESCAPES,
        &SPECIAL,
        &crate::path::OUTSIDE_ROOT,
    ]
    .iter()
    .any(|counted| counted.code == rule.code)
}
