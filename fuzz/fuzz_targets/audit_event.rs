//! An event that is read is written as one visible line that reads back as the same event.
#![no_main]

use guard_audit::{Event, MAX_EVENT_BYTES};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|line: &str| {
    let Ok(event) = Event::from_json_line(line) else { return };
    let written = event.to_json_line().expect("an event that was read can be written");
    assert!(written.len() <= MAX_EVENT_BYTES);
    assert!(!written.chars().any(|char| char.is_control() || ('\u{2028}'..='\u{202e}').contains(&char)));
    assert_eq!(Event::from_json_line(&written), Ok(event));
});
