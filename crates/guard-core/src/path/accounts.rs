//! What the machine's own lists say about accounts and groups.

use std::fs::File;
use std::io::Read as _;

/// Far more than any machine's own list; a larger one is read no further.
const LIST_MAX: u64 = 1 << 20;

/// The list of accounts (`passwd`) or of groups (`group`), empty where there is none.
pub(super) fn list(name: &str) -> String {
    let mut list = Vec::new();
    let file = File::open(std::path::Path::new("/etc").join(name));
    match file.and_then(|file| file.take(LIST_MAX).read_to_end(&mut list)) {
        Ok(_) => String::from_utf8_lossy(&list).into_owned(),
        Err(_) => String::new(),
    }
}

/// Whether a group has an account other than these, root's aside.
///
/// A group that the machine does not list is one of a directory service, unless it has the number of an account, as the
/// group of that account alone has.
pub(super) fn is_shared(group: u32, accounts: &[u32]) -> bool {
    is_shared_by(&list("passwd"), &list("group"), group, accounts)
}

fn is_shared_by(passwd: &str, groups: &str, group: u32, accounts: &[u32]) -> bool {
    let is_other = |uid: u32| uid != 0 && !accounts.contains(&uid);
    let number = |field: Option<&&str>| field.and_then(|text| text.parse::<u32>().ok());
    let fields = |line| str::split(line, ':').collect::<Vec<_>>();
    let people: Vec<_> = passwd.lines().map(fields).collect();
    let uid_of =
        |name: &str| people.iter().find(|person| person.first() == Some(&name)).map(|it| number(it.get(2)));
    let is_first_of_other = people
        .iter()
        .any(|person| number(person.get(3)) == Some(group) && number(person.get(2)).is_some_and(is_other));
    let Some(listed) = groups.lines().map(fields).find(|listed| number(listed.get(2)) == Some(group)) else {
        return is_first_of_other || !accounts.contains(&group);
    };
    let members =
        listed.get(3).into_iter().flat_map(|members| members.split(',')).filter(|name| !name.is_empty());
    is_first_of_other || members.map(uid_of).any(|uid| uid.flatten().is_none_or(is_other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(group: u32, want: bool) {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nada:x:1000:1000::/home/ada:/bin/bash\nbob:x:1001:100::/home/bob:/bin/bash\n";
        let groups =
            "root:x:0:\nada:x:1000:\nusers:x:100:\ndev:x:50:ada,bob\nmine:x:51:ada,root\ngone:x:52:eve\n";
        assert_eq!(is_shared_by(passwd, groups, group, &[1000]), want, "{group}");
    }

    #[test]
    fn groups_of_one_account_are_not_shared() {
        check(1000, false);
        check(51, false);
        check(0, false);
    }

    #[test]
    fn groups_of_others_are_shared() {
        check(50, true);
        check(100, true);
        // A member and a group that only a directory service knows.
        check(52, true);
        check(70000, true);
    }

    #[test]
    fn an_unlisted_group_with_the_number_of_the_account_is_its_own() {
        assert!(!is_shared_by("", "", 1000, &[1000]));
        assert!(is_shared_by("", "", 1000, &[1001]));
    }
}
