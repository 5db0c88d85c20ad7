//! What somebody beside the network asks of a running node.

use contract::Protocol;
use tokio::sync::oneshot;

/// Takes an answer, or the reason why there is none.
pub type Answer<T> = oneshot::Sender<Result<T, Declined>>;

/// What is asked.
pub enum Request<P: Protocol> {
    /// A command for the actor.
    Command {
        /// The command.
        command: P::Command,
        /// Takes the reply, once what it depends on is durable.
        answer: Answer<P::Reply>,
    },
    /// What may be seen of the actor.
    View {
        /// Takes the view, once everything in it is durable, or there is no room for that.
        answer: Answer<Seen<P::View>>,
    },
}

/// What may be seen of an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen<V> {
    /// The view.
    pub view: V,
    /// Whether everything in it is durable. If not, there is no room on the disk: the latest of it may never have been, and
    /// nobody else has heard of it.
    pub durable: bool,
}

/// Why a request was not taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Declined {
    /// The node stops.
    #[error("the node is stopping")]
    Stopping,
    /// Nothing can be made durable.
    #[error("there is no room on the node's disk: nothing is acknowledged until there is")]
    StorageFull,
    /// It was taken up, and then nothing could be made durable.
    #[error(
        "there is no room on the node's disk: what was asked takes effect if there is before the node ends, and is forgotten \
         otherwise; look before you ask again"
    )]
    Undecided,
}
