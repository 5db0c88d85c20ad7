//! Between byte ranges and what the protocol has.

use std::collections::BTreeMap;

use ::omt::ide::{Completion, CompletionKind, DeclaredKind, Entry, Finding, Place, Replacement, Site, Text};
use ::omt::{Program, Severity, Span};
use tower_lsp_server::ls_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Diagnostic, DiagnosticRelatedInformation,
    DiagnosticSeverity, DiagnosticTag, DocumentChanges, DocumentSymbol, Documentation, InsertTextFormat, Location,
    MarkupContent, MarkupKind, NumberOrString, OneOf, OptionalVersionedTextDocumentIdentifier, Position, Range,
    SymbolKind, TextDocumentEdit, TextEdit, WorkspaceEdit,
};

use super::documents::View;
use super::server::Agreed;

pub(super) fn place(position: Position) -> Place {
    Place { line: position.line, column: position.character }
}

fn position(place: Place) -> Position {
    Position { line: place.line, character: place.column }
}

/// The files of a program, in which ranges lie.
pub(super) struct Files<'v> {
    view: &'v View,
    agreed: &'v Agreed,
    /// The other files by path.
    texts: BTreeMap<String, Text>,
}

impl<'v> Files<'v> {
    pub(super) fn new(view: &'v View, agreed: &'v Agreed, program: &Program) -> Files<'v> {
        Files::of_all(view, agreed, std::slice::from_ref(program))
    }

    pub(super) fn of_all(view: &'v View, agreed: &'v Agreed, programs: &[Program]) -> Files<'v> {
        let mut texts = BTreeMap::new();
        for file in programs.iter().flat_map(|program| &program.files).filter(|file| file.path != view.path) {
            texts.entry(file.path.clone()).or_insert_with(|| Text::new(file.tree.text()));
        }
        Files { view, agreed, texts }
    }

    fn range_in(&self, text: &Text, start: u32, end: u32) -> Range {
        let encoding = self.agreed.encoding;
        Range { start: position(text.place(start, encoding)), end: position(text.place(end, encoding)) }
    }

    /// A range of the main file.
    pub(super) fn range(&self, span: Span) -> Range {
        self.range_in(&self.view.document.text, span.start, span.end)
    }

    /// A byte of the main file.
    pub(super) fn offset(&self, position: Position) -> u32 {
        self.view.document.text.offset(place(position), self.agreed.encoding)
    }

    fn range_of(&self, site: &Site) -> Option<Range> {
        let text = if site.path == self.view.path { &self.view.document.text } else { self.texts.get(&site.path)? };
        Some(self.range_in(text, site.start, site.end))
    }

    pub(super) fn location(&self, site: &Site) -> Option<Location> {
        Some(Location { uri: self.view.uri(&site.path)?.0, range: self.range_of(site)? })
    }

    pub(super) fn diagnostic(&self, finding: Finding) -> Diagnostic {
        let related = finding.related.into_iter().filter_map(|related| {
            Some(DiagnosticRelatedInformation { location: self.location(&related.site)?, message: related.text })
        });
        let related: Vec<_> = related.collect();
        Diagnostic {
            range: self.range(finding.span),
            severity: Some(severity(finding.severity)),
            code: Some(NumberOrString::String(finding.code.text().to_owned())),
            source: Some("omt".to_owned()),
            message: finding.message,
            related_information: Some(related).filter(|related| !related.is_empty()),
            tags: finding.unused.then(|| vec![DiagnosticTag::UNNECESSARY]),
            ..Diagnostic::default()
        }
    }

    /// Changes of the main file.
    pub(super) fn edit(&self, changes: impl Iterator<Item = (Span, String)>) -> WorkspaceEdit {
        let path = &self.view.path;
        let site = |span: Span| Site { path: path.clone(), start: span.start, end: span.end };
        let changes = changes.map(|(span, with)| Replacement { site: site(span), with });
        self.edits(changes.collect())
    }

    /// Changes of any files, each for the version that was looked at.
    pub(super) fn edits(&self, changes: Vec<Replacement>) -> WorkspaceEdit {
        let mut by_path: BTreeMap<String, Vec<TextEdit>> = BTreeMap::new();
        for change in changes {
            if let Some(range) = self.range_of(&change.site) {
                by_path.entry(change.site.path).or_default().push(TextEdit { range, new_text: change.with });
            }
        }
        let named = by_path.into_iter().filter_map(|(path, edits)| Some((self.view.uri(&path)?, edits)));
        if !self.agreed.versioned_edits {
            let changes = named.map(|((uri, _), edits)| (uri, edits)).collect();
            return WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() };
        }
        let edits = named.map(|((uri, version), edits)| TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
            edits: edits.into_iter().map(OneOf::Left).collect(),
        });
        let document_changes = Some(DocumentChanges::Edits(edits.collect()));
        WorkspaceEdit { document_changes, ..WorkspaceEdit::default() }
    }

    pub(super) fn completion(&self, range: Range, item: Completion) -> CompletionItem {
        let snippet = item.snippet.filter(|_| self.agreed.snippets);
        let format = if snippet.is_some() { InsertTextFormat::SNIPPET } else { InsertTextFormat::PLAIN_TEXT };
        let new_text = snippet.unwrap_or_else(|| item.label.clone());
        CompletionItem {
            label: item.label,
            kind: Some(completion_kind(item.kind)),
            detail: Some(item.detail).filter(|detail| !detail.is_empty()),
            documentation: Some(item.text).filter(|text| !text.is_empty()).map(Documentation::String),
            insert_text_format: Some(format),
            text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text })),
            ..CompletionItem::default()
        }
    }

    pub(super) fn symbol(&self, entry: Entry) -> DocumentSymbol {
        let children: Vec<_> = entry.inside.into_iter().map(|entry| self.symbol(entry)).collect();
        #[expect(deprecated, reason = "the field has no default without being named")]
        DocumentSymbol {
            name: entry.name,
            detail: Some(entry.kind.noun().to_owned()),
            kind: symbol_kind(entry.kind),
            tags: None,
            deprecated: None,
            range: self.range(entry.span),
            selection_range: self.range(entry.at),
            children: Some(children).filter(|children| !children.is_empty()),
        }
    }
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
    }
}

pub(super) fn markdown(value: String) -> MarkupContent {
    MarkupContent { kind: MarkupKind::Markdown, value }
}

fn completion_kind(kind: CompletionKind) -> CompletionItemKind {
    match kind {
        CompletionKind::Keyword => CompletionItemKind::KEYWORD,
        CompletionKind::Type => CompletionItemKind::STRUCT,
        CompletionKind::Enum => CompletionItemKind::ENUM,
        CompletionKind::Value => CompletionItemKind::ENUM_MEMBER,
        CompletionKind::Message | CompletionKind::State => CompletionItemKind::EVENT,
        CompletionKind::Function => CompletionItemKind::FUNCTION,
        CompletionKind::Variable => CompletionItemKind::VARIABLE,
        CompletionKind::Field => CompletionItemKind::FIELD,
        CompletionKind::Actor => CompletionItemKind::CLASS,
        CompletionKind::Constant => CompletionItemKind::CONSTANT,
        CompletionKind::File => CompletionItemKind::FILE,
    }
}

fn symbol_kind(kind: DeclaredKind) -> SymbolKind {
    match kind {
        DeclaredKind::Parameter => SymbolKind::CONSTANT,
        DeclaredKind::Enum => SymbolKind::ENUM,
        DeclaredKind::Value => SymbolKind::ENUM_MEMBER,
        DeclaredKind::Shape(_) => SymbolKind::STRUCT,
        DeclaredKind::Field => SymbolKind::FIELD,
        DeclaredKind::Function | DeclaredKind::Trigger => SymbolKind::FUNCTION,
        DeclaredKind::Actor => SymbolKind::CLASS,
        DeclaredKind::State => SymbolKind::EVENT,
        DeclaredKind::Input | DeclaredKind::Variable | DeclaredKind::Local => SymbolKind::VARIABLE,
    }
}
