//! The running server, and what a test may do to its world.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};

use crate::calls::Call;
use crate::chat::Chat;
use crate::fault::{Fault, Planned};
use crate::http;
use crate::limits::Limits;
use crate::person::Person;
use crate::world::{Hold, World};

/// How long a test waits for what it expects.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The world, and the two ways to hear of a change.
#[derive(Debug)]
pub(crate) struct Shared {
    world: Mutex<World>,
    changed: Condvar,
    pub(crate) wake: Notify,
}

impl Shared {
    /// Looks at or changes the world, and tells all who wait.
    pub(crate) fn with<T>(&self, action: impl FnOnce(&mut World) -> T) -> T {
        let result = self.with_quietly(action);
        self.changed.notify_all();
        self.wake.notify_waiters();
        result
    }

    /// The same for a poll, which must not wake itself: only tests that wait hear of it.
    pub(crate) fn with_confirming<T>(&self, action: impl FnOnce(&mut World) -> T) -> T {
        let result = self.with_quietly(action);
        self.changed.notify_all();
        result
    }

    /// Looks without telling.
    pub(crate) fn with_quietly<T>(&self, action: impl FnOnce(&mut World) -> T) -> T {
        action(&mut self.lock())
    }

    /// A test that panicked while it looked at the world has not broken it.
    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `look` finds something, or `PATIENCE` ends.
    pub(crate) fn wait<T>(&self, mut look: impl FnMut(&mut World) -> Option<T>) -> Option<T> {
        let mut found = None;
        let guard = self.lock();
        let (_guard, _) = self
            .changed
            .wait_timeout_while(guard, PATIENCE, |world| {
                found = look(world);
                found.is_none()
            })
            .unwrap_or_else(PoisonError::into_inner);
        found
    }
}

/// A Bot API server on the loopback, with a world of its own. It ends when it is dropped.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts one on a free port.
    ///
    /// # Panics
    ///
    /// Where the machine has no loopback or no thread for it.
    #[must_use]
    pub fn start() -> Self {
        Self::start_at(0)
    }

    /// Starts one on this port of the loopback.
    ///
    /// # Panics
    ///
    /// Where the port is taken.
    #[must_use]
    pub fn start_at(port: u16) -> Self {
        let world = Mutex::new(World::new());
        let shared = Arc::new(Shared { world, changed: Condvar::new(), wake: Notify::new() });
        let listener =
            std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a port of the loopback");
        listener.set_nonblocking(true).expect("a listener that does not block");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let service = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    () = accept(listener, service) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { shared, address, stop: Some(stop), thread: Some(thread) }
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The token of its one bot.
    #[must_use]
    pub fn token(&self) -> String {
        self.shared.with_quietly(|world| world.token.clone())
    }

    /// Another token from now on, as after `/revoke`.
    pub fn revoke(&self, token: &str) {
        self.shared.with(|world| token.clone_into(&mut world.token));
    }

    /// A person who writes to the bot in a private chat; made on first use.
    #[must_use]
    pub fn person(&self, id: i64, name: &str) -> Person {
        self.shared.with(|world| world.add_person(id, name));
        Person::new(Arc::clone(&self.shared), id, id)
    }

    /// A supergroup with the bot in it. Numbers of supergroups begin with -100.
    pub fn group(&self, id: i64, title: &str) -> i64 {
        self.shared
            .with(|world| world.chats.entry(id).or_insert_with(|| Chat::supergroup(id, title)).value.clone());
        id
    }

    /// Plans a fault for the next `times` calls of a method (empty: of any; `download`: of files). For `getUpdates`, faults
    /// of the way back wait for a batch that is not empty.
    pub fn fault(&self, method: &str, times: u32, fault: Fault) {
        let planned = Planned { method: method.to_ascii_lowercase(), left: times, fault };
        self.shared.with(|world| world.faults.push(planned));
    }

    /// Answers the next call of a method, known here or not, with this whole body instead of carrying it out.
    pub fn answer_with(&self, method: &str, body: Value) {
        self.shared.with(|world| world.canned.push_back((method.to_ascii_lowercase(), body)));
    }

    /// Holds the call after so many more for ever, before or after it is carried out, so that a test can end its client
    /// exactly there.
    pub fn hold(&self, calls: u64, is_after: bool) {
        self.shared.with(|world| world.hold = Some(Hold { left: calls, is_after, is_held: false }));
    }

    /// Whether the call that was to be held has come.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.shared.with_quietly(|world| world.hold.as_ref().is_some_and(|hold| hold.is_held))
    }

    /// Holds nothing any more; true where a call hangs already, which stays so.
    pub fn release(&self) -> bool {
        self.shared.with(|world| world.hold.take()).is_some_and(|hold| hold.is_held)
    }

    /// Forgets what was planned.
    pub fn clear_faults(&self) {
        self.shared.with(|world| world.faults.clear());
    }

    /// Other rates.
    pub fn set_limits(&self, limits: Limits) {
        self.shared.with(|world| world.limits = limits);
    }

    /// Moves the world's time on. A poll that waits is not cut short.
    pub fn skip(&self, time: Duration) {
        self.shared.with(|world| world.clock.skip(time));
    }

    /// Delivers any value as an update; gets its number, which is added to an object that has none.
    pub fn push(&self, update: Value) -> i64 {
        self.shared.with(|world| {
            let until = world.clock.now() + Duration::from_secs(86_400);
            world.updates.push_raw(update, until)
        })
    }

    /// Delivers the last `count` confirmed updates once more; gets how many there were.
    pub fn redeliver(&self, count: usize) -> usize {
        self.shared.with(|world| world.updates.redeliver(count))
    }

    /// How many updates are not confirmed.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.shared.with_quietly(|world| world.updates.pending())
    }

    /// Whether updates of this kind are delivered now.
    #[must_use]
    pub fn delivers(&self, kind: &str) -> bool {
        self.shared.with_quietly(|world| world.updates.is_allowed(kind))
    }

    /// Every call so far with the right token.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.shared.with_quietly(|world| world.calls.iter().cloned().collect())
    }

    /// The first call that `is` accepts, waited for.
    ///
    /// # Panics
    ///
    /// Where none comes within half a minute.
    #[track_caller]
    pub fn wait_call(&self, what: &str, mut is: impl FnMut(&Call) -> bool) -> Call {
        let found = self.shared.wait(|world| world.calls.iter().find(|call| is(call)).cloned());
        match found {
            Some(call) => call,
            None => panic!("no call: {what}\n{:#?}", self.calls()),
        }
    }

    /// Waits until everything that was sent to the bot is confirmed.
    ///
    /// # Panics
    ///
    /// Where that takes more than half a minute.
    #[track_caller]
    pub fn wait_confirmed(&self) {
        let found = self.shared.wait(|world| (world.updates.pending() == 0).then_some(()));
        assert!(found.is_some(), "{} updates stay unconfirmed", self.pending());
    }

    pub(crate) fn wait_until_stopped(mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.take().map(|stop| stop.send(()).ok());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// Runs the server in the foreground, for other languages: prints its address and token and never ends.
#[doc(hidden)]
pub fn run(port: u16) {
    let server = Server::start_at(port);
    #[allow(clippy::print_stdout, reason = "the output of the binary")]
    {
        println!("{} {}", server.url(), server.token());
    }
    server.wait_until_stopped();
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        stream.set_nodelay(true).ok();
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = service_fn(move |request| http::serve(Arc::clone(&shared), request));
            let mut server = http1::Builder::new();
            server.timer(TokioTimer::new());
            // Ends with an error where the bot left or a fault was planned.
            server.serve_connection(TokioIo::new(stream), service).await.ok();
        });
    }
}
