//! Records found again.

use std::sync::atomic::Ordering;

use guard_audit::{Config, Event, Filter, Log, Outcome, Severity, Timestamp, newest, query};

use crate::{Manual, Place};

const SECOND: u64 = 1_000_000;

/// Ten records, one each second, three to a segment.
fn ten(place: &Place) {
    let clock: &'static Manual = Box::leak(Box::default());
    let log = Log::with_clock(Config::new(place.log()).segment_bytes(500), clock).unwrap();
    for at in 1..=10_u64 {
        clock.0.store(at * SECOND, Ordering::Relaxed);
        let actor = format!("user:{}", at % 2);
        let outcome = if at % 3 == 0 { Outcome::Failure } else { Outcome::Success };
        let name = if at == 5 { "authz_fail" } else { "order_refunded" };
        log.append_relaxed(&Event::new(name).actor(actor).object("o").id("r").outcome(outcome)).unwrap();
    }
}

#[track_caller]
fn check(place: &Place, filter: Filter, want: &[u64]) {
    let found: Vec<u64> = query(place.log(), &filter).unwrap().map(|record| record.unwrap().seq).collect();
    assert_eq!(found, want);
    if filter.limit.is_none() {
        let mut found: Vec<u64> =
            newest(place.log(), &filter).unwrap().map(|record| record.unwrap().seq).collect();
        found.reverse();
        assert_eq!(found, want);
    }
}

#[test]
fn filters() {
    let place = Place::new();
    ten(&place);
    let all = Filter::default;
    let at = |seconds: u64| Some(Timestamp::from_unix_micros(seconds * SECOND));
    check(&place, all(), &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    check(&place, Filter { actor: Some("user:1".into()), ..all() }, &[1, 3, 5, 7, 9]);
    check(&place, Filter { actor: Some("user:".into()), ..all() }, &[]);
    check(&place, Filter { event: Some("authz_fail".into()), ..all() }, &[5]);
    check(&place, Filter { outcome: Some(Outcome::Failure), ..all() }, &[3, 6, 9]);
    check(&place, Filter { object: Some("o".into()), id: Some("r".into()), after_seq: 8, ..all() }, &[9, 10]);
    check(&place, Filter { object: Some("p".into()), ..all() }, &[]);
    check(&place, Filter { min_risk: 10, ..all() }, &[3, 5, 6, 9]);
    check(&place, Filter { min_risk: 80, ..all() }, &[5]);
    check(&place, Filter { since: at(4), until: at(7), ..all() }, &[4, 5, 6]);
    for after_seq in 0..=10 {
        check(&place, Filter { after_seq, ..all() }, &(after_seq + 1..=10).collect::<Vec<_>>());
    }
    check(&place, Filter { after_seq: u64::MAX, ..all() }, &[]);
    check(&place, Filter { limit: Some(2), ..all() }, &[1, 2]);
    check(&place, Filter { limit: Some(0), ..all() }, &[]);
    let last: Vec<u64> = newest(place.log(), &Filter { limit: Some(3), ..all() })
        .unwrap()
        .map(|record| record.unwrap().seq)
        .collect();
    assert_eq!(last, [10, 9, 8]);
}

#[test]
fn a_record_holds_what_the_event_said_and_what_its_name_weighs() {
    let place = Place::new();
    ten(&place);
    let record =
        query(place.log(), &Filter { after_seq: 4, ..Filter::default() }).unwrap().next().unwrap().unwrap();
    assert_eq!((record.risk, record.severity), (80, Severity::Critical));
    assert_eq!(
        record.to_string(),
        "5 1970-01-01T00:00:05.000000Z critical 80 authz_fail success actor=\"user:1\" object=\"o\" id=\"r\""
    );
    assert!(record.as_json().starts_with(
        r#"{"seq":5,"time":"1970-01-01T00:00:05.000000Z","event":"authz_fail","severity":"critical","risk":80,"actor":"user:1","object":"o","outcome":"success","id":"r","hash":""#
    ));
}

#[test]
fn time_never_goes_back() {
    let place = Place::new();
    let clock: &'static Manual = Box::leak(Box::default());
    let log = Log::with_clock(Config::new(place.log()), clock).unwrap();
    for seconds in [5, 9, 3, 10] {
        clock.0.store(seconds * SECOND, Ordering::Relaxed);
        log.append_relaxed(&Event::new("sys_startup")).unwrap();
    }
    let times: Vec<u64> = query(place.log(), &Filter::default())
        .unwrap()
        .map(|record| record.unwrap().time.unix_micros() / SECOND)
        .collect();
    assert_eq!(times, [5, 9, 9, 10]);
}

#[test]
fn a_line_that_is_no_record_ends_the_query_with_an_error() {
    let place = Place::new();
    ten(&place);
    let file = crate::segments(&place.log()).remove(0);
    let text =
        std::fs::read_to_string(&file).unwrap().replacen("order_refunded", "order_refunded\",\"x\":\"", 1);
    crate::overwrite(&file, text);
    let mut records = query(place.log(), &Filter::default()).unwrap();
    assert_eq!(records.next().unwrap().unwrap_err().code(), "audit-altered");
    assert!(records.next().is_none());
}

#[test]
fn times_print_and_read() {
    for (micros, text) in [
        (0, "1970-01-01T00:00:00.000000Z"),
        (951_782_400_000_001, "2000-02-29T00:00:00.000001Z"),
        (1_795_367_267_123_456, "2026-11-22T17:07:47.123456Z"),
        (u64::MAX, "9999-12-31T23:59:59.999999Z"),
    ] {
        let time = Timestamp::from_unix_micros(micros);
        assert_eq!(time.to_string(), text);
        assert_eq!(text.parse(), Ok(time));
    }
    for text in [
        "",
        "2026-11-22",
        "2026-02-29T00:00:00.000000Z",
        "2026-13-01T00:00:00.000000Z",
        "2026-11-22T24:00:00.000000Z",
        "2026-11-22T17:07:47.123456",
        "2026-11-22T17:07:47.12345Z",
        "1969-12-31T23:59:59.999999Z",
        "2026-11-2éT17:07:47.123456Z",
        "+026-11-22T17:07:47.123456Z",
    ] {
        assert!(text.parse::<Timestamp>().is_err(), "{text}");
    }
    assert_eq!("2026-11-22T17:07:47Z".parse(), Ok(Timestamp::from_unix_micros(1_795_367_267_000_000)));
}
