//! Actors, and what their transitions do.

use super::{Expression, Field, description_of, fields_of, name_of, names_of, view};
use crate::tree::{Node, NodeKind};

view! {
    /// `actor Consumer "description" ( … )`
    Actor ACTOR
}

impl<'t> Actor<'t> {
    /// The name.
    pub fn name(self) -> Option<Node<'t>> {
        name_of(self.0)
    }

    /// The description.
    pub fn description(self) -> Option<&'t str> {
        description_of(self.0)
    }

    /// The variables; several `store` blocks are one.
    pub fn store(self) -> impl Iterator<Item = Field<'t>> {
        self.0.children_of(NodeKind::STORE).flat_map(|store| fields_of(store, NodeKind::FIELDS))
    }

    /// What is started from outside.
    pub fn triggers(self) -> impl Iterator<Item = Trigger<'t>> {
        self.0.children().filter_map(Trigger::cast)
    }

    /// The states, in order.
    pub fn states(self) -> impl Iterator<Item = State<'t>> {
        self.0.children().filter_map(State::cast)
    }

    /// The transitions, in order: the first whose guard holds is taken.
    pub fn transitions(self) -> impl Iterator<Item = Transition<'t>> {
        self.0.children().filter_map(Transition::cast)
    }
}

view! {
    /// `trigger go(target peer_id) in [READY] "description"`
    Trigger TRIGGER
}

impl<'t> Trigger<'t> {
    /// The name.
    pub fn name(self) -> Option<Node<'t>> {
        name_of(self.0)
    }

    /// The inputs, in order.
    pub fn inputs(self) -> impl Iterator<Item = Field<'t>> {
        fields_of(self.0, NodeKind::INPUTS)
    }

    /// The states in which it may fire.
    pub fn states(self) -> impl Iterator<Item = Node<'t>> {
        names_of(self.0)
    }

    /// The description.
    pub fn description(self) -> Option<&'t str> {
        description_of(self.0)
    }
}

view! {
    /// `state READY initial terminal "description"`
    State STATE
}

impl<'t> State<'t> {
    /// The name.
    pub fn name(self) -> Option<Node<'t>> {
        name_of(self.0)
    }

    /// Whether an instance begins here.
    pub fn is_initial(self) -> bool {
        self.0.words().skip(2).any(|word| word == "initial")
    }

    /// Whether an instance may end here.
    pub fn is_terminal(self) -> bool {
        self.0.words().skip(2).any(|word| word == "terminal")
    }

    /// The description.
    pub fn description(self) -> Option<&'t str> {
        description_of(self.0)
    }
}

/// What makes a transition possible.
#[derive(Clone, Copy, Debug)]
pub enum Event<'t> {
    /// At once, when its guard holds.
    Auto,
    /// A message that arrives, or a trigger from outside.
    On(Node<'t>),
    /// Time passes: the name of a parameter.
    Timeout(Node<'t>),
}

view! {
    /// `A -> B on EVENT when GUARD ( … ) else -> C ( … )`
    Transition TRANSITION
}

impl<'t> Transition<'t> {
    /// The state from which it leads.
    pub fn from(self) -> Option<Node<'t>> {
        name_of(self.0)
    }

    /// The state to which it leads.
    pub fn to(self) -> Option<Node<'t>> {
        self.0.children_of(NodeKind::NAME).nth(1)
    }

    /// What makes it possible.
    pub fn event(self) -> Option<Event<'t>> {
        let event = self.0.child(NodeKind::EVENT)?;
        if event.main_text() == "auto" {
            return Some(Event::Auto);
        }
        let name = name_of(event)?;
        Some(if event.main_text() == "timeout" { Event::Timeout(name) } else { Event::On(name) })
    }

    /// The node of the event.
    pub fn event_node(self) -> Option<Node<'t>> {
        self.0.child(NodeKind::EVENT)
    }

    /// The condition.
    pub fn guard(self) -> Option<Expression<'t>> {
        self.0.child(NodeKind::GUARD)?.children().find_map(Expression::cast)
    }

    /// What it does, in order.
    pub fn actions(self) -> impl Iterator<Item = Action<'t>> {
        actions_of(self.0)
    }

    /// What happens when the guard does not hold.
    pub fn otherwise(self) -> Option<Otherwise<'t>> {
        self.0.children().find_map(Otherwise::cast)
    }
}

view! {
    /// `else -> C ( … )`
    Otherwise ELSE
}

impl<'t> Otherwise<'t> {
    /// The state to which it leads.
    pub fn to(self) -> Option<Node<'t>> {
        name_of(self.0)
    }

    /// What it does, in order.
    pub fn actions(self) -> impl Iterator<Item = Action<'t>> {
        actions_of(self.0)
    }
}

fn actions_of(node: Node<'_>) -> impl Iterator<Item = Action<'_>> {
    node.children_of(NodeKind::ACTIONS).flat_map(|actions| actions.children().filter_map(Action::cast))
}

/// A step of a transition.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Action<'t> {
    /// `store a, b`: copies fields of the event.
    Copy(Node<'t>),
    /// `x = e`, `STORE(x, e)` or `lookup x = e`
    Assign { name: Node<'t>, value: Expression<'t>, node: Node<'t> },
    /// `SEND(e, M)` or `BROADCAST(e, M)`
    Send { to: Expression<'t>, message: Node<'t>, node: Node<'t> },
    /// `APPEND(x, e)`
    Append { to: Node<'t>, value: Expression<'t>, node: Node<'t> },
}

impl<'t> Action<'t> {
    /// The view of a node, if it is a complete action.
    pub fn cast(node: Node<'t>) -> Option<Action<'t>> {
        let value = || node.children().find_map(Expression::cast);
        Some(match node.kind() {
            NodeKind::COPY => Action::Copy(node),
            NodeKind::SET | NodeKind::ASSIGN | NodeKind::LOOKUP => {
                Action::Assign { name: name_of(node)?, value: value()?, node }
            }
            NodeKind::SEND | NodeKind::BROADCAST => Action::Send { to: value()?, message: name_of(node)?, node },
            NodeKind::APPEND => Action::Append { to: name_of(node)?, value: value()?, node },
            _ => return None,
        })
    }

    /// The node itself.
    pub fn node(self) -> Node<'t> {
        match self {
            Action::Copy(node)
            | Action::Assign { node, .. }
            | Action::Send { node, .. }
            | Action::Append { node, .. } => node,
        }
    }

    /// The names that a `store a, b` copies; none for other actions.
    pub fn copied(self) -> impl Iterator<Item = Node<'t>> {
        let copy = if let Action::Copy(node) = self { Some(node) } else { None };
        copy.into_iter().flat_map(|node| node.children_of(NodeKind::NAME))
    }

    /// The variables that it writes.
    pub fn written(self) -> Vec<Node<'t>> {
        match self {
            Action::Copy(_) => self.copied().collect(),
            Action::Assign { name, .. } => vec![name],
            Action::Append { to, .. } if to.text() != "chain" => vec![to],
            Action::Append { .. } | Action::Send { .. } => vec![],
        }
    }
}
