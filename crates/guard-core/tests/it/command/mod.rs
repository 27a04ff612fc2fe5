mod arrays;
mod attacks;
mod card;
mod consent;
mod disk;
mod ecosystems;
mod fillers;
mod inline;
mod laws;
mod links;
mod nothing;
mod objects;
mod options;
mod ordinary;
mod owner;
mod places;
mod printed;
mod readonly;
mod table;
mod variables;
mod written;

use guard_core::Decision;
use guard_core::command::{Context, Evaluation, Policy};

fn context() -> Context {
    Context::lexical("/approved").home("/home/u")
}

fn evaluate(text: &str) -> Evaluation {
    Policy::agent().evaluate(text, &context())
}

/// Every text gets this decision; all that do not are named.
#[track_caller]
fn check(want: Decision, texts: &[&str]) {
    let mut wrong = String::new();
    for text in texts {
        let evaluation = evaluate(text);
        if evaluation.decision() != want {
            let codes: Vec<_> =
                evaluation.verdict().findings().iter().map(|f| (f.code(), f.subject())).collect();
            wrong += &format!("\n{}: {text}\n      {codes:?}", evaluation.decision());
        }
    }
    assert!(wrong.is_empty(), "not {want}:{wrong}");
}

/// Every text is allowed.
#[track_caller]
fn allowed(texts: &[&str]) {
    check(Decision::Allow, texts);
}

/// Every text is refused for good.
#[track_caller]
fn denied(texts: &[&str]) {
    check(Decision::Deny, texts);
}

/// No text is allowed: refused, or asked where a person could have a reason.
#[track_caller]
fn stopped(texts: &[&str]) {
    let allowed: Vec<_> = texts.iter().filter(|text| evaluate(text).decision() == Decision::Allow).collect();
    assert!(allowed.is_empty(), "allowed: {allowed:#?}");
}
