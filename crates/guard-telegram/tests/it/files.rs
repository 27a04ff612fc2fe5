//! Files in both directions.

use guard_telegram::{Error, SendOptions, Text};

use crate::stub::{Stub, TOKEN, raw, reply};

const FILE: &str = r#"{"ok":true,"result":{"file_id":"A","file_unique_id":"B","file_size":5,"file_path":"documents/file_1.txt"}}"#;

fn serving(file: &'static str, content: &'static str) -> Stub {
    Stub::start(
        move |seen, stream| {
            if seen.method() == "getFile" { reply(stream, 200, file) } else { raw(stream, content) }
        },
    )
}

#[tokio::test]
async fn a_document_is_a_form() {
    let stub = Stub::saying(r#"{"ok":true,"result":{"message_id":78}}"#);
    let caption = Text::plain("all of it");
    let sent =
        stub.client().send_document(5, "answer.md", b"# x\r\n--", &caption, &SendOptions::default()).await;
    assert_eq!(sent, Ok(78));
    let seen = stub.only();
    let boundary = seen.head.split("boundary=").nth(1).unwrap().lines().next().unwrap().to_owned();
    let body = String::from_utf8(seen.body).unwrap();
    assert!(body.ends_with(&format!("--{boundary}--\r\n")));
    for part in [
        "name=\"chat_id\"\r\n\r\n5\r\n",
        "name=\"caption\"\r\n\r\nall of it\r\n",
        "name=\"document\"; filename=\"answer.md\"\r\nContent-Type: application/octet-stream\r\n\r\n# x\r\n--\r\n",
    ] {
        assert!(body.contains(part), "{part} in {body}");
    }
}

#[tokio::test]
async fn a_document_that_is_too_large_is_not_sent() {
    let stub = Stub::saying("{}");
    let client = stub.client_with(|options| options.limits.upload_bytes = 3);
    let sent = client.send_document(5, "a", b"four", &Text::default(), &SendOptions::default()).await;
    assert_eq!(sent, Err(Error::TooLarge));
    assert!(stub.seen().is_empty());
}

#[tokio::test]
async fn a_file_is_fetched_within_its_bound() {
    let stub = serving(FILE, "HTTP/1.1 200 X\r\ncontent-length: 5\r\n\r\nhello");
    let client = stub.client();
    let file = client.file("A").await.unwrap();
    assert_eq!(file.size, Some(5));
    let mut into = Vec::new();
    assert_eq!(client.download(&file, 5, &mut into).await, Ok(5));
    assert_eq!(into, b"hello");
    assert_eq!(stub.seen()[1].path, format!("/file/bot{TOKEN}/documents/file_1.txt"));
    assert_eq!(client.download(&file, 4, &mut Vec::new()).await, Err(Error::TooLarge));
}

#[tokio::test]
async fn a_file_that_is_larger_than_stated_ends_at_the_bound() {
    let small =
        r#"{"ok":true,"result":{"file_id":"A","file_unique_id":"B","file_path":"documents/file_1.txt"}}"#;
    for content in [
        "HTTP/1.1 200 X\r\ncontent-length: 6\r\n\r\nhello!",
        "HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n3\r\nlo!\r\n0\r\n\r\n",
    ] {
        let stub = serving(small, content);
        let client = stub.client();
        let file = client.file("A").await.unwrap();
        let mut into = Vec::new();
        assert_eq!(client.download(&file, 5, &mut into).await, Err(Error::TooLarge));
        assert!(into.len() <= 5);
    }
}

#[tokio::test]
async fn a_path_that_would_lead_elsewhere_is_refused() {
    let stub = serving(
        r#"{"ok":true,"result":{"file_id":"A","file_unique_id":"B","file_path":"../../bot1:x/getMe"}}"#,
        "",
    );
    assert_eq!(stub.client().file("A").await, Err(Error::FilePath));
}

#[tokio::test]
async fn a_file_that_is_gone() {
    let stub = serving(
        FILE,
        "HTTP/1.1 404 X\r\ncontent-length: 54\r\n\r\n{\"ok\":false,\"error_code\":404,\"description\":\"Not Found\"}",
    );
    let client = stub.client();
    let file = client.file("A").await.unwrap();
    assert_eq!(client.download(&file, 5, &mut Vec::new()).await, Err(Error::FilePath));
}

#[tokio::test]
async fn a_full_disk_is_told() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let stub = serving(FILE, "HTTP/1.1 200 X\r\ncontent-length: 5\r\n\r\nhello");
    let client = stub.client();
    let file = client.file("A").await.unwrap();
    assert_eq!(client.download(&file, 5, &mut Full).await, Err(Error::LocalFile));
}

#[tokio::test]
async fn a_form_of_the_trait_reads_its_files() {
    use guard_telegram::frankenstein::AsyncTelegramApi;
    use guard_telegram::frankenstein::methods::SetChatPhotoParams;
    let stub = Stub::saying(r#"{"ok":true,"result":true}"#);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("p.jpg");
    std::fs::write(&path, "jpeg").unwrap();
    let params = SetChatPhotoParams::builder().chat_id(5_i64).photo(path).build();
    assert!(stub.client().api().set_chat_photo(&params).await.unwrap().result);
    let body = String::from_utf8(stub.only().body).unwrap();
    assert!(body.contains("name=\"photo\"; filename=\"p.jpg\""), "{body}");
    assert!(!body.contains(directory.path().to_str().unwrap()), "no path of this machine");
}
