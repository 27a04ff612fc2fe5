//! Options and operands to effects.

use super::Call;
use super::find::is_aimed;
use super::options::{Known, Parsed};
use super::output::names_secret;
use crate::command::context::View;
use crate::command::effects::Access;
use crate::command::interpret::{Interpreter, State, with_stars};
use crate::command::policy::Override;
use crate::command::rules;
use crate::command::table::{Does, Flag, Program, Role, Slot, Takes, When};
use crate::command::value::{Arg, Origin, Piece};
use crate::names::{self, Kind};

/// Words of a list that are looked at in the places of further operands.
const MAX_SURPLUS: usize = 3;

/// Whether it may be several words: names of files, or what a file holds.
fn is_list(arg: &Arg) -> bool {
    let is_name = |piece: &Piece| matches!(piece, Piece::AnyRun | Piece::AnyChar | Piece::Inside);
    arg.several && if arg.is_open() { arg.origin().file } else { arg.pieces.iter().any(is_name) }
}

impl Interpreter<'_> {
    /// Judges the options of a call.
    pub(super) fn options(&mut self, call: &Call<'_>, state: &mut State) {
        if !call.row.dynamic {
            for arg in &call.parsed.dynamic {
                self.find(&rules::DYNAMIC_OPTION, arg.span, arg.display());
            }
            if call.row.has_dangerous_flags() && !self.has_only_names(call, state) {
                let may_be = |arg: &&Arg| arg.starts_with_names() && call.row.may_be_dangerous(arg);
                // Behind `--` nothing is an option any more.
                let end = call.args.iter().position(|arg| arg.known() == Some("--"));
                let behind = end.map_or(0, |end| call.args.len() - end - 1);
                let before = call.parsed.operands.len().saturating_sub(behind);
                for arg in call.parsed.operands.iter().take(before).filter(may_be) {
                    self.find(&rules::DYNAMIC_OPTION, arg.span, arg.display());
                }
            }
        }
        // Where a command ends that an option carries.
        let mut end = 0;
        for given in &call.parsed.options {
            let Some(flag) = given.flag else {
                if !call.row.any_flag {
                    self.find(&rules::UNKNOWN_OPTION, given.arg.span, given.name.as_str());
                }
                if let Some(value) = &given.value {
                    let is_long = given.name.starts_with("--");
                    if is_long || value.known().is_some() || value.leading().contains('/') {
                        self.maybe_path(value, state);
                    }
                }
                continue;
            };
            if let Some(does) = flag.does {
                self.do_one(does, given.arg.span, flag.name);
            }
            let role = match flag.takes {
                Takes::Nothing => continue,
                Takes::Required(role) | Takes::Optional(role) => role,
            };
            match &given.value {
                Some(value) if role == Role::Text && call.row.does.contains(&Does::RunsProject) => {
                    self.maybe_outside(value, state);
                }
                Some(value) if role == Role::Text && (flag.name.len() == 2 || !given.is_joined()) => {
                    self.maybe_swallowed(value, state);
                }
                // What looks like an option in the command is one of the command.
                Some(_) if role == Role::Rest && given.behind <= end => {}
                Some(value) if role == Role::Rest => {
                    // Each of them copies what stands behind it.
                    if !self.spend(given.arg.span) {
                        return;
                    }
                    let behind = call.args.iter().skip(given.behind);
                    let behind = behind.take_while(|arg| arg.known() != Some(";"));
                    let command: Vec<Arg> = std::iter::once(value).chain(behind).cloned().collect();
                    self.work.add(2 * command.len());
                    // What is not known may be the `;` at its end.
                    if command.iter().all(|arg| !arg.is_open()) {
                        end = given.behind + command.len() - 1;
                    }
                    self.carried(&command, &mut state.clone(), call.span);
                }
                Some(value) => self.role(role, value, call, state),
                // `git grep -O` starts the configured pager.
                None if role == Role::Exec => self.find(&rules::STARTS_PROGRAM, given.arg.span, flag.name),
                None => {}
            }
            if let (Role::PairRead, Some(second)) = (role, &given.second) {
                self.path(second, Access::Read, state);
            }
        }
    }

    /// Splits arguments by a row, without the options of it that the policy is told to forget.
    pub(super) fn parsed(&self, name: &str, row: &'static Program, args: &[Arg]) -> Parsed {
        let is_left_out = |flag: &Flag| {
            self.policy.has_overrides()
                && self.policy.program(&format!("{name} {}", flag.name)) == Some(Override::Unknown)
        };
        self.work.add(args.len());
        Parsed::new(&Known { row, is_left_out: &is_left_out }, args)
    }

    /// Judges the operands of a call.
    pub(super) fn operands(&mut self, call: &Call<'_>, state: &mut State) {
        let operands = call.parsed.operands.as_slice();
        let slots = slots(call);
        for (number, operand) in operands.iter().enumerate() {
            let Some(role) = slot(slots, number, operands.len()) else {
                self.find(&rules::UNKNOWN_OPERAND, operand.span, operand.display());
                self.maybe_path(operand, state);
                continue;
            };
            let rest = operands.get(number..).unwrap_or(&[]);
            if role == Role::Command {
                self.carried(rest, &mut state.clone(), call.span);
                return;
            }
            if role == Role::Shell {
                self.shell_text(&joined(rest.iter(), call.span), state);
                return;
            }
            self.role(role, operand, call, state);
            if is_list(operand) {
                self.surplus(operand, (number, role), call, state);
            }
        }
        for value in
            call.parsed.options.iter().filter_map(|given| given.value.as_ref()).filter(|value| is_list(value))
        {
            if let Some(role) = slot(slots, 0, operands.len() + 1) {
                self.list_role(role, value, call, state);
                self.surplus(value, (0, role), call, state);
            }
        }
        // `patch` and `split` say in their input, or not at all, what they write.
        let writes_unnamed = call.row.does.contains(&Does::Edits) && operands.is_empty()
            || slots.iter().any(|slot| slot.role == Role::Writes) && operands.len() < 2;
        if writes_unnamed {
            self.touch_unnamed(Access::Write, state);
            self.forget(None);
        }
        // What is moved onto a device is gone.
        let is_device = |arg: &Arg| arg.leading().starts_with("/dev/");
        if slots.iter().any(|slot| slot.role == Role::Move) && operands.last().is_some_and(is_device) {
            self.find(&rules::DESTROYS, call.span, call.name);
        }
        let makes_names = |slot: &Slot| matches!(slot.role, Role::Copy | Role::Move | Role::Link);
        if slots.iter().any(makes_names) {
            self.targets(call, state);
        }
    }

    /// The words of a list behind its first one stand where the next operands would.
    fn surplus(&mut self, list: &Arg, (number, role): (usize, Role), call: &Call<'_>, state: &mut State) {
        let slots = slots(call);
        let mut last = role;
        for more in 1..=MAX_SURPLUS {
            let Some(next) = slot(slots, number + more, call.parsed.operands.len() + more) else { return };
            if next != last {
                self.list_role(next, list, call, state);
                last = next;
            }
        }
    }

    fn list_role(&mut self, role: Role, list: &Arg, call: &Call<'_>, state: &mut State) {
        if matches!(role, Role::Command | Role::Shell) {
            self.find(&rules::DYNAMIC_PROGRAM, list.span, list.display());
        } else {
            self.role(role, list, call, state);
        }
    }

    pub(super) fn is_symbolic(&self, call: &Call<'_>) -> bool {
        matches!(call.name, "ln" | "cp") && call.parsed.has(&["-s", "--symbolic", "--symbolic-link"])
    }

    /// The target of a symbolic link: its text counts from the directory of the link.
    fn link_target(&mut self, arg: &Arg, call: &Call<'_>, state: &State) {
        let operands = &call.parsed.operands;
        let given = call.parsed.values(&["-t", "--target-directory"]).next();
        let place =
            given.or(operands.last().filter(|_| operands.len() > 1)).and_then(Arg::known).unwrap_or(".");
        let Some(text) = arg.known() else {
            // What a pattern or a variable links to, later words reach under a name of their own.
            self.path(arg, Access::Write, state);
            return;
        };
        let is_inside = given.is_some() || operands.len() == 1 || self.is_directory(place, state);
        let directory =
            if is_inside { place } else { place.rsplit_once('/').map_or("", |(directory, _)| directory) };
        if text.starts_with('/') || directory.is_empty() || call.parsed.has(&["-r", "--relative"]) {
            self.path(arg, Access::Read, state);
        } else {
            self.path(&Arg::text(format!("{directory}/{text}"), arg.span), Access::Read, state);
        }
    }

    /// The names that appear where something is copied into a directory.
    fn targets(&mut self, call: &Call<'_>, state: &State) {
        let given = call.parsed.values(&["-t", "--target-directory"]).next();
        let Some(target) = given.or(call.parsed.operands.last()) else { return };
        let Some(name) = with_stars(target) else { return };
        let makes_links = call.row.operands.iter().any(|slot| slot.role == Role::Link)
            || call.parsed.has(&["-s", "--symbolic-link", "-l", "--link"]);
        for source in call.parsed.operands.iter().filter(|_| makes_links) {
            let is_only = given.is_none() && call.parsed.operands.len() == 1;
            if is_only || source != target {
                let is_relative = self.is_symbolic(call) && !call.parsed.has(&["-r", "--relative"]);
                self.links_to(source, if is_only { "." } else { &name }, is_relative, state);
            }
        }
        let Some(target) = target.known() else { return };
        let target = target.trim_end_matches('/');
        for source in &call.parsed.operands {
            let name = source.known().and_then(|text| text.trim_end_matches('/').rsplit('/').next());
            let Some(name) = name.filter(|name| !matches!(*name, "" | "." | "..") && *name != target) else {
                continue;
            };
            // What is harmless to make in any directory need not be looked up.
            if names::classify(std::path::Path::new(&format!("{target}/{name}"))).is_some() {
                self.path(&Arg::text(format!("{target}/{name}"), source.span), Access::Write, state);
            }
        }
    }

    fn is_there_already(&self, arg: &Arg, state: &State) -> bool {
        matches!(self.context.view, View::Disk(_))
            && arg.known().is_some_and(|path| self.is_directory(path, state))
            && state.cwd.otherwise.is_empty()
    }

    /// Judges one value by what it is for.
    pub(super) fn role(&mut self, role: Role, arg: &Arg, call: &Call<'_>, state: &mut State) {
        if arg.known() == Some("-") && !matches!(role, Role::Names | Role::Script) {
            if role == Role::SendFile && (state.stdin.carries_content || !state.stdin.is_fed) {
                self.find(&rules::EXFILTRATES, arg.span, "-");
            }
            return;
        }
        match role {
            Role::Send | Role::SendFile | Role::SendData | Role::SendForm | Role::SendOrFile
                if self.is_loopback(call) =>
            {
                if let Some((_, file)) = arg.split_once('@').filter(|_| role != Role::Send) {
                    self.path(&file, Access::Read, state);
                } else if role == Role::SendFile {
                    self.path(arg, Access::Read, state);
                }
            }
            Role::Glob => {
                if !arg.leading().starts_with('!') && is_aimed(arg) {
                    self.find(&rules::SECRET_PATTERN, arg.span, arg.display());
                }
            }
            Role::Text
            | Role::Except
            // What is done there was done before.
            | Role::Cwd
            | Role::MaybeCwd
            | Role::Setting
            | Role::Pair
            | Role::PairRead
            | Role::Command
            | Role::Shell => {}
            Role::Read => drop(self.path(arg, Access::Read, state)),
            Role::Names => self.list_of_names(arg, state),
            Role::List => drop(self.path(arg, Access::List, state)),
            Role::Place => {
                if names_secret(arg) {
                    self.find(&rules::SECRET_FILE, arg.span, arg.display());
                }
                self.path(arg, Access::List, state);
            }
            Role::Edit => {
                self.path(arg, Access::Read, state);
                self.path(arg, Access::Write, state);
            }
            // A directory that is there is not made again.
            Role::Write if call.name == "mkdir" && self.is_there_already(arg, state) => {
                self.path(arg, Access::List, state);
            }
            Role::Write | Role::Writes | Role::WriteOrDash => drop(self.path(arg, Access::Write, state)),
            Role::Attributes => {
                let copies = std::mem::replace(&mut self.copies, true);
                self.path(arg, Access::Write, state);
                self.copies = copies;
            }
            Role::Temporary => {
                if arg.known().is_none_or(|text| text.contains('/')) {
                    self.path(arg, Access::Write, state);
                }
            }
            Role::Delete => drop(self.path(arg, Access::Delete, state)),
            Role::Link if self.is_symbolic(call) => {
                self.link_target(arg, call, state);
                self.unnamed_files();
            }
            Role::Copy | Role::Link => {
                self.path(arg, Access::Read, state);
                if role == Role::Link || call.parsed.has(&["-r", "-R", "-a", "--recursive", "--archive"]) {
                    self.unnamed_files();
                }
            }
            Role::Move => {
                self.path(arg, Access::Read, state);
                self.path(arg, Access::Delete, state);
            }
            Role::Exec => self.starts(arg, state),
            Role::Code => self.shell_text(arg, state),
            // Options have it, with what stands behind them.
            Role::Rest => drop(self.carried(std::slice::from_ref(arg), &mut state.clone(), call.span)),
            Role::ExecOption => self.exec_option(arg),
            Role::Sed => self.sed(arg, state),
            Role::Awk => self.awk(arg, state),
            Role::Jq => self.jq(arg, state),
            Role::Script => {
                let stream = match arg.known() {
                    Some("-") => Some(state.stdin.clone()),
                    Some(text) => self.stream(text, &state.stdin),
                    None => None,
                };
                match stream.map(|stream| Arg::new(stream.pieces, arg.span)) {
                    Some(script) if call.name == "sed" => self.sed(&script, state),
                    Some(script) if call.name.ends_with("awk") => self.awk(&script, state),
                    Some(script) => self.find(&rules::DYNAMIC_CODE, arg.span, script.display()),
                    None => {
                        self.path(arg, Access::Read, state);
                        self.find(&rules::PROJECT_SCRIPT, arg.span, arg.display());
                    }
                }
            }
            Role::ScriptInside | Role::Project => self.maybe_path(arg, state),
            Role::Mode => self.mode(arg),
            Role::Variable => {
                self.subscripted(arg, state);
                if let Some(name) = arg.known() {
                    let origin = call.args.iter().fold(Origin::default(), |all, arg| all.and(arg.origin()));
                    self.assign(
                        name,
                        Arg::unknown(Origin { unset: false, ..origin }, arg.span),
                        arg.span,
                        state,
                    );
                }
            }
            Role::Url => self.url(arg),
            Role::GitUrl => self.git_url(arg, call, state),
            Role::GitConfig => self.git_setting(arg),
            Role::Rev => self.revision(arg, state),
            Role::Pathspec => self.pathspec(arg, call, state),
            Role::HostRead => self.host_path(arg, Access::Read, call, state),
            Role::HostWrite => self.host_path(arg, Access::Write, call, state),
            Role::Send => {
                if arg.is_open() {
                    self.find(&rules::EXFILTRATES, arg.span, arg.display());
                }
            }
            Role::SendFile => {
                self.path(arg, Access::Read, state);
                self.find(&rules::EXFILTRATES, arg.span, arg.display());
            }
            Role::SendData | Role::SendForm | Role::SendOrFile => self.sends(role, arg, state),
            Role::Socket => self.find(&rules::DEVICE, arg.span, arg.display()),
            Role::TextOrWrite => {
                let value = arg.split_once('=').map_or_else(|| arg.clone(), |(_, value)| value);
                if value.leading().contains('/') {
                    self.path(&value, Access::Write, state);
                }
            }
            Role::Size => self.size(arg),
            Role::Transform => self.transform(arg, state),
        }
    }

    /// The value of an option that is not joined to it by `=`: another version of the program may take the option without
    /// one, and then it is a file. Judged where it is plainly one that is out of reach.
    fn maybe_swallowed(&mut self, arg: &Arg, state: &State) {
        let Some(text) = arg.known() else { return };
        let outside = ["/etc/", "/proc/", "/root", "/home/", "/var/", "/sys/", "/dev/", "../"];
        let is_secret =
            || names::classify(std::path::Path::new(text)).is_some_and(|rule| rule.kind == Kind::Secret);
        if !text.contains(char::is_whitespace)
            && (outside.iter().any(|start| text.starts_with(start)) || is_secret())
        {
            self.path(arg, Access::Read, state);
        }
    }

    /// A value that a tool of the project takes as data, which another version may take as a file of code or output.
    fn maybe_outside(&mut self, arg: &Arg, state: &State) {
        const TOP: &[&str] = &[
            "/bin/",
            "/boot/",
            "/dev/",
            "/etc/",
            "/home/",
            "/lib",
            "/media/",
            "/mnt/",
            "/opt/",
            "/private/",
            "/proc/",
            "/root",
            "/run/",
            "/sbin/",
            "/srv/",
            "/sys/",
            "/tmp",
            "/usr/",
            "/var/",
            "/Users/",
            "../",
            "~",
        ];
        let text = arg.leading();
        let value = text.split_once('=').map_or(text, |(_, value)| value);
        if TOP.iter().any(|start| value.starts_with(start)) || value == ".." {
            self.maybe_path(arg, state);
        } else {
            self.maybe_swallowed(arg, state);
        }
    }

    /// An argument that may be a file: judged as one where it looks like one.
    pub(super) fn maybe_path(&mut self, arg: &Arg, state: &State) {
        let text = arg.leading();
        if text.len() > 4096 {
            return;
        }
        if !text.starts_with('-') {
            self.embedded_paths(arg, state);
        }
        if text.contains("://") {
            return;
        }
        if let Some((name, value)) = arg.split_once('=') {
            if name.known().is_some_and(|name| !name.contains('/')) {
                self.maybe_path(&value, state);
            }
            return;
        }
        if text.starts_with('-') {
            return;
        }
        // `tests/a.py::test_b` names a file and a place in it; `./...` is Go's word for every package.
        let file = text.split("::").next().unwrap_or(text);
        let file = file.strip_suffix("/...").unwrap_or(file);
        let is_protected =
            || names::classify(std::path::Path::new(file)).is_some_and(|rule| rule.kind == Kind::Secret);
        let looks = file.contains('/') || matches!(file, ".." | "~") || is_protected();
        if arg.known().is_some() {
            if looks && !file.chars().any(char::is_whitespace) {
                self.path(&Arg::text(file, arg.span), Access::Read, state);
            }
        } else if looks || arg.is_open() && !arg.origin().unset {
            self.path(arg, Access::Read, state);
        } else if arg.pieces.iter().any(|piece| *piece != Piece::Plain) && !arg.is_open() {
            self.unnamed_files();
            self.aimed(arg, Access::Read);
        }
    }

    /// Files inside an argument that is more than a path: `file:/x`, `concat:/x|y`, `@args`, `a,../b`.
    fn embedded_paths(&mut self, arg: &Arg, state: &State) {
        let Some(text) = arg.known().filter(|text| text.contains(['@', ':', ',', '|', ';'])) else { return };
        let whole = text.len();
        let text = text.strip_prefix("file://").unwrap_or(text);
        if text.contains("://") || text.contains(char::is_whitespace) {
            return;
        }
        for part in text.split(['@', ':', ',', '|', ';']).filter(|part| !part.is_empty()).take(32) {
            let is_secret =
                || names::classify(std::path::Path::new(part)).is_some_and(|rule| rule.kind == Kind::Secret);
            let is_whole = part.len() == whole;
            let leaves = part.starts_with("/") && part.len() > 1
                || part.starts_with("~/")
                || part.split('/').any(|name| name == "..");
            if !is_whole && (leaves || is_secret()) {
                self.path(&Arg::text(part, arg.span), Access::Read, state);
            }
        }
    }

    /// Whether on disk no name here looks like an option, so that a pattern cannot make one.
    fn has_only_names(&self, call: &Call<'_>, state: &State) -> bool {
        let View::Disk(root) = &self.context.view else { return false };
        let Some(cwd) = &state.cwd.path else { return false };
        if call.parsed.operands.iter().any(|arg| arg.pieces.first() == Some(&Piece::Inside)) {
            return false;
        }
        let directory = if cwd.as_os_str().is_empty() { std::path::Path::new(".") } else { cwd };
        root.entries(directory, 4096).is_ok_and(|listing| {
            let is_name = |name: &std::ffi::OsString| !name.as_encoded_bytes().starts_with(b"-");
            listing.is_complete && listing.entries.iter().all(|entry| is_name(&entry.name))
        })
    }

    /// Looks at a permission mode.
    fn mode(&mut self, arg: &Arg) {
        let Some(text) = arg.known() else {
            self.find(&rules::ASKS, arg.span, arg.display());
            return;
        };
        let (is_special, is_for_all) = match text.trim_start_matches('0') {
            digits if text.bytes().all(|b| b.is_ascii_digit()) => {
                (digits.len() > 3, digits.ends_with(['2', '3', '6', '7']))
            }
            _ => {
                let mut special = false;
                let mut for_all = false;
                for part in text.split(',') {
                    special |= part.contains(['+', '=']) && part.contains(['s', 't']);
                    for_all |=
                        part.starts_with(['o', 'a']) && part.contains(['+', '=']) && part.contains('w');
                }
                (special, for_all)
            }
        };
        if is_special {
            self.find(&rules::PRIVILEGE, arg.span, text);
        } else if is_for_all {
            self.find(&rules::ASKS, arg.span, text);
        }
    }
}

/// The operands as the given options make them.
fn slots(call: &Call<'_>) -> &'static [Slot] {
    let fits = |when: &&When| call.parsed.has(when.any) && (when.and.is_empty() || call.parsed.has(when.and));
    call.row.when.iter().find(fits).map_or(call.row.operands, |when| when.operands)
}

/// What operand `number` of `count` is for: those before `…`, those after it, the rest in between.
fn slot(slots: &[Slot], number: usize, count: usize) -> Option<Role> {
    let many = slots.iter().position(|slot| slot.many);
    let at = match many {
        Some(many) if number >= many => {
            let after = slots.len() - many - 1;
            let from_end = count - number;
            if from_end <= after { slots.len() - from_end } else { many }
        }
        _ => number,
    };
    slots.get(at).map(|slot| slot.role)
}

/// Arguments joined by blanks, as `eval` and `ssh` do.
pub(super) fn joined<'p>(args: impl Iterator<Item = &'p Arg>, span: crate::Span) -> Arg {
    let mut code = Arg { span, ..Arg::default() };
    for (number, arg) in args.enumerate() {
        if number > 0 {
            code.push(Piece::Text(" ".into()));
        } else {
            code.span = arg.span;
        }
        for piece in &arg.pieces {
            code.push(piece.clone());
        }
    }
    code
}
