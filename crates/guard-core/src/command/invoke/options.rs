//! Splits arguments into options and operands, as getopt does with what the row says.

use crate::command::table::{Flag, Program, Role, Takes};
use crate::command::value::Arg;

/// An option as given.
#[derive(Debug)]
pub(super) struct Given {
    /// As spelt, the value left out.
    pub(super) name: String,
    /// Its row; `None` where it is not known.
    pub(super) flag: Option<&'static Flag>,
    pub(super) value: Option<Arg>,
    /// Second of a pair of values.
    pub(super) second: Option<Arg>,
    /// The whole argument.
    pub(super) arg: Arg,
    /// Index of the first argument behind it and its value.
    pub(super) behind: usize,
}

/// Arguments, split.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) options: Vec<Given>,
    pub(super) operands: Vec<Arg>,
    /// Arguments that may turn out to be options.
    pub(super) dynamic: Vec<Arg>,
    /// Index of the first argument that was not read as an option, where options end at the first operand.
    pub(super) rest: usize,
}

/// A row, and which of its options count as not listed.
pub(super) struct Known<'a> {
    pub(super) row: &'static Program,
    pub(super) is_left_out: &'a dyn Fn(&Flag) -> bool,
}

impl Known<'_> {
    fn flag(&self, name: &str) -> Option<&'static Flag> {
        self.row.flag(name).filter(|flag| !(self.is_left_out)(flag))
    }
}

impl Parsed {
    pub(super) fn new(known: &Known<'_>, args: &[Arg]) -> Self {
        let row = known.row;
        let mut parsed = Self { rest: args.len(), ..Self::default() };
        let mut at = 0;
        while let Some(arg) = args.get(at) {
            let leading = arg.leading();
            let is_end = arg.known() == Some("--");
            if !leading.starts_with('-') || arg.known() == Some("-") {
                if arg.may_be_option() && arg.known() != Some("-") {
                    parsed.dynamic.push(arg.clone());
                }
                if row.posix {
                    parsed.rest = at;
                    parsed.operands.extend(args.iter().skip(at).cloned());
                    return parsed;
                }
                parsed.operands.push(arg.clone());
                at += 1;
                continue;
            }
            at += 1;
            if is_end {
                parsed.rest = at;
                parsed.operands.extend(args.iter().skip(at).cloned());
                return parsed;
            }
            if leading.starts_with("--") || row.long_dash && row.is_long(leading) {
                parsed.long(known, arg, args, &mut at);
            } else {
                parsed.cluster(known, arg, args, &mut at);
            }
        }
        parsed
    }

    fn long(&mut self, known: &Known<'_>, arg: &Arg, args: &[Arg], at: &mut usize) {
        let (name, joined) = match arg.split_once('=') {
            Some((name, value)) if name.known().is_some() => (name, Some(value)),
            _ => (arg.clone(), None),
        };
        let Some(name) = name.known() else {
            self.dynamic.push(arg.clone());
            return;
        };
        let flag = known.flag(name);
        let (mut value, mut second) = (joined, None);
        if let (Some(Takes::Required(role)), None) = (flag.map(|flag| flag.takes), &value) {
            // What is shortened may be another option, which the row does not list.
            let is_sure = !known.row.any_flag || flag.is_some_and(|flag| flag.name == name);
            value = take(known.row, args, at, is_sure);
            if matches!(role, Role::Pair | Role::PairRead) {
                second = args.get(*at).cloned();
                *at += 1;
            }
        }
        self.options.push(Given {
            name: name.to_owned(),
            flag,
            value,
            second,
            arg: arg.clone(),
            behind: *at,
        });
    }

    fn cluster(&mut self, known: &Known<'_>, arg: &Arg, args: &[Arg], at: &mut usize) {
        let letters = arg.leading();
        for (offset, letter) in letters.char_indices().skip(1) {
            let name = format!("-{letter}");
            let flag = known.flag(&name);
            let end = offset + letter.len_utf8();
            let has_more = end < letters.len() || arg.pieces.len() > 1;
            let mut given = Given { name, flag, value: None, second: None, arg: arg.clone(), behind: *at };
            match flag.map(|flag| flag.takes) {
                Some(Takes::Required(_)) => {
                    if has_more {
                        given.value = Some(arg.skip(end));
                    } else {
                        given.value = take(known.row, args, at, true);
                        given.behind = *at;
                    }
                    self.options.push(given);
                    return;
                }
                Some(Takes::Optional(_)) => {
                    given.value = has_more.then(|| arg.skip(end));
                    self.options.push(given);
                    return;
                }
                Some(Takes::Nothing) => self.options.push(given),
                None => {
                    // The rest may be its value, or more options.
                    given.value = has_more.then(|| arg.skip(end));
                    self.options.push(given);
                    if !known.row.any_flag || !letter.is_ascii_alphanumeric() {
                        return;
                    }
                }
            }
        }
        if arg.pieces.len() > 1 {
            self.dynamic.push(arg.clone());
        }
    }

    /// Whether one of these options is given.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.options.iter().any(|given| given.is_one_of(names))
    }

    /// The values of these options.
    pub(super) fn values<'p>(&'p self, names: &'p [&'p str]) -> impl Iterator<Item = &'p Arg> {
        self.options.iter().filter(|given| given.is_one_of(names)).filter_map(|given| given.value.as_ref())
    }

    /// The known text of an operand.
    pub(super) fn operand(&self, number: usize) -> Option<&str> {
        self.operands.get(number).and_then(Arg::known)
    }
}

/// The next argument, as a value. Another version of the program may take the option without one: what would then be an
/// option that does something is read as that, too, and everything where the option is not sure.
fn take(row: &Program, args: &[Arg], at: &mut usize, is_sure: bool) -> Option<Arg> {
    let value = args.get(*at)?;
    if is_sure && !row.acts(value.leading()) {
        *at += 1;
    }
    Some(value.clone())
}

impl Given {
    /// Whether its value follows behind `=`.
    pub(super) fn is_joined(&self) -> bool {
        self.arg.leading().contains('=')
    }

    fn is_one_of(&self, names: &[&str]) -> bool {
        names.contains(&self.name.as_str()) || self.flag.is_some_and(|flag| names.contains(&flag.name))
    }
}

impl Program {
    /// Whether this would be an option that does more than to choose how.
    fn acts(&self, text: &str) -> bool {
        let name = match text.split_once('=') {
            Some((name, _)) if text.starts_with("--") => name,
            _ if text.starts_with("--") || self.long_dash => text,
            _ => text.get(..2).unwrap_or(""),
        };
        name.starts_with('-')
            && name.len() > 1
            && self.flag(name).is_some_and(|flag| match flag.takes {
                Takes::Nothing => flag.does.is_some(),
                Takes::Required(role) | Takes::Optional(role) => {
                    !matches!(role, Role::Text | Role::Except) || flag.does.is_some()
                }
            })
    }

    /// Whether `-name` or `-name=value` is an option of its own here.
    fn is_long(&self, text: &str) -> bool {
        let name = text.split('=').next().unwrap_or(text);
        if name.len() == 2 {
            return text.contains('=');
        }
        if self.flags.iter().any(|flag| flag.name == name) {
            return true;
        }
        // `-ofile` and `-I/usr` are a letter with its value; what is not known counts as one option.
        let letter = text.get(..2).unwrap_or(text);
        !self.flags.iter().any(|flag| flag.name == letter && flag.takes != Takes::Nothing)
    }
}
