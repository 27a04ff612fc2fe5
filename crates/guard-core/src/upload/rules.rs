//! Every reason this module can refuse, ask or report with.

use crate::Rule;

pub(super) static TOO_LARGE: Rule =
    Rule::deny("upload-too-large", 40, "the file is larger than is taken here")
        .instead("send a smaller file, or put it into the project another way");

// The name.
pub(super) static DOUBLE_EXTENSION: Rule = Rule::deny(
    "upload-double-extension",
    80,
    "the name shows a harmless ending before the real one, which can run",
)
.instead("send it under a name with the real ending alone");
pub(super) static INNER_EXTENSION: Rule = Rule::ask(
    "upload-inner-extension",
    40,
    "the name holds an ending of something that can run before its own, which some servers go by",
);
pub(super) static HIDDEN_NAME: Rule = Rule::ask(
    "upload-hidden-name",
    30,
    "the name begins with a dot, so that most listings do not show the file",
);

// What it is.
pub(super) static MISMATCH: Rule =
    Rule::deny("upload-kind-mismatch", 75, "the content is not what the name says")
        .instead("send it under a name that fits its content");
pub(super) static PROGRAM: Rule =
    Rule::deny("upload-program", 85, "programs and packages that install them are not taken")
        .instead("send the source code");
pub(super) static REFUSED_ARCHIVE: Rule =
    Rule::deny("upload-format-refused", 45, "archives of this format are not taken")
        .instead("pack it again as zip or tar.gz");
pub(super) static ASKED_KIND: Rule =
    Rule::ask("upload-asked-kind", 35, "files of this kind are taken only after a person had a look");
pub(super) static UNKNOWN_KIND: Rule =
    Rule::ask("upload-unknown-kind", 35, "the content is neither text nor of a kind that is known here");
pub(super) static UNKNOWN_EXTENSION: Rule =
    Rule::ask("upload-unknown-extension", 30, "the ending of the name says nothing about what the file is");
pub(super) static ARCHIVE_UNREAD: Rule =
    Rule::ask("upload-archive-unread", 40, "archives are not looked into here");

// Text.
pub(super) static TEXT_ENCODING: Rule = Rule::ask(
    "upload-text-encoding",
    25,
    "the text is in no encoding that is known here, or holds control characters",
)
.instead("save it as UTF-8");
pub(super) static HIDDEN_TEXT: Rule = Rule::ask(
    "upload-hidden-text",
    45,
    "the text holds characters that turn its direction or cannot be seen, so it reads differently from what it does",
);
pub(super) static HTML_AS_TEXT: Rule =
    Rule::ask("upload-html-as-text", 40, "the file is called text but is a web page, which browsers may run")
        .instead("send it under a name that fits its content");

// Markup.
pub(super) static XML_ENTITIES: Rule = Rule::deny(
    "upload-xml-entities",
    80,
    "the document defines entities, with which small files grow without bound or read other files",
)
.instead("export it again without a DOCTYPE");
pub(super) static XML_EXTERNAL: Rule =
    Rule::deny("upload-xml-external", 75, "the document fetches something from outside when it is opened")
        .instead("embed what it refers to");
pub(super) static XML_SCRIPT: Rule =
    Rule::deny("upload-xml-script", 80, "the drawing or document holds a script")
        .instead("export it again as a plain drawing");
pub(super) static XML_ENCODING: Rule = Rule::deny(
    "upload-xml-encoding",
    60,
    "the document is in another encoding than UTF-8, so programs may read different things in it",
)
.instead("save it as UTF-8");
pub(super) static XML_MALFORMED: Rule =
    Rule::deny("upload-xml-malformed", 50, "the document is not well-formed or too deep");

// Pictures.
pub(super) static PICTURE_SIZE: Rule = Rule::deny(
    "upload-picture-too-large",
    75,
    "the picture is far larger when it is opened than programs can hold",
)
.instead("scale it down");
pub(super) static PICTURE_DAMAGED: Rule =
    Rule::deny("upload-picture-damaged", 50, "the picture is cut off or damaged").instead("export it again");

// More than one thing at once.
pub(super) static TRAILING: Rule =
    Rule::deny("upload-trailing-data", 75, "something follows the end of the picture or document")
        .instead("export it again");
pub(super) static HIDDEN_ARCHIVE: Rule = Rule::deny(
    "upload-hidden-archive",
    85,
    "the file is an archive as well, which programs find from its end",
);
pub(super) static POLYGLOT: Rule =
    Rule::deny("upload-polyglot", 85, "the file is made to be read as two different things");
pub(super) static EMBEDDED_CODE: Rule =
    Rule::deny("upload-embedded-code", 80, "the picture holds code of a web page").instead("export it again");

/// Every rule of uploads, sorted by code; names meet rules of [`path`](crate::path) as well.
pub static RULES: &[&Rule] = &[
    &ARCHIVE_UNREAD,
    &ASKED_KIND,
    &DOUBLE_EXTENSION,
    &EMBEDDED_CODE,
    &REFUSED_ARCHIVE,
    &HIDDEN_ARCHIVE,
    &HIDDEN_NAME,
    &HIDDEN_TEXT,
    &HTML_AS_TEXT,
    &INNER_EXTENSION,
    &MISMATCH,
    &PICTURE_DAMAGED,
    &PICTURE_SIZE,
    &POLYGLOT,
    &PROGRAM,
    &TEXT_ENCODING,
    &TOO_LARGE,
    &TRAILING,
    &UNKNOWN_EXTENSION,
    &UNKNOWN_KIND,
    &XML_ENCODING,
    &XML_ENTITIES,
    &XML_EXTERNAL,
    &XML_MALFORMED,
    &XML_SCRIPT,
];
