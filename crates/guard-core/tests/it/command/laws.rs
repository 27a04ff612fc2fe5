//! Laws of the evaluation: more text never makes a refusal milder, and harmless text changes nothing.

use guard_core::command::{Argv, Consent, Context, Policy};
use guard_core::{Decision, Requires};
use proptest::prelude::*;

use super::evaluate;

/// Words that make commands of every decision.
fn command() -> impl Strategy<Value = String> {
    let program = prop::sample::select(vec![
        "ls",
        "cat",
        "rm -rf",
        "echo",
        "git",
        "git show",
        "sh -c",
        "env",
        "find . -exec",
        "xargs",
        "curl",
        "sed -n",
        "cd",
        "python3 -c",
        "X=1",
        "tar cf",
        "unknown",
        "timeout 5",
        "test -f",
        "export",
    ]);
    let word = prop::sample::select(vec![
        "a.txt",
        ".env",
        "../x",
        "/etc/passwd",
        "~",
        "$X",
        "$(id)",
        "'rm -rf ~'",
        "*",
        "{a,b}",
        "-n",
        "--",
        "https://e.org",
        "\"$HOME\"",
        "src/",
        "x=1",
        "$((1))",
        "\\;",
        "HEAD:.env",
        "id",
    ]);
    (program, prop::collection::vec(word, 0..4))
        .prop_map(|(program, words)| format!("{program} {}", words.join(" ")))
}

fn script() -> impl Strategy<Value = String> {
    let joined = prop::sample::select(vec![" ; ", " && ", " || ", " | ", "\n"]);
    prop::collection::vec((command(), joined), 1..4).prop_map(|parts| {
        let mut text = String::new();
        for (number, (command, joined)) in parts.iter().enumerate() {
            if number > 0 {
                text += joined;
            }
            text += command;
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn what_follows_lifts_no_refusal(first in script(), second in script()) {
        let alone = evaluate(&first).decision();
        let both = evaluate(&format!("{first} ; {second}")).decision();
        prop_assert!(alone != Decision::Deny || both == Decision::Deny, "{both}");
    }

    #[test]
    fn a_harmless_beginning_changes_nothing(text in script()) {
        prop_assert_eq!(evaluate(&text).decision(), evaluate(&format!("true; {text}")).decision());
    }

    #[test]
    fn a_subshell_is_judged_as_what_it_runs(text in script()) {
        prop_assert_eq!(evaluate(&text).decision(), evaluate(&format!("({text}\n)")).decision());
    }

    #[test]
    fn the_readonly_profile_is_never_milder(text in script()) {
        let context = Context::lexical("/approved").home("/home/u");
        prop_assert!(Policy::readonly().evaluate(&text, &context).decision() >= evaluate(&text).decision());
    }

    #[test]
    fn an_argv_survives_quoting(words in prop::collection::vec("[ -~]{0,12}", 1..5)) {
        prop_assume!(!words[0].is_empty());
        let text: Vec<_> = words.iter().map(|word| format!("'{}'", word.replace('\'', "'\\''"))).collect();
        prop_assert_eq!(&*Argv::parse(&text.join(" ")).unwrap(), words.as_slice());
    }

    #[test]
    fn any_text_gets_an_answer(text in "\\PC{0,200}") {
        let evaluation = evaluate(&text);
        prop_assert!(!evaluation.to_string().is_empty());
        prop_assert_eq!(evaluation.digest(), evaluate(&text).digest());
    }
}

#[test]
fn only_an_allow_is_approved_without_consent() {
    assert!(evaluate("ls").into_approved().is_ok());
    assert!(evaluate("git push").into_approved().is_err());
    assert!(evaluate("rm -rf /").into_approved().is_err());
}

#[test]
fn a_consent_turns_an_ask_and_only_its_own() {
    let digest = evaluate("git push").digest();
    let approved = evaluate("git push").approve(Consent::new(digest, "user:7")).expect("an ask");
    assert_eq!(approved.consent().map(Consent::by), Some("user:7"));
    assert_eq!(approved.requires(), Requires::EVERYTHING);
    assert_eq!(approved.argv(), ["bash", "--noprofile", "--norc", "-p", "-c", "--", "git push"]);

    assert!(evaluate("git push --force").approve(Consent::new(digest, "user:7")).is_err());
    let refused = evaluate("rm -rf /");
    let digest = refused.digest();
    assert!(refused.approve(Consent::new(digest, "user:7")).is_err());
}

#[test]
fn a_digest_is_bound_to_the_directory() {
    let context = Context::lexical("/approved");
    let here = Policy::agent().evaluate("git push", &context.clone()).digest();
    assert_ne!(here, Policy::agent().evaluate("git push", &context.cwd("sub")).digest());
    assert_ne!(here, Policy::agent().evaluate("git push", &Context::lexical("/other")).digest());
}

#[test]
fn the_strict_profile_takes_one_program_and_runs_it_without_a_shell() {
    let context = Context::lexical("/approved");
    let approved = Policy::strict().evaluate("grep -n 'a b' a.txt", &context).into_approved().expect("plain");
    assert_eq!(approved.argv(), ["grep", "-n", "a b", "a.txt"]);
    for text in [
        "ls; ls",
        "ls | wc",
        "ls $X",
        "ls *",
        "ls > a",
        "X=1 ls",
        "ls &",
        "echo $(ls)",
        "cat ~/x",
        "ls {a,b}",
    ] {
        assert_eq!(Policy::strict().evaluate(text, &context).decision(), Decision::Deny, "{text}");
    }
}

#[test]
fn the_readonly_profile_neither_writes_nor_builds() {
    let context = Context::lexical("/approved");
    assert_eq!(Policy::readonly().evaluate("grep -rn foo src", &context).decision(), Decision::Allow);
    assert_eq!(Policy::readonly().evaluate("git log -3", &context).decision(), Decision::Allow);
    for text in ["echo x > a.txt", "cargo test", "rm a.txt", "curl https://e.org", "sed -i s/a/b/ a.txt"] {
        assert_eq!(Policy::readonly().evaluate(text, &context).decision(), Decision::Deny, "{text}");
    }
}

#[test]
fn a_change_of_directory_is_reported() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("src")).unwrap();
    let root = guard_core::path::Root::open(directory.path()).unwrap();
    let on_disk = |text: &str| Policy::agent().evaluate(text, &Context::new(&root));
    assert_eq!(on_disk("cd src").final_cwd(), Some("src".as_ref()));
    assert_eq!(on_disk("cd src; cat ../a.txt").decision(), Decision::Allow);
    assert_eq!(on_disk("cd missing; cat ../a.txt").decision(), Decision::Ask);
    assert_eq!(evaluate("cd src").final_cwd(), None);
    assert_eq!(evaluate("cd src && cd ..").final_cwd(), None);
    assert_eq!(evaluate("cd \"$X\"").final_cwd(), None);
    assert_eq!(evaluate("ls").final_cwd(), Some("".as_ref()));
}
