//! Transitions of one state on one event. They are tried in order, and that the order decides is probably not meant.

use std::collections::BTreeMap;

use super::Checker;
use super::guards::{Overlap, exclusive, overlap};
use super::states::event_name;
use crate::ast::{Event, Expression, Transition};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;

impl<'m, 'p> Checker<'m, 'p> {
    pub(super) fn overlaps(&mut self, exits: &[Transition<'p>]) {
        let mut groups: BTreeMap<(u8, &str), Vec<Transition<'p>>> = BTreeMap::new();
        for exit in exits {
            let key = match exit.event() {
                Some(Event::Auto) => (0, ""),
                Some(Event::On(name)) => (1, name.text()),
                Some(Event::Timeout(name)) => (2, name.text()),
                None => continue,
            };
            groups.entry(key).or_default().push(*exit);
        }
        for group in groups.values() {
            for (number, later) in group.iter().enumerate() {
                for earlier in &group[..number] {
                    if !self.effort.pair() {
                        return;
                    }
                    if self.overlap(*earlier, *later) {
                        break;
                    }
                }
            }
        }
    }

    /// Compares two transitions on the same event; whether something is found.
    fn overlap(&mut self, earlier: Transition<'p>, later: Transition<'p>) -> bool {
        let (first, second) = (earlier.guard(), later.guard());
        let Some(event) = later.event() else { return false };
        let message = match (first, second) {
            (None, _) => "this transition is never taken: the one before it has no guard".to_owned(),
            (Some(_), None) => return false, // The last one is what happens otherwise.
            (Some(a), Some(b)) => match (self.guards(a, b, event), event) {
                (Overlap::Unknown, _) => return false,
                (Overlap::Within, _) => {
                    "this transition is never taken: the guard before it holds whenever this one does".to_owned()
                }
                (Overlap::Some, Event::Auto) => {
                    "two automatic transitions may be possible at once: the first one is taken".to_owned()
                }
                (Overlap::Some, event) => {
                    format!("two transitions on {} may be possible at once: the first one is taken", event_name(event))
                }
            },
        };
        let span = second.map_or(later.node().span(), |guard| guard.node().span());
        let before = first.map_or(earlier.node().span(), |guard| guard.node().span());
        let finding = Diagnostic::new(Code::OVERLAP, span, message).label(before, "this one comes first");
        self.report(finding.hint("make the guards exclude each other, for example with `else`"));
        true
    }

    /// Automatic transitions are warned of unless they exclude each other: nothing else decides. What happens on an event is
    /// often told apart by what the event is about, and warned of where both can be shown to hold.
    fn guards(&mut self, a: Expression<'p>, b: Expression<'p>, event: Event<'p>) -> Overlap {
        match overlap(self.model, a, b, &mut self.effort) {
            Overlap::Unknown if matches!(event, Event::Auto) && !exclusive(self.model, a, b, &mut self.effort) => {
                Overlap::Some
            }
            found => found,
        }
    }
}
