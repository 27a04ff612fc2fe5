//! Which hosts a person's yes opens: those that the call names, and the registries of the package tools in it.

use std::collections::{BTreeMap, BTreeSet};

use guard_agent::relay::Host;
use guard_core::command::Effects;
use serde::Deserialize;

const REGISTRIES: &str = include_str!("../../../data/registries.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    programs: BTreeMap<String, Vec<String>>,
}

/// The hosts of a command, as far as they can be told; others stay closed.
pub(super) fn of_command(effects: &Effects) -> Vec<Host> {
    if !effects.uses_network() {
        return Vec::new();
    }
    let named = effects.hosts().filter_map(|host| Host::parse(host).ok());
    // A test reads all of the file; what could not be read opens nothing.
    let registries = toml::from_str::<File>(REGISTRIES).map(|file| file.programs).unwrap_or_default();
    let programs = effects.programs().filter_map(|program| program.split(' ').next());
    let usual = programs.filter_map(|program| registries.get(program)).flatten();
    let usual = usual.filter_map(|host| Host::parse(host).ok());
    named.chain(usual).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The host of an address of the web; the tool itself goes by https whatever the address says.
pub(super) fn of_url(url: &str) -> Option<Host> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    if authority.contains('@') {
        return None;
    }
    let is_plain = scheme.eq_ignore_ascii_case("http") && !authority.contains(':');
    (is_plain || scheme.eq_ignore_ascii_case("https")).then(|| Host::parse(authority).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use guard_core::command::{Context, Policy};
    use guard_core::path::Root;

    use super::*;

    #[test]
    fn a_command_opens_what_it_names_and_the_registries_of_its_tools() {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        let check = |command: &str, want: &[&str]| {
            let evaluation = Policy::agent().evaluate(command, &Context::new(&root));
            let hosts: Vec<_> = of_command(evaluation.effects()).iter().map(ToString::to_string).collect();
            assert_eq!(hosts, want, "{command}");
        };
        check("ls", &[]);
        check("curl -s https://docs.rs/x", &["docs.rs:443"]);
        check("npm install left-pad", &["registry.npmjs.org:443"]);
        check("curl -s https://$HOST/", &[]);
    }

    #[test]
    fn every_registry_is_a_host() {
        let file: File = toml::from_str(REGISTRIES).unwrap();
        for host in file.programs.values().flatten() {
            assert_eq!(Host::parse(host).map(|host| host.to_string()).ok(), Some(format!("{host}:443")));
        }
    }

    #[test]
    fn an_address_opens_its_host_and_nothing_else() {
        #[track_caller]
        fn check(url: &str, want: Option<&str>) {
            assert_eq!(of_url(url).map(|host| host.to_string()).as_deref(), want, "{url}");
        }
        check("https://docs.rs/x?y#z", Some("docs.rs:443"));
        check("http://docs.rs", Some("docs.rs:443"));
        check("HTTPS://Docs.rs:8443/", Some("docs.rs:8443"));
        check("http://docs.rs:8080/", None);
        check("https://docs.rs@evil.example/", None);
        check("https://evil.example\\@docs.rs/", Some("evil.example:443"));
        check("file:///etc/passwd", None);
        check("docs.rs", None);
        check("https:///x", None);
    }
}
