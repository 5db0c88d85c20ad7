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
//! | `control`, `admin-token` | the socket by which it is asked, and what a command on the loopback address needs |
//! | `node.trace` | what it did, if that is recorded |

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::effects::Write;
use contract::trace::{Birth, Header};
use contract::{Actor, PeerId, Protocol, Recovered};
use ed25519_dalek::SigningKey;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinHandle;

use crate::admin::{self, About, AdminError, Listeners, Served, Status};
use crate::discovery;
use crate::driver::{Driver, Log, Notice, Parts, REQUESTS, Stopped};
use crate::key;
use crate::network::{Bootstrap, Invitation};
use crate::record::{RecordError, TraceFile};
use crate::store::{Batch, CommitError, OpenError, Store, Trust};
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
    /// What a command on the loopback address needs.
    pub const TOKEN: &str = "admin-token";
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
    /// Where the admin API listens beside its socket; a loopback address.
    pub admin: Option<SocketAddr>,
    /// What it spends on peers.
    pub limits: Limits,
    /// Peers that are configured: it stays connected to them.
    pub peers: Vec<Bootstrap>,
    /// Peers that it has nothing to do with.
    pub expelled: BTreeSet<PeerId>,
    /// Set if the store may be lost or an older copy, and the actor learns from peers what it has done: what an empty store
    /// then holds, so that the actor does not take itself for new.
    pub recover: Option<Vec<Write>>,
    /// Set if the store may be an older copy although it looks like the newest: what the actor finds beside its content at this
    /// start. It is not made durable, and an empty store does not get it.
    pub doubt: Option<(Vec<u8>, Vec<u8>)>,
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
    /// The admin API.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// The store says that the node has never run, and something else says that it has.
    #[error(
        "{} is new, but {} shows that this node has run: its store was lost, and a node that begins anew would contradict \
         what it has signed",
        store.display(), trace_of_it.display()
    )]
    HasPast {
        /// The store.
        store: PathBuf,
        /// What a former life has left.
        trace_of_it: PathBuf,
    },
    /// The first write.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The operating system.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A node that runs.
pub struct Node {
    transport: Transport,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    /// `None` once somebody was told how it ended.
    running: Option<JoinHandle<Result<(), Stopped>>>,
    helpers: Vec<JoinHandle<()>>,
    admin: Option<SocketAddr>,
    status: Arc<Status>,
    peers: PathBuf,
    socket: PathBuf,
}

/// Starts a node.
///
/// # Errors
/// [`StartError`] says what it lacks; nothing runs then.
pub async fn start<P: Served>(setup: Setup<P>) -> Result<Node, StartError> {
    let Setup { folder, key, membership, listen, admin, limits, peers, expelled, recover, doubt, trace, actor, log } =
        setup;
    let me = key::peer(&key);
    let (store, mut recovered) = open_store(&folder, me, recover)?;
    if !recovered.entries.is_empty() {
        recovered.entries.extend(doubt);
    }
    let (transport, events) = Transport::bind(key, membership.network.clone(), listen, limits)?;
    transport.expel(expelled);
    for peer in membership.bootstrap.iter().chain(&peers).filter(|peer| peer.peer != me) {
        transport.keep_peer(peer.peer, peer.address);
    }
    let trace = match trace {
        Some((header, birth)) => TraceFile::open(&folder.join(files::TRACE), header, birth)?,
        None => TraceFile::none(),
    };
    let socket = folder.join(files::CONTROL);
    let listeners = Listeners::bind(&socket, admin)?;
    let admin = listeners.loopback();
    let peers = folder.join(files::PEERS);
    transport.remember(&std::fs::read(&peers).unwrap_or_default());
    let (requests, asked) = mpsc::channel(REQUESTS);
    let (stop, stopped) = watch::channel(false);
    let address = transport.local_addr()?;
    let (status, events_out) = (Arc::new(Status::default()), broadcast::channel(admin::EVENTS).0);
    let log = tell(log, events_out.clone(), status.clone());
    let parts = Parts { actor, transport: transport.clone(), store, trace, log, status: status.clone() };
    let running = Some(tokio::spawn(Driver::new(parts).run(recovered, events, asked, stopped)));
    let about = About {
        id: me,
        network: membership,
        protocol: (P::NAME, P::VERSION),
        listen: address,
        began: Instant::now(),
        transport: transport.clone(),
        status: status.clone(),
        events: events_out,
    };
    let mut helpers = listeners.serve(about, requests);
    helpers.push(tokio::spawn(remember(transport.clone(), peers.clone())));
    Ok(Node { transport, address, stop, running, helpers, admin, status, peers, socket })
}

/// Makes the store of a key that has never been used.
///
/// # Errors
/// [`StartError`] if there is one already, the folder shows that the key was used, or the store cannot be written.
pub fn make_store(folder: &Path, owner: PeerId) -> Result<(), StartError> {
    let store = folder.join(files::STORE);
    if let Some(trace_of_it) = former_life(folder).filter(|_| !store.exists()) {
        return Err(StartError::HasPast { store, trace_of_it });
    }
    Store::create(store, &owner.to_string())?;
    Ok(())
}

/// Opens the node's store. From here on the store says that the node has run, before anything else does.
fn open_store(folder: &Path, owner: PeerId, recover: Option<Vec<Write>>) -> Result<(Store, Recovered), StartError> {
    let (path, owner) = (folder.join(files::STORE), owner.to_string());
    let trust = if recover.is_some() { Trust::Anything } else { Trust::Newest };
    let (mut store, mut recovered) = Store::open(&path, &owner, trust)?;
    let lost = recovered.entries.is_empty().then_some(recover).flatten();
    if lost.is_none() && store.commits() > 0 {
        return Ok((store, recovered));
    }
    if let Some(trace_of_it) = former_life(folder).filter(|_| lost.is_none()) {
        return Err(StartError::HasPast { store: path, trace_of_it });
    }
    let batch = Batch { writes: lost.unwrap_or_default(), ..Batch::default() };
    store.commit(&batch)?;
    let put = |write| if let Write::Put { key, value } = write { Some((key, value)) } else { None };
    recovered.entries.extend(batch.writes.into_iter().filter_map(put));
    Ok((store, recovered))
}

/// What a life of the node has left in its folder besides the store.
fn former_life(folder: &Path) -> Option<PathBuf> {
    let left = [files::TRACE, files::PEERS, files::TOKEN].map(|name| folder.join(name));
    left.into_iter().find(|path| path.exists())
}

/// Whoever follows the events, and the metrics, are told what the log is told.
fn tell(mut log: Log, events: broadcast::Sender<Arc<str>>, status: Arc<Status>) -> Log {
    Box::new(move |notice| {
        if let Notice::Observed(observation) = &notice {
            status.metrics.observed(&observation.name);
        }
        if events.receiver_count() > 0 {
            let event = match &notice {
                Notice::Observed(observation) => admin::observed(observation),
                Notice::Network(what) => serde_json::json!({ "network": what }),
                Notice::Storage { health, what } => serde_json::json!({ "health": health.name(), "detail": what }),
            };
            // Readers may have gone meanwhile.
            let _ = events.send(event.to_string().into());
        }
        log(notice);
    })
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

    /// Where the admin API listens beside its socket.
    pub fn admin(&self) -> Option<SocketAddr> {
        self.admin
    }

    /// How it is.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// Its connections.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Waits until it ends by itself, which it does only when it cannot go on. May be dropped and called again, as in
    /// `select!`. Says once how it ended.
    ///
    /// # Errors
    /// [`Stopped`] says why it ended.
    pub async fn ended(&mut self) -> Result<(), Stopped> {
        let Some(running) = &mut self.running else { return Ok(()) };
        let ended = running.await;
        self.running = None;
        ended.unwrap_or_else(|error| Err(Stopped::Defect(error.to_string())))
    }

    /// Ends it: the step under way becomes durable and leaves, and peers are given `patience` to read what was sent.
    ///
    /// # Errors
    /// [`Stopped`] if the last step could not be made durable.
    pub async fn stop(mut self, patience: Duration) -> Result<Drained, Stopped> {
        self.stop.send_replace(true);
        let ended = self.ended().await;
        self.helpers.iter().for_each(JoinHandle::abort);
        // One that stays is replaced at the next start.
        let _ = std::fs::remove_file(&self.socket);
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

/// Of whom the folder of a node has records, however old, the latest first. A folder without any gives nobody.
pub fn remembered(folder: &Path) -> Vec<PeerId> {
    discovery::written(&std::fs::read(folder.join(files::PEERS)).unwrap_or_default())
}

fn write_peers(transport: &Transport, path: &Path) -> io::Result<()> {
    let partial = path.with_extension("partial");
    let mut file = File::options().write(true).create(true).truncate(true).mode(key::MODE).open(&partial)?;
    file.write_all(&transport.address_book().to_bytes())?;
    std::fs::rename(partial, path)
}
