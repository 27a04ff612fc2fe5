//! Which rule in Rust looks at which program.

use super::Call;
use crate::command::interpret::{Interpreter, State};
use crate::command::table::Special;
use crate::command::value::Stream;

impl Interpreter<'_> {
    /// Applies the special rule of a row. An output means that the rule judged the whole call.
    pub(super) fn special(&mut self, call: &Call<'_>, state: &mut State) -> Option<Stream> {
        match call.row.special? {
            Special::Alias => Some(self.alias(call, state)),
            Special::Assigns => Some(self.assigns(call, state)),
            Special::Cd => Some(self.cd(call, state)),
            Special::Command => Some(self.command_builtin(call, state)),
            Special::Compiler => self.compiler(call, state),
            Special::Converter => self.converter(call, state),
            Special::Database => Some(self.database(call, state)),
            Special::Dd => Some(self.dd(call, state)),
            Special::Declare => Some(self.declare(call, state)),
            Special::Docker => self.docker(call, state),
            Special::Env => Some(self.env(call, state)),
            Special::Eval => Some(self.eval(call, state)),
            Special::Facts => self.facts(call),
            Special::Find => Some(self.find_files(call, state)),
            Special::GitChange => self.git_change(call, state),
            Special::GitConfig => self.git_config(call),
            Special::GitDiscard => self.git_discard(call),
            Special::GitObjects => {
                self.git_objects(call, state);
                None
            }
            Special::GitRemote => self.git_remote(call, state),
            Special::Golang => self.golang(call),
            Special::Interfaces => self.interfaces(call),
            Special::Interpreter => Some(self.interpreter(call, state)),
            Special::Kill => self.kill(call),
            Special::Launcher => self.launcher(call, state),
            Special::Lists => self.lists(call, state),
            Special::Make => self.make(call, state),
            Special::Node => Some(self.node(call, state)),
            Special::Npm => Some(self.npm(call, state)),
            Special::Npx => Some(self.npx(call, state)),
            Special::Pip => Some(self.pip(call, state)),
            Special::Printenv => self.printenv(call),
            Special::Ps => self.ps(call),
            Special::Pushd => Some(self.pushd(call, state)),
            Special::Python => Some(self.python(call, state)),
            Special::Rm => self.rm(call, state),
            Special::Set => Some(self.set(call, state)),
            Special::Shell => Some(self.shell(call, state)),
            Special::ShellTools => Some(self.shell_tools(call, state)),
            Special::Source => Some(self.source(call, state)),
            Special::Ssh => self.ssh(call, state),
            Special::Tar => {
                self.packs(call, state);
                Some(self.tar(call, state))
            }
            Special::Test => Some(self.test_builtin(call, state)),
            Special::Trap => Some(self.trap(call, state)),
            Special::Truncate => self.truncate(call),
            Special::Xargs => Some(self.xargs(call, state)),
            Special::Yq => self.yq(call, state),
        }
    }
}
