//! Files and streams that name files: `tar -T`, `--files0-from`, `cpio`.

use super::Call;
use super::output::lists_names;
use crate::Span;
use crate::command::effects::Access;
use crate::command::interpret::{Interpreter, State};
use crate::command::rules;
use crate::command::value::{Arg, Stream};

impl Interpreter<'_> {
    /// The files that are named in a file, or in standard input, are read.
    pub(super) fn list_of_names(&mut self, list: &Arg, state: &State) {
        let stream = match list.known() {
            Some("-") => Some(state.stdin.clone()),
            Some(text) => self.stream(text, &state.stdin),
            None => None,
        };
        let contents = match stream {
            Some(stream) => vec![stream],
            None => {
                let path = self.path(list, Access::Read, state);
                path.map_or_else(Vec::new, |path| self.written(&path))
            }
        };
        if contents.is_empty() {
            self.find(&rules::DYNAMIC_PATH, list.span, list.display());
        }
        for content in contents {
            self.names_read(&content, list.span, state);
        }
    }

    /// Archivers that are told in their input, or behind `@`, what they put in.
    pub(super) fn lists(&mut self, call: &Call<'_>, state: &mut State) -> Option<Stream> {
        let reads_names = call.args.iter().filter_map(Arg::known).any(|arg| match (call.name, arg) {
            // Long ones may be cut short.
            ("cpio", arg) if arg.starts_with("--") => arg.starts_with("--c") || arg.starts_with("--pa"),
            ("cpio", arg) => arg.starts_with('-') && arg.contains(['o', 'p']),
            ("pax", arg) => arg.starts_with('-') && arg.contains('w'),
            _ => false,
        });
        if reads_names {
            self.names_read(&state.stdin, call.span, state);
        }
        for arg in call.args {
            if let Some((option, list)) = arg.split_once('@') {
                if option.known().is_some_and(|option| option.is_empty() || option.starts_with('-')) {
                    self.list_of_names(&list, state);
                }
            }
        }
        None
    }

    /// The same of a text with a name in each line, or between NUL bytes.
    fn names_read(&mut self, names: &Stream, span: Span, state: &State) {
        let text = Arg::new(names.pieces.clone(), span);
        if lists_names(&names.pieces) {
            return self.unnamed_files();
        }
        let Some(text) = text.known() else {
            return self.find(&rules::DYNAMIC_PATH, span, text.display());
        };
        for name in text.split(['\n', '\0']).filter(|name| !name.is_empty()) {
            if !self.spend(span) {
                return;
            }
            let name = Arg::text(name, span);
            // Some programs take such a line for an option.
            if name.may_be_option() {
                self.find(&rules::DYNAMIC_OPTION, span, name.display());
            }
            self.path(&name, Access::Read, state);
        }
    }
}
