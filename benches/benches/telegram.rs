//! Decoding a batch of updates one by one beside decoding it as a whole, and rendering an answer beside copying it.
//!
//! Run with `cargo bench -p guard-benches --bench telegram`.

use guard_benches::{Case, compare};
use guard_core::secret::Redactor;
use guard_telegram::frankenstein::updates::Update;
use guard_telegram::{Answer, Batch, MESSAGE, Text};

fn update(id: u32) -> String {
    let text = "please run the tests again and tell me what fails ".repeat(4);
    format!(
        r#"{{"update_id":{id},"message":{{"message_id":{id},"from":{{"id":7,"is_bot":false,"first_name":"Ada","username":"ada","language_code":"en"}},"chat":{{"id":7,"first_name":"Ada","username":"ada","type":"private"}},"date":1790000000,"text":"{text}","entities":[{{"type":"bold","offset":0,"length":6}}]}}}}"#
    )
}

fn main() {
    let batch = format!("[{}]", (1..=100).map(update).collect::<Vec<_>>().join(","));
    println!("batch: 100 updates, {} bytes", batch.len());
    compare(
        "decode a batch",
        30,
        vec![
            Case::new("as a whole", || serde_json::from_str::<Vec<Update>>(&batch).map(|batch| batch.len())),
            Case::new("one by one", || Batch::decode(&batch).map(|batch| batch.updates.len())),
        ],
    );

    let paragraph =
        "Two tests failed: `parse_empty` and **parse_long**. See [the log](https://ci.example/1).\n\n";
    let code = "```rust\nfn main() {\n    println!(\"a line of code that is not very long\");\n}\n```\n\n";
    let answer = format!("# Result\n\n{}- one\n- two\n", format!("{paragraph}{code}").repeat(40));
    let redactor = Redactor::new();
    println!("answer: {} bytes", answer.len());
    compare(
        "render an answer",
        30,
        vec![
            Case::new("plain text, split", || Text::plain(&answer).split(MESSAGE).len()),
            Case::new("markdown, split", || Text::markdown(&answer).split(MESSAGE).len()),
            Case::new("markdown, split, entities", || {
                let pieces = Text::markdown(&answer).split(MESSAGE);
                pieces.iter().map(|piece| piece.entities().len()).sum::<usize>()
            }),
            Case::new("answer, redacted", || Answer::markdown(&answer, |text| redactor.redact(text))),
        ],
    );
    let hostile = format!("{}{}", "> ".repeat(4_000), "[a](b *c* `d` ".repeat(1_500));
    println!("hostile: {} bytes", hostile.len());
    compare(
        "render hostile markdown",
        10,
        vec![
            Case::new("plain text, split", || Text::plain(&hostile).split(MESSAGE).len()),
            Case::new("markdown, split", || Text::markdown(&hostile).split(MESSAGE).len()),
        ],
    );
}
