//! Which record a `{…}` is, from where it stands: what is offered for its fields.

use super::complete::Completion;
use super::expression::Cursor;
use crate::model::Shape;
use crate::tree::{Node, NodeKind};
use crate::types::Type;

impl<'a, 'p> Cursor<'a, 'p> {
    /// Inside of a record literal: the fields that it does not have yet, or the value of the field before the place.
    pub(super) fn of_a_record(&self) -> Option<Vec<Completion>> {
        let last = self.path.len().checked_sub(1)?;
        let node = self.path[last];
        let field_is_named = node.kind() == NodeKind::NAME && last > 0 && self.path[last - 1].kind() == NodeKind::ENTRY;
        if field_is_named {
            return Some(self.expressions());
        }
        let is_due = node.kind() == NodeKind::FIELDS_OF && ["{", ","].contains(&self.back(0));
        is_due.then(|| self.record(last).map_or_else(Vec::new, |shape| self.missing(node, shape)))
    }

    /// The fields that are not in a record literal, or are being typed.
    fn missing(&self, literal: Node<'p>, shape: &Shape<'p>) -> Vec<Completion> {
        let typed = self.typed();
        let entries = literal.children().filter(|entry| entry.kind() == NodeKind::ENTRY);
        let names = entries.filter_map(|entry| entry.child(NodeKind::NAME));
        let given: Vec<&str> = names.filter(|name| name.span().start != typed).map(Node::text).collect();
        let all = self.fields(&shape.fields).into_iter();
        all.filter(|field| !given.contains(&field.label.as_str())).collect()
    }

    fn record(&self, at: usize) -> Option<&'a Shape<'p>> {
        let Type::Shape(number) = self.expected(at) else { return None };
        self.analysis.model.shapes.get(number as usize)
    }

    /// What the value of a node on the path has to be, by what stands around it.
    fn expected(&self, at: usize) -> Type {
        let Some(outer) = at.checked_sub(1) else { return Type::Any };
        let (node, around) = (self.path[at], self.path[outer]);
        let named = || around.child(NodeKind::NAME).map_or("", Node::text);
        match around.kind() {
            NodeKind::GROUP | NodeKind::CONDITIONAL | NodeKind::FIELDS_OF | NodeKind::SPREAD => self.expected(outer),
            NodeKind::ENTRY if outer > 0 => {
                let field = self.record(outer - 1).and_then(|shape| shape.field(named()));
                field.map_or(Type::Any, |field| field.of.clone())
            }
            NodeKind::LIST => element(self.expected(outer)),
            NodeKind::ASSIGN | NodeKind::SET | NodeKind::LET => self.type_of(named()),
            NodeKind::APPEND => element(self.type_of(named())),
            NodeKind::CALL => self.input(around, node),
            NodeKind::RETURN => self.result(),
            _ => Type::Any,
        }
    }

    /// The input of a function, as it is declared.
    fn input(&self, call: Node<'p>, argument: Node<'p>) -> Type {
        let mut parts = call.children();
        let callee = parts.next().map_or("", Node::text);
        let number = parts.position(|part| part.id() == argument.id());
        let function = self.analysis.model.function(callee);
        let input = function.zip(number).and_then(|(function, number)| function.inputs.get(number));
        input.map_or(Type::Any, |input| input.of.clone())
    }

    /// What the function around the place returns.
    fn result(&self) -> Type {
        let Some(around) = self.inside(&[NodeKind::FUNCTION]) else { return Type::Any };
        let mut all = self.analysis.model.functions.iter();
        let function = all.find(|function| function.ast.node().span() == around.span());
        function.map_or(Type::Any, |function| function.result.clone())
    }
}

fn element(of: Type) -> Type {
    if let Type::List(of) = of { *of } else { Type::Any }
}
