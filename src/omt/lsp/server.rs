//! The methods of the protocol.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ::omt::ide::{self, Encoding};
use ::omt::{Program, analyse};
use tokio::sync::Notify;
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp_server::ls_types::*;
use tower_lsp_server::{Client, LanguageServer};

use super::convert::{self, Files, markdown};
use super::documents::{Documents, View, path_of};
use super::publish::publish;

/// What editor and server have agreed on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agreed {
    pub(super) encoding: Encoding,
    pub(super) snippets: bool,
    /// Whether changes name the version of the document that they are for.
    pub(super) versioned_edits: bool,
    /// Whether the editor tells of changed files when it is asked to.
    watches: bool,
}

/// The server's state. The lock is held for moments, never over an await.
pub(super) struct Backend {
    client: Client,
    documents: Arc<Mutex<Documents>>,
    wake: Arc<Notify>,
    agreed: OnceLock<Arc<Agreed>>,
    shut_down: Arc<AtomicBool>,
}

/// A refusal that the editor shows to the user; the code is `RequestFailed` of the protocol.
fn refused(why: String) -> Error {
    Error { code: ErrorCode::ServerError(-32803), message: why.into(), data: None }
}

impl Backend {
    pub(super) fn new(client: Client) -> Backend {
        Backend {
            client,
            documents: Arc::default(),
            wake: Arc::default(),
            agreed: OnceLock::new(),
            shut_down: Arc::default(),
        }
    }

    /// Whether the editor has asked to shut down.
    pub(super) fn shut_down(&self) -> &Arc<AtomicBool> {
        &self.shut_down
    }

    /// Answers what could not be read.
    pub(super) async fn unreadable(&self) -> Result<()> {
        Err(Error::parse_error())
    }

    fn agreed(&self) -> Arc<Agreed> {
        Arc::clone(self.agreed.get_or_init(|| Arc::new(agree(&ClientCapabilities::default()))))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Documents) -> T) -> T {
        work(&mut self.documents.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes documents, and has them checked.
    fn update(&self, work: impl FnOnce(&mut Documents)) {
        self.with(work);
        self.wake.notify_one();
    }

    /// Answers a request about an open document as it is now, on a thread of its own.
    async fn ask<T: Send + 'static>(
        &self,
        uri: &Uri,
        work: fn(&View, &Agreed, Position) -> T,
        at: Position,
    ) -> Result<T> {
        let view = self.with(|documents| documents.view(uri));
        let view = view.ok_or_else(|| Error::invalid_params(format!("{} is not open", uri.as_str())))?;
        let agreed = self.agreed();
        let answer = tokio::task::spawn_blocking(move || work(&view, &agreed, at)).await;
        answer.map_err(|_| Error::internal_error())
    }
}

fn agree(capabilities: &ClientCapabilities) -> Agreed {
    let general = capabilities.general.as_ref();
    let encodings = general.and_then(|general| general.position_encodings.as_deref()).unwrap_or_default();
    let encoding = if encodings.contains(&PositionEncodingKind::UTF8) { Encoding::Utf8 } else { Encoding::Utf16 };
    let completion = capabilities.text_document.as_ref().and_then(|document| document.completion.as_ref());
    let item = completion.and_then(|completion| completion.completion_item.as_ref());
    let workspace = capabilities.workspace.as_ref();
    let edit = workspace.and_then(|workspace| workspace.workspace_edit.as_ref());
    let watched = workspace.and_then(|workspace| workspace.did_change_watched_files.as_ref());
    Agreed {
        encoding,
        snippets: item.and_then(|item| item.snippet_support) == Some(true),
        versioned_edits: edit.and_then(|edit| edit.document_changes) == Some(true),
        watches: watched.and_then(|watched| watched.dynamic_registration) == Some(true),
    }
}

fn capabilities(agreed: &Agreed) -> ServerCapabilities {
    let encoding =
        if agreed.encoding == Encoding::Utf8 { PositionEncodingKind::UTF8 } else { PositionEncodingKind::UTF16 };
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::INCREMENTAL),
        ..TextDocumentSyncOptions::default()
    };
    let completion = CompletionOptions {
        trigger_characters: Some([".", ">", "(", "[", "{", "/"].map(str::to_owned).to_vec()),
        ..CompletionOptions::default()
    };
    let actions = CodeActionOptions {
        code_action_kinds: Some(vec![CodeActionKind::QUICKFIX, CodeActionKind::SOURCE_FIX_ALL]),
        ..CodeActionOptions::default()
    };
    let rename = RenameOptions { prepare_provider: Some(true), work_done_progress_options: Default::default() };
    ServerCapabilities {
        position_encoding: Some(encoding),
        text_document_sync: Some(TextDocumentSyncCapability::Options(sync)),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        completion_provider: Some(completion),
        rename_provider: Some(OneOf::Right(rename)),
        document_formatting_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(actions)),
        ..ServerCapabilities::default()
    }
}

/// The folders that an editor works in.
fn folders(params: &InitializeParams) -> Vec<String> {
    #[expect(deprecated, reason = "older editors name one root and no folders")]
    let root = params.root_uri.as_ref();
    match params.workspace_folders.as_deref() {
        Some(folders) if !folders.is_empty() => folders.iter().map(|folder| path_of(&folder.uri)).collect(),
        _ => root.map(path_of).into_iter().collect(),
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let agreed = Arc::clone(self.agreed.get_or_init(|| Arc::new(agree(&params.capabilities))));
        self.with(|documents| documents.work_in(folders(&params)));
        let (client, documents, wake) = (self.client.clone(), Arc::clone(&self.documents), Arc::clone(&self.wake));
        tokio::spawn(publish(client, documents, Arc::clone(&agreed), wake));
        let server_info =
            ServerInfo { name: "dunbar omt".to_owned(), version: Some(env!("CARGO_PKG_VERSION").to_owned()) };
        Ok(InitializeResult {
            capabilities: capabilities(&agreed),
            server_info: Some(server_info),
            ..Default::default()
        })
    }

    async fn initialized(&self, _: InitializedParams) {
        if !self.agreed().watches {
            return;
        }
        let watcher = serde_json::json!({ "watchers": [{ "globPattern": "**/*.omt" }] });
        let registration = Registration {
            id: "omt-files".to_owned(),
            method: "workspace/didChangeWatchedFiles".to_owned(),
            register_options: Some(watcher),
        };
        // Without it, imports are read again when the document itself changes.
        let _ = self.client.register_capability(vec![registration]).await;
    }

    async fn shutdown(&self) -> Result<()> {
        self.shut_down.store(true, Ordering::SeqCst);
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        self.update(|documents| documents.open(document.uri, document.text, document.version));
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let encoding = self.agreed().encoding;
        let changes = params.content_changes.iter().map(|change| {
            let range = change.range.map(|range| (convert::place(range.start), convert::place(range.end)));
            (range, change.text.as_str())
        });
        let document = &params.text_document;
        self.update(|documents| documents.change(&document.uri, document.version, changes, encoding));
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        let uri = params.text_document.uri;
        self.update(|documents| documents.close(&uri));
        self.client.publish_diagnostics(uri, vec![], None).await;
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        self.update(|documents| params.changes.iter().for_each(|change| documents.changed(&path_of(&change.uri))));
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let at = params.text_document_position_params;
        self.ask(&at.text_document.uri, hover, at.position).await
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        let at = params.text_document_position_params;
        let found = self.ask(&at.text_document.uri, definition, at.position).await?;
        Ok(Some(GotoDefinitionResponse::Array(found)))
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let at = params.text_document_position;
        let work = if params.context.include_declaration { references_and_declarations } else { references };
        self.ask(&at.text_document.uri, work, at.position).await.map(Some)
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let at = params.text_document_position;
        let items = self.ask(&at.text_document.uri, completion, at.position).await?;
        Ok(Some(CompletionResponse::Array(items)))
    }

    async fn prepare_rename(&self, params: TextDocumentPositionParams) -> Result<Option<PrepareRenameResponse>> {
        self.ask(&params.text_document.uri, prepare_rename, params.position).await?.map(Some)
    }

    async fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
        let (at, name) = (params.text_document_position, params.new_name);
        let view = self.with(|documents| documents.view(&at.text_document.uri));
        let view = view.ok_or_else(|| Error::invalid_params("the document is not open"))?;
        let agreed = self.agreed();
        let answer = tokio::task::spawn_blocking(move || rename(&view, &agreed, at.position, &name)).await;
        answer.map_err(|_| Error::internal_error())?.map(Some)
    }

    async fn formatting(&self, params: DocumentFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        self.ask(&params.text_document.uri, formatting, Position::default()).await
    }

    async fn document_symbol(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        let symbols = self.ask(&params.text_document.uri, symbols, Position::default()).await?;
        Ok(Some(DocumentSymbolResponse::Nested(symbols)))
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let uri = &params.text_document.uri;
        let view = self.with(|documents| documents.view(uri));
        let view = view.ok_or_else(|| Error::invalid_params("the document is not open"))?;
        let agreed = self.agreed();
        let answer = tokio::task::spawn_blocking(move || code_actions(&view, &agreed, &params)).await;
        answer.map(Some).map_err(|_| Error::internal_error())
    }
}

fn hover(view: &View, agreed: &Agreed, at: Position) -> Option<Hover> {
    let program = view.program();
    let files = Files::new(view, agreed, &program);
    let found = ide::hover(&analyse(&program), files.offset(at))?;
    Some(Hover { range: Some(files.range(found.span)), contents: HoverContents::Markup(markdown(found.text)) })
}

fn definition(view: &View, agreed: &Agreed, at: Position) -> Vec<Location> {
    let program = view.program();
    let files = Files::new(view, agreed, &program);
    let found = ide::definition(&analyse(&program), files.offset(at));
    found.iter().filter_map(|site| files.location(site)).collect()
}

fn references(view: &View, agreed: &Agreed, at: Position) -> Vec<Location> {
    all_references(view, agreed, (at, false))
}

fn references_and_declarations(view: &View, agreed: &Agreed, at: Position) -> Vec<Location> {
    all_references(view, agreed, (at, true))
}

fn all_references(view: &View, agreed: &Agreed, (at, declarations): (Position, bool)) -> Vec<Location> {
    let programs = view.programs();
    let files = Files::of_all(view, agreed, &programs);
    let all: Vec<_> = programs.iter().map(analyse).collect();
    let found = ide::references(&all, 0, files.offset(at), declarations);
    found.iter().filter_map(|site| files.location(site)).collect()
}

fn completion(view: &View, agreed: &Agreed, at: Position) -> Vec<CompletionItem> {
    let program = view.program();
    let files = Files::new(view, agreed, &program);
    let (analysis, offset) = (analyse(&program), files.offset(at));
    let (span, items) = match ide::import_at(&analysis, offset) {
        Some(import) => (import.span, view.imports(&import.folder)),
        None => ide::complete(&analysis, offset),
    };
    let range = files.range(span);
    items.into_iter().map(|item| files.completion(range, item)).collect()
}

fn prepare_rename(view: &View, agreed: &Agreed, at: Position) -> Result<PrepareRenameResponse> {
    let program = view.program();
    let files = Files::new(view, agreed, &program);
    let found = ide::renamable(&analyse(&program), files.offset(at)).map_err(|refusal| refused(refusal.0))?;
    Ok(PrepareRenameResponse::RangeWithPlaceholder { range: files.range(found.span), placeholder: found.name })
}

fn rename(view: &View, agreed: &Agreed, at: Position, name: &str) -> Result<WorkspaceEdit> {
    let programs = view.programs();
    let files = Files::of_all(view, agreed, &programs);
    let all: Vec<_> = programs.iter().map(analyse).collect();
    let changes = ide::rename(&all, 0, files.offset(at), name).map_err(|refusal| refused(refusal.0))?;
    Ok(files.edits(changes))
}

/// Nothing for a text that cannot be parsed: its findings say why.
fn formatting(view: &View, agreed: &Agreed, _: Position) -> Option<Vec<TextEdit>> {
    let parsed = ::omt::parse(0, view.document.text.as_str());
    if !parsed.errors.is_empty() {
        return None;
    }
    let program = Program { files: vec![], errors: vec![] };
    let files = Files::new(view, agreed, &program);
    let change = ide::layout(&parsed.tree);
    Some(change.into_iter().map(|fix| TextEdit { range: files.range(fix.span), new_text: fix.with }).collect())
}

fn symbols(view: &View, agreed: &Agreed, _: Position) -> Vec<DocumentSymbol> {
    let parsed = ::omt::parse(0, view.document.text.as_str());
    let program = Program { files: vec![], errors: vec![] };
    let files = Files::new(view, agreed, &program);
    ide::outline(&parsed.tree).into_iter().map(|entry| files.symbol(entry)).collect()
}

fn code_actions(view: &View, agreed: &Agreed, params: &CodeActionParams) -> CodeActionResponse {
    let program = view.program();
    let files = Files::new(view, agreed, &program);
    let analysis = analyse(&program);
    let wanted = |kind: &CodeActionKind| {
        let only = params.context.only.as_deref();
        only.is_none_or(|only| only.iter().any(|only| kind.as_str().starts_with(only.as_str())))
    };
    let mut actions = vec![];
    if wanted(&CodeActionKind::QUICKFIX) {
        let (start, end) = (files.offset(params.range.start), files.offset(params.range.end));
        for change in ide::changes(&analysis, start, end) {
            let about = |known: &&Diagnostic| {
                known.range == files.range(change.at)
                    && known.code == Some(NumberOrString::String(change.code.text().to_owned()))
            };
            let diagnostics: Vec<_> = params.context.diagnostics.iter().filter(about).cloned().collect();
            actions.push(CodeAction {
                title: change.title,
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: Some(diagnostics).filter(|known| !known.is_empty()),
                edit: Some(files.edit([(change.fix.span, change.fix.with)].into_iter())),
                is_preferred: Some(true),
                ..CodeAction::default()
            });
        }
    }
    let all = ide::compatible(&analysis.found);
    if wanted(&CodeActionKind::SOURCE_FIX_ALL) && !all.is_empty() {
        actions.push(CodeAction {
            title: "Make all changes that findings propose".to_owned(),
            kind: Some(CodeActionKind::SOURCE_FIX_ALL),
            edit: Some(files.edit(all.into_iter().map(|fix| (fix.span, fix.with.clone())))),
            ..CodeAction::default()
        });
    }
    actions.into_iter().map(CodeActionOrCommand::CodeAction).collect()
}
