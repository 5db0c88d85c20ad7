//! Variables that an actor writes without having declared them: each is what is written to it somewhere.

use std::collections::BTreeMap;

use super::Checker;
use super::transitions::{Source, scope};
use crate::ast::{Action, Transition};
use crate::model::Actor;
use crate::types::{Type, bounded};

/// How often an actor is looked at; what has not come to rest then may be anything, floats included.
const ROUNDS_MAX: usize = 16;

/// What is known of the undeclared variables of each actor.
#[derive(Debug, Default)]
pub(super) struct Loose<'p>(BTreeMap<&'p str, BTreeMap<&'p str, Type>>);

impl<'p> Loose<'p> {
    pub(super) fn get(&self, actor: &str, name: &str) -> Option<&Type> {
        self.0.get(actor)?.get(name)
    }

    /// What a variable is in all actors that have not declared it.
    pub(super) fn anywhere(&self, name: &str) -> impl Iterator<Item = &Type> {
        self.0.values().filter_map(move |of| of.get(name))
    }
}

impl<'m, 'p> Checker<'m, 'p> {
    /// Finds out what undeclared variables are, before anything reads them.
    pub(super) fn loose(&mut self) {
        for actor in &self.model.actors {
            let writes = |transition: &&Transition<'p>| self.writes_undeclared(actor, **transition);
            let writing: Vec<Transition<'p>> = actor.transitions.iter().filter(writes).copied().collect();
            if writing.is_empty() {
                continue;
            }
            self.usage.begin(actor);
            let mark = self.mark();
            for round in 1.. {
                let changed = writing.iter().fold(false, |changed, way| changed | self.writes(actor, *way, round));
                self.rewind(mark);
                if !changed {
                    break;
                }
            }
        }
    }

    fn writes_undeclared(&self, actor: &Actor<'p>, transition: Transition<'p>) -> bool {
        let mut written = all_actions(transition).into_iter().flat_map(|action| action.written());
        written.any(|name| actor.variable(name.text()).is_none())
    }

    /// What a transition writes to undeclared variables; whether anything is new.
    fn writes(&mut self, actor: &'m Actor<'p>, transition: Transition<'p>, round: usize) -> bool {
        let source = self.source(actor, transition);
        let mut scope = scope(actor, &source);
        let mut changed = false;
        for action in all_actions(transition) {
            match action {
                Action::Assign { name, value, .. } if actor.variable(name.text()).is_none() => {
                    let of = self.infer(value, &mut scope);
                    changed |= self.widen((actor, name.text()), of, round);
                }
                Action::Append { to, value, .. } if to.text() != "chain" && actor.variable(to.text()).is_none() => {
                    let of = Type::list(self.infer(value, &mut scope));
                    changed |= self.widen((actor, to.text()), of, round);
                }
                Action::Copy(_) => {
                    for name in action.copied().filter(|name| actor.variable(name.text()).is_none()) {
                        let field = match &source {
                            Source::Message(number) => self.model.shapes[*number as usize].field(name.text()),
                            Source::Trigger(trigger) => trigger.inputs.named(name.text()),
                            _ => None,
                        };
                        let of = field.map_or(Type::Any, |field| field.of.clone());
                        changed |= self.widen((actor, name.text()), of, round);
                    }
                }
                _ => {}
            }
        }
        changed
    }

    fn widen(&mut self, (actor, name): (&Actor<'p>, &'p str), of: Type, round: usize) -> bool {
        let known = self.loose.0.entry(actor.name).or_default().entry(name).or_insert(Type::Never);
        let of = if round > ROUNDS_MAX { Type::Mixed } else { bounded(known.clone().or(of, self.model), self.model) };
        let changed = of != *known;
        *known = of;
        changed
    }
}

fn all_actions<'p>(transition: Transition<'p>) -> Vec<Action<'p>> {
    let otherwise = transition.otherwise();
    let others = otherwise.iter().flat_map(|otherwise| otherwise.actions());
    transition.actions().chain(others).collect()
}
