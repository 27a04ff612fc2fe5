//! A project with everything in it that confinement is about, and its surroundings.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use guard_core::path::{Operation, Root};
use tempfile::TempDir;

pub(super) struct Tree {
    dir: TempDir,
    pub(super) root: Root,
}

impl Tree {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        for file in [
            "outside/file.txt",
            "outside/sub/file.txt",
            "root-evil/file.txt",
            "root/README.md",
            "root/.env",
            "root/.env.example",
            "root/.ssh/config",
            "root/.ssh/id_rsa",
            "root/CLAUDE.md",
            "root/.mcp.json",
            "root/.git/config",
            "root/.git/HEAD",
            "root/.git/hooks/pre-commit",
            "root/src/main.rs",
            "root/src/app/[...slug]/page.tsx",
            "root/sub/deep/file.txt",
            "root/sub/.env",
            "root/C#/a.cs",
            "root/aux.c",
            "root/linked.txt",
            "root/node_modules/a/index.js",
            "root/.git/objects/ab/cdef",
        ] {
            let path = base.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, file).unwrap();
        }
        let root = base.join("root");
        // A key and a token under names that say nothing, and documentation that shows one.
        let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n";
        let token = concat!("GITHUB_TOKEN=ghp_", "16C7e42F292c6912E7710c838347Ae178B4a\n");
        fs::write(root.join("notes.txt"), key).unwrap();
        fs::write(root.join("settings.txt"), token).unwrap();
        fs::write(root.join("docs.md"), format!("# Keys\n\nSuch a file begins so:\n\n{key}")).unwrap();
        for (link, target) in [
            ("in", "src"),
            ("in_abs", root.join("src").to_str().unwrap()),
            ("in_chain", "sub/back"),
            ("sub/back", "../in"),
            ("out", "../outside"),
            ("out_abs", base.join("outside").to_str().unwrap()),
            ("out_file", "../outside/file.txt"),
            ("out_chain", "sub/away"),
            ("sub/away", "../../outside"),
            ("out_evil", base.join("root-evil").to_str().unwrap()),
            ("out_via_proc", "/proc/self/root/etc/passwd"),
            ("dangling_in", "src/new.rs"),
            ("dangling_out", "../outside/new.txt"),
            ("dangling_abs", "/nonexistent/new.txt"),
            ("dangling_env", "sub/new/.env"),
            ("loop_a", "loop_b"),
            ("loop_b", "loop_a"),
            ("loop_self", "loop_self/x"),
            ("up", ".."),
            ("here", "."),
            ("env_link", ".env"),
            ("env_dir", ".ssh"),
            ("innocent.txt", "sub/.env"),
            ("hooks_link", ".git/hooks"),
            ("agents_link", "CLAUDE.md"),
            ("notes_link", "notes.txt"),
            ("store_link", ".git/objects/ab"),
        ] {
            symlink(target, root.join(link)).unwrap();
        }
        fs::hard_link(root.join(".env"), root.join("env_hard.txt")).unwrap();
        fs::hard_link(base.join("outside/file.txt"), root.join("outside_hard.txt")).unwrap();
        fs::hard_link(root.join("linked.txt"), root.join("sub/linked_too.txt")).unwrap();
        fs::hard_link(base.join("outside/sub/file.txt"), root.join("node_modules/store.js")).unwrap();
        fs::hard_link(root.join("sub/.env"), root.join("node_modules/env.js")).unwrap();
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, root.join("fifo"), rustix::fs::FileType::Fifo, mode, 0).unwrap();
        std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
        let root = Root::open(root).unwrap();
        Self { dir, root }
    }

    pub(super) fn base(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    pub(super) fn outside(&self) -> PathBuf {
        self.base().join("outside")
    }

    /// The text with `{root}`, `{base}` replaced.
    pub(super) fn expand(&self, text: &str) -> String {
        let base = self.base();
        text.replace("{root}", self.root.path().to_str().unwrap()).replace("{base}", base.to_str().unwrap())
    }

    /// The decision as a word, and the codes of its reasons.
    pub(super) fn judge(&self, cwd: &str, text: &str, operation: Operation) -> String {
        let judgement = self.root.judge(Path::new(cwd), Path::new(&self.expand(text)), operation);
        let codes: Vec<_> = judgement.verdict().findings().iter().map(|finding| finding.code()).collect();
        match codes.is_empty() {
            true => judgement.decision().to_string(),
            false => codes.join(" "),
        }
    }
}
