//! What git changes without naming it: the repository, and the files that it puts back.

use super::Call;
use crate::command::effects::Access;
use crate::command::interpret::{Interpreter, State};

/// Subcommands that change the repository or files in every use.
const CHANGES: &[&str] = &[
    "git add",
    "git am",
    "git checkout",
    "git checkout-index",
    "git cherry-pick",
    "git clean",
    "git clone",
    "git commit",
    "git commit-tree",
    "git fetch",
    "git fetch-pack",
    "git filter-branch",
    "git filter-repo",
    "git gc",
    "git init",
    "git mailinfo",
    "git maintenance",
    "git merge",
    "git mv",
    "git p4",
    "git pack-refs",
    "git prune",
    "git pull",
    "git read-tree",
    "git rebase",
    "git repack",
    "git replace",
    "git reset",
    "git restore",
    "git revert",
    "git rm",
    "git stage",
    "git svn",
    "git switch",
    "git update-index",
    "git update-ref",
    "git write-tree",
];
/// Subcommands that change something unless their first word is one of these; `""` is none.
const UNLESS: &[(&str, &[&str])] = &[
    ("git bisect", &["help", "log", "terms", "view", "visualize"]),
    ("git bundle", &["list-heads", "verify"]),
    ("git lfs", &["env", "ls-files", "status", "version"]),
    ("git notes", &["", "list", "show"]),
    ("git reflog", &["", "exists", "list", "show", "HEAD"]),
    ("git remote", &["", "get-url", "show"]),
    ("git rerere", &["diff", "remaining", "status"]),
    ("git sparse-checkout", &["check-rules", "list"]),
    ("git stash", &["list", "show"]),
    ("git submodule", &["", "status", "summary"]),
    ("git worktree", &["list"]),
];

impl Interpreter<'_> {
    /// Records that a subcommand of git changes what it does not name.
    pub(super) fn repository(&mut self, call: &Call<'_>, state: &State) {
        let has = |names: &[&str]| call.parsed.has(names);
        let first = call.parsed.operand(0).unwrap_or("");
        let lists = [
            "-l",
            "--list",
            "--contains",
            "--no-contains",
            "--merged",
            "--no-merged",
            "--points-at",
            "-n",
            "-v",
        ];
        let changes = match call.name {
            "git clean" if has(&["-n", "--dry-run"]) => false,
            "git apply" => !has(&["--check", "--stat", "--numstat", "--summary"]),
            "git branch" => {
                let made = [
                    "-d",
                    "-D",
                    "-m",
                    "-M",
                    "-c",
                    "-C",
                    "-u",
                    "--copy",
                    "--delete",
                    "--edit-description",
                    "--move",
                    "--set-upstream-to",
                    "--unset-upstream",
                ];
                has(&made) || !call.parsed.operands.is_empty() && !has(&lists)
            }
            "git tag" => has(&["-d", "--delete"]) || !call.parsed.operands.is_empty() && !has(&lists),
            "git symbolic-ref" => call.parsed.operands.len() > 1 || has(&["-d", "--delete"]),
            "git hash-object" => has(&["-w"]),
            "git format-patch" => !has(&["--stdout"]),
            name => match UNLESS.iter().find(|(known, _)| *known == name) {
                Some((_, words)) => !words.contains(&first),
                None => CHANGES.contains(&name),
            },
        };
        if changes {
            let cwd = state.cwd.path.clone().unwrap_or_default();
            self.effects.touch(Access::Write, cwd);
        }
    }
}
