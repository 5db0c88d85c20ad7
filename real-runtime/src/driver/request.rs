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
        /// Takes the view, once everything in it is durable.
        answer: Answer<P::View>,
    },
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
}

impl<P: Protocol> Request<P> {
    /// Answers with the reason why it is not taken up.
    pub(crate) fn decline(self, why: Declined) {
        // Whoever asked may be gone.
        match self {
            Request::Command { answer, .. } => drop(answer.send(Err(why))),
            Request::View { answer } => drop(answer.send(Err(why))),
        }
    }
}
