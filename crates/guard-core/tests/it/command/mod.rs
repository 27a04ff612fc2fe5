mod attacks;
mod laws;
mod ordinary;
mod table;

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
