//! Hosts that a person approves, and which addresses they may lead to.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::RelayError;

/// The longest name of a host (RFC 1035), and of one of its labels.
const NAME: usize = 253;
const LABEL: usize = 63;

/// One exact host and port.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Host {
    name: Box<str>,
    port: u16,
}

impl Host {
    /// Parses `name`, `name:port`, an IPv4 address or an IPv6 address in brackets; the port is 443 unless given.
    ///
    /// Names are compared in lower case. Other spellings of a name or number (a final dot, `0x7f.1`, `2130706433`,
    /// an internationalised name that is not in its ASCII form) are refused.
    ///
    /// ```
    /// use guard_agent::relay::Host;
    ///
    /// assert_eq!(Host::parse("Static.Crates.io")?.to_string(), "static.crates.io:443");
    /// assert!(Host::parse("*.crates.io").is_err());
    /// # Ok::<(), guard_agent::relay::RelayError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`RelayError::Host`].
    pub fn parse(text: &str) -> Result<Self, RelayError> {
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (address, rest) = rest.split_once(']').ok_or(RelayError::Host)?;
                let address: Ipv6Addr = address.parse().map_err(|_| RelayError::Host)?;
                let port = if rest.is_empty() {
                    None
                } else {
                    Some(rest.strip_prefix(':').ok_or(RelayError::Host)?)
                };
                (address.to_string(), port)
            }
            None => match text.split_once(':') {
                Some((name, port)) => (name.to_ascii_lowercase(), Some(port)),
                None => (text.to_ascii_lowercase(), None),
            },
        };
        let is_address = name.parse::<IpAddr>().is_ok();
        if !is_address && !is_name(&name) {
            return Err(RelayError::Host);
        }
        let port = match port {
            None => 443,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0') => {
                digits.parse().map_err(|_| RelayError::Host)?
            }
            Some(_) => return Err(RelayError::Host),
        };
        Ok(Self { name: name.into(), port })
    }

    /// The name in lower case, or the address without brackets.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.contains(':') {
            write!(f, "[{}]:{}", self.name, self.port)
        } else {
            write!(f, "{}:{}", self.name, self.port)
        }
    }
}

fn is_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=LABEL).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // Resolvers take a name whose last label is a number for an address in an old notation.
    let numeric = |label: &str| label.starts_with("0x") || label.bytes().all(|byte| byte.is_ascii_digit());
    name.len() <= NAME && name.split('.').all(label) && !name.rsplit('.').next().is_none_or(numeric)
}

/// Whether an address is one of the public internet's, and of no machine, network or cloud service nearby.
///
/// Follows the registries of special-purpose addresses of IANA (RFC 6890); of IPv6 only global unicast counts, without
/// the ranges that embed another address (6to4, Teredo).
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(|| is_public_v6(v6), is_public_v4),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, d] = address.octets();
    let special = match (a, b, c) {
        (0 | 10 | 127 | 224..=255, _, _)
        | (100, 64..=127, _)
        | (169, 254, _)
        | (172, 16..=31, _)
        | (192, 0, 0 | 2)
        | (192, 88, 99)
        | (192, 168, _)
        | (198, 18 | 19, _)
        | (198, 51, 100)
        | (203, 0, 113) => true,
        // The virtual host service of one cloud has a public number.
        (168, 63, 129) => d == 16,
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0x2001, 0..=0x01ff | 0x0db8, ..] | [0x2002 | 0x3ffe, ..] => false,
        [0x3fff, second, ..] => second > 0x0fff,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        #[track_caller]
        fn check(text: &str, want: Option<&str>) {
            assert_eq!(Host::parse(text).ok().map(|host| host.to_string()).as_deref(), want, "{text}");
        }
        check("crates.io", Some("crates.io:443"));
        check("CRATES.io:8443", Some("crates.io:8443"));
        check("93.184.216.34:80", Some("93.184.216.34:80"));
        check("[2606:4700::1]", Some("[2606:4700::1]:443"));
        check("[2606:4700::1]:8", Some("[2606:4700::1]:8"));
        check("localhost", Some("localhost:443"));
        check("xn--bcher-kva.example", Some("xn--bcher-kva.example:443"));
        for refused in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "*.a",
            "a b",
            "a/b",
            "a@b",
            "a:",
            "a:0",
            "a:080",
            "a:+80",
            "a:65536",
            "a:b",
            "a:1:2",
            "[::1",
            "[::1]x",
            "[a]",
            "::1",
            "0x7f.1",
            "127.1",
            "2130706433",
            "1.2.3.4.5",
            "a.0x10",
            "-a.b",
            "a-.b",
            "bücher.example",
            "a\0b",
            "a\r\nb",
            "a_b.c",
        ] {
            check(refused, None);
        }
        check(&"a".repeat(64), None);
        check(&["a"; 127].join("."), Some(&format!("{}:443", ["a"; 127].join("."))));
        check(&["a"; 128].join("."), None);
    }

    #[test]
    fn addresses() {
        #[track_caller]
        fn check(address: &str, want: bool) {
            assert_eq!(is_public(address.parse().unwrap()), want, "{address}");
        }
        for public in ["93.184.216.34", "1.1.1.1", "172.32.0.1", "100.128.0.1", "192.0.1.1", "168.63.129.15"]
        {
            check(public, true);
            check(&format!("::ffff:{public}"), true);
        }
        for special in [
            "0.0.0.0",
            "10.1.2.3",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "100.100.100.200",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.0.0.192",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
        ] {
            check(special, false);
            check(&format!("::ffff:{special}"), false);
        }
        check("2606:4700::1", true);
        check("2001:4860:4860::8888", true);
        for special in [
            "::",
            "::1",
            "::127.0.0.1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "64:ff9b::a00:1",
            "2001:0:1::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "100::1",
            "5f00::1",
        ] {
            check(special, false);
        }
    }
}
