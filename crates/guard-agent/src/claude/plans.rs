//! Where the agent writes its plan: files in its private HOME, outside of the project, which it shows to a person.

use std::fs;
use std::path::{Path, PathBuf};

use guard_core::tool::ToolCall;

/// Below HOME. Source: what the agent tells its model when it enters its mode for plans.
const PLACE: [&str; 2] = [".claude", "plans"];

/// The directory of plans, in the cell and on the host.
#[derive(Clone, Debug, Default)]
pub(super) struct Plans {
    inside: PathBuf,
    home: PathBuf,
}

impl Plans {
    /// Those of the HOME that is `inside` in the cell and `home` on the host.
    pub(super) fn of(inside: &Path, home: &Path) -> Self {
        Self { inside: inside.join(PLACE[0]).join(PLACE[1]), home: home.to_owned() }
    }

    /// Whether the call reads or writes a plan and nothing else: a file of a plain name, and no link on the way to it.
    ///
    /// A program of the agent could put a link there a moment later. It gains nothing: it has the same cell.
    pub(super) fn has(&self, call: &ToolCall) -> bool {
        let (ToolCall::Read(path) | ToolCall::Write(path) | ToolCall::Edit(path)) = call else {
            return false;
        };
        let below = self.inside.to_str().and_then(|place| path.strip_prefix(place)?.strip_prefix('/'));
        let Some(name) = below.and_then(|name| name.strip_suffix(".md")) else { return false };
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if self.inside.as_os_str().is_empty() || name.is_empty() || !name.bytes().all(is_plain) {
            return false;
        }
        let own = self.home.join(PLACE[0]);
        let plans = own.join(PLACE[1]);
        is_or_is_not_there(&own, fs::Metadata::is_dir)
            && is_or_is_not_there(&plans, fs::Metadata::is_dir)
            && is_or_is_not_there(&plans.join(format!("{name}.md")), fs::Metadata::is_file)
    }
}

fn is_or_is_not_there(path: &Path, is_it: impl Fn(&fs::Metadata) -> bool) -> bool {
    match fs::symlink_metadata(path) {
        Ok(about) => is_it(&about),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(home: &Path, tool: &str, path: &str, want: bool) {
        let input =
            json!({"file_path": path, "content": "", "old_string": "", "new_string": "", "command": path});
        let call = ToolCall::parse(tool, &input).unwrap();
        assert_eq!(Plans::of(Path::new("/home/cell"), home).has(&call), want, "{tool} {path}");
    }

    #[test]
    fn a_plan_is_a_file_of_a_plain_name_in_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path();
        let plan = "/home/cell/.claude/plans/idempotent-sleeping-pie.md";
        for tool in ["Read", "Write", "Edit"] {
            check(home, tool, plan, true);
        }
        check(home, "Bash", plan, false);
        for other in [
            "/home/cell/.claude/plans/",
            "/home/cell/.claude/plans/.md",
            "/home/cell/.claude/plans/a.sh",
            "/home/cell/.claude/plans/a.md ",
            "/home/cell/.claude/plans/a/b.md",
            "/home/cell/.claude/plans/../a.md",
            "/home/cell/.claude/plans//a.md",
            "/home/cell/.claude/plans/./a.md",
            "/home/cell/.claude/plansa.md",
            "/home/cell/.claude/CLAUDE.md",
            "/home/cell/.claude/projects/x/memory/MEMORY.md",
            "~/.claude/plans/a.md",
            ".claude/plans/a.md",
            "a.md",
        ] {
            check(home, "Write", other, false);
        }
        assert!(!Plans::default().has(&ToolCall::Write("/a.md".into())));
    }

    #[test]
    fn a_link_is_no_plan() {
        let plan = "/home/cell/.claude/plans/a.md";
        for link in [".claude", ".claude/plans", ".claude/plans/a.md"] {
            let dir = tempfile::tempdir().unwrap();
            let at = dir.path().join(link);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            check(dir.path(), "Write", plan, true);
            symlink("/nowhere", at).unwrap();
            check(dir.path(), "Write", plan, false);
        }
    }
}
