//! What a text writes to files whose names it does not tell: temporary ones, those of a pattern, those of a list.

use std::path::{Path, PathBuf};

use super::{Interpreter, State};
use crate::command::rules;
use crate::command::value::{Arg, Origin, Piece, Stream};

/// Contents that are remembered.
const MAX_SCATTERED: usize = 32;

/// A file that has one of many names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    is_temporary: bool,
    is_open: bool,
    /// How its path from the root begins.
    beginning: String,
    ending: String,
}

impl Name {
    /// Whether two may be the same file.
    fn may_be(&self, other: &Self) -> bool {
        let (one, two) = (&self.beginning, &other.beginning);
        self.may_have(other)
            && (one.starts_with(two.as_str()) || two.starts_with(one.as_str()))
            && (self.ending.ends_with(&other.ending) || other.ending.ends_with(&self.ending))
    }

    /// Whether both may be temporary, or neither.
    const fn may_have(&self, other: &Self) -> bool {
        self.is_temporary == other.is_temporary || self.is_open || other.is_open
    }
}

#[derive(Debug, Default)]
pub(super) struct Scattered(Vec<(Name, Stream)>);

impl Scattered {
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }
}

/// Whether the text says what it is, or it comes from elsewhere or from a decoder.
fn is_told(content: &Stream) -> bool {
    let origin = content.origin();
    origin.fetched || origin.hides() || content.pieces.iter().any(|piece| matches!(piece, Piece::Text(_)))
}

impl Interpreter<'_> {
    /// Remembers what is written to a file whose name is not known, alone or behind what was there.
    pub(in crate::command) fn scatter(&mut self, file: &Arg, content: &Stream, appends: bool, state: &State) {
        let name = self.name_of(file, state);
        let mut contents = vec![content.clone()];
        for mut before in if appends { self.scattered_like(file, state) } else { Vec::new() } {
            before.then(content.clone());
            contents.push(before);
        }
        for content in contents {
            self.work.add(self.scattered.len() + content.len() / 64);
            if self.scattered.0.iter().any(|(known, other)| *known == name && *other == content) {
                continue;
            }
            if self.scattered.len() >= MAX_SCATTERED {
                return self.find(&rules::TOO_COMPLEX, file.span, "");
            }
            self.scattered.0.push((name.clone(), content));
        }
    }

    /// What this text may have written to a file, among others. Where nothing is known of it, it is what the project's own
    /// programs made.
    pub(in crate::command) fn scattered_to(&self, path: &Path) -> Vec<Stream> {
        if self.scattered.0.is_empty() {
            return Vec::new();
        }
        let paths = self.names_of(path);
        let may_be = |name: &Name| {
            let fits = |path: &PathBuf| {
                let path = path.to_string_lossy();
                path.starts_with(&name.beginning) && path.ends_with(&name.ending)
            };
            (!name.is_temporary || name.is_open) && paths.iter().any(fits)
        };
        let mut contents = self.scattered_where(may_be);
        contents.retain(is_told);
        contents
    }

    /// The same where the name is not known.
    pub(in crate::command) fn scattered_like(&self, file: &Arg, state: &State) -> Vec<Stream> {
        if self.scattered.0.is_empty() {
            return Vec::new();
        }
        let name = self.name_of(file, state);
        self.scattered_where(|other| name.may_be(other))
    }

    /// What may be in a file, or below it where it is a directory.
    pub(in crate::command) fn scattered_below(&self, file: &Arg, state: &State) -> Vec<Stream> {
        if self.scattered.0.is_empty() {
            return Vec::new();
        }
        let name = Name { ending: String::new(), ..self.name_of(file, state) };
        self.scattered_where(|other| name.may_be(other))
    }

    /// What was written to files of which the name may end so.
    pub(in crate::command) fn scattered_with_end(&self, fits: impl Fn(&str) -> bool) -> Vec<Stream> {
        let may_be = |name: &Name| !name.is_temporary && (name.ending.is_empty() || fits(&name.ending));
        let mut contents = self.scattered_where(may_be);
        contents.retain(is_told);
        contents
    }

    fn scattered_where(&self, is_it: impl Fn(&Name) -> bool) -> Vec<Stream> {
        self.work.add(self.scattered.len());
        self.scattered.0.iter().filter(|(name, _)| is_it(name)).map(|(_, content)| content.clone()).collect()
    }

    /// Something else changes a file whose name is not known.
    pub(super) fn forget_scattered(&mut self, file: &Arg, state: &State) {
        if !self.copies && !self.scattered_like(file, state).is_empty() {
            self.scatter(file, &Stream::unknown(Origin::default()), false, state);
        }
    }

    fn name_of(&self, file: &Arg, state: &State) -> Name {
        let is_normal = |text: &str| !text.split('/').any(|name| matches!(name, "." | ".."));
        let root = self.context.root().to_string_lossy();
        let leading = file.leading();
        let beginning = match leading.strip_prefix(&*root) {
            Some(rest) if rest.starts_with('/') => Some(rest.trim_start_matches('/').to_owned()),
            _ if leading.starts_with('/') => None,
            _ if matches!(file.pieces.first(), Some(Piece::Inside | Piece::Temporary)) => None,
            _ => state.cwd.path.as_ref().filter(|_| state.cwd.otherwise.is_empty()).map(|cwd| {
                let leading = leading.trim_start_matches("./");
                match cwd.to_string_lossy() {
                    cwd if cwd.is_empty() => leading.to_owned(),
                    cwd => format!("{cwd}/{leading}"),
                }
            }),
        };
        let beginning = beginning.filter(|text| is_normal(text) && !text.contains("//"));
        let ending = match file.pieces.as_slice() {
            [_, .., Piece::Text(text)] => text.trim_start_matches('/'),
            _ => "",
        };
        Name {
            is_temporary: file.pieces.first() == Some(&Piece::Temporary) && !self.makes_temporary_here,
            is_open: file.is_open(),
            beginning: beginning.filter(|_| !file.is_open()).unwrap_or_default(),
            ending: if is_normal(ending) && !ending.contains("//") {
                ending.to_owned()
            } else {
                String::new()
            },
        }
    }
}
