//! The configuration against real files: precedence, refusals, hostile projects, documentation.

mod documentation;
mod files;
mod hostile;
mod keys;
mod names;
mod places;
mod precedence;
mod production;
mod secrets;
mod values;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Config, ConfigErrors, Note, Purpose, Row, Shown, Sources};

const TOKEN: &str = "12345678:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A home, a project, an empty current directory and a guard, all apart.
struct Fixture {
    _dir: TempDir,
    base: PathBuf,
    sources: Sources,
}

impl Fixture {
    /// Nothing is configured.
    fn new(purpose: Purpose) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let base = fs::canonicalize(dir.path()).unwrap();
        for name in ["home/.config/guard", "project", "cwd", "bin"] {
            fs::create_dir_all(base.join(name)).unwrap();
        }
        for name in ["home/.config/guard", "project", "cwd", "bin"] {
            mode(&base.join(name), 0o755);
        }
        fs::write(base.join("bin/guard-bot"), "").unwrap();
        let real = rustix::process::geteuid().as_raw();
        let sources = Sources {
            purpose,
            config_file: None,
            env: [("HOME".into(), base.join("home").into())].into(),
            current_dir: base.join("cwd"),
            // Tests that run as root stand for an ordinary user; what root owns is trusted by everybody.
            euid: if real == 0 { 1000 } else { real },
            executable: base.join("bin/guard-bot"),
            evaluated_roots: Vec::new(),
        };
        Self { _dir: dir, base, sources }
    }

    /// The least that `run` needs.
    fn running() -> Self {
        let mut fixture = Self::new(Purpose::Run);
        let project = fixture.base.join("project");
        fixture
            .env("TELEGRAM_BOT_TOKEN", TOKEN)
            .env("ALLOWED_USERS", "7")
            .env("APPROVED_DIRECTORY", project.to_str().unwrap());
        fixture
    }

    fn env(&mut self, name: &str, value: &str) -> &mut Self {
        self.sources.env.insert(name.into(), value.into());
        self
    }

    fn unset(&mut self, name: &str) -> &mut Self {
        self.sources.env.remove(std::ffi::OsStr::new(name));
        self
    }

    /// Writes the policy file.
    fn policy(&mut self, text: impl AsRef<[u8]>) -> PathBuf {
        self.file("home/.config/guard/guard.toml", text, 0o644)
    }

    /// Writes the `.env` file of the current directory.
    fn dotenv(&mut self, text: impl AsRef<[u8]>) -> PathBuf {
        self.file("cwd/.env", text, 0o600)
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>, bits: u32) -> PathBuf {
        let path = self.base.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        mode(&path, bits);
        // Whatever the umask; a directory that others can write is a case of its own.
        mode(path.parent().unwrap(), 0o755);
        path
    }

    /// Makes `path` belong to somebody who is neither the user nor root.
    fn disown(&mut self, path: &Path) {
        if rustix::process::geteuid().is_root() {
            rustix::fs::chown(path, Some(rustix::fs::Uid::from_raw(4242)), None).unwrap();
        } else {
            self.sources.euid += 1;
        }
    }

    fn load(&self) -> Result<Config, ConfigErrors> {
        Config::load(&self.sources)
    }

    #[track_caller]
    fn config(&self) -> Config {
        self.load().unwrap_or_else(|errors| panic!("{errors}"))
    }

    /// The codes of the problems; none where the configuration loads.
    fn codes(&self) -> Vec<&'static str> {
        self.load().err().map(|errors| errors.codes()).unwrap_or_default()
    }

    /// The problems as they are printed.
    fn problems(&self) -> Vec<String> {
        let errors = self.load().err();
        errors.map(|e| e.problems.iter().map(ToString::to_string).collect()).unwrap_or_default()
    }

    fn notes(&self) -> Vec<Note> {
        match self.load() {
            Ok(config) => config.report.notes,
            Err(errors) => errors.report.notes,
        }
    }

    fn rows(&self) -> Vec<Row> {
        match self.load() {
            Ok(config) => config.report.settings,
            Err(errors) => errors.report.settings,
        }
    }

    /// What `config show` prints for a setting: the value and the origin.
    #[track_caller]
    fn shown(&self, name: &str) -> (String, String) {
        let rows = self.rows();
        let row = rows.iter().find(|row| row.name == Some(name) || row.key == Some(name)).unwrap();
        (row.value.to_string(), row.origin.to_string())
    }
}

fn mode(path: &Path, bits: u32) {
    fs::set_permissions(path, Permissions::from_mode(bits)).unwrap();
}
