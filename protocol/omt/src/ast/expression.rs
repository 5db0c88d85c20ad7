//! Expressions and statements.

use super::name_of;
use crate::token::Kind;
use crate::tree::{Node, NodeKind};

/// An operator with two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Operator {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    Greater,
    AtMost,
    AtLeast,
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Operator {
    fn of(node: Node<'_>) -> Operator {
        match node.main() {
            Kind::EQUAL => Operator::Equal,
            Kind::UNEQUAL => Operator::Unequal,
            Kind::AT_MOST => Operator::AtMost,
            Kind::AT_LEAST => Operator::AtLeast,
            Kind::WORD if node.main_text().eq_ignore_ascii_case("or") => Operator::Or,
            Kind::WORD => Operator::And,
            kind if kind == Kind::sign(b'<') => Operator::Less,
            kind if kind == Kind::sign(b'>') => Operator::Greater,
            kind if kind == Kind::sign(b'+') => Operator::Add,
            kind if kind == Kind::sign(b'-') => Operator::Subtract,
            kind if kind == Kind::sign(b'*') => Operator::Multiply,
            kind if kind == Kind::sign(b'/') => Operator::Divide,
            _ => Operator::Equal,
        }
    }

    /// Whether it orders its sides.
    pub fn is_ordering(self) -> bool {
        matches!(self, Operator::Less | Operator::Greater | Operator::AtMost | Operator::AtLeast)
    }

    /// Whether it is `==` or `!=`.
    pub fn is_equality(self) -> bool {
        matches!(self, Operator::Equal | Operator::Unequal)
    }

    /// Whether it connects conditions.
    pub fn is_logical(self) -> bool {
        matches!(self, Operator::And | Operator::Or)
    }
}

/// A value that is computed. Each variant is a view of its node.
#[derive(Clone, Copy, Debug)]
pub enum Expression<'t> {
    /// A number, a string, `true`, `false` or `null`.
    Literal(Node<'t>),
    /// A name.
    Name(Node<'t>),
    /// `-e` or `NOT e`
    Unary(Node<'t>),
    /// Two sides and an operator.
    Binary(Node<'t>),
    /// `IF c THEN a ELSE b`
    If(Node<'t>),
    /// `f(a, b)`
    Call(Node<'t>),
    /// `e.name`
    Access(Node<'t>),
    /// `e[i]` or `e.[name]`
    Index(Node<'t>),
    /// `x => e`
    Lambda(Node<'t>),
    /// `{...e, name e}`
    Record(Node<'t>),
    /// `[a, b]`
    List(Node<'t>),
    /// `(e)`
    Group(Node<'t>),
}

impl<'t> Expression<'t> {
    /// The view of a node, if it is an expression.
    pub fn cast(node: Node<'t>) -> Option<Expression<'t>> {
        Some(match node.kind() {
            NodeKind::LITERAL => Expression::Literal(node),
            NodeKind::REFERENCE => Expression::Name(node),
            NodeKind::UNARY => Expression::Unary(node),
            NodeKind::BINARY => Expression::Binary(node),
            NodeKind::CONDITIONAL => Expression::If(node),
            NodeKind::CALL => Expression::Call(node),
            NodeKind::ACCESS => Expression::Access(node),
            NodeKind::INDEX | NodeKind::DYNAMIC => Expression::Index(node),
            NodeKind::LAMBDA => Expression::Lambda(node),
            NodeKind::FIELDS_OF => Expression::Record(node),
            NodeKind::LIST => Expression::List(node),
            NodeKind::GROUP => Expression::Group(node),
            _ => return None,
        })
    }

    /// The node itself.
    pub fn node(self) -> Node<'t> {
        match self {
            Expression::Literal(node)
            | Expression::Name(node)
            | Expression::Unary(node)
            | Expression::Binary(node)
            | Expression::If(node)
            | Expression::Call(node)
            | Expression::Access(node)
            | Expression::Index(node)
            | Expression::Lambda(node)
            | Expression::Record(node)
            | Expression::List(node)
            | Expression::Group(node) => node,
        }
    }

    /// The expressions directly inside, in order: operands, arguments behind the function, branches behind the
    /// condition.
    pub fn parts(self) -> impl Iterator<Item = Expression<'t>> {
        self.node().children().filter_map(Expression::cast)
    }

    /// The part with this number.
    pub fn part(self, number: usize) -> Option<Expression<'t>> {
        self.parts().nth(number)
    }

    /// The expression inside of parentheses.
    pub fn ungrouped(self) -> Expression<'t> {
        let mut inner = self;
        while let Expression::Group(_) = inner {
            let Some(part) = inner.part(0) else { return inner };
            inner = part;
        }
        inner
    }

    /// The operator of a [`Expression::Binary`]; `Equal` for others.
    pub fn operator(self) -> Operator {
        Operator::of(self.node())
    }

    /// Whether a [`Expression::Unary`] is `NOT`, rather than a minus.
    pub fn is_not(self) -> bool {
        self.node().main() == Kind::WORD
    }

    /// Whether an [`Expression::Index`] is `e.[name]`.
    pub fn is_dynamic(self) -> bool {
        self.node().kind() == NodeKind::DYNAMIC
    }

    /// The name behind the point of an access, or of a lambda's variable.
    pub fn name(self) -> Option<Node<'t>> {
        name_of(self.node())
    }

    /// The function that a call names, if it names one.
    pub fn callee(self) -> Option<Node<'t>> {
        match self.part(0)? {
            Expression::Name(node) if matches!(self, Expression::Call(_)) => Some(node),
            _ => None,
        }
    }

    /// The entries of a record: the name, none for a spread, and the value.
    pub fn entries(self) -> impl Iterator<Item = (Option<Node<'t>>, Option<Expression<'t>>)> {
        let entries =
            self.node().children().filter(|child| [NodeKind::ENTRY, NodeKind::SPREAD].contains(&child.kind()));
        entries.map(|entry| (name_of(entry), entry.children().find_map(Expression::cast)))
    }
}

/// A step of a function.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Statement<'t> {
    /// `RETURN e`
    Return(Node<'t>, Option<Expression<'t>>),
    /// `x = e`
    Let { name: Node<'t>, value: Expression<'t> },
    /// `x[i] = e`
    LetIndex { name: Node<'t>, index: Expression<'t>, value: Expression<'t> },
    /// `FOR x IN e statement`
    For { name: Node<'t>, over: Expression<'t>, node: Node<'t> },
    /// `( … )`
    Sequence(Node<'t>),
}

impl<'t> Statement<'t> {
    /// The view of a node, if it is a complete statement.
    pub fn cast(node: Node<'t>) -> Option<Statement<'t>> {
        let mut expressions = node.children().filter_map(Expression::cast);
        Some(match node.kind() {
            NodeKind::RETURN => Statement::Return(node, expressions.next()),
            NodeKind::LET => Statement::Let { name: name_of(node)?, value: expressions.next()? },
            NodeKind::LET_INDEX => {
                let (index, value) = (expressions.next()?, expressions.next()?);
                Statement::LetIndex { name: name_of(node)?, index, value }
            }
            NodeKind::FOR => Statement::For { name: name_of(node)?, over: expressions.next()?, node },
            NodeKind::SEQUENCE => Statement::Sequence(node),
            _ => return None,
        })
    }

    /// The statements inside of a loop or a sequence.
    pub fn inner(self) -> impl Iterator<Item = Statement<'t>> {
        let node = match self {
            Statement::For { node, .. } | Statement::Sequence(node) => Some(node),
            _ => None,
        };
        node.into_iter().flat_map(|node| node.children().filter_map(Statement::cast))
    }
}
