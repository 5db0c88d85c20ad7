//! The node's control socket: one JSON document a line, in and out.
//!
//! | In | Out |
//! |---|---|
//! | `{"command": …}` | `{"reply": …}`, once it is durable |
//! | `"view"` | `{"view": …}` |
//! | anything else | `{"error": "…"}` |
//!
//! The socket lies in the node's folder, which only its owner can enter. Commands and views are the protocol's own: nothing
//! here knows them.

use std::io;
use std::path::{Path, PathBuf};

use contract::Protocol;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::driver::Request;

/// The longest line in bytes.
const LINE_MAX: u64 = 64 << 10;
/// Callers at the same time; further ones wait.
const CALLERS: usize = 32;

/// Why the control socket cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The operating system refuses.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The socket.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The node did not answer with JSON.
    #[error("the node's answer is no JSON: {0}")]
    Answer(#[from] serde_json::Error),
    /// The node refused.
    #[error("the node refused: {0}")]
    Refused(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Asked<C> {
    Command(C),
    View,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Answered<R, V> {
    Reply(R),
    View(V),
    Error(String),
}

/// Opens the socket in place of a former process's.
///
/// # Errors
/// [`ControlError::Io`] if the path cannot be bound.
pub fn listen(path: &Path) -> Result<UnixListener, ControlError> {
    // The store's lock has shown that no other process runs this node, so an old socket is nobody's.
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            return Err(ControlError::Io { doing: "remove", path: path.to_owned(), source });
        }
        _ => {}
    }
    UnixListener::bind(path).map_err(|source| ControlError::Io { doing: "listen on", path: path.to_owned(), source })
}

/// Serves callers for as long as it is polled.
pub async fn serve<P>(listener: UnixListener, requests: mpsc::Sender<Request<P>>)
where
    P: Protocol<Command: DeserializeOwned, Reply: Serialize, View: Send>,
{
    let room = std::sync::Arc::new(Semaphore::new(CALLERS));
    while let Ok(permit) = room.clone().acquire_owned().await {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: give callers time to go.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            continue;
        };
        let requests = requests.clone();
        tokio::spawn(async move {
            // A caller that goes away in the middle is no concern of the node.
            let _ = converse(stream, requests).await;
            drop(permit);
        });
    }
}

async fn converse<P>(mut stream: UnixStream, requests: mpsc::Sender<Request<P>>) -> io::Result<()>
where
    P: Protocol<Command: DeserializeOwned, Reply: Serialize, View: Send>,
{
    let (reader, mut writer) = stream.split();
    let mut reader = BufReader::new(reader);
    loop {
        let mut line = Vec::new();
        if (&mut reader).take(LINE_MAX).read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let answered: Answered<P::Reply, P::View> = match serde_json::from_slice(&line) {
            Ok(asked) => ask(asked, &requests).await,
            Err(error) => Answered::Error(error.to_string()),
        };
        let mut text = serde_json::to_vec(&answered).map_err(io::Error::other)?;
        text.push(b'\n');
        writer.write_all(&text).await?;
    }
}

async fn ask<P: Protocol>(
    asked: Asked<P::Command>,
    requests: &mpsc::Sender<Request<P>>,
) -> Answered<P::Reply, P::View> {
    const STOPPING: &str = "the node is stopping";
    let stopping = || Answered::Error(STOPPING.to_owned());
    match asked {
        Asked::Command(command) => {
            let (answer, reply) = oneshot::channel();
            if requests.send(Request::Command { command, answer }).await.is_err() {
                return stopping();
            }
            reply.await.map_or_else(|_| stopping(), Answered::Reply)
        }
        Asked::View => {
            let (answer, view) = oneshot::channel();
            if requests.send(Request::View { answer }).await.is_err() {
                return stopping();
            }
            view.await.map_or_else(|_| stopping(), Answered::View)
        }
    }
}

/// Asks a running node one thing, as a JSON document, and gives its answer. It blocks.
///
/// # Errors
/// [`ControlError`] if nobody listens, or the node refuses.
pub fn call(path: &Path, asked: &serde_json::Value) -> Result<serde_json::Value, ControlError> {
    use std::io::{BufRead as _, Write as _};
    let failed = |doing| move |source| ControlError::Io { doing, path: path.to_owned(), source };
    let mut stream = std::os::unix::net::UnixStream::connect(path).map_err(failed("reach a node at"))?;
    stream.write_all(format!("{asked}\n").as_bytes()).map_err(failed("write to"))?;
    let mut line = String::new();
    std::io::BufReader::new(stream).read_line(&mut line).map_err(failed("read from"))?;
    let mut answer: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&line)?;
    if let Some(why) = answer.remove("error") {
        return Err(ControlError::Refused(why.as_str().map_or_else(|| why.to_string(), str::to_owned)));
    }
    Ok(answer.into_iter().next().map(|(_, value)| value).unwrap_or_default())
}
