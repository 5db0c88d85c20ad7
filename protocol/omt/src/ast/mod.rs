//! The tree, seen as declarations, actors and expressions. A view is a node of a known kind; what a broken source
//! lacks is `None`.

mod actor;
mod expression;

pub use actor::{Action, Actor, Event, Otherwise, State, Transition, Trigger};
pub use expression::{Expression, Operator, Statement};

use crate::tree::{Node, NodeKind, Tree};

/// Defines a view of one kind of node.
macro_rules! view {
    ($(#[$doc:meta])* $name:ident $kind:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<'t>(Node<'t>);

        impl<'t> $name<'t> {
            /// The view of a node, if it is of this kind.
            pub fn cast(node: Node<'t>) -> Option<$name<'t>> {
                (node.kind() == NodeKind::$kind).then_some($name(node))
            }

            /// The node itself.
            pub fn node(self) -> Node<'t> {
                self.0
            }
        }
    };
}
pub(crate) use view;

/// The first name among the children of a node.
pub(crate) fn name_of(node: Node<'_>) -> Option<Node<'_>> {
    node.child(NodeKind::NAME)
}

/// A string without its quotes.
pub(crate) fn unquoted(text: &str) -> &str {
    let text = text.strip_prefix('"').unwrap_or(text);
    text.strip_suffix('"').unwrap_or(text)
}

pub(crate) fn description_of(node: Node<'_>) -> Option<&str> {
    node.child(NodeKind::DESCRIPTION).map(|text| unquoted(text.text()))
}

pub(crate) fn names_of(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    node.child(NodeKind::NAMES).into_iter().flat_map(|names| names.children_of(NodeKind::NAME))
}

/// The declarations of a file, in order.
pub fn declarations(tree: &Tree) -> impl Iterator<Item = Declaration<'_>> {
    tree.root().children().filter_map(Declaration::cast)
}

/// What stands at the top of a file.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Declaration<'t> {
    Transaction(Transaction<'t>),
    Import(Import<'t>),
    Parameters(Parameters<'t>),
    Enum(Enum<'t>),
    Shape(Shape<'t>),
    Function(Function<'t>),
    Actor(Actor<'t>),
}

impl<'t> Declaration<'t> {
    /// The view of a node, if it is a declaration.
    pub fn cast(node: Node<'t>) -> Option<Declaration<'t>> {
        Some(match node.kind() {
            NodeKind::TRANSACTION => Declaration::Transaction(Transaction(node)),
            NodeKind::IMPORT => Declaration::Import(Import(node)),
            NodeKind::PARAMETERS => Declaration::Parameters(Parameters(node)),
            NodeKind::ENUM => Declaration::Enum(Enum(node)),
            NodeKind::MESSAGE | NodeKind::BLOCK | NodeKind::RECORD => Declaration::Shape(Shape(node)),
            NodeKind::FUNCTION | NodeKind::NATIVE => Declaration::Function(Function(node)),
            NodeKind::ACTOR => Declaration::Actor(Actor::cast(node)?),
            _ => return None,
        })
    }
}

view! {
    /// `transaction 00 "Title" "Description" keyed session_id`
    Transaction TRANSACTION
}

impl<'t> Transaction<'t> {
    /// The number or name, as written: `00` stays `00`.
    pub fn id(self) -> Option<&'t str> {
        name_of(self.0).map(Node::text)
    }

    /// The title.
    pub fn title(self) -> Option<&'t str> {
        description_of(self.0)
    }

    /// The description behind the title.
    pub fn description(self) -> Option<&'t str> {
        self.0.children_of(NodeKind::DESCRIPTION).nth(1).map(|text| unquoted(text.text()))
    }

    /// The name of the field behind `keyed`.
    pub fn key(self) -> Option<Node<'t>> {
        self.0.child(NodeKind::KEY).and_then(name_of)
    }
}

view! {
    /// `imports shared/common`
    Import IMPORT
}

impl Import<'_> {
    /// The path with `/` between its parts and without an ending.
    pub fn path(self) -> String {
        let parts: Vec<&str> = self.0.children_of(NodeKind::NAME).map(Node::text).collect();
        parts.join("/")
    }
}

view! {
    /// `parameters ( … )`
    Parameters PARAMETERS
}

impl<'t> Parameters<'t> {
    /// One after the other.
    pub fn parameters(self) -> impl Iterator<Item = Parameter<'t>> {
        self.0.children().filter_map(Parameter::cast)
    }
}

view! {
    /// `WAIT = 5 seconds "description"`
    Parameter PARAMETER
}

impl<'t> Parameter<'t> {
    /// The name.
    pub fn name(self) -> Option<Node<'t>> {
        name_of(self.0)
    }

    /// A number, perhaps negative, or the name of another parameter.
    pub fn value(self) -> Option<Expression<'t>> {
        self.0.children().find_map(Expression::cast)
    }

    /// The unit: `seconds`, `count`, `fraction` or any other word.
    pub fn unit(self) -> Option<&'t str> {
        self.0.child(NodeKind::UNIT).map(Node::text)
    }

    /// The description.
    pub fn description(self) -> Option<&'t str> {
        description_of(self.0)
    }
}

view! {
    /// `enum Verdict "description" ( ACCEPT REJECT )`
    Enum ENUM
}

impl<'t> Enum<'t> {
    /// The name.
    pub fn name(self) -> Option<Node<'t>> {
        name_of(self.0)
    }

    /// The description.
    pub fn description(self) -> Option<&'t str> {
        description_of(self.0)
    }

    /// The values, in order.
    pub fn values(self) -> impl Iterator<Item = Node<'t>> {
        self.0.children_of(NodeKind::VALUE)
    }
}

/// What has fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapeKind {
    /// Travels between actors.
    Message,
    /// Is written to an actor's own chain.
    Block,
    /// A value with fields.
    Record,
}

/// `message …`, `block …` or `record …`
#[derive(Clone, Copy, Debug)]
pub struct Shape<'t>(Node<'t>);

impl<'t> Shape<'t> {
    /// The node itself.
    pub fn node(self) -> Node<'t> {
        self.0
    }

    /// Which of the three.
    pub fn kind(self) -> ShapeKind {
        match self.0.kind() {
            NodeKind::MESSAGE => ShapeKind::Message,
            NodeKind::BLOCK => ShapeKind::Block,
            _ => ShapeKind::Record,
        }
    }

    /// The name.
    pub fn name(self) -> Option<Node<'t>> {
        name_of(self.0)
    }

    /// The fields, in order.
    pub fn fields(self) -> impl Iterator<Item = Field<'t>> {
        fields_of(self.0, NodeKind::FIELDS)
    }

    /// Who sends a message.
    pub fn sender(self) -> Option<Node<'t>> {
        self.0.child(NodeKind::SENDER).and_then(name_of)
    }

    /// Who receives a message or appends a block.
    pub fn actors(self) -> impl Iterator<Item = Node<'t>> {
        names_of(self.0)
    }

    /// Whether a message carries a signature.
    pub fn is_signed(self) -> bool {
        let Some(names) = self.0.child(NodeKind::NAMES) else { return false };
        let tree = self.0.tree();
        let rest = names.token_range().end..self.0.token_range().end;
        rest.into_iter()
            .find(|at| !tree.tokens()[*at].kind.is_trivia())
            .is_some_and(|at| tree.token_text(at) == "signed")
    }
}

pub(crate) fn fields_of(node: Node<'_>, kind: NodeKind) -> impl Iterator<Item = Field<'_>> {
    node.children_of(kind).flat_map(|fields| fields.children().filter_map(Field::cast))
}

view! {
    /// `amount uint{v > 0}`
    Field FIELD
}

impl<'t> Field<'t> {
    /// The name.
    pub fn name(self) -> Node<'t> {
        name_of(self.0).expect("a field begins with its name")
    }

    /// The type.
    pub fn of(self) -> Option<Type<'t>> {
        self.0.children().find_map(Type::cast)
    }
}

view! {
    /// `list<peer_id>{length = 5}`
    Type TYPE
}

impl<'t> Type<'t> {
    /// The name.
    pub fn name(self) -> &'t str {
        self.0.main_text()
    }

    /// What stands between `<` and `>`.
    pub fn arguments(self) -> impl Iterator<Item = Type<'t>> {
        self.0.children().filter_map(Type::cast)
    }

    /// The condition in braces.
    pub fn refinement(self) -> Option<Expression<'t>> {
        self.0.child(NodeKind::REFINEMENT)?.children().find_map(Expression::cast)
    }
}

/// `function f(x uint) -> uint ( … )` or `native function f(x uint) -> uint "path"`
#[derive(Clone, Copy, Debug)]
pub struct Function<'t>(Node<'t>);

impl<'t> Function<'t> {
    /// The node itself.
    pub fn node(self) -> Node<'t> {
        self.0
    }

    /// Whether it is outside of the program.
    pub fn is_native(self) -> bool {
        self.0.kind() == NodeKind::NATIVE
    }

    /// The path of a native function.
    pub fn path(self) -> Option<&'t str> {
        description_of(self.0)
    }

    /// The name.
    pub fn name(self) -> Option<Node<'t>> {
        name_of(self.0)
    }

    /// The inputs, in order.
    pub fn inputs(self) -> impl Iterator<Item = Field<'t>> {
        fields_of(self.0, NodeKind::INPUTS)
    }

    /// The type of the result.
    pub fn result(self) -> Option<Type<'t>> {
        self.0.child(NodeKind::RESULT)?.children().find_map(Type::cast)
    }

    /// What it does.
    pub fn body(self) -> impl Iterator<Item = Statement<'t>> {
        self.0.children_of(NodeKind::BODY).flat_map(|body| body.children().filter_map(Statement::cast))
    }
}
