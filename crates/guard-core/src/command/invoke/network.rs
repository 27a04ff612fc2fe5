//! Programs that talk to other machines: where to, and what they send.

use super::Call;
use super::git::host;
use crate::command::effects::Access;
use crate::command::interpret::{Interpreter, State};
use crate::command::rules;
use crate::command::table::Role;
use crate::command::value::{Arg, Stream};

/// Hosts that answer with credentials of the machine.
const METADATA: &[&str] =
    &["169.254.169.254", "metadata.google.internal", "metadata", "100.100.100.200", "[fd00", "169.254.170.2"];

impl Interpreter<'_> {
    pub(super) fn url(&mut self, arg: &Arg) {
        let shown = arg.display();
        let lower = shown.to_ascii_lowercase();
        if arg.is_open() && (arg.origin().file || arg.origin().hides()) {
            self.find(&rules::EXFILTRATES, arg.span, shown.as_str());
        }
        if let Some(path) = lower.strip_prefix("file:") {
            self.find(&rules::OUTSIDE, arg.span, path);
            return;
        }
        if is_loopback(arg) {
            return;
        }
        let name = host(&lower);
        if METADATA.contains(&name) {
            self.find(&rules::SECRETS, arg.span, shown.as_str());
        }
        self.effects.network(Some(name));
    }

    /// Whether a request can only reach this machine, which in the cell is the cell.
    pub(super) fn is_loopback(&self, call: &Call<'_>) -> bool {
        const ELSEWHERE: &[&str] =
            &["--url", "--proxy", "-x", "--resolve", "-K", "--config", "-i", "--input-file"];
        let is_request = matches!(call.name, "curl" | "wget" | "http" | "xh");
        let plain = |given: &super::options::Given| {
            given.flag.is_some_and(|flag| {
                call.name == "curl" && flag.name == "-i" || !ELSEWHERE.contains(&flag.name)
            })
        };
        is_request
            && !call.parsed.operands.is_empty()
            && call.parsed.operands.iter().all(is_loopback)
            && call.parsed.options.iter().all(plain)
    }

    /// Data for a request: `@file`, `name=@file`, `-`, or the text itself.
    pub(super) fn sends(&mut self, role: Role, arg: &Arg, state: &State) {
        let file = if role == Role::SendForm {
            let value = arg.split_once('=').map(|(_, value)| value);
            value.filter(|value| value.leading().starts_with(['@', '<']))
        } else if arg.leading().starts_with('@') {
            Some(arg.clone())
        } else if role == Role::SendData {
            // `--data-urlencode name@file`
            arg.split_once('@').filter(|(name, _)| is_word(name)).map(|(_, value)| {
                let mut file = Arg::text("@", arg.span);
                value.pieces.into_iter().for_each(|piece| file.push(piece));
                file
            })
        } else {
            None
        };
        match file {
            Some(file) => {
                let file = file.skip(1);
                if matches!(file.known(), Some("-" | "/dev/stdin")) {
                    if state.stdin.carries_content || !state.stdin.is_fed {
                        self.find(&rules::EXFILTRATES, arg.span, arg.display());
                    }
                } else {
                    self.path(&file, Access::Read, state);
                    self.find(&rules::EXFILTRATES, arg.span, arg.display());
                }
            }
            None => {
                if arg.is_open() && !arg.origin().unset {
                    self.find(&rules::EXFILTRATES, arg.span, arg.display());
                }
            }
        }
    }

    /// `host:path` or a path.
    pub(super) fn host_path(&mut self, arg: &Arg, access: Access, call: &Call<'_>, state: &State) {
        if is_remote(arg) {
            self.effects.network(Some(host(arg.leading())));
            let rule = if access == Access::Write { &rules::EXFILTRATES } else { &rules::NETWORK };
            self.find(rule, arg.span, arg.display());
            return;
        }
        // A tree that is copied holds what nobody named.
        if call.row.recurses {
            self.unnamed_files();
        }
        self.path(arg, access, state);
    }

    pub(super) fn ssh(&mut self, call: &Call<'_>, state: &mut State) -> Option<Stream> {
        let mut local = false;
        let mut args = call.args.iter();
        while let Some(arg) = args.next() {
            let text = arg.display();
            let lower = text.to_ascii_lowercase();
            let starts = [
                "proxycommand",
                "localcommand",
                "proxyusefdpass",
                "pkcs11provider",
                "match exec",
                "knownhostscommand",
                "securitykeyprovider",
            ];
            if starts.iter().any(|word| lower.contains(word)) {
                self.find(&rules::STARTS_PROGRAM, arg.span, text.as_str());
            }
            match text.as_str() {
                "-i" | "-F" | "-E" | "-S" | "-D" => {
                    if let Some(value) = args.next() {
                        let access = if text == "-E" { Access::Write } else { Access::Read };
                        self.path(value, access, state);
                        if text == "-S" && call.name != "ssh" || text == "-D" && call.name == "scp" {
                            self.find(&rules::STARTS_PROGRAM, arg.span, text.as_str());
                        }
                    }
                }
                _ if matches!(call.name, "scp" | "sftp") && !text.starts_with('-') && !is_remote(arg) => {
                    local = true
                }
                _ => {}
            }
            if text.starts_with('!') || matches!(call.name, "lftp") && text.contains('!') {
                self.find(&rules::DANGEROUS_CODE, arg.span, text.as_str());
            }
        }
        let to_remote = call.name == "scp" && local && call.args.last().is_some_and(is_remote);
        if to_remote || state.stdin.carries_content {
            self.find(&rules::EXFILTRATES, call.span, call.name);
        }
        if matches!(call.name, "sshfs" | "sshpass" | "autoexpect") {
            self.find(&rules::REFUSED_USE, call.span, call.name);
        }
        None
    }
}

fn is_remote(arg: &Arg) -> bool {
    let text = arg.leading();
    let before_slash = text.split('/').next().unwrap_or(text);
    text.contains("://") || before_slash.contains(':')
}

/// `localhost:3000/x`, `http://127.0.0.1`.
fn is_loopback(url: &Arg) -> bool {
    url.known().is_some_and(|text| {
        let text = text.to_ascii_lowercase();
        let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")).unwrap_or(&text);
        let is_plain = !text.contains(['\\', '{', '[', '@', '#']) && !rest.contains("://");
        is_plain && matches!(host(&text), "localhost" | "127.0.0.1")
    })
}

fn is_word(name: &Arg) -> bool {
    name.known().is_some_and(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_'))
}
