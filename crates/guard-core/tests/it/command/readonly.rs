//! The profile that only reads.

use guard_core::Decision::{Allow, Deny};
use guard_core::command::Policy;

use super::context;

#[track_caller]
fn check(is_allowed: bool, texts: &[&str]) {
    let wrong: Vec<_> = texts
        .iter()
        .filter(|text| (Policy::readonly().evaluate(text, &context()).decision() == Allow) != is_allowed)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn refuses_what_writes() {
    let texts = [
        "echo x > a.txt",
        "touch a",
        "mkdir x",
        "cp a b",
        "mv a b",
        "rm a",
        "tee a",
        "sed -i s/a/b/ a",
        "ln -s a b",
        "patch -p1 < my.patch",
        "split a",
        "gzip a.txt",
        "tar xf a.tar",
        "tar cf a.tar src",
        "chmod +x a",
        "sort -o a b",
        "find . -name '*.pyc' -delete",
        "find . -name '*.rs' -exec touch {} +",
        "git ls-files | xargs touch",
        "for f in *.txt; do touch $f; done",
        "awk '{print > \"x\"}' a",
        "jq . a > b",
        "> x",
        "ls &> x",
        "dd if=a of=b",
        "git add a",
        "git commit -m x",
        "git commit -am x",
        "git checkout main",
        "git checkout -- a",
        "git switch -c x",
        "git restore a",
        "git stash",
        "git stash pop",
        "git stash push -m x",
        "git tag v1",
        "git tag -a v1 -m x",
        "git tag -d v1",
        "git branch x",
        "git branch -d x",
        "git branch -m a b",
        "git branch -u origin/x",
        "git merge x",
        "git rebase main",
        "git cherry-pick abc123",
        "git revert HEAD",
        "git reset",
        "git reset --soft HEAD~1",
        "git rm a",
        "git mv a b",
        "git gc",
        "git init",
        "git apply my.patch",
        "git am my.patch",
        "git notes add -m x",
        "git bisect start",
        "git worktree add w",
        "git symbolic-ref HEAD refs/heads/x",
        "git hash-object -w a",
        "git bundle create b HEAD",
        "git format-patch -1",
        "git maintenance run",
        "git sparse-checkout set x",
        "git rerere clear",
        "git remote add a b",
        "git config user.name x",
        "git submodule update",
        "git update-index --refresh",
    ];
    check(false, &texts);
}

#[test]
fn refuses_what_builds_or_talks() {
    check(
        false,
        &[
            "cargo build",
            "cargo test",
            "npm test",
            "make",
            "python3 main.py",
            "node index.js",
            "./scripts/run.sh",
            "bash scripts/run.sh",
            "go vet ./...",
            "pytest",
            "eslint src",
            "curl https://e.org",
            "curl localhost:3000",
            "git fetch",
            "git pull",
            "git push",
            "npm install",
            "docker run x",
            "ssh h",
            "python3 -c 'print(1)'",
        ],
    );
}

#[test]
fn reads() {
    check(
        true,
        &[
            "ls",
            "cat README.md",
            "grep -rn x src",
            "rg x",
            "find . -name '*.rs'",
            "wc -l src/*.rs",
            "jq . package.json",
            "sed -n 1,3p a.txt",
            "awk '{print $1}' a.txt",
            "sort a.txt | uniq -c",
            "diff a b",
            "tree",
            "du -sh src",
            "date",
            "cd src && ls",
            "for f in src/*.rs; do wc -l $f; done",
            "ls 2>/dev/null",
            "test -f a && echo y",
            "tar tf a.tar",
            "git status",
            "git log --oneline",
            "git diff",
            "git show HEAD",
            "git blame a",
            "git branch",
            "git branch -a",
            "git branch -vv",
            "git branch --show-current",
            "git branch --list 'x*'",
            "git branch --contains HEAD",
            "git tag",
            "git tag -l 'v*'",
            "git ls-files",
            "git rev-parse HEAD",
            "git remote -v",
            "git remote get-url origin",
            "git stash list",
            "git stash show --stat",
            "git worktree list",
            "git config --get user.name",
            "git grep x",
            "git describe --tags",
            "git reflog",
            "git shortlog -sn",
            "git cat-file -p HEAD",
            "git submodule status",
            "git bisect log",
            "git notes list",
            "git check-ignore a",
            "git merge-base main HEAD",
            "git symbolic-ref HEAD",
            "git apply --check my.patch",
            "git clean -n",
        ],
    );
}

/// A person cannot be asked: what is asked elsewhere is refused where it writes.
#[test]
fn refuses_for_good() {
    for text in ["git commit -m x", "find . -name '*.pyc' -delete", "touch a"] {
        assert_eq!(Policy::readonly().evaluate(text, &context()).decision(), Deny, "{text}");
    }
}
