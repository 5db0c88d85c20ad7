//! `dunbar omt lsp`: a language server on standard input and output. What it knows is in `omt::ide`, as pure functions;
//! here are the protocol, the open documents, and the files.
//!
//! Notifications take effect in the order in which they come, before any await. A request works on the documents as they
//! are when it comes, on a thread of its own, at most four at a time. Findings are computed by one task, one document at a
//! time: what is typed meanwhile only marks documents, so there is never more work than open documents, and an answer for
//! text that is no longer the newest is dropped.

mod convert;
mod documents;
mod frames;
mod publish;
mod server;

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tower_lsp_server::{LspService, Server};

use super::arguments::Lsp;
use crate::exit::{Failure, Finding};
use crate::output;
use server::Backend;

/// How many bytes wait between the reader of standard input and the server.
const WAITING: usize = 64 << 10;

/// Serves one editor until it says `exit` or closes standard input. Not to have been asked to shut down first is a
/// failure, as the protocol has it.
pub(crate) fn lsp(_: &Lsp) -> Result<Finding, Failure> {
    if std::io::stdin().is_terminal() {
        output::remark("waiting for an editor to speak on standard input: docs/omt/editors.md says how to set one up");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| Failure::internal(format!("cannot start the runtime: {error}")))?;
    let orderly = runtime.block_on(serve());
    // A thread may still wait for standard input.
    runtime.shutdown_background();
    Ok(if orderly { Finding::Pass } else { Finding::Fail })
}

async fn serve() -> bool {
    let (reader, writer) = tokio::io::duplex(WAITING);
    tokio::spawn(frames::forward(tokio::io::stdin(), writer));
    let mut ended = None;
    let (service, socket) = LspService::build(|client| {
        let backend = Backend::new(client);
        ended = Some(Arc::clone(backend.shut_down()));
        backend
    })
    .custom_method(frames::UNREADABLE, Backend::unreadable)
    .finish();
    Server::new(reader, tokio::io::stdout(), socket).serve(service).await;
    ended.is_some_and(|ended| ended.load(Ordering::SeqCst))
}
