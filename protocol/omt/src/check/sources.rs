//! Where the fields of messages and blocks come from: variables of the same name. Actors are followed from state to state,
//! with the variables that are set on some way to a state, and those that are set on every way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Checker;
use crate::ast::{Action, Event, Expression, ShapeKind};
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, listed};
use crate::model::{Actor, Field, Model, Shape};
use crate::tree::Node;
use crate::types::{Basic, Type};
use crate::typo::suggest;

/// How a field is without a value; a worse one is less.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Lack {
    /// The actor never sets it.
    Never,
    /// No way to this place sets it.
    Before,
    /// A way through these states does not set it.
    Sometimes(Vec<usize>),
}

/// A way between two states, and what it does.
struct Way<'p> {
    from: usize,
    to: usize,
    actions: Vec<Action<'p>>,
    writes: Variables,
    /// The message or trigger that begins it.
    event: Option<Node<'p>>,
}

/// A set of variables, by number.
#[derive(Clone, PartialEq, Eq)]
struct Variables(Vec<u64>);

impl Variables {
    fn new(count: usize, of: u64) -> Variables {
        Variables(vec![of; count.div_ceil(64)])
    }

    fn insert(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    fn contains(&self, number: usize) -> bool {
        self.0[number / 64] >> (number % 64) & 1 == 1
    }

    fn with(&self, other: &Variables) -> Variables {
        Variables(self.0.iter().zip(&other.0).map(|(a, b)| a | b).collect())
    }

    fn both(&self, other: &Variables) -> Variables {
        Variables(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }
}

/// What an actor sets, and where.
struct Sources<'p> {
    numbers: BTreeMap<&'p str, usize>,
    ways: Vec<Way<'p>>,
    initial: Vec<bool>,
    /// The numbers of the ways that leave each state.
    leaving: Vec<Vec<usize>>,
    /// For each state that is reached, what is set on some way to it and what on every way.
    set: Vec<Option<(Variables, Variables)>>,
    /// How many steps are left to look for ways.
    steps: usize,
}

/// How many words of 64 variables are looked at for one actor. What is larger, thousands of states with thousands of
/// variables, is not followed, and nothing is said of it.
const WORDS_MAX: usize = 20_000_000;
/// How many steps are gone to name a way that does not set a variable.
const STEPS_MAX: usize = 20_000_000;
/// How many fields are looked for in one actor.
const FIELDS_MAX: usize = 5_000_000;

impl<'p> Sources<'p> {
    /// None if there is too much to follow.
    fn new(actor: &Actor<'p>) -> Option<Sources<'p>> {
        let mut numbers = BTreeMap::new();
        let mut found: Vec<(usize, usize, Option<Node<'p>>, Vec<Action<'p>>)> = vec![];
        for transition in &actor.transitions {
            let state = |name: Option<Node<'p>>| name.and_then(|name| actor.state(name.text()));
            let event = if let Some(Event::On(name)) = transition.event() { Some(name) } else { None };
            let otherwise = transition.otherwise();
            let ends = [(state(transition.to()), transition.actions().collect::<Vec<_>>())];
            let others = otherwise.map(|otherwise| (state(otherwise.to()), otherwise.actions().collect()));
            for (to, actions) in ends.into_iter().chain(others) {
                for name in actions.iter().flat_map(|action| action.written()) {
                    let next = numbers.len();
                    numbers.entry(name.text()).or_insert(next);
                }
                if let (Some(from), Some(to)) = (state(transition.from()), to) {
                    found.push((from, to, event, actions));
                }
            }
        }
        if numbers.len().div_ceil(64) * (found.len() + actor.states.len()) > WORDS_MAX {
            return None;
        }
        let writes = |actions: &[Action<'p>]| {
            let mut writes = Variables::new(numbers.len(), 0);
            actions.iter().flat_map(|action| action.written()).for_each(|name| writes.insert(numbers[name.text()]));
            writes
        };
        let way =
            |(from, to, event, actions): (_, _, _, Vec<_>)| Way { from, to, event, writes: writes(&actions), actions };
        let ways = found.into_iter().map(way);
        let initial: Vec<bool> = actor.states.iter().map(|state| state.is_initial()).collect();
        let mut sources =
            Sources { ways: ways.collect(), initial, leaving: vec![], set: vec![], numbers, steps: STEPS_MAX };
        sources.leaving = vec![vec![]; sources.initial.len()];
        for (number, way) in sources.ways.iter().enumerate() {
            sources.leaving[way.from].push(number);
        }
        sources.follow().then_some(sources)
    }

    /// To the smallest solution: what is set grows with each way to a state, what is always set shrinks. Whether it was
    /// found within the bound.
    fn follow(&mut self) -> bool {
        let none = Variables::new(self.numbers.len(), 0);
        let cost = none.0.len().max(1);
        let mut left = WORDS_MAX;
        self.set = self.initial.iter().map(|initial| initial.then(|| (none.clone(), none.clone()))).collect();
        let mut open: VecDeque<usize> = (0..self.initial.len()).filter(|at| self.initial[*at]).collect();
        let mut waits: Vec<bool> = self.initial.clone();
        while let Some(at) = open.pop_front() {
            waits[at] = false;
            for way in self.leaving[at].iter().map(|number| &self.ways[*number]) {
                let Some(rest) = left.checked_sub(cost) else { return false };
                left = rest;
                let Some((some, every)) = &self.set[at] else { continue };
                let arriving = (some.with(&way.writes), every.with(&way.writes));
                let joined = match &self.set[way.to] {
                    None => arriving,
                    Some((some, every)) => (some.with(&arriving.0), every.both(&arriving.1)),
                };
                if self.set[way.to].as_ref() != Some(&joined) {
                    self.set[way.to] = Some(joined);
                    if !std::mem::replace(&mut waits[way.to], true) {
                        open.push_back(way.to);
                    }
                }
            }
        }
        true
    }

    /// Whether a field lacks a value where `way` leaves its state, after what it has set itself.
    fn lack(&mut self, field: &str, from: usize, own: &Variables) -> Option<Lack> {
        let Some(number) = self.numbers.get(field) else { return Some(Lack::Never) };
        let (some, every) = self.set[from].as_ref()?;
        if own.contains(*number) || every.contains(*number) {
            None
        } else if some.contains(*number) {
            Some(Lack::Sometimes(self.way_without(*number, from)))
        } else {
            Some(Lack::Before)
        }
    }

    /// Whether a variable is certainly null where `way` leaves its state, after what it has set itself.
    fn unset(&self, name: &str, from: usize, own: &Variables) -> Option<Lack> {
        let Some(number) = self.numbers.get(name) else { return Some(Lack::Never) };
        let (some, _) = self.set[from].as_ref()?;
        (!own.contains(*number) && !some.contains(*number)).then_some(Lack::Before)
    }

    /// The states of a shortest way that does not set a variable.
    fn way_without(&mut self, number: usize, end: usize) -> Vec<usize> {
        let mut before: BTreeMap<usize, usize> = BTreeMap::new();
        let mut open: VecDeque<usize> = (0..self.initial.len()).filter(|at| self.initial[*at]).collect();
        while let Some(at) = open.pop_front() {
            for way in self.leaving[at].iter().map(|number| &self.ways[*number]) {
                self.steps = self.steps.saturating_sub(1);
                if self.steps == 0 {
                    return vec![end];
                }
                let unset = !way.writes.contains(number) && !self.initial[way.to];
                if unset && !before.contains_key(&way.to) {
                    before.insert(way.to, at);
                    open.push_back(way.to);
                }
            }
        }
        let mut states = vec![end];
        while let Some(at) = before.get(&states[states.len() - 1]) {
            states.push(*at);
        }
        states.reverse();
        states
    }
}

impl<'m, 'p> Checker<'m, 'p> {
    /// Each field of what is sent and appended needs a value: the worst lack of each field is a finding.
    pub(super) fn sources(&mut self, actor: &'m Actor<'p>) {
        let model = self.model;
        let Some(mut sources) = Sources::new(actor) else { return };
        let mut left = FIELDS_MAX;
        self.receivers(actor, &mut sources);
        let mut lacks: BTreeMap<(u32, &str), (Lack, &'m Field<'p>, Node<'p>)> = BTreeMap::new();
        'ways: for number in 0..sources.ways.len() {
            let (from, actions) = (sources.ways[number].from, std::mem::take(&mut sources.ways[number].actions));
            let mut own = Variables::new(sources.numbers.len(), 0);
            let mut emitted_here = BTreeSet::new();
            for action in &actions {
                action.written().iter().for_each(|name| own.insert(sources.numbers[name.text()]));
                let Some((number, at)) = emitted(model, *action) else { continue };
                if !emitted_here.insert(number) {
                    continue; // The first time lacks most.
                }
                // `timestamp` is always the current time.
                let fields = model.shapes[number as usize].fields.iter().filter(|field| field.name != "timestamp");
                for field in fields {
                    let Some(rest) = left.checked_sub(1) else { break 'ways };
                    left = rest;
                    let Some(lack) = sources.lack(field.name, from, &own) else { continue };
                    let known = lacks.entry((number, field.name)).or_insert_with(|| (lack.clone(), field, at));
                    if lack < known.0 {
                        *known = (lack, field, at);
                    }
                }
            }
        }
        for ((number, _), (lack, field, at)) in lacks {
            let hint = match lack {
                Lack::Never => {
                    let most = if self.found.is_full(Code::NOSOURCE) { 0 } else { usize::MAX };
                    let names = sources.numbers.keys().copied().take(most);
                    let near = suggest(field.name, at.span(), "variable", names).hint;
                    let near = if near.starts_with("did you mean") { format!(" ({near})") } else { String::new() };
                    format!("store a value as `{}` before this{near}", field.name)
                }
                Lack::Before => format!("store a value as `{}` before this", field.name),
                Lack::Sometimes(_) => format!("store a value as `{}` on this way, too", field.name),
            };
            let finding = self.lacking(actor, &model.shapes[number as usize], (lack, field, at));
            self.report(finding.hint(hint));
        }
    }

    /// Who is sent something is set before.
    fn receivers(&mut self, actor: &'m Actor<'p>, sources: &mut Sources<'p>) {
        let mut reported = BTreeSet::new();
        for number in 0..sources.ways.len() {
            let (from, actions) = (sources.ways[number].from, sources.ways[number].actions.clone());
            let mut own = Variables::new(sources.numbers.len(), 0);
            for action in actions {
                action.written().iter().for_each(|name| own.insert(sources.numbers[name.text()]));
                let Action::Send { to, message, .. } = action else { continue };
                let Expression::Name(name) = to.ungrouped() else { continue };
                // An input of a trigger, which hides the variable, has its value.
                let trigger = sources.ways[number].event.and_then(|event| actor.trigger(event.text()));
                let given = trigger.is_some_and(|trigger| trigger.inputs.named(name.text()).is_some());
                let peers = |of: &Type| {
                    matches!(of, Type::Any | Type::Basic(Basic::PeerId))
                        || matches!(of, Type::List(of) if **of == Type::Basic(Basic::PeerId))
                };
                let variable = actor.variable(name.text()).filter(|variable| !given && peers(&variable.of));
                let Some(variable) = variable else { continue };
                let Some(lack) = sources.unset(name.text(), from, &own) else { continue };
                if !reported.insert(name.text()) {
                    continue;
                }
                let never = if lack == Lack::Never { "never sets it" } else { "does not set it before this" };
                let text = format!("`{}` is sent to `{}`, and `{}` {never}", message.text(), name.text(), actor.name);
                let finding = Diagnostic::new(Code::NOSOURCE, name.span(), text).here("nobody is named here");
                let finding = finding.label(variable.span(), "the variable");
                self.report(finding.hint(format!("store a peer as `{}` before this", name.text())));
            }
        }
    }

    fn lacking(
        &self,
        actor: &Actor<'p>,
        shape: &Shape<'p>,
        (lack, field, at): (Lack, &Field<'p>, Node<'p>),
    ) -> Diagnostic {
        let (shape, field_name, name) = (shape.name, field.name, actor.name);
        let state = |at: &usize| actor.states[*at].name().map_or("_", Node::text);
        let (message, here) = match &lack {
            Lack::Never => {
                (format!("`{shape}` has a field `{field_name}`, and `{name}` never sets it"), "it is null here")
            }
            Lack::Before => {
                let message = format!("`{shape}` has a field `{field_name}`, and `{name}` does not set it before this");
                (message, "it is null here")
            }
            Lack::Sometimes(way) => {
                let way: Vec<&str> = way.iter().map(state).collect();
                let way = listed(&way, " -> ");
                let message =
                    format!("`{shape}` has a field `{field_name}`, and `{name}` does not set it on the way {way}");
                (message, "it may be null here")
            }
        };
        Diagnostic::new(Code::NOSOURCE, at.span(), message).here(here).label(field.span(), "the field")
    }
}

/// The message or block that an action sends or appends, by number, and where it names it.
fn emitted<'p>(model: &Model<'p>, action: Action<'p>) -> Option<(u32, Node<'p>)> {
    match action {
        Action::Send { message, .. } => Some((model.shape(message.text(), ShapeKind::Message)?, message)),
        Action::Append { to, value, .. } if to.text() == "chain" => {
            let Expression::Name(name) = value.ungrouped() else { return None };
            Some((model.shape(name.text(), ShapeKind::Block)?, name))
        }
        _ => None,
    }
}
