//! How the command line asks a running node, over its socket. A node that is stopped or stuck accepts a connection and never
//! answers: whoever asks says how long he waits, by dropping the future.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

use super::api::DURABLE;
use crate::driver::Seen;

/// The longest answer in bytes.
const ANSWER_MAX: usize = 64 << 20;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens.
    #[error("cannot reach a node at {}: {source}", path.display())]
    Unreachable {
        /// The socket.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The conversation failed.
    #[error("the conversation with the node failed: {0}")]
    Broken(String),
    /// The node refused: what it was asked is none of its questions or commands.
    #[error("the node refused: {0}")]
    Refused(String),
    /// The node cannot do it now.
    #[error("the node refused: {0}")]
    Unable(String),
}

/// Asks for a document.
///
/// # Errors
/// [`ClientError`] if nobody listens, or the node refuses.
pub async fn get(socket: &Path, path: &str) -> Result<serde_json::Value, ClientError> {
    answer(ask(socket, Method::GET, path, Bytes::new()).await?).await
}

/// Asks what may be seen of the actor; says also whether all of it is durable, which it is unless there is no room on the disk.
///
/// # Errors
/// [`ClientError`] if nobody listens, or the node refuses.
pub async fn view(socket: &Path) -> Result<Seen<serde_json::Value>, ClientError> {
    let response = ask(socket, Method::GET, "/v1/view", Bytes::new()).await?;
    let durable = response.headers().get(DURABLE).is_none_or(|durable| durable == "true");
    Ok(Seen { view: answer(response).await?, durable })
}

/// Sends a command, a document of JSON, and gives its reply.
///
/// # Errors
/// [`ClientError`] if nobody listens, or the node refuses.
pub async fn command(socket: &Path, command: &str) -> Result<serde_json::Value, ClientError> {
    answer(ask(socket, Method::POST, "/v1/command", command.to_owned().into()).await?).await
}

/// What happens at a node.
pub struct Events(Response<hyper::body::Incoming>);

/// Asks to be told what happens from now on.
///
/// # Errors
/// [`ClientError`] if nobody listens, or the node refuses.
pub async fn events(socket: &Path) -> Result<Events, ClientError> {
    let response = ask(socket, Method::GET, "/v1/events", Bytes::new()).await?;
    if response.status().is_success() { Ok(Events(response)) } else { Err(refusal(response).await) }
}

impl Events {
    /// Hands each event to `take`, until it returns false or the node ends.
    ///
    /// # Errors
    /// [`ClientError`] if the connection breaks.
    pub async fn each(mut self, mut take: impl FnMut(&str) -> bool) -> Result<(), ClientError> {
        let mut text = String::new();
        while let Some(frame) = self.0.body_mut().frame().await {
            let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
            text.push_str(&String::from_utf8_lossy(&data));
            while let Some((line, rest)) = text.split_once('\n') {
                if line.strip_prefix("data: ").is_some_and(|event| !take(event)) {
                    return Ok(());
                }
                text = rest.to_owned();
            }
        }
        Ok(())
    }
}

/// Why a node did not do what it was asked.
async fn refusal(response: Response<hyper::body::Incoming>) -> ClientError {
    answer(response).await.err().unwrap_or_else(|| ClientError::Broken("it refused without a reason".to_owned()))
}

async fn ask(
    socket: &Path,
    method: Method,
    path: &str,
    body: Bytes,
) -> Result<Response<hyper::body::Incoming>, ClientError> {
    let unreachable = |source| ClientError::Unreachable { path: socket.to_owned(), source };
    let stream = UnixStream::connect(socket).await.map_err(unreachable)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    tokio::spawn(connection);
    let request = Request::builder().method(method).uri(path).header("host", "localhost");
    let request = request.body(Full::new(body)).map_err(|error| ClientError::Broken(error.to_string()))?;
    sender.send_request(request).await.map_err(broken)
}

async fn answer(response: Response<hyper::body::Incoming>) -> Result<serde_json::Value, ClientError> {
    let status = response.status();
    let body = http_body_util::Limited::new(response.into_body(), ANSWER_MAX);
    let bytes = body.collect().await.map_err(|error| ClientError::Broken(error.to_string()))?.to_bytes();
    let document = serde_json::from_slice::<serde_json::Value>(&bytes);
    match document {
        Ok(document) if status.is_success() => Ok(document),
        Ok(document) => {
            let why = document["error"].as_str().unwrap_or(status.as_str()).to_owned();
            Err(if status.is_server_error() { ClientError::Unable(why) } else { ClientError::Refused(why) })
        }
        Err(error) => Err(ClientError::Broken(error.to_string())),
    }
}

fn broken(error: hyper::Error) -> ClientError {
    ClientError::Broken(error.to_string())
}
