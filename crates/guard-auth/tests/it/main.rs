//! Lists and the principals that they yield.

use guard_auth::{Allowlist, AuthError, MAX_USERS, Principal, Role, UserId};
use proptest::prelude::*;

#[track_caller]
fn check(text: &str, want: Result<&[i64], AuthError>) {
    let users = Allowlist::parse(text).map(|list| list.users().map(UserId::get).collect::<Vec<_>>());
    assert_eq!(users, want.map(<[i64]>::to_vec), "{text}");
}

#[test]
fn lists() {
    check("1", Ok(&[1]));
    check(" 456 ,\t123\n", Ok(&[456, 123]));
    check("3,2,3,1,2", Ok(&[3, 1, 2]));
    check("9223372036854775807", Ok(&[i64::MAX]));
    for text in ["", " ", "\t\n"] {
        check(text, Err(AuthError::EmptyAllowlist));
    }
    for text in
        ["0", "-1", "+1", "01", "1.0", "1e3", "0x1", "*", "@name", "١", "1 2", "9223372036854775808", ","]
    {
        check(text, Err(AuthError::MalformedId { entry: 1 }));
    }
    for text in ["1,", "1,,2", "1, ,2", "1,x,2", "1,2;3", "1,\u{a0}2"] {
        check(text, Err(AuthError::MalformedId { entry: 2 }));
    }
    let most = vec!["7"; MAX_USERS].join(",");
    check(&most, Ok(&[7]));
    check(&format!("{most},7"), Err(AuthError::TooManyUsers));
    check(&",".repeat(10_000_000), Err(AuthError::MalformedId { entry: 1 }));
}

#[test]
fn the_person_at_the_terminal_owns_the_process_or_is_refused() {
    let local = Principal::local(1000, 1000).unwrap();
    assert_eq!(
        (local.actor().as_str(), local.role(), local.telegram_user()),
        ("local:1000", Role::Owner, None)
    );
    assert_eq!(Principal::local(1000, 0), Err(AuthError::NotTheOwner));
    assert_eq!(Principal::local(0, 1000), Err(AuthError::NotTheOwner));
}

#[test]
fn taken_off_the_list_or_of_another_role_a_principal_no_longer_stands() {
    let (before, after) = (Allowlist::parse("1,2").unwrap(), Allowlist::parse("2").unwrap());
    let user = |id| before.authenticate(UserId::new(id).unwrap()).unwrap();
    assert!(user(1).is_still_on(&before) && !user(1).is_still_on(&after));
    assert!(user(2).is_still_on(&before) && !user(2).is_still_on(&after));
    assert!(Principal::local(0, 0).unwrap().is_still_on(&after));
}

#[test]
fn codes() {
    let errors = [
        AuthError::UnknownUser,
        AuthError::EmptyAllowlist,
        AuthError::MalformedId { entry: 1 },
        AuthError::TooManyUsers,
        AuthError::NotTheOwner,
    ];
    assert_eq!(
        errors.map(|error| error.code()),
        [
            "auth-unknown-user",
            "auth-empty-allowlist",
            "auth-malformed-id",
            "auth-too-many-users",
            "auth-not-the-owner"
        ]
    );
}

proptest! {
    #[test]
    fn a_list_reads_back_as_it_was_printed(ids in proptest::collection::vec(1..=i64::MAX, 1..50)) {
        let text = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(" , ");
        let list = Allowlist::parse(&text).unwrap();
        prop_assert_eq!(&Allowlist::parse(&list.to_string()).unwrap(), &list);
        for (at, id) in ids.iter().enumerate() {
            let principal = list.authenticate(UserId::new(*id).unwrap()).unwrap();
            prop_assert_eq!(principal.actor(), format!("telegram:{id}"));
            let is_owner = *id == ids[0];
            prop_assert_eq!(principal.role() == Role::Owner, is_owner, "entry {}", at);
        }
    }

    #[test]
    fn only_who_is_listed_is_let_in(ids in proptest::collection::vec(1..100_i64, 1..50), user in 1..100_i64) {
        let text = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        let answer = Allowlist::parse(&text).unwrap().authenticate(UserId::new(user).unwrap());
        prop_assert_eq!(answer.is_ok(), ids.contains(&user));
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        if let Ok(list) = Allowlist::parse(&text) {
            prop_assert_eq!(Allowlist::parse(&list.to_string()), Ok(list));
        }
    }
}
