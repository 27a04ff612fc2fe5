//! A running relay.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use super::credential::AuthHeader;
use super::serve::serve;
use super::socket::Socket;
use super::state::{Reach, Shared};
use super::{Credential, Host, Options, RelayError};

/// For a resolver that is in the middle of a question when the relay ends.
const LAST: Duration = Duration::from_millis(100);

/// The way from a cell to the model API, while it exists.
///
/// It has a thread of its own. Dropping it ends every call and tunnel, books what they may have cost, and removes the
/// socket.
pub struct Relay {
    shared: Arc<Shared>,
    socket: Socket,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").finish_non_exhaustive()
    }
}

impl Relay {
    /// Makes a socket in a private directory below the configured one, and serves it.
    ///
    /// # Errors
    ///
    /// What is wrong with the options, or what the system refused.
    pub fn start(options: Options) -> Result<Self, RelayError> {
        let (socket, listener) = Socket::bind(&options.directory)?;
        let shared = Arc::new(Shared::new(options)?);
        let runtime =
            Builder::new_current_thread().enable_io().enable_time().build().map_err(RelayError::Io)?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::UnixListener::from_std(listener).map_err(RelayError::Io)?
        };
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("guard-relay".into())
            .spawn(move || run(runtime, served, listener, stopped))
            .map_err(RelayError::Io)?;
        Ok(Self { shared, socket, stop: Some(stop), thread: Some(thread) })
    }

    /// The socket to bind into the cell.
    #[must_use]
    pub fn socket(&self) -> &Path {
        self.socket.path()
    }

    /// From now on lets clients tunnel to this host, as long as it leads to public addresses only.
    ///
    /// # Errors
    ///
    /// [`RelayError::Hosts`] when more than 1,024 hosts are approved.
    pub fn allow(&self, host: Host) -> Result<(), RelayError> {
        self.shared.allow(host, Reach::Public)
    }

    /// As [`allow`](Self::allow), also where the host leads to this machine or its networks: a package mirror in the
    /// house. Whoever runs that host's DNS then chooses which machine here is reached.
    ///
    /// # Errors
    ///
    /// As [`allow`](Self::allow).
    pub fn allow_even_private(&self, host: Host) -> Result<(), RelayError> {
        self.shared.allow(host, Reach::Anywhere)
    }

    /// Sends this credential from the next call on: a token was refreshed, a key rotated.
    ///
    /// # Errors
    ///
    /// [`RelayError::Credential`]; the old one stays then.
    pub fn replace_credential(&self, credential: Credential) -> Result<(), RelayError> {
        self.shared.replace_credential(AuthHeader::new(credential)?);
        Ok(())
    }
}

fn run(
    runtime: Runtime,
    shared: Arc<Shared>,
    listener: tokio::net::UnixListener,
    stopped: oneshot::Receiver<()>,
) {
    runtime.block_on(async {
        tokio::select! {
            never = serve(shared, listener) => match never {},
            // An error means that the handle is gone, which says the same.
            _ = stopped => {}
        }
    });
    // Every task is dropped here, and with it every booking.
    runtime.shutdown_timeout(LAST);
}

impl Drop for Relay {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The thread returns nothing, and a panic in it has been reported already.
            thread.join().ok();
        }
    }
}
