//! What may stand at a place that is being typed. The text around it is broken more often than not, so this goes by the
//! tokens before the place, and by the nodes around the last of them.

use super::expression::{Cursor, Source};
use super::words::{self, Word, plain};
use crate::ast::ShapeKind;
use crate::check::Analysis;
use crate::codes::Code;
use crate::diagnostic::Severity;
use crate::model::Shape;
use crate::span::Span;
use crate::token::Kind;
use crate::tree::NodeKind;

/// What a completion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CompletionKind {
    Keyword,
    Type,
    Enum,
    Value,
    Message,
    Function,
    Variable,
    Field,
    State,
    Actor,
    Constant,
    File,
}

/// Something that may stand at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What is shown and written.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// Its type or form, in a few words; may be empty.
    pub detail: String,
    /// What it means; may be empty.
    pub text: String,
    /// The same with places to fill in, `${1:so}`, for editors that can do that.
    pub snippet: Option<String>,
}

impl Completion {
    /// One that has no text and no form.
    pub fn new(label: impl Into<String>, kind: CompletionKind, detail: impl Into<String>) -> Completion {
        Completion { label: label.into(), kind, detail: detail.into(), text: String::new(), snippet: None }
    }

    pub(super) fn about(mut self, text: &str) -> Completion {
        text.clone_into(&mut self.text);
        self
    }

    pub(super) fn snippet(mut self, snippet: impl Into<String>) -> Completion {
        self.snippet = Some(snippet.into());
        self
    }
}

/// How many completions are given at most; who types on gets others.
const COMPLETIONS_MAX: usize = 2_000;

/// What may stand at a byte of the main file, and the range of the word that it replaces. Everything that fits the place
/// is given, whatever the word is so far: editors choose among it.
pub fn complete(analysis: &Analysis<'_>, offset: u32) -> (Span, Vec<Completion>) {
    let tree = &analysis.model.program.main().tree;
    let offset = offset.min(tree.text().len() as u32);
    let here = Span { file: 0, start: offset, end: offset };
    let token = tree.token_at(offset.saturating_sub(1));
    let span = tree.token_span(token);
    let (kind, touches) = (tree.tokens()[token].kind, span.start < offset && offset <= span.end);
    match kind {
        Kind::COMMENT if touches && !tree.token_text(token).ends_with('\n') => {
            return (here, allowances(tree.token_text(token)));
        }
        Kind::TEXT if touches && offset < span.end => return (here, vec![]),
        Kind::OPEN_TEXT | Kind::NUMBER if touches => return (here, vec![]),
        _ => {}
    }
    let (end, word) = if kind == Kind::WORD && touches { (token, span) } else { (tree.token_at(offset), here) };
    let end = if word == here && touches { token + 1 } else { end };
    let mut all = Cursor::before(analysis, end).all();
    all.truncate(COMPLETIONS_MAX);
    (word, all)
}

/// The codes that a comment may allow.
fn allowances(comment: &str) -> Vec<Completion> {
    if !comment.trim_start_matches('#').trim_start().starts_with("allow") {
        return vec![];
    }
    let warnings = Code::all().filter(|code| code.severity() == Severity::Warning);
    warnings.map(|code| Completion::new(code.text(), CompletionKind::Keyword, code.title())).collect()
}

/// Words with their forms.
pub(super) fn forms(words: &[Word]) -> Vec<Completion> {
    let item = |word: &Word| {
        let item = Completion::new(word.word, CompletionKind::Keyword, "").about(word.text);
        let form = plain(word.form);
        if form == word.word { item } else { item.snippet(word.form) }
    };
    words.iter().map(item).collect()
}

fn plain_words(words: &[&str]) -> Vec<Completion> {
    words.iter().map(|word| Completion::new(*word, CompletionKind::Keyword, "")).collect()
}

const CALLS: &[NodeKind] = &[NodeKind::CALL, NodeKind::LIST, NodeKind::FIELDS_OF, NodeKind::GROUP];
const SENDS: &[NodeKind] = &[NodeKind::SEND, NodeKind::BROADCAST];

impl Cursor<'_, '_> {
    fn all(&self) -> Vec<Completion> {
        self.of_a_record()
            .or_else(|| self.behind_a_sign())
            .or_else(|| self.behind_a_word())
            .or_else(|| self.of_a_type())
            .unwrap_or_else(|| self.by_place())
    }

    /// Where the last sign says what comes.
    fn behind_a_sign(&self) -> Option<Vec<Completion>> {
        let signature = [NodeKind::FUNCTION, NodeKind::NATIVE].into_iter().any(|kind| self.is_inside(kind));
        Some(match (self.back(0), self.back(1)) {
            (".", _) => self.members(),
            ("->", _) if !signature => self.states(),
            ("(", "timeout") => self.seconds(),
            ("[" | ",", _) if self.is_inside(NodeKind::NAMES) => self.names(),
            ("[", "to" | "by") => self.actors(),
            ("(", "STORE") => self.variables(),
            ("(", "APPEND") => {
                let chain = Completion::new("chain", CompletionKind::Variable, "the actor's own chain");
                self.variables().into_iter().chain([chain]).collect()
            }
            (",", "chain") if self.is_inside(NodeKind::APPEND) => self.shapes(ShapeKind::Block),
            (",", _) if self.is_inside(NodeKind::COPY) => self.event_fields(),
            (",", _) if self.sends() => self.shapes(ShapeKind::Message),
            ("=", _) if self.is_inside(NodeKind::PARAMETERS) => self.parameters(),
            _ => return None,
        })
    }

    /// Whether the last comma is that of SEND or BROADCAST itself.
    fn sends(&self) -> bool {
        let inner = self.path.iter().rev().find(|node| CALLS.contains(&node.kind()) || SENDS.contains(&node.kind()));
        inner.is_some_and(|node| SENDS.contains(&node.kind()))
    }

    /// Where the last word says what comes.
    fn behind_a_word(&self) -> Option<Vec<Completion>> {
        let acts = self.is_inside(NodeKind::ACTIONS);
        Some(match self.back(0) {
            "on" => self.events(),
            "from" => self.actors(),
            "keyed" => self.keys(),
            "store" if acts => self.event_fields(),
            "lookup" if acts => self.variables(),
            "else" if self.is_inside(NodeKind::TRANSITION) && !self.is_inside(NodeKind::CONDITIONAL) => vec![],
            _ => return None,
        })
    }

    /// Where a type is due: behind the name of a field, an input or a variable, and inside of `<` and `>`.
    fn of_a_type(&self) -> Option<Vec<Completion>> {
        let last = self.path.last()?;
        let parent = self.path.len().checked_sub(2).map(|at| self.path[at]);
        let named = last.kind() == NodeKind::NAME && parent.is_some_and(|node| node.kind() == NodeKind::FIELD);
        let result = self.back(0) == "->" && (self.is_inside(NodeKind::FUNCTION) || self.is_inside(NodeKind::NATIVE));
        let argument = matches!(self.back(0), "<" | ",") && last.kind() == NodeKind::TYPE;
        if !named && !result && !argument {
            return None;
        }
        let model = &self.analysis.model;
        let mut all = forms(words::TYPES);
        all.iter_mut().for_each(|item| item.kind = CompletionKind::Type);
        all.extend(model.enums.iter().map(|of| Completion::new(of.name, CompletionKind::Enum, "enum")));
        let records = model.shapes.iter().map(|shape| Completion::new(shape.name, CompletionKind::Type, noun(shape)));
        all.extend(records);
        Some(all)
    }

    /// Where only the surroundings say what comes.
    fn by_place(&self) -> Vec<Completion> {
        if self.is_inside(NodeKind::PARAMETERS) {
            let number = self.tokens().next().is_some_and(|token| token.0 == Kind::NUMBER);
            return if number { forms(words::UNITS) } else { vec![] };
        }
        let open = self.inside(&[NodeKind::ACTIONS, NodeKind::GUARD, NodeKind::BODY, NodeKind::REFINEMENT]);
        let Some(open) = open.filter(|_| self.is_open()) else { return self.outside() };
        if self.expects_a_value() {
            return self.expressions();
        }
        match open.kind() {
            NodeKind::ACTIONS => forms(words::ACTIONS).into_iter().chain(self.variables()).collect(),
            NodeKind::BODY => forms(words::STATEMENTS).into_iter().chain(self.assignable()).collect(),
            _ => plain_words(&["AND", "OR", "else"]),
        }
    }

    /// Whether the last token is inside of the actions, body or condition, rather than their end.
    fn is_open(&self) -> bool {
        let kinds = [NodeKind::ACTIONS, NodeKind::BODY];
        let closed = self.path.last().is_some_and(|node| kinds.contains(&node.kind())) && self.back(0) == ")";
        !closed
    }

    fn expects_a_value(&self) -> bool {
        const BEFORE: &[&str] =
            &["=", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", ",", "[", "{", "=>", "...", "("];
        const WORDS: &[&str] = &["when", "and", "or", "not", "if", "then", "else", "return", "in"];
        let last = self.back(0);
        let opens = last == "("
            && self.path.last().is_some_and(|node| [NodeKind::ACTIONS, NodeKind::BODY].contains(&node.kind()));
        !opens && (BEFORE.contains(&last) || WORDS.iter().any(|word| word.eq_ignore_ascii_case(last)))
    }

    /// At the top of a file, or between the members of an actor.
    fn outside(&self) -> Vec<Completion> {
        let actor = self.inside(&[NodeKind::ACTOR]);
        let ended = actor
            .is_some_and(|node| self.path.last().is_some_and(|last| last.id() == node.id()) && self.back(0) == ")");
        if actor.is_none() || ended {
            return self.top();
        }
        let mut all = vec![];
        let event = self
            .inside(&[NodeKind::TRANSITION])
            .is_some_and(|node| node.child(NodeKind::EVENT).is_some_and(|event| !event.text().is_empty()));
        if self.is_inside(NodeKind::TRANSITION) {
            all.extend(plain_words(if event { &["when", "else"] } else { &["on", "auto"] }));
        }
        if self.is_inside(NodeKind::STATE) {
            all.extend(plain_words(&["initial", "terminal"]));
        }
        all.extend(forms(words::MEMBERS));
        all.extend(self.states());
        all
    }

    fn top(&self) -> Vec<Completion> {
        let mut all = vec![];
        if self.inside(&[NodeKind::MESSAGE]).is_some() && self.back(0) != ")" {
            all.extend(plain_words(&["from", "to", "signed"]));
        }
        if self.is_inside(NodeKind::TRANSACTION) {
            all.extend(plain_words(&["keyed"]));
        }
        all.extend(forms(words::DECLARATIONS));
        all
    }

    fn states(&self) -> Vec<Completion> {
        let Some(actor) = self.actor() else { return vec![] };
        let describe = |state: &crate::ast::State<'_>| {
            let name = state.name()?.text();
            let detail = match (state.is_initial(), state.is_terminal()) {
                (true, _) => "initial",
                (_, true) => "terminal",
                _ => "",
            };
            Some(Completion::new(name, CompletionKind::State, detail).about(state.description().unwrap_or("")))
        };
        actor.states.iter().filter_map(describe).collect()
    }

    fn events(&self) -> Vec<Completion> {
        let model = &self.analysis.model;
        let Some(actor) = self.actor() else { return vec![] };
        let triggers =
            actor.triggers.iter().map(|trigger| Completion::new(trigger.name, CompletionKind::Function, "trigger"));
        let own = model.shapes.iter().filter(|shape| shape.kind() == ShapeKind::Message && shape.is_for(actor.name));
        let timeout = Completion::new("timeout", CompletionKind::Keyword, "").snippet("timeout($1)");
        triggers.chain(own.map(message)).chain([timeout]).collect()
    }

    /// What the actor around the place sends or appends; all, if there is none.
    fn shapes(&self, kind: ShapeKind) -> Vec<Completion> {
        let actor = self.actor();
        let own = |shape: &&Shape<'_>| {
            let Some(actor) = actor.filter(|_| shape.kind() == kind) else { return shape.kind() == kind };
            match kind {
                ShapeKind::Message => shape.ast.sender().is_some_and(|sender| sender.text() == actor.name),
                _ => shape.ast.actors().any(|by| by.text() == actor.name),
            }
        };
        self.analysis.model.shapes.iter().filter(own).map(message).collect()
    }

    /// What `store a, b` may copy.
    fn event_fields(&self) -> Vec<Completion> {
        match self.source() {
            Source::Message(shape) => self.fields(&shape.fields),
            Source::Trigger(trigger) => self.fields(&trigger.inputs),
            Source::Nothing => vec![],
        }
    }

    fn names(&self) -> Vec<Completion> {
        if self.is_inside(NodeKind::TRIGGER) { self.states() } else { self.actors() }
    }

    fn actors(&self) -> Vec<Completion> {
        let actors = self.analysis.model.actors.iter().map(|actor| {
            Completion::new(actor.name, CompletionKind::Actor, "actor").about(actor.ast.description().unwrap_or(""))
        });
        actors.chain([Completion::new("Network", CompletionKind::Actor, "everybody")]).collect()
    }

    fn seconds(&self) -> Vec<Completion> {
        let model = &self.analysis.model;
        let seconds = model.parameters.iter().filter(|parameter| model.unit(parameter) == Some("seconds"));
        seconds.map(|parameter| Completion::new(parameter.name, CompletionKind::Constant, "seconds")).collect()
    }

    fn parameters(&self) -> Vec<Completion> {
        let all = self.analysis.model.parameters.iter();
        all.map(|parameter| Completion::new(parameter.name, CompletionKind::Constant, "parameter")).collect()
    }

    /// Fields that all messages have.
    fn keys(&self) -> Vec<Completion> {
        let mut messages = self.analysis.model.shapes.iter().filter(|shape| shape.kind() == ShapeKind::Message);
        let Some(first) = messages.next() else { return vec![] };
        let others: Vec<_> = messages.collect();
        let shared = first.fields.iter().filter(|field| others.iter().all(|shape| shape.field(field.name).is_some()));
        shared
            .map(|field| Completion::new(field.name, CompletionKind::Field, field.of.name(&self.analysis.model)))
            .collect()
    }

    fn assignable(&self) -> Vec<Completion> {
        let model = &self.analysis.model;
        let locals = self.locals().into_iter();
        locals.map(|(name, of)| Completion::new(name, CompletionKind::Variable, of.name(model))).collect()
    }
}

fn noun(shape: &Shape<'_>) -> &'static str {
    super::DeclaredKind::Shape(shape.kind()).noun()
}

fn message(shape: &Shape<'_>) -> Completion {
    let fields: Vec<&str> = shape.fields.iter().map(|field| field.name).collect();
    Completion::new(shape.name, CompletionKind::Message, format!("{} ({})", noun(shape), fields.join(", ")))
}
