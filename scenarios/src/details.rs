//! A step taken apart: what kind of thing came in and went out, for people who look for something in a trace.

use std::collections::BTreeSet;
use std::fmt::Debug;

use contract::trace::Step;
use contract::{Canonical as _, Effect, Input, Protocol};

/// A step taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The kinds of its input (`start`, `message`, `timer`, `command`, `broken`, `connected`) and of its effects (`send`, `set-timer`,
    /// `cancel-timer`, `persist`, `reply`, `observe`), the names of messages, commands and replies, and those of observations.
    pub kinds: BTreeSet<String>,
    /// The input as the protocol prints it.
    pub input: String,
    /// The effects, in order.
    pub effects: Vec<String>,
}

/// Takes a step of a protocol apart; of a step that is none of its own, the errors are shown.
pub fn details<P: Protocol>(step: &Step) -> Details {
    let mut details = Details::default();
    match Input::<P>::decode(&step.input) {
        Ok(input) => {
            details.kinds.extend(input_kinds(&input));
            details.input = format!("{input:?}");
        }
        Err(bad) => details.input = bad.to_string(),
    }
    match contract::trace::list::decode::<P>(&step.effects) {
        Ok(effects) => {
            details.kinds.extend(effects.iter().flat_map(effect_kinds));
            details.effects = effects.iter().map(|effect| format!("{effect:?}")).collect();
        }
        Err(bad) => details.effects = vec![bad.to_string()],
    }
    details
}

/// A step of a protocol in words: its input, and each effect on a line of its own.
pub fn describe<P: Protocol>(step: &Step) -> String {
    let Details { input, effects, .. } = details::<P>(step);
    let effects: String = effects.iter().map(|effect| format!("\n    {effect}")).collect();
    format!("{} node {} {input}{effects}", step.at, step.node)
}

fn input_kinds<P: Protocol>(input: &Input<P>) -> Vec<String> {
    match input {
        Input::Start(_) => vec!["start".to_owned()],
        Input::Message { message, .. } => vec!["message".to_owned(), name(message)],
        Input::Timer(_) => vec!["timer".to_owned()],
        Input::Command { command, .. } => vec!["command".to_owned(), name(command)],
        Input::Broken { .. } => vec!["broken".to_owned()],
        Input::Connected { .. } => vec!["connected".to_owned()],
    }
}

fn effect_kinds<P: Protocol>(effect: &Effect<P>) -> Vec<String> {
    match effect {
        Effect::Send { message, .. } => vec!["send".to_owned(), name(message)],
        Effect::SetTimer { .. } => vec!["set-timer".to_owned()],
        Effect::CancelTimer(_) => vec!["cancel-timer".to_owned()],
        Effect::Persist(_) => vec!["persist".to_owned()],
        Effect::Reply { reply, .. } => vec!["reply".to_owned(), name(reply)],
        Effect::Observe(observation) => vec!["observe".to_owned(), observation.name.to_string()],
    }
}

/// The name of an enum's variant or of a struct, in kebab case.
fn name(value: &impl Debug) -> String {
    let printed = format!("{value:?}");
    let mut name = String::new();
    for c in printed.chars().take_while(|c| c.is_alphanumeric() || *c == '_') {
        if c.is_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.extend(c.to_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_kebab_case() {
        #[derive(Debug)]
        #[expect(dead_code, reason = "only printed")]
        enum Message {
            TransferOut { amount: u64 },
            Ping,
        }
        assert_eq!(name(&Message::TransferOut { amount: 1 }), "transfer-out");
        assert_eq!(name(&Message::Ping), "ping");
        assert_eq!(name(&()), "");
    }
}
