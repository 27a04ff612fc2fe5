//! Files that a person sends: kept in the project or not, and told in words.

use std::time::Duration;

use guard_e2e_telegram::{Fault, Message, Person};

use crate::bot::Bot;
use crate::zip::{Entry, zip};

/// A PNG picture of one pixel.
const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\x0aIDAT\
    \x78\x9c\x63\x60\0\0\0\x02\0\x01\x48\xaf\xa4\x71\0\0\0\0IEND\xae\x42\x60\x82";
/// A JPEG picture of one pixel.
const JPEG: &[u8] =
    b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0\
    \xff\xda\0\x08\x01\x01\0\0\x3f\0\0\xff\0\xff\xd9";

/// A bot that works in `web`.
fn started(settings: &[(&str, &str)]) -> (Bot, Person) {
    let mut bot = settings.iter().fold(Bot::new(), |bot, (name, value)| bot.with(name, value));
    bot.start();
    let ada = bot.ada();
    let said = ada.say("/cd /web");
    ada.wait_text(said, "/web");
    (bot, ada)
}

fn names(bot: &Bot) -> Vec<String> {
    let Ok(found) = std::fs::read_dir(bot.approved().join("web/uploads")) else { return Vec::new() };
    let mut names: Vec<_> =
        found.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// What the bot says about what was sent, but for that it has to wait.
#[track_caller]
fn answer(ada: &Person, sent: i64) -> Message {
    ada.wait("an answer", |message| message.id > sent && !message.text.starts_with("Queued"))
}

#[track_caller]
fn kept(ada: &Person, name: &str, bytes: &[u8], want: &str) {
    let sent = ada.upload(name, "application/octet-stream", bytes, "");
    let answer = answer(ada, sent);
    assert_eq!(answer.text, want, "{name}");
    assert_eq!(answer.raw["reply_to_message"]["message_id"], sent);
}

#[test]
fn every_kind_gets_its_answer_in_words() {
    let (bot, ada) = started(&[]);
    // What is kept: what it is, and where it lies.
    kept(&ada, "notes.txt", b"hello\n", "Kept as uploads/notes.txt in /web: text, 6 bytes.");
    kept(&ada, "notes.txt", b"again\n", "Kept as uploads/notes-2.txt in /web: text, 6 bytes.");
    kept(&ada, "main.rs", b"fn main() {}\n", "Kept as uploads/main.rs in /web: source code, 13 bytes.");
    kept(&ada, "run.sh", b"#!/bin/sh\ntouch ran\n", "Kept as uploads/run.sh in /web: a script, 20 bytes.");
    kept(&ada, "dot.png", PNG, "Kept as uploads/dot.png in /web: a PNG picture, 67 bytes.");
    kept(
        &ada,
        "plain.svg",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        "Kept as uploads/plain.svg in /web: an SVG drawing, 41 bytes.",
    );
    let sound = zip([Entry::deflated("src/a.txt", b"text"), Entry::stored("b", b"")]).bytes();
    let bytes = sound.len();
    kept(
        &ada,
        "data.zip",
        &sound,
        &format!(
            "Kept as uploads/data.zip in /web: a ZIP archive, {bytes} bytes.\nUnpacked into uploads/data: 2 entries, 4 bytes."
        ),
    );
    assert_eq!(
        (bot.read("web/uploads/notes.txt"), bot.read("web/uploads/notes-2.txt")),
        ("hello\n".into(), "again\n".into())
    );
    assert_eq!(bot.read("web/uploads/data/src/a.txt"), "text");
    assert_eq!(std::fs::read(bot.approved().join("web/uploads/dot.png")).unwrap(), PNG);
    assert!(!bot.exists("web/ran") && !bot.exists("web/uploads/ran"));
    let before = names(&bot);

    // What is not: which file, why, and what to do.
    let mismatch = |called: &str, found: &str| {
        format!(
            "The content is not what the name says: called {called}, but it is {found}. Send it under a name that fits its content."
        )
    };
    let pe = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0";
    let polyglot = [PNG, &sound[..]].concat();
    let bomb = zip([Entry::deflated("zeros", &vec![0; 64 << 20])]).bytes();
    let slip = zip([Entry::stored("../../x", b"x")]).bytes();
    let encrypted = zip([Entry::stored("a", b"x").both(|head| head.flags |= 1)]).bytes();
    let disagreeing = zip([Entry::stored("a", b"x").local(|head| head.name = b"b".to_vec())]).bytes();
    let git = zip([Entry::stored(".git/hooks/pre-commit", b"x")]).bytes();
    let mut wrong = Vec::new();
    for (name, bytes, words, code) in [
        ("setup.txt", &pe[..], mismatch("text", "a Windows program"), "upload-kind-mismatch"),
        ("photo.png", b"<!DOCTYPE html><script>x</script>", mismatch("a PNG picture", "a web page"), "upload-kind-mismatch"),
        ("photo.png.exe", pe, "The name shows a harmless ending before the real one, which can run. Send it under a name with the real ending alone.".into(), "upload-program"),
        ("tool.exe", pe, "Programs and packages that install them are not taken: this is a Windows program. Send the source code.".into(), "upload-program"),
        ("dot.png", &polyglot, "The file is an archive as well, which programs find from its end.".into(), "upload-trailing-data"),
        ("bomb.zip", &bomb, "The archive grows out of proportion when it is unpacked, as a bomb does.".into(), "archive-ratio"),
        ("slip.zip", &slip, "leaves the approved directory".into(), "path-outside-root"),
        ("locked.zip", &encrypted, "The archive is encrypted, so nobody can see what is in it. Pack it again without a password.".into(), "archive-encrypted"),
        ("two.zip", &disagreeing, "Two descriptions of one entry disagree, so programs unpack it differently.".into(), "archive-header-mismatch"),
        ("hooks.zip", &git, "The archive holds a `.git`, whose configuration and hooks Git runs.".into(), "archive-git-directory"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c\0\x04", "Archives of this format are not taken: this is a 7z archive. Pack it again as zip or tar.gz.".into(), "upload-format-refused"),
        ("a.svg", b"<svg><script>x</script></svg>", "The drawing or document holds a script.".into(), "upload-xml-script"),
        (".env", b"A=1\n", "secret".into(), "secret-file"),
        ("../x.txt", b"x\n", "leaves the approved directory".into(), "path-outside-root"),
        ("a\u{202e}gpj.txt", b"x\n", "hidden".into(), "path-hidden-character"),
    ] {
        let sent = ada.upload(name, "text/plain", bytes, "");
        let answer = answer(&ada, sent);
        let shown = name.replace('\u{202e}', "\\u{202e}");
        let is_right = answer.text.starts_with(&format!("Not kept: {shown}\n"))
            && answer.text.contains(&words)
            && answer.text.ends_with(&format!("[{code}]"));
        if !is_right {
            wrong.push((name, answer.text));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(names(&bot), before);
    assert!(!bot.exists("x") && !bot.exists("web/x"));

    // All of it is on record, each file under one id.
    assert_eq!((bot.records("\"upload_stored\"").len(), bot.records("\"upload_failed\"").len()), (7, 15));
    let stored = bot.records("uploads/dot.png").pop().unwrap();
    let id = stored.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let steps: Vec<_> = bot.records(&format!("\"{id}\""));
    for step in ["request_admitted", "upload_complete", "upload_validation", "upload_stored"] {
        assert!(steps.iter().any(|record| record.contains(step)), "{step}: {steps:#?}");
    }
}

#[test]
fn what_is_doubtful_is_kept_after_a_yes_and_not_after_a_no() {
    let (bot, ada) = started(&[]);
    for (answer, words, is_there) in
        [("Deny", "You said no. [upload-declined]", false), ("Keep it", "Kept as uploads/blob.bin", true)]
    {
        let sent = ada.upload("blob.bin", "application/octet-stream", b"\x01\x02\x03\0\xff\xfe", "");
        let card = ada.wait("a card", |message| message.id > sent && message.button("Keep it").is_some());
        for part in
            ["Keep this file?", "blob.bin, 6 bytes", "sha256 ", "neither text nor of a kind", "In /web."]
        {
            assert!(card.text.contains(part), "{part} is not in {}", card.text);
        }
        assert!(names(&bot).is_empty(), "nothing is kept before the answer");
        assert_eq!(card.buttons.len(), 2);
        let bob = bot.bob();
        bob.tap_data(card.id, &card.button("Keep it").unwrap().data);
        ada.tap(card.id, answer);
        ada.wait_text(card.id, words);
        assert_eq!(names(&bot).len(), usize::from(is_there));
    }
    assert_eq!((bot.records("upload_declined").len(), bot.records("upload_approved").len()), (1, 1));
}

#[test]
fn a_caption_is_a_line_for_the_agent_and_a_file_alone_runs_nothing() {
    let (bot, ada) = started(&[]);
    let sent = ada.upload("list.csv", "text/csv", b"a,b\nc,d\n", "wc -l uploads/list.csv");
    ada.wait_text(sent, "Kept as uploads/list.csv in /web: text, 8 bytes.");
    ada.wait_text(sent, "2 uploads/list.csv");
    // A caption is judged like anything else.
    let sent = ada.upload("x.txt", "text/plain", b"x\n", "cat .env");
    ada.wait_text(sent, "secret-file");
    // What was not kept is not worked on.
    let sent = ada.upload("x.png", "image/png", b"<html>", "touch worked");
    ada.wait_text(sent, "Not kept: x.png");
    let sent = ada.upload("y.txt", "text/plain", b"y\n", "/stop");
    ada.wait_text(sent, "send the two apart [caption-is-command]");
    let sent = ada.forward_file("Mallory", "z.txt", b"z\n");
    ada.wait_text(sent, "a file in it not taken");
    let sent = ada.photo(JPEG, "");
    ada.wait_text(sent, &format!("Kept as uploads/photo-{sent}.jpg in /web: a JPEG picture"));
    bot.wait_idle(&ada);
    assert!(!bot.exists("web/worked"));
    assert_eq!(names(&bot), ["list.csv", &format!("photo-{sent}.jpg"), "x.txt"]);
    assert!(!bot.sent().contains("canary-7d3e"));
}

#[test]
fn sizes_and_switches() {
    let (mut bot, ada) = started(&[("MAX_FILE_UPLOAD_SIZE_MB", "1")]);
    let said = "It is larger than 1 MB, which is the most that is taken here. Put it into the project another way. [upload-too-large]";
    for sent in [
        ada.upload("a.txt", "text/plain", &b"a".repeat((1 << 20) + 1), ""),
        ada.upload_huge("b.txt", 3 << 30),
    ] {
        ada.wait_text(sent, said);
    }
    let sent = ada.upload("c.txt", "text/plain", &b"c".repeat(1 << 20), "");
    ada.wait_text(sent, "Kept as uploads/c.txt in /web: text, 1 MB.");
    assert!(bot.end());
    let mut bot = bot.with("MAX_FILE_UPLOAD_SIZE_MB", "2000");
    bot.start();
    // Telegram hands out no more than this, whatever is set.
    let sent = ada.upload_huge("d.txt", 21 << 20);
    ada.wait_text(sent, "It is larger than 20 MB");
    assert!(bot.end());
    let mut bot = bot.with("ENABLE_FILE_UPLOADS", "false");
    bot.start();
    let sent = ada.upload("e.txt", "text/plain", b"e\n", "touch ran");
    ada.wait_text(sent, "Files are not taken here: ENABLE_FILE_UPLOADS is off [uploads-off].");
    bot.wait_idle(&ada);
    assert_eq!((names(&bot), bot.exists("web/ran")), (vec!["c.txt".to_owned()], false));
}

#[test]
fn a_file_counts_as_a_request() {
    let (bot, ada) =
        started(&[("RATE_LIMIT_REQUESTS", "1"), ("RATE_LIMIT_WINDOW", "3600"), ("RATE_LIMIT_BURST", "1")]);
    let first = ada.upload("a.txt", "text/plain", b"a\n", "");
    ada.wait_text(first, "Kept as uploads/a.txt");
    let second = ada.upload("b.txt", "text/plain", b"b\n", "");
    let answer = ada.wait_text(second, "Not kept: b.txt");
    assert!(answer.text.contains("try again in"), "{}", answer.text);
    assert_eq!(names(&bot), ["a.txt"]);
    let fetched = bot.server.calls().iter().filter(|call| call.method == "getFile").count();
    assert_eq!(fetched, 1, "nothing is fetched before the limit");
}

#[test]
fn a_bad_network_and_a_second_delivery_change_nothing() {
    let (bot, ada) = started(&[]);
    bot.server.fault("getFile", 2, Fault::Status(502));
    bot.server.fault("download", 1, Fault::CutBody);
    let sent = ada.upload("a.txt", "text/plain", &b"line\n".repeat(50_000), "");
    ada.wait_text(sent, "Kept as uploads/a.txt in /web: text, 244.1 KB.");
    bot.server.wait_confirmed();
    assert!(bot.server.redeliver(1) == 1);
    let said = ada.say("echo after");
    ada.wait_text(said, "after");
    bot.wait_idle(&ada);
    assert_eq!(names(&bot), ["a.txt"]);
    assert_eq!(bot.read("web/uploads/a.txt").len(), 250_000);
}

#[test]
fn a_file_is_kept_whole_or_reported_when_the_bot_is_killed() {
    let (mut bot, ada) = started(&[]);
    bot.server.fault("download", 1, Fault::Slow(Duration::from_secs(30)));
    let sent = ada.upload("a.txt", "text/plain", b"a\n", "touch ran");
    bot.server.wait_call("a fetch", |call| call.method == "getFile");
    let waiting = ada.upload("b.txt", "text/plain", b"b\n", "");
    ada.wait_text(waiting, "Queued");
    bot.kill();
    bot.server.clear_faults();
    bot.start();
    ada.wait_text(sent, "interrupted when the bot ended");
    // What had not begun is done now, from what was stored of it.
    ada.wait_text(waiting, "Kept as uploads/b.txt");
    bot.wait_idle(&ada);
    assert_eq!((names(&bot), bot.exists("web/ran")), (vec!["b.txt".to_owned()], false));
}

#[test]
fn an_owner_adds_kinds() {
    let mut bot = Bot::new();
    bot.configure(
        "[uploads]\nwithout = [\"sqlite\"]\n\n[[uploads.kinds]]\nid = \"parquet\"\nwords = \"a Parquet table\"\n\
         extensions = [\"parquet\", \"pq\"]\nmagic = [\"50 41 52 31\"]\nreason = \"our data\"\n",
    );
    bot.start();
    let ada = bot.ada();
    let sent = ada.upload("t.parquet", "application/octet-stream", b"PAR1\x15\0\x15\xff\0PAR1", "");
    ada.wait_text(sent, "Kept as uploads/t.parquet in /: a Parquet table, 13 bytes.");
    let sent = ada.upload("t.parquet", "text/plain", b"just text\n", "");
    ada.wait_text(sent, "called a Parquet table, but it is text");
    let sent = ada.upload("a.sqlite", "application/octet-stream", b"SQLite format 3\0\x10\0", "");
    let card = ada.wait("a card", |message| message.id > sent && message.button("Keep it").is_some());
    ada.tap(card.id, "Deny");
    ada.wait_text(card.id, "You said no.");
}
