#![no_main]
//! Any text gets an answer; more text lifts no refusal; harmless text changes nothing.

use guard_core::Decision;
use guard_core::command::{Context, Policy, syntax};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let context = Context::lexical("/approved").home("/home/u");
    let policy = Policy::agent();
    let evaluation = policy.evaluate(text, &context);
    let _shown = evaluation.to_string();
    for finding in evaluation.verdict().findings() {
        if let Some(span) = finding.span() {
            assert!(span.start <= span.end && span.end <= text.len());
        }
    }
    assert_eq!(evaluation.digest(), policy.evaluate(text, &context).digest());
    assert!(Policy::readonly().evaluate(text, &context).decision() >= evaluation.decision());
    if text.len() > 8 * 1024 || syntax::parse(text).is_err() {
        return;
    }
    let before = policy.evaluate(&format!("true\n{text}"), &context);
    if syntax::parse(&format!("true\n{text}")).is_ok()
        && !is_too_complex(&before)
        && !is_too_complex(&evaluation)
    {
        assert_eq!(before.decision(), evaluation.decision());
    }
    let longer = format!("{text}\nls");
    if evaluation.decision() == Decision::Deny && syntax::parse(&longer).is_ok() {
        assert_eq!(policy.evaluate(&longer, &context).decision(), Decision::Deny);
    }
});

fn is_too_complex(evaluation: &guard_core::command::Evaluation) -> bool {
    let mut findings = evaluation.verdict().findings().iter();
    findings.any(|finding| finding.code() == "command-too-complex" || finding.code() == "command-empty")
}
