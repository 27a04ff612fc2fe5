//! Files in its private HOME, outside of the project, that the agent tells its model about: its plan, which it writes and
//! shows to a person, and the results of tools that are too long for a message.

use std::fs;
use std::path::{Path, PathBuf};

use guard_core::tool::ToolCall;

/// What stands for one name of letters, digits and `-`.
const ANY: &str = "*";
/// Paths below HOME. Source: what the agent tells its model.
const PLAN: [&str; 3] = [".claude", "plans", "*.md"];
const RESULT: [&str; 6] = [".claude", "projects", ANY, ANY, "tool-results", "*.txt"];

/// HOME in the cell and on the host.
#[derive(Clone, Debug, Default)]
pub(super) struct Own {
    inside: PathBuf,
    home: PathBuf,
}

impl Own {
    pub(super) fn of(inside: &Path, home: &Path) -> Self {
        Self { inside: inside.to_owned(), home: home.to_owned() }
    }

    /// Whether the call reads one of these files, or writes a plan, and does nothing else. No link may be on the way.
    ///
    /// A program of the agent could put a link there a moment later. It gains nothing: it has the same cell.
    pub(super) fn allows(&self, call: &ToolCall) -> bool {
        if let ToolCall::Write(path) | ToolCall::Edit(path) = call {
            return self.is(path, &PLAN);
        }
        if let ToolCall::Read(path) | ToolCall::Grep { path: Some(path), glob: None } = call {
            return self.is(path, &PLAN) || self.is(path, &RESULT);
        }
        false
    }

    fn is(&self, path: &str, shape: &[&str]) -> bool {
        let below = self.inside.to_str().filter(|inside| !inside.is_empty());
        let Some(below) = below.and_then(|inside| path.strip_prefix(inside)?.strip_prefix('/')) else {
            return false;
        };
        let names: Vec<&str> = below.split('/').collect();
        if names.len() != shape.len() || !names.iter().zip(shape).all(|(name, shape)| fits(name, shape)) {
            return false;
        }
        let mut real = self.home.clone();
        let last = names.len() - 1;
        names.iter().enumerate().all(|(depth, name)| {
            real.push(name);
            match fs::symlink_metadata(&real) {
                Ok(about) => {
                    if depth == last {
                        about.is_file()
                    } else {
                        about.is_dir()
                    }
                }
                Err(error) => error.kind() == std::io::ErrorKind::NotFound,
            }
        })
    }
}

fn fits(name: &str, shape: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    match shape.strip_prefix(ANY) {
        Some(end) => {
            name.strip_suffix(end).is_some_and(|name| !name.is_empty() && name.bytes().all(is_plain))
        }
        None => name == shape,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use serde_json::json;

    use super::*;

    const THE_PLAN: &str = "/home/cell/.claude/plans/idempotent-sleeping-pie.md";
    const THE_RESULT: &str =
        "/home/cell/.claude/projects/-srv-p/b3a4f666-4304-421b-b4da-a7e699df3e94/tool-results/btom6rtwm.txt";

    #[track_caller]
    fn check(home: &Path, tool: &str, path: &str, want: bool) {
        let input = json!({"file_path": path, "content": "", "old_string": "", "new_string": "", "command": path, "path": path,
            "pattern": "x"});
        let call = ToolCall::parse(tool, &input).unwrap();
        assert_eq!(Own::of(Path::new("/home/cell"), home).allows(&call), want, "{tool} {path}");
    }

    #[test]
    fn a_plan_is_written_and_a_result_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path();
        for (tool, plan, result) in [
            ("Read", true, true),
            ("Grep", true, true),
            ("Write", true, false),
            ("Edit", true, false),
            ("Bash", false, false),
            ("LS", false, false),
            ("Glob", false, false),
        ] {
            check(home, tool, THE_PLAN, plan);
            check(home, tool, THE_RESULT, result);
        }
    }

    #[test]
    fn nothing_else_of_home_is_open() {
        let dir = tempfile::tempdir().unwrap();
        for other in [
            "/home/cell/.claude/plans/",
            "/home/cell/.claude/plans/.md",
            "/home/cell/.claude/plans/a.sh",
            "/home/cell/.claude/plans/a.md ",
            "/home/cell/.claude/plans/a.b.md",
            "/home/cell/.claude/plans/a/b.md",
            "/home/cell/.claude/plans/../a.md",
            "/home/cell/.claude/plans//a.md",
            "/home/cell/.claude/plans/./a.md",
            "/home/cell/.claude/plansa.md",
            "/home/cell/.claude/CLAUDE.md",
            "/home/cell/.claude/projects/x/memory/MEMORY.md",
            "/home/cell/.claude/projects/x/1.jsonl",
            "/home/cell/.claude/projects/../x/tool-results/a.txt",
            "/home/cell/.claude/projects/x/y/tool-results/../a.txt",
            "/home/cellx/.claude/plans/a.md",
            "~/.claude/plans/a.md",
            ".claude/plans/a.md",
            "a.md",
        ] {
            check(dir.path(), "Read", other, false);
            check(dir.path(), "Write", other, false);
        }
        assert!(!Own::default().allows(&ToolCall::Write("/.claude/plans/a.md".into())));
    }

    #[test]
    fn a_link_on_the_way_closes_it() {
        for path in [THE_PLAN, THE_RESULT] {
            let below = Path::new(path).strip_prefix("/home/cell").unwrap();
            for link in below.ancestors().filter(|link| !link.as_os_str().is_empty()) {
                let dir = tempfile::tempdir().unwrap();
                let at = dir.path().join(link);
                fs::create_dir_all(at.parent().unwrap()).unwrap();
                check(dir.path(), "Read", path, true);
                symlink("/nowhere", at).unwrap();
                check(dir.path(), "Read", path, false);
            }
        }
    }
}
