//! The path behind `imports` that is being typed. Which files there are, the server knows.

use crate::check::Analysis;
use crate::program::base;
use crate::span::Span;
use crate::token::Kind;
use crate::tree::NodeKind;

use super::declared::around;

/// A place in an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportPlace {
    /// The word that is replaced; empty behind a `/`.
    pub span: Span,
    /// The folder whose files and folders may stand there, with `/` at its end; empty for the working directory.
    pub folder: String,
}

/// The import around a byte of the main file, if its path is what is being typed there.
pub fn import_at(analysis: &Analysis<'_>, offset: u32) -> Option<ImportPlace> {
    let main = analysis.model.program.main();
    let tree = &main.tree;
    let offset = offset.min(tree.text().len() as u32);
    let token = tree.token_at(offset.saturating_sub(1));
    let span = tree.token_span(token);
    let touches = tree.tokens()[token].kind == Kind::WORD && span.start < offset && offset <= span.end;
    let here = Span { file: 0, start: offset, end: offset };
    let (end, span) = if touches { (token, span) } else { (token + usize::from(span.start < offset), here) };
    let before: Vec<usize> = (0..end).filter(|at| !tree.tokens()[*at].kind.is_trivia()).collect();
    let import = before.iter().rposition(|at| tree.token_text(*at) == "imports")?;
    let inside = around(tree, tree.tokens()[before[import]].start);
    if !inside.iter().any(|node| node.kind() == NodeKind::IMPORT) {
        return None;
    }
    let mut folder = base(&main.path);
    for pair in before[import + 1..].chunks(2) {
        let [name, slash] = *pair else { return None };
        if tree.tokens()[name].kind != Kind::WORD || tree.token_text(slash) != "/" {
            return None;
        }
        folder = format!("{folder}{}/", tree.token_text(name));
    }
    Some(ImportPlace { span, folder })
}
