//! `~` and `~account`, which a shell would turn into a home directory.

use super::accounts;

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

fn has_account(account: &str) -> bool {
    // Without a list the shell knows no account either.
    accounts::list("passwd").lines().any(|line| is_person(line, account))
}

fn is_person(line: &str, account: &str) -> bool {
    let mut fields = line.split(':');
    fields.next() == Some(account)
        && fields.nth(1).and_then(|uid| uid.parse::<u32>().ok()).is_some_and(|uid| uid == 0 || uid >= 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_accounts_and_services_are_not() {
        assert!(is_person("ada:x:1000:1000:Ada:/home/ada:/bin/bash", "ada"));
        assert!(is_person("toor:x:0:0::/root:/bin/sh", "toor"));
        assert!(!is_person("backup:x:34:34:backup:/var/backups:/usr/sbin/nologin", "backup"));
        assert!(!is_person("ada:x:1000:1000:Ada:/home/ada:/bin/bash", "ad"));
        assert!(!is_person("", "ada"));
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
