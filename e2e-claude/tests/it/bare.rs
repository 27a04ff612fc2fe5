//! The agent as a careless bridge starts it: no cell, no launch line of ours. It shows that an attack works.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::cli::cli;
use crate::stand::{MODEL, Stand};
use crate::stub::{Reply, Stub};

impl Stand {
    /// Runs the agent in the project with a HOME of its own, on the host; gives what was sent to the model.
    pub(crate) fn bare(&self, script: impl IntoIterator<Item = Reply>, arguments: &[&str]) -> (String, Stub) {
        self.bare_told("do it", script, arguments)
    }

    /// The same with another prompt.
    pub(crate) fn bare_told(
        &self,
        prompt: &str,
        script: impl IntoIterator<Item = Reply>,
        arguments: &[&str],
    ) -> (String, Stub) {
        let stub = Stub::new(script);
        let address = stub.listen_tcp();
        let mut child = Command::new(cli())
            .args(["-p", prompt, "--model", MODEL])
            .args(arguments)
            .current_dir(self.path("project"))
            .env_clear()
            .env("HOME", self.path("bare-home"))
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("ANTHROPIC_API_KEY", "dummy")
            .env("ANTHROPIC_BASE_URL", format!("http://{address}"))
            .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
            .env("DISABLE_AUTOUPDATER", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the agent");
        let start = Instant::now();
        while child.try_wait().expect("a wait").is_none() {
            if start.elapsed() > Duration::from_secs(60) {
                child.kill().expect("an end");
                panic!("the agent does not end");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut output = String::new();
        child.stdout.take().expect("a pipe").read_to_string(&mut output).expect("text");
        (output, stub)
    }
}
