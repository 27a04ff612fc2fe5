#![no_main]
//! Oracle: a list that is read prints as what reads back to the same list, and lets in exactly the ids it prints.

use guard_auth::{Allowlist, UserId};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(list) = Allowlist::parse(text) else { return };
    let printed = list.to_string();
    assert_eq!(Allowlist::parse(&printed).expect("what was printed reads back"), list);
    let ids: Vec<i64> = printed.split(',').map(|id| id.parse().expect("a number")).collect();
    assert!(ids.iter().all(|id| *id > 0));
    for id in ids.iter().flat_map(|id| [*id, id.saturating_add(1)]) {
        let user = UserId::new(id).expect("a positive number");
        assert_eq!(list.authenticate(user).is_ok(), ids.contains(&id));
    }
});
