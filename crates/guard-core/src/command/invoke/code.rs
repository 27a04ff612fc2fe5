//! Code in other languages on the command line, read word by word: no language is parsed, so what is not plainly harmless is
//! asked.

mod perl;
mod scan;
mod words;

use self::perl::{globs, is_plain_filter};
use self::scan::{Scan, string_end};
use self::words::{DANGEROUS, HARMLESS, ORDINARY};
use super::{Call, computed, python};
use crate::command::effects::Access;
use crate::command::interpret::{Interpreter, State};
use crate::command::rules;
use crate::command::value::{Arg, Stream};
use crate::names::{self, Kind};
use crate::{Decision, Requires};

impl Interpreter<'_> {
    /// Judges code of another language.
    pub(super) fn inline_code(&mut self, code: &Arg, state: &State) {
        self.judge_code(code, false, state);
    }

    /// Judges code of Python.
    pub(super) fn python_code(&mut self, code: &Arg, state: &State) {
        self.judge_code(code, true, state);
    }

    fn judge_code(&mut self, code: &Arg, is_python: bool, state: &State) {
        self.require(Requires::EVERYTHING);
        self.effects.project_code();
        let Some(text) = code.known() else {
            let origin = code.origin();
            let rule = match (origin.hides(), origin.fetched) {
                (true, _) => &rules::HIDES,
                (_, true) => &rules::FETCHES_AND_RUNS,
                _ => &rules::DYNAMIC_CODE,
            };
            self.find(rule, code.span, code.display());
            return;
        };
        if is_python && python::is_inspection(text) {
            return;
        }
        let is_pure = is_python && python::is_pure(text);
        let scan = Scan::of(text);
        let is_dangerous = |word: &&str| DANGEROUS.contains(word) && !(is_pure && ORDINARY.contains(word));
        if let Some(word) = scan.words.iter().find(|word| is_dangerous(word)) {
            self.find(&rules::DANGEROUS_CODE, code.span, *word);
        }
        if scan
            .texts
            .iter()
            .flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_'))
            .any(|word| is_dangerous(&word) && !is_pure)
        {
            self.find(&rules::DANGEROUS_CODE, code.span, text);
        }
        if text.contains('`') && !text.contains("${") {
            self.find(&rules::DANGEROUS_CODE, code.span, text);
        }
        // Ruby and Perl open a pipe where a name begins or ends with one; Perl reads what `<…>` matches.
        let opens =
            scan.words.iter().any(|word| matches!(*word, "open" | "Kernel" | "readlines" | "foreach"));
        let is_pipe = |text: &&str| {
            let text = text.trim();
            text.starts_with('|') || text.ends_with('|')
        };
        if opens && scan.texts.iter().any(is_pipe) {
            self.find(&rules::DANGEROUS_CODE, code.span, text);
        }
        let mut is_harmless = self.opens_only_literals(text, code, state)
            && !globs(text)
            && (is_pure || !computed::calls(text));
        for literal in &scan.texts {
            let literal = literal.trim();
            let is_secret =
                names::classify(std::path::Path::new(literal)).is_some_and(|rule| rule.kind == Kind::Secret);
            let is_path =
                literal.starts_with(['/', '~']) || literal.starts_with("../") || literal.contains("/../");
            // Perl writes what is named behind `>`.
            if let Some(file) = literal.strip_prefix('>').filter(|_| opens) {
                self.makes(&Arg::text(file.trim_start_matches(['>', ' ']), code.span), state);
            }
            if is_secret || is_path && literal.len() > 1 && !literal.contains(char::is_whitespace) {
                self.path(&Arg::text(literal, code.span), Access::Read, state);
            }
        }
        for word in &scan.words {
            let is_known =
                is_pure || HARMLESS.contains(word) || word.chars().all(|c| c.is_ascii_digit() || c == '_');
            is_harmless &= is_known;
        }
        // Opening files and reading objects by name is asked unless the words are few and plain.
        if !is_harmless && self.verdict.decision() != Decision::Deny {
            self.find(&rules::INLINE_CODE, code.span, text);
        }
    }

    /// Judges every `open(…)`; `false` where one is not given a plain literal.
    fn opens_only_literals(&mut self, text: &str, code: &Arg, state: &State) -> bool {
        let called = |name: &str| {
            let after = text.split(name).skip(1).filter_map(|after| after.trim_start().strip_prefix('('));
            after.collect::<Vec<_>>()
        };
        for after in called("open").into_iter().chain(called("readFileSync")) {
            let after = after.trim_start();
            let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return false };
            let Some(rest) = after.get(1..) else { return false };
            let end = string_end(rest, quote);
            let name = rest.get(..end).unwrap_or("");
            let next = rest.get(end + 1..).and_then(|rest| rest.chars().next());
            if name.contains('\\') || !matches!(next, Some(')' | ',')) {
                return false;
            }
            let name = Arg::text(name, code.span);
            self.path(&name, Access::Read, state);
            let only_reads =
                text.contains("readFileSync(") && !text.replace("readFileSync(", "").contains("open(");
            if next == Some(',') && !only_reads {
                self.makes(&name, state);
            }
        }
        true
    }

    /// Judges code that perl runs on each line; a plain substitution or filter is no more than sed's.
    pub(super) fn line_code(&mut self, code: &Arg, state: &State) {
        match code.known() {
            Some(text) if is_plain_filter(text) => {
                self.require(Requires::EVERYTHING);
                self.effects.project_code();
            }
            _ => self.inline_code(code, state),
        }
    }

    /// Judges a filter of jq or yq.
    pub(super) fn jq(&mut self, filter: &Arg, state: &State) {
        let Some(text) = filter.known() else { return };
        let scan = Scan::of(text);
        if text.contains("$ENV") || text.contains("$__prog") {
            self.find(&rules::SECRETS, filter.span, text);
        }
        let reads = |word: &&str| {
            matches!(
                *word,
                "env" | "strenv" | "envsubst" | "input_filename" | "import" | "include" | "getpath_env"
            )
        };
        if scan.words.iter().any(reads) {
            self.find(&rules::PRINTS_ENVIRONMENT, filter.span, text);
        }
        // Of yq: other files, and where the result goes.
        let loads = |word: &&str| {
            matches!(*word, "load" | "load_str" | "load_xml" | "load_props" | "load_base64" | "split_doc")
        };
        if scan.words.iter().any(loads) {
            self.find(&rules::DYNAMIC_PATH, filter.span, text);
            for file in &scan.texts {
                self.path(&Arg::text(*file, filter.span), Access::Read, state);
            }
        }
    }

    /// `yq eval FILTER FILE`: any of the operands may be the filter.
    pub(super) fn yq(&mut self, call: &Call<'_>, state: &State) -> Option<Stream> {
        for operand in &call.parsed.operands {
            self.jq(operand, state);
        }
        None
    }

    /// A value that is a command of the tool's own language, or names a plug-in.
    pub(super) fn exec_option(&mut self, arg: &Arg) {
        let rule = match arg.known() {
            // `-p no:cacheprovider` switches a plug-in off.
            Some(text) if text.starts_with("no:") && !text.contains('/') => return,
            Some(text) => {
                let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
                let is_code = text.contains(['!', '(', '`', '|', '/'])
                    || words
                        .iter()
                        .any(|word| DANGEROUS.contains(word) || *word == "linker" || *word == "runner");
                if is_code { &rules::STARTS_PROGRAM } else { &rules::ASKS }
            }
            None => &rules::DYNAMIC_CODE,
        };
        self.find(rule, arg.span, arg.display());
    }
}
