//! The node's admin API: HTTP on a Unix socket in the node's folder, and on a loopback address if that is wanted.
//!
//! Nothing here knows a protocol: views are the actor's, commands and replies are JSON documents of its types. Whoever can open
//! the socket owns the node, because the folder is the owner's alone. On the loopback address everybody on the machine may
//! read; a command needs the token in the folder. A request must name a loopback host, so that no page on the web can have a
//! browser ask in its name.
//!
//! `api` has the routes, `openapi.json` describes them, [`client`] is what the command line uses.

mod api;
pub mod client;
mod held;
mod metrics;
mod status;
mod token;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use contract::{Observation, PeerId, Protocol, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use crate::driver::Request;
use crate::network::Invitation;
use crate::transport::Transport;
use held::{Caller, Held};

pub use metrics::Metrics;
pub use status::{Health, Status};

/// Events that a slow reader may be behind before it loses some, and is told how many.
pub const EVENTS: usize = 1024;
/// Connections at the same time on each listener; a further one takes the place of the one that is idle for longest.
const CALLERS: usize = 64;
/// How many of them may follow events; further ones are refused.
const FOLLOWERS: usize = 16;

/// A protocol whose commands, replies and views can be JSON documents.
pub trait Served: Protocol<Command: DeserializeOwned, Reply: Serialize, View: Send> {}

impl<P: Protocol<Command: DeserializeOwned, Reply: Serialize, View: Send>> Served for P {}

/// Why the admin API cannot be offered.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The socket or one of its files.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The loopback address.
    #[error("the admin API cannot listen on {listen}: {source}")]
    Bind {
        /// The address that was asked for.
        listen: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// An address that others could reach.
    #[error("the admin API listens on loopback addresses only, and {listen} is none")]
    Exposed {
        /// The address that was asked for.
        listen: SocketAddr,
    },
}

/// What the API knows beside the actor.
pub struct About {
    /// Who the node is.
    pub id: PeerId,
    /// Its network.
    pub network: Invitation,
    /// Name and version of its protocol.
    pub protocol: (&'static str, u16),
    /// Where it listens.
    pub listen: SocketAddr,
    /// When it began.
    pub began: Instant,
    /// Its connections.
    pub transport: Transport,
    /// How it is.
    pub status: Arc<Status>,
    /// What happens, as lines of JSON.
    pub events: broadcast::Sender<Arc<str>>,
}

/// What the handlers share.
pub(crate) struct Admin<P: Protocol> {
    about: About,
    requests: mpsc::Sender<Request<P>>,
    /// What a command on the loopback address must carry.
    token: Zeroizing<String>,
}

/// The sockets of one node, bound.
pub struct Listeners {
    socket: UnixListener,
    loopback: Option<TcpListener>,
    token: Zeroizing<String>,
}

impl Listeners {
    /// Binds the socket at `socket`, in place of a former process's, and the loopback address if there is one. The token
    /// lies beside the socket; it is made if it is not there.
    ///
    /// # Errors
    /// [`AdminError`] says what is in the way.
    pub fn bind(socket: &Path, loopback: Option<SocketAddr>) -> Result<Listeners, AdminError> {
        let failed = |doing| move |source| AdminError::Io { doing, path: socket.to_owned(), source };
        // The store's lock has shown that no other process runs this node, so an old socket is nobody's.
        match std::fs::remove_file(socket) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("remove")(error)),
            _ => {}
        }
        let token = token::load(&socket.with_file_name(token::FILE))?;
        let loopback = loopback.map(bind_loopback).transpose()?;
        Ok(Listeners { socket: UnixListener::bind(socket).map_err(failed("listen on"))?, loopback, token })
    }

    /// The loopback address, with the port that was chosen.
    pub fn loopback(&self) -> Option<SocketAddr> {
        self.loopback.as_ref()?.local_addr().ok()
    }

    /// Serves callers until the tasks are aborted.
    pub fn serve<P: Served>(self, about: About, requests: mpsc::Sender<Request<P>>) -> Vec<JoinHandle<()>> {
        let admin = Arc::new(Admin { about, requests, token: self.token });
        let socket = Held::new(self.socket, CALLERS, FOLLOWERS);
        let loopback = self.loopback.map(|loopback| {
            let router =
                api::router(admin.clone(), api::Access::Anybody).into_make_service_with_connect_info::<Caller>();
            let listener = Held::new(loopback, CALLERS, FOLLOWERS);
            tokio::spawn(async move { axum::serve(listener, router).await.unwrap_or_default() })
        });
        let router = api::router(admin, api::Access::Owner).into_make_service_with_connect_info::<Caller>();
        let served = tokio::spawn(async move { axum::serve(socket, router).await.unwrap_or_default() });
        [served].into_iter().chain(loopback).collect()
    }
}

fn bind_loopback(listen: SocketAddr) -> Result<TcpListener, AdminError> {
    if !listen.ip().is_loopback() {
        return Err(AdminError::Exposed { listen });
    }
    let bound = std::net::TcpListener::bind(listen).and_then(|listener| {
        listener.set_nonblocking(true)?;
        TcpListener::from_std(listener)
    });
    bound.map_err(|source| AdminError::Bind { listen, source })
}

/// An observation as programs read it: peers and hashes in full, amounts in millionths, times in nanoseconds.
pub fn observed(observation: &Observation) -> serde_json::Value {
    let fields = observation.fields.iter().map(|(name, value)| (name.to_string(), json(value)));
    serde_json::json!({ "observed": observation.name, "fields": fields.collect::<serde_json::Map<_, _>>() })
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Count(count) => (*count).into(),
        Value::Peer(peer) => peer.to_string().into(),
        Value::Hash(hash) => hash.to_string().into(),
        Value::Amount(amount) => amount.as_micro().into(),
        Value::Time(time) => time.as_nanos().into(),
        Value::Span(span) => span.as_nanos().into(),
        Value::Text(text) => text.as_ref().into(),
    }
}
