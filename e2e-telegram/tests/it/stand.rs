//! The workspace's own client, towards the server.

use guard_e2e_telegram::Server;
use guard_telegram::{ApiUrl, BotToken, Client};

pub(crate) fn client(server: &Server) -> Client {
    let token = BotToken::parse(&server.token().into()).expect("a token");
    Client::new(token, ApiUrl::parse(&server.url()).expect("a url")).expect("a client")
}

/// Runs to the end on one thread with one runtime, so that connections are kept.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}
