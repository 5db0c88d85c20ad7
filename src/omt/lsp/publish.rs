//! Findings, pushed to the editor when documents change.

use std::sync::{Arc, Mutex, PoisonError};

use ::omt::ide;
use tokio::sync::Notify;
use tower_lsp_server::Client;
use tower_lsp_server::ls_types::Diagnostic;

use super::convert;
use super::documents::{Documents, View};
use super::server::Agreed;

/// Checks documents whenever some have to be, one after the other. Ends with the runtime.
pub(super) async fn publish(client: Client, documents: Arc<Mutex<Documents>>, agreed: Arc<Agreed>, wake: Arc<Notify>) {
    loop {
        let next = documents.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Some(view) = next else {
            wake.notified().await;
            continue;
        };
        let (path, uri, version) = (view.path.clone(), view.document.uri.clone(), view.document.version);
        let agreed = Arc::clone(&agreed);
        // A panic is printed by its thread; the server goes on without findings for this text.
        let checked = tokio::task::spawn_blocking(move || check(&view, &agreed)).await;
        let Ok((found, asked)) = checked else { continue };
        let newest = documents.lock().unwrap_or_else(PoisonError::into_inner).checked(&path, version, asked);
        if newest {
            client.publish_diagnostics(uri, found, Some(version)).await;
        }
    }
}

fn check(view: &View, agreed: &Agreed) -> (Vec<Diagnostic>, std::collections::BTreeSet<String>) {
    let (program, asked) = view.program_and_imports();
    let analysis = ::omt::analyse(&program);
    let files = convert::Files::new(view, agreed, &program);
    let found = ide::findings(&analysis).into_iter().map(|finding| files.diagnostic(finding)).collect();
    (found, asked)
}
