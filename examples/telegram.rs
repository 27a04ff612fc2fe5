//! Answers one message in markdown, against a Bot API server of three answers on this machine.
//!
//! Run with: `cargo run -p guard-examples --example telegram`. With a token in `TELEGRAM_BOT_TOKEN` it is a bot that
//! waits a minute for a message from anybody and echoes it.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use guard_telegram::frankenstein::updates::UpdateContent;
use guard_telegram::{Answer, ApiUrl, BotToken, Client, SendOptions};
use secrecy::SecretString;

fn main() -> Result<(), Box<dyn Error>> {
    let (token, url) = match std::env::var("TELEGRAM_BOT_TOKEN") {
        Ok(token) => (token, ApiUrl::default()),
        Err(_) => ("123456:a-token-of-the-example".to_owned(), demo_server()?),
    };
    let client = Client::new(BotToken::parse(&SecretString::from(token))?, url)?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(echo(&client))
}

async fn echo(client: &Client) -> Result<(), Box<dyn Error>> {
    println!("the bot is @{}", client.me().await?.username);
    let batch = client.poll(None, Duration::from_secs(50)).await?;
    for lost in &batch.undecodable {
        println!("{}: update {:?}", lost.code(), lost.update_id);
    }
    for update in &batch.updates {
        let UpdateContent::Message(message) = &update.content else { continue };
        let text = message.text.as_deref().unwrap_or_default();
        let Answer::Messages(pieces) = Answer::markdown(text, |text| text.into()) else { continue };
        for piece in pieces {
            println!("answering {:?} with {:?}", piece.as_str(), piece.entities());
            client.send(message.chat.id, &piece, &SendOptions::default()).await?;
        }
    }
    Ok(())
}

/// Says who the bot is, has two updates of which one is of a kind from the future, and takes every message.
fn demo_server() -> Result<ApiUrl, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = ApiUrl::parse(&format!("http://{}", listener.local_addr()?))?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(&stream));
        }
    });
    Ok(url)
}

fn serve(mut stream: &TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = Vec::new();
        while head.last().is_none_or(|line: &String| line.len() > 2) {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
            head.push(line.to_ascii_lowercase());
        }
        let path = head.first()?;
        let length =
            head.iter().find_map(|line| line.strip_prefix("content-length: "))?.trim().parse().ok()?;
        std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink()).ok()?;
        let result = if path.contains("/getme") {
            r#"{"id":123456,"is_bot":true,"first_name":"Demo","username":"demo_bot"}"#
        } else if path.contains("/getupdates") {
            r#"[{"update_id":1,"kind_of_the_future":{}},{"update_id":2,"message":{"message_id":1,"date":0,
                "chat":{"id":5,"type":"private"},"text":"**bold**, `code` and [a link](https://example.com)"}}]"#
        } else {
            r#"{"message_id":2}"#
        };
        let body = format!(r#"{{"ok":true,"result":{result}}}"#);
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).ok()?;
    }
}
