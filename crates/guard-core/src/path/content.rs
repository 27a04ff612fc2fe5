//! Secrets that a file's own bytes give away, whatever its name: a file that *is* a key, not one that mentions a key.
//!
//! Source code quotes keys in its tests and documentation shows them, so only the whole shape of a file counts: where a
//! key file begins, or a short file that is one token or a list of assigned ones.

use std::os::fd::AsFd;

use rustix::fs::Stat;

use super::PathError;

/// Key files are shorter, and larger ones cost a look at their beginning only.
const LOOK: usize = 4096;
/// The largest file that is taken for a token or a list of them.
#[cfg(feature = "secret")]
const TOKENS_MAX: usize = 2048;

/// Refuses a regular file that is a secret by its content. The position of the handle stays.
pub(super) fn judge(file: impl AsFd, stat: &Stat) -> Result<(), PathError> {
    // No key is shorter.
    if stat.st_size < 16 {
        return Ok(());
    }
    let mut buffer = [0; LOOK];
    let len = loop {
        match rustix::io::pread(&file, &mut buffer, 0) {
            Err(rustix::io::Errno::INTR) => {}
            read => break read?,
        }
    };
    let beginning = buffer.get(..len).unwrap_or_default();
    if is_secret(beginning, len == LOOK) { Err(PathError::SecretContent) } else { Ok(()) }
}

/// Whether a file is a secret, by its first bytes; `is_cut` where there may be more of it.
fn is_secret(beginning: &[u8], is_cut: bool) -> bool {
    let beginning = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning).trim_ascii_start();
    match beginning.first() {
        Some(b'-' | b'A' | b'B' | b'P' | b'S' | b'#') if is_key_file(beginning) => return true,
        Some(b'{') if is_key_in_json(beginning) => return true,
        // A KeePass database.
        Some(0x03) if beginning.starts_with(&[0x03, 0xd9, 0xa2, 0x9a]) => return true,
        None => return false,
        Some(_) => {}
    }
    !is_cut && is_tokens(beginning)
}

/// Whether a private key follows nothing but comments, certificates and the attributes that key tools write.
fn is_key_file(text: &[u8]) -> bool {
    let mut is_in_block = false;
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii_end();
        if let Some(rest) = line.strip_prefix(b"-----BEGIN ") {
            let Some(label) = rest.strip_suffix(b"-----") else { return false };
            if label.ends_with(b"PRIVATE KEY") || label == b"PGP PRIVATE KEY BLOCK" {
                return true;
            }
            is_in_block = true;
        } else if line.starts_with(b"-----END ") {
            is_in_block = false;
        } else if line.starts_with(b"AGE-SECRET-KEY-1")
            || line.starts_with(b"PuTTY-User-Key-File-")
            || line.starts_with(b"SSH PRIVATE KEY FILE FORMAT")
        {
            return true;
        } else if !is_in_block && !is_aside(line) {
            return false;
        }
    }
    false
}

/// A comment, or an attribute that `openssl pkcs12` writes before a key.
fn is_aside(line: &[u8]) -> bool {
    let starts: [&[u8]; 8] = [
        b"#",
        b"Bag Attributes",
        b"Key Attributes",
        b"subject",
        b"issuer",
        b"    ",
        b"Proc-Type",
        b"DEK-Info",
    ];
    line.is_empty() || starts.iter().any(|start| line.starts_with(start))
}

/// Whether this is the key of a service account: an object with a member that holds a private key.
fn is_key_in_json(text: &[u8]) -> bool {
    let member = b"\"private_key\"";
    let Some(at) = text.windows(member.len()).position(|part| part == member) else { return false };
    let rest = text.get(at + member.len()..).unwrap_or_default().trim_ascii_start();
    let value = rest.strip_prefix(b":").unwrap_or_default().trim_ascii_start();
    value.starts_with(b"\"-----BEGIN ")
}

/// Whether every line that says something is a token, or assigns one somewhere and nothing but values otherwise.
#[cfg(feature = "secret")]
fn is_tokens(text: &[u8]) -> bool {
    use crate::secret::Redactor;

    let mut has_token = false;
    if text.len() > TOKENS_MAX || !text.split(|byte| *byte == b'\n').all(is_value) {
        return false;
    }
    for found in Redactor::new().find(text) {
        // Shapes of assignments alone are too common in examples.
        has_token |= !found.rule.starts_with("assigned-");
    }
    has_token
}

/// Nothing, a comment, one word, or `NAME=value` as a shell or an environment file has it.
#[cfg(feature = "secret")]
fn is_value(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let line = line.strip_prefix(b"export ").unwrap_or(line);
    if line.is_empty() || line.starts_with(b"#") {
        return true;
    }
    let name = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let is_assigned = name > 0 && line.get(name) == Some(&b'=');
    let is_word = line.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:+/=~".contains(byte));
    is_assigned || is_word
}

/// Without the rules on contents only whole key files are known.
#[cfg(not(feature = "secret"))]
fn is_tokens(_text: &[u8]) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[track_caller]
    fn check(text: &str, want: bool) {
        assert_eq!(is_secret(text.as_bytes(), false), want, "{text}");
    }

    #[test]
    fn files_that_are_keys() {
        check("-----BEGIN PRIVATE KEY-----\nMIIE\n", true);
        check("\u{feff}\n-----BEGIN RSA PRIVATE KEY-----\r\nProc-Type: 4,ENCRYPTED\r\n", true);
        check("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl", true);
        check("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE", true);
        check("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ", true);
        check(
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\n",
            true,
        );
        check(
            "Bag Attributes\n    localKeyID: 01\nKey Attributes: <No Attributes>\n-----BEGIN PRIVATE KEY-----\n",
            true,
        );
        check("# created: 2026-01-01\n# public key: age1x\nAGE-SECRET-KEY-1QQQ\n", true);
        check("PuTTY-User-Key-File-3: ssh-ed25519\n", true);
        check(
            "{\n  \"type\": \"service_account\",\n  \"private_key\": \"-----BEGIN PRIVATE KEY-----\\nMII\"\n}",
            true,
        );
    }

    #[test]
    fn files_that_mention_keys() {
        check("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n", false);
        check("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", false);
        check("# Keys\n\nA key file starts with\n\n-----BEGIN PRIVATE KEY-----\n", false);
        check("const KEY: &str = \"\n-----BEGIN PRIVATE KEY-----\nMII\";\n", false);
        check("{ \"name\": \"x\", \"private_key\": \"keys/id\" }", false);
        check("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ me@host\n", false);
        check("---\ntitle: -----BEGIN PRIVATE KEY-----\n", false);
    }

    #[cfg(feature = "secret")]
    #[test]
    fn files_that_are_tokens() {
        let token = concat!("ghp_", "16C7e42F292c6912E7710c838347Ae178B4a");
        check(&format!("{token}\n"), true);
        check(&format!("# mine\nexport GITHUB_TOKEN=\"{token}\"\nDEBUG=1\n"), true);
        check(&format!("let token = \"{token}\"; // a test\n"), false);
        check(&format!("Use {token} to try it.\n"), false);
        check("DEBUG=1\nNAME=value\nPASSWORD=changeme\n", false);
        check("0123456789abcdef0123456789abcdef01234567\n", false);
    }
}
