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
    let as_binary = is_key_store(beginning) || is_text_in_two_bytes(beginning, is_cut);
    let as_text = is_secret_text(beginning, is_cut);
    // Nearly every file is neither, and then it does not matter which one it is.
    if as_binary != as_text && beginning.contains(&0) { as_binary } else { as_text }
}

fn is_secret_text(text: &[u8], is_cut: bool) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start();
    is_key_store(text)
        || is_key_file(text)
        || (text.starts_with(b"{") && is_key_in_json(text))
        || (!is_cut && is_tokens(text))
}

/// A key database of KeePass, a key store of Java, PKCS #12, or a key in DER, which begins with a version and goes on
/// with a number or an algorithm where a certificate has a sequence.
fn is_key_store(beginning: &[u8]) -> bool {
    let der = match beginning {
        [0x30, 0x82, _, _, rest @ ..] | [0x30, 0x81, _, rest @ ..] | [0x30, 0..=0x7f, rest @ ..] => rest,
        _ => &[],
    };
    beginning.starts_with(&[0x03, 0xd9, 0xa2, 0x9a])
        || beginning.starts_with(&[0xfe, 0xed, 0xfe, 0xed])
        || der.starts_with(&[0x02, 0x01, 0x00, 0x02, 0x82])
        || der.starts_with(&[0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09])
        || der.starts_with(&[0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07])
        || der.starts_with(&[0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65])
        || der.starts_with(&[0x02, 0x01, 0x01, 0x04, 0x20])
        || der.starts_with(&[0x02, 0x01, 0x03, 0x30, 0x82])
}

/// The same for UTF-16, as some editors write it.
fn is_text_in_two_bytes(beginning: &[u8], is_cut: bool) -> bool {
    if !beginning.starts_with(b"\xff\xfe") && !beginning.starts_with(b"\xfe\xff") {
        return false;
    }
    let text: Vec<u8> = beginning.iter().skip(2).copied().filter(|byte| *byte != 0).collect();
    is_secret_text(&text, is_cut)
}

/// Lines of prose that a person may write above a key.
const PROSE_MAX: usize = 3;
/// A whole line of a key block; documentation shows shorter ones.
const KEY_LINE: usize = 48;

/// Whether a private key follows nothing but comments, certificates, settings, a few words, and the attributes that key
/// tools write.
fn is_key_file(text: &[u8]) -> bool {
    let mut is_in_block = false;
    let mut prose = 0;
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    while let Some(line) = lines.next() {
        if let Some(rest) = line.strip_prefix(b"-----BEGIN ") {
            let Some(label) = rest.strip_suffix(b"-----") else { return false };
            if label.ends_with(b"PRIVATE KEY") || label == b"PGP PRIVATE KEY BLOCK" {
                return prose == 0 || lines.take(8).any(is_key_line);
            }
            is_in_block = true;
        } else if line.starts_with(b"-----END ") {
            is_in_block = false;
        } else if line.starts_with(b"AGE-SECRET-KEY-1")
            || line.starts_with(b"PuTTY-User-Key-File-")
            || line.starts_with(b"SSH PRIVATE KEY FILE FORMAT")
            || line.starts_with(b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY")
        {
            return true;
        } else if !is_in_block && !is_aside(line) {
            prose += 1;
            if prose > PROSE_MAX || !is_prose(line) {
                return false;
            }
        }
    }
    false
}

fn is_key_line(line: &[u8]) -> bool {
    line.len() >= KEY_LINE && line.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte))
}

/// A comment, a setting, or an attribute that `openssl pkcs12` writes before a key.
fn is_aside(line: &[u8]) -> bool {
    let starts: [&[u8]; 8] = [
        b"#",
        b"Bag Attributes",
        b"Key Attributes",
        b"subject",
        b"issuer",
        b"localKeyID",
        b"friendlyName",
        b"Microsoft",
    ];
    line.is_empty() || starts.iter().any(|start| line.starts_with(start)) || is_setting(line)
}

/// A line of YAML with a plain value or none: `tls:`, `key: |`, `host: example.org`.
fn is_setting(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"- ").unwrap_or(line);
    let name = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(byte)).count();
    let Some(value) = line.get(name..).and_then(|rest| rest.strip_prefix(b":")) else { return false };
    name > 0
        && value.first().is_none_or(u8::is_ascii_whitespace)
        && !value.iter().any(|byte| b"(){};`".contains(byte))
        && !value.starts_with(b" -----")
}

/// Words, as no program has them.
fn is_prose(line: &[u8]) -> bool {
    line.len() <= 120
        && line.iter().all(|byte| byte.is_ascii_alphanumeric() || b" .,:;!?'-()/#*".contains(byte))
}

/// Whether an object has a member that is a private key, as the key of a service account does.
fn is_key_in_json(text: &[u8]) -> bool {
    let start = b"\"-----BEGIN ";
    text.windows(start.len()).enumerate().filter(|(_, part)| part == start).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default().trim_ascii_end();
        let label = text.get(at + start.len()..).unwrap_or_default();
        let label = label.split(|byte| *byte == b'-').next().unwrap_or_default();
        before.ends_with(b":") && (label.ends_with(b"PRIVATE KEY") || label == b"PGP PRIVATE KEY BLOCK")
    })
}

/// Whether every line that says something is a token, or assigns one somewhere and nothing but values otherwise.
#[cfg(feature = "secret")]
fn is_tokens(text: &[u8]) -> bool {
    use crate::secret::Redactor;

    if text.len() > TOKENS_MAX {
        return false;
    }
    let lines = || text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let is_list = lines().all(is_value);
    if !(is_list || lines().all(is_member)) || !has_long_word(text) {
        return false;
    }
    // Shapes of assignments alone are too common in examples; in settings, so are these.
    const WEAK: [&str; 5] =
        ["bearer-token", "connection-password", "google-api-key", "json-web-token", "password-hash"];
    Redactor::is_met(text, |rule| !rule.starts_with("assigned-") && (is_list || !WEAK.contains(&rule)))
}

/// Whether there is a word that could be a token, or an address: most settings hold neither, and are not worth making the
/// rules on contents for.
#[cfg(feature = "secret")]
fn has_long_word(text: &[u8]) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-+/=.".contains(byte);
    let could_be = |word: &[u8]| {
        word.len() >= 16
            && word.iter().filter(|byte| byte.is_ascii_digit()).count() > 1
            && word.iter().any(u8::is_ascii_alphabetic)
    };
    text.split(|byte| !is_word(byte)).any(could_be) || text.windows(3).any(|part| part == b"://")
}

/// Nothing, a comment, one word, or `NAME=value` as a shell or an environment file has it; the lines of `.netrc`.
#[cfg(feature = "secret")]
fn is_value(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"export ").unwrap_or(line);
    if line.is_empty() || line.starts_with(b"#") {
        return true;
    }
    let name = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let is_assigned = name > 0 && line.get(name) == Some(&b'=');
    let is_word = line.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:+/=~$".contains(byte));
    let is_login = [b"machine ".as_slice(), b"default ", b"login ", b"password "]
        .iter()
        .any(|word| line.starts_with(word));
    is_assigned || is_word || is_login
}

/// A line of INI, TOML, YAML or JSON: a section, a bracket, or a name with a value.
#[cfg(feature = "secret")]
fn is_member(line: &[u8]) -> bool {
    if is_value(line) || line.starts_with(b"[") || line.starts_with(b";") {
        return true;
    }
    let is_bracket = |byte: &u8| b"{}[],\" ".contains(byte);
    if line.iter().all(is_bracket) {
        return true;
    }
    let start = line.iter().take_while(|byte| b"{-\" ".contains(byte)).count();
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    let name = line.iter().skip(start).take_while(is_name).count();
    let rest = line.get(start + name..).unwrap_or_default();
    let rest = rest.strip_prefix(b"\"").unwrap_or(rest).trim_ascii_start();
    name > 0 && rest.first().is_some_and(|byte| b":=".contains(byte)) && !rest.contains(&b'(')
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
    fn files_that_are_keys_in_other_clothes() {
        let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n".repeat(4);
        let key = format!("-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\n");
        check(&format!("The key of the server, keep it:\n\n{key}"), true);
        check(&format!("tls:\n  host: example.org\n  key: |\n    {}", key.replace('\n', "\n    ")), true);
        check(&format!("{{\"tls\": {{\"key\": \"{}\"}}}}", key.replace('\n', "\\n")), true);
        check("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nAAAA\n", true);
        let wide: Vec<u8> =
            b"\xff\xfe".iter().copied().chain(key.bytes().flat_map(|byte| [byte, 0])).collect();
        assert!(is_secret(&wide, false));
        for (bytes, want) in [
            (b"\x30\x82\x04\xbd\x02\x01\x00\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7".as_slice(), true),
            (b"\x30\x82\x04\xa4\x02\x01\x00\x02\x82\x01\x01\x00\xbb\x00\x00\x00", true),
            (b"\x30\x77\x02\x01\x01\x04\x20\x00\x01\x02\x03\x04\x05\x06\x07\x08", true),
            (b"\x30\x82\x0a\x01\x02\x01\x03\x30\x82\x09\xc7\x06\x09\x2a\x86\x48", true),
            (b"\xfe\xed\xfe\xed\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x01", true),
            // A certificate and a public key.
            (b"\x30\x82\x03\x0d\x30\x82\x01\xf5\xa0\x03\x02\x01\x02\x02\x14\x00", false),
            (b"\x30\x82\x01\x22\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01", false),
        ] {
            assert_eq!(is_secret(bytes, true), want, "{bytes:?}");
        }
    }

    #[test]
    fn files_that_mention_keys() {
        let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n".repeat(4);
        let key = format!("-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\n");
        check(&format!("package x\n\nconst key = `\n{key}`\n"), false);
        check(&format!("KEY = \"\"\"\n{key}\"\"\"\n"), false);
        check(&format!("One.\nTwo.\nThree.\nFour.\n{key}"), false);
        check("{\"begin\": \"-----BEGIN CERTIFICATE-----\\nMII\"}", false);
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
        check(&format!("[github]\ntoken = {token}\nuser = me\n"), true);
        check(&format!("github:\n  user: me\n  token: {token}\n"), true);
        check(&format!("{{\n  \"user\": \"me\",\n  \"token\": \"{token}\"\n}}\n"), true);
        check(&format!("machine api.github.com login me password {token}\n"), true);
        check(
            "services:\n  app:\n    environment:\n      DATABASE_URL: postgres://app:pw19xk@db/app\n",
            false,
        );
        check(&format!("let token = \"{token}\"; // a test\n"), false);
        check(&format!("token = \"{token}\"\nprint(token)\n"), false);
        check(&format!("Use {token} to try it.\n"), false);
        check("DEBUG=1\nNAME=value\nPASSWORD=changeme\n", false);
        check("0123456789abcdef0123456789abcdef01234567\n", false);
    }
}
