//! How markdown looks.

use guard_telegram::Text;

/// The text with its styles as letters: `[b:...]` for bold, i, s, c for code and p for a block.
fn shown(source: &str) -> String {
    let text = Text::markdown(source);
    let units: Vec<u16> = text.as_str().encode_utf16().collect();
    let mut out = String::new();
    let entities = text.entities();
    for at in 0..=units.len() {
        for entity in entities.iter().rev() {
            if usize::from(entity.offset + entity.length) == at {
                out.push(']');
            }
        }
        for entity in &entities {
            if usize::from(entity.offset) == at {
                let name = format!("{:?}", entity.type_field).chars().next().unwrap().to_ascii_lowercase();
                let language = entity.language.as_ref().map(|l| format!(" {l}")).unwrap_or_default();
                out.push_str(&format!("[{name}{language}:"));
            }
        }
        if let Some(unit) = units.get(at) {
            out.push_str(&String::from_utf16_lossy(&[*unit]));
        }
    }
    out
}

#[track_caller]
fn check(source: &str, want: &str) {
    assert_eq!(shown(source), want, "{source}");
}

#[test]
fn styles() {
    check("plain", "plain");
    check(
        "**bold** and *slanted* and ~~gone~~ and `code`",
        "[b:bold] and [i:slanted] and [s:gone] and [c:code]",
    );
    check("**a *b* c**", "[b:a [i:b] c]");
    check("**a `b` c**", "[b:a ][c:b][b: c]");
    check("# Title\ntext", "[b:Title]\n\ntext");
    check("# A **b** c", "[b:A b c]");
    check("2 * 3 * 4, snake_case_name, a_b", "2 * 3 * 4, snake_case_name, a_b");
    check("*not closed", "*not closed");
    check("\\*escaped\\* &amp; &lt;b&gt;", "*escaped* & <b>");
    check("<b>html</b> is text", "<b>html</b> is text");
    check("**a***b*", "[b:a][i:b]");
}

#[test]
fn blocks() {
    check("one\n\ntwo", "one\n\ntwo");
    check("one\ntwo", "one\ntwo");
    check("```rust\nfn main() {}\n```", "[p rust:fn main() {}]");
    check("```rust,ignore\nx\n```", "[p rust:x]");
    check("```\n**x**\n\n  y\n```\nafter", "[p:**x**\n\n  y\n]\nafter");
    check("a\n\n    indented", "a\n\n[p:indented]");
    check("```bad\u{202e}language!\nx\n```", "[p:x]");
    check("- a\n- b\n  - c\n- d", "• a\n• b\n  • c\n• d");
    check("3. a\n4. b", "3. a\n4. b");
    check("- a\n\n- b", "• a\n\n• b");
    check("- [x] done\n- [ ] open", "• ☑ done\n• ☐ open");
    check("> quoted\n> more\n\nafter", "> quoted\n> more\n\nafter");
    check("a\n\n---\n\nb", "a\n\n———\n\nb");
    check("| a | b |\n|---|---|\n| long | `c` |", "[p:a    | b\nlong | c]");
    check("- x\n\n  ```sh\n  ls\n  ```", "• x\n\n  [p sh:ls]");
}

#[test]
fn a_link_shows_where_it_leads() {
    check("[bank](https://evil.example)", "bank (https://evil.example)");
    check("<https://example.com>", "https://example.com");
    check("[https://example.com](https://example.com)", "https://example.com");
    check("[https://bank.example](https://evil.example)", "https://bank.example (https://evil.example)");
    check("![picture](https://example.com/p.png)", "picture (https://example.com/p.png)");
    check("[](https://example.com)", "https://example.com");
    check("[a]\n\n[a]: https://example.com", "a (https://example.com)");
    check("[x](tg://resolve?domain=y)", "x (tg://resolve?domain=y)");
}

#[test]
fn a_word_that_a_tap_would_send_is_code() {
    check("send /unlock now", "send [c:/unlock] now");
    check("/stop@guard_bot", "[c:/stop@guard_bot]");
    check("**use /stop**", "[b:use ][c:/stop]");
    check(
        "see /usr/bin/env and a/b and https://x.example/y",
        "see /usr/bin/env and a/b and https://x.example/y",
    );
    check("/stop@x/y and /stop@", "[c:/stop@x]/y and [c:/stop@]");
    check("`/stop`", "[c:/stop]");
    check("> /lock", "> [c:/lock]");
}

#[test]
fn what_hides_is_visible() {
    check("a\u{202e}b\u{200b}", "a<U+202E>b<U+200B>");
    check("`rm\u{2028}`", "[c:rm<U+2028>]");
    check("&#8238;x", "<U+202E>x");
}
