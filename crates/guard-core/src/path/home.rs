//! `~` and `~account`, which a shell would turn into a home directory.

use std::collections::HashSet;
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::sync::{LazyLock, Mutex, PoisonError};

const LIST: &str = "/etc/passwd";
/// Far more than any machine's own account list; a larger one is read no further.
const ACCOUNTS_MAX: u64 = 1 << 20;

/// Whether `name` is a tilde, alone or followed by the account of a person: uid 0, or 1000 and up. System accounts do
/// not count, because they are called `backup`, `mail` or `games`, as files are.
pub(super) fn is_account_name(name: &str) -> bool {
    let Some(account) = name.strip_prefix('~') else { return false };
    // `user` is what images, examples and most documentation call the account of a person.
    matches!(account, "" | "root" | "user") || (is_account_shaped(account) && has_account(account))
}

/// Whether a shell would look `name` up as an account at all.
pub(super) fn is_account_shaped(account: &str) -> bool {
    account.len() <= 32
        && account.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && account
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte))
}

/// The persons of the list, and which state of it they are from: names come by the hundred thousand in an archive, and
/// reading the list for each would take seconds.
struct Accounts {
    state: Option<State>,
    persons: HashSet<String>,
}

/// Device, inode, size and the time of the last change, in seconds and nanoseconds: another list has another one.
type State = (u64, u64, u64, i64, i64);

static ACCOUNTS: LazyLock<Mutex<Accounts>> =
    LazyLock::new(|| Mutex::new(Accounts { state: None, persons: HashSet::new() }));

fn has_account(account: &str) -> bool {
    // Without a list the shell knows no account either.
    let Ok(now) = std::fs::metadata(LIST) else { return false };
    // A list is put in place whole.
    let mut known = ACCOUNTS.lock().unwrap_or_else(PoisonError::into_inner);
    if known.state != Some(state(&now)) {
        let Ok(read) = read() else { return false };
        *known = read;
    }
    known.persons.contains(account)
}

fn state(of: &Metadata) -> State {
    (of.dev(), of.ino(), of.size(), of.ctime(), of.ctime_nsec())
}

fn read() -> io::Result<Accounts> {
    let file = File::open(LIST)?;
    let state = Some(state(&file.metadata()?));
    let mut list = Vec::new();
    file.take(ACCOUNTS_MAX).read_to_end(&mut list)?;
    let list = String::from_utf8_lossy(&list);
    Ok(Accounts { state, persons: list.lines().filter_map(person).map(str::to_owned).collect() })
}

/// The account of a line, if it is that of a person.
fn person(line: &str) -> Option<&str> {
    let mut fields = line.split(':');
    let account = fields.next()?;
    let uid: u32 = fields.nth(1)?.parse().ok()?;
    (uid == 0 || uid >= 1000).then_some(account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_accounts_and_services_are_not() {
        assert_eq!(person("ada:x:1000:1000:Ada:/home/ada:/bin/bash"), Some("ada"));
        assert_eq!(person("toor:x:0:0::/root:/bin/sh"), Some("toor"));
        assert_eq!(person("backup:x:34:34:backup:/var/backups:/usr/sbin/nologin"), None);
        assert_eq!(person(""), None);
    }

    #[test]
    fn a_backup_copy_is_a_file() {
        assert!(is_account_name("~root"));
        assert!(!is_account_name("~backup"));
        assert!(is_account_name("~"));
        assert!(!is_account_name("~notes.txt"));
        assert!(!is_account_name("root"));
    }
}
