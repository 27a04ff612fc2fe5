//! Reports what a project carries that would configure other tools, and configures nothing here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::reader::Reader;
use super::sources::{Purpose, Sources};

/// Files by which a project configures this guard's relatives or the agent.
const CONFIGURING: &[&str] =
    &[".env", "guard.toml", ".claude/settings.json", ".claude/settings.local.json", ".mcp.json"];

impl Reader<'_> {
    /// Notes each such file in the current directory and in every root, except the `.env` that counts.
    pub(super) fn note_ignored(&mut self, sources: &Sources, approved: Option<&Path>) {
        let roots = sources.evaluated_roots.iter().map(|path| path.as_path()).chain(approved);
        let directories: BTreeSet<_> = roots
            .chain([sources.current_dir.as_path()])
            .filter_map(|directory| fs::canonicalize(directory).ok())
            .collect();
        let here = fs::canonicalize(&sources.current_dir).ok();
        // In the current directory of `run`, a `.env` either counts or is a problem, unless a root holds it.
        let counts = sources.purpose == Purpose::Run
            && matches!(self.layers.roots.contain(&sources.current_dir), Ok(false));
        for directory in directories {
            for name in CONFIGURING {
                let is_here = here.as_ref() == Some(&directory);
                let is_counted = *name == ".env" && is_here && counts;
                if !is_counted && fs::symlink_metadata(directory.join(name)).is_ok() {
                    let message = "belongs to a project or the current directory: it configures nothing";
                    self.note("file-ignored", *name, message);
                }
            }
        }
    }
}
