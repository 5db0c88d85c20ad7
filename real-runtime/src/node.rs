//! A whole node: key, membership, store, transport, actor and driver, put together in the one order that is safe.
//!
//! [`Setup`] is what a program has to bring for a protocol; nothing here knows which one it is. The store comes first: its
//! lock shows that no other process runs this node, so that nothing else is touched by two.
//!
//! | File in the node's folder | Content |
//! |---|---|
//! | `key` | the node's identity ([`key`]) |
//! | `network` | its membership ([`network::file`](crate::network::file)) |
//! | `store`, `store.head` | what its actor has made durable ([`store`](crate::store)) |
//! | `peers` | where peers were last; may be lost |
//! | `control` | the socket by which it is asked |
//! | `node.trace` | what it did, if that is recorded |

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use contract::trace::{Birth, Header};
use contract::{Actor, PeerId, Protocol};
use ed25519_dalek::SigningKey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::control::{self, ControlError};
use crate::driver::{Driver, Log, Parts, REQUESTS, Stopped};
use crate::key;
use crate::network::{Bootstrap, Invitation};
use crate::record::{RecordError, TraceFile};
use crate::store::{OpenError, Store};
use crate::transport::{Drained, Limits, Transport, TransportError};

/// The names of the files in a node's folder.
pub mod files {
    /// The key.
    pub const KEY: &str = "key";
    /// The membership.
    pub const NETWORK: &str = "network";
    /// What the actor has made durable.
    pub const STORE: &str = "store";
    /// Where peers were last.
    pub const PEERS: &str = "peers";
    /// The control socket.
    pub const CONTROL: &str = "control";
    /// What the node did.
    pub const TRACE: &str = "node.trace";
}

/// The address book is written this often.
const REMEMBER: Duration = Duration::from_secs(60);

/// What a node is made of.
pub struct Setup<P: Protocol> {
    /// The folder with its files.
    pub folder: PathBuf,
    /// Who it is.
    pub key: SigningKey,
    /// To which network it belongs, and members to dial first.
    pub membership: Invitation,
    /// Where it listens.
    pub listen: SocketAddr,
    /// What it spends on peers.
    pub limits: Limits,
    /// Peers that are configured: it stays connected to them.
    pub peers: Vec<Bootstrap>,
    /// Peers that it has nothing to do with.
    pub expelled: BTreeSet<PeerId>,
    /// The header of its trace and its own line in it, if what it does is recorded.
    pub trace: Option<(Header, Birth)>,
    /// The state machine.
    pub actor: Box<dyn Actor<P>>,
    /// Where notices go.
    pub log: Log,
}

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The network.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The trace.
    #[error(transparent)]
    Trace(#[from] RecordError),
    /// The control socket.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// The operating system.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A node that runs.
pub struct Node {
    transport: Transport,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    running: JoinHandle<Result<(), Stopped>>,
    helpers: [JoinHandle<()>; 2],
    peers: PathBuf,
}

/// Starts a node.
///
/// # Errors
/// [`StartError`] says what it lacks; nothing runs then.
pub async fn start<P>(setup: Setup<P>) -> Result<Node, StartError>
where
    P: Protocol<Command: DeserializeOwned, Reply: Serialize, View: Send>,
{
    let Setup { folder, key, membership, listen, limits, peers, expelled, trace, actor, log } = setup;
    let me = key::peer(&key);
    let (store, recovered) = Store::open(folder.join(files::STORE), &me.to_string())?;
    let (transport, events) = Transport::bind(key, membership.network.clone(), listen, limits)?;
    transport.expel(expelled);
    for peer in peers.iter().chain(&membership.bootstrap).filter(|peer| peer.peer != me) {
        transport.keep_peer(peer.peer, peer.address);
    }
    let trace = match trace {
        Some((header, birth)) => TraceFile::open(&folder.join(files::TRACE), header, birth)?,
        None => TraceFile::none(),
    };
    let socket = control::listen(&folder.join(files::CONTROL))?;
    let peers = folder.join(files::PEERS);
    transport.remember(&std::fs::read(&peers).unwrap_or_default());
    let (requests, asked) = mpsc::channel(REQUESTS);
    let (stop, stopped) = watch::channel(false);
    let address = transport.local_addr()?;
    let driver = Driver::new(Parts { actor, transport: transport.clone(), store, trace, log });
    let running = tokio::spawn(driver.run(recovered, events, asked, stopped));
    let helpers =
        [tokio::spawn(control::serve::<P>(socket, requests)), tokio::spawn(remember(transport.clone(), peers.clone()))];
    Ok(Node { transport, address, stop, running, helpers, peers })
}

impl Node {
    /// Who it is.
    pub fn id(&self) -> PeerId {
        self.transport.id()
    }

    /// Where it listens, with the port that was chosen.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its connections.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Waits until it ends by itself, which it does only when it cannot go on. May be dropped and called again, as in
    /// `select!`.
    ///
    /// # Errors
    /// [`Stopped`] says why it ended.
    pub async fn ended(&mut self) -> Result<(), Stopped> {
        match (&mut self.running).await {
            Ok(outcome) => outcome,
            Err(error) => Err(Stopped::Defect(error.to_string())),
        }
    }

    /// Ends it: the step under way becomes durable and leaves, and peers are given `patience` to read what was sent.
    ///
    /// # Errors
    /// [`Stopped`] if the last step could not be made durable.
    pub async fn stop(mut self, patience: Duration) -> Result<Drained, Stopped> {
        self.stop.send_replace(true);
        let ended = match self.running.is_finished() {
            true => Ok(()),
            false => self.ended().await,
        };
        self.helpers.iter().for_each(JoinHandle::abort);
        // Losing it costs a search.
        let _ = write_peers(&self.transport, &self.peers);
        let drained = self.transport.shutdown(patience).await;
        ended.map(|()| drained)
    }
}

/// Writes the address book now and then.
async fn remember(transport: Transport, path: PathBuf) {
    let mut written = transport.address_book().revision();
    loop {
        tokio::time::sleep(REMEMBER).await;
        let revision = transport.address_book().revision();
        if revision != written && write_peers(&transport, &path).is_ok() {
            written = revision;
        }
    }
}

fn write_peers(transport: &Transport, path: &Path) -> io::Result<()> {
    let partial = path.with_extension("partial");
    std::fs::write(&partial, transport.address_book().to_bytes())?;
    std::fs::rename(partial, path)
}
