//! A toy protocol, and what the language makes of it.

use contract::{Actor, Amount, Effects, Input, Kind, Observation, PeerId, Protocol, Seed, Span, Time, Wire};

use super::*;
use crate::sweep::{self, Cell};
use crate::{Batch, Registry};

#[derive(Clone, Debug, PartialEq)]
struct Errands;

impl Protocol for Errands {
    const NAME: &'static str = "errands";
    const ID: u16 = 0x2000;
    const VERSION: u16 = 1;
    type Message = Nothing;
    type Timer = u8;
    type Command = Errand;
    type Reply = Answer;
    type View = ();
}

#[derive(Clone, Debug, PartialEq, borsh::BorshSerialize, borsh::BorshDeserialize)]
struct Nothing;

impl Wire for Nothing {
    fn kind(&self) -> Kind {
        Kind::Datagram
    }
}

#[derive(Clone, Debug, PartialEq, borsh::BorshSerialize, borsh::BorshDeserialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Errand {
    Buy { price: Amount, of: Option<PeerId> },
    Fall {},
}

#[derive(Clone, Debug, PartialEq, borsh::BorshSerialize, borsh::BorshDeserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
enum Answer {
    Bought,
    Refused(String),
}

#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Purse {
    money: Amount,
    rest: Span,
}

struct Runner(Purse);

impl Actor<Errands> for Runner {
    fn handle(&mut self, _: Time, input: Input<Errands>, out: &mut Effects<Errands>) {
        match input {
            Input::Command { command: Errand::Fall {}, .. } => panic!("fell over"),
            Input::Command { call, command: Errand::Buy { price, .. } } => {
                assert_eq!(self.0.rest, Span::from_millis(1_500));
                out.observe(Observation::new("asked"));
                let refused = price > self.0.money;
                out.reply(call, if refused { Answer::Refused("too dear".into()) } else { Answer::Bought });
            }
            _ => {}
        }
    }

    fn view(&self) {}

    fn fork(&self) -> Box<dyn Actor<Errands>> {
        Box::new(Runner(self.0.clone()))
    }

    fn rekey(&mut self, _: &Seed) {}

    fn state(&self, _: &mut Vec<u8>) {}
}

fn errands() -> Own<Errands> {
    let own = Own::new().role("runner", |_, purse| Box::new(Runner(purse))).observations(&["asked"]);
    own.key("population.parameters.money", "What a runner has.")
        .metric(metric("asked", Show::Mean, "how often somebody asked"), |facts| Some(facts.of("asked").count as f64))
}

fn cell(registry: &Registry, command: &str) -> Result<Cell, BadScenario> {
    let text = format!(
        "format = 1\ntitle = \"t\"\nprotocol = \"errands\"\nseeds = 3\nhorizon = \"5 s\"\n[network]\nprofile = \"lan\"\n\
         [parameters]\nmoney = \"10 OMC\"\nrest = \"1.5 s\"\n[[population]]\nname = \"runner\"\ncount = 2\n\
         [[script]]\nat = \"1 s\"\nnode = \"runner.1\"\ncommand = {command}\n"
    );
    sweep::cell(&Source::new("t.toml", text), Vec::new(), registry)
}

fn run(own: Own<Errands>, command: &str) -> Result<Batch, String> {
    let registry = Registry::default().with(own);
    let cell = cell(&registry, command).map_err(|bad| bad.message().to_owned())?;
    Batch::run(&registry, &[cell], &[1, 2, 3], None, &|| {}).map_err(|error| error.to_string())
}

#[test]
fn what_a_protocol_gives_twice_is_a_mistake() {
    let twice = errands()
        .metric(metric("asked", Show::Mean, "something else"), |_| None)
        .role("runner", |_, purse| Box::new(Runner(purse)))
        .strategy("idle", |actor, _, (): ()| actor)
        .strategy("idle", |actor, _, (): ()| actor);
    let registry = Registry::default().with(twice).with(errands());
    let mistakes = registry.mistakes().join("\n");
    for part in
        ["two metrics `asked`", "two roles `runner`", "two strategies `idle`", "two protocols are called `errands`"]
    {
        assert!(mistakes.contains(part), "{part}: {mistakes}");
    }
    assert!(mistakes.contains("tests.rs:"), "{mistakes}");
    assert!(Registry::default().with(errands()).mistakes().is_empty());
}

#[test]
fn a_command_that_is_refused_is_counted() {
    let refused = |command: &str| {
        let batch = run(errands(), command).unwrap();
        batch.rows.iter().map(|row| row.outcome.refused.clone()).collect::<Vec<_>>()
    };
    for one in refused("{ buy = { price = \"11 OMC\" } }") {
        let first = one.first.unwrap();
        assert_eq!((one.count, first.1, first.2.as_str()), (1, 1, "too dear"));
    }
    assert!(refused("{ buy = { price = \"10 OMC\", of = \"runner.0\" } }").iter().all(|one| one.count == 0));
}

#[test]
fn a_panic_names_cell_seed_node_and_time() {
    let said = run(errands(), "{ fall = {} }").unwrap_err();
    assert_eq!(said, "cell 0, seed 1: the actor of runner.1 at 1.000000000s panicked: fell over");
    let wrong = errands().metric(metric("ask", Show::Mean, "nothing"), |facts| Some(facts.of("aksed").count as f64));
    let said = run(wrong, "{ buy = { price = \"1 OMC\" } }").unwrap_err();
    let why = "a metric of errands asks for `aksed`, which is none of its observations: asked";
    assert_eq!(said, format!("cell 0, seed 1: it panicked: {why}"));
}

#[test]
fn a_wrong_value_in_a_command_is_explained() {
    let registry = Registry::default().with(errands());
    let bad = |command: &str| {
        let bad = cell(&registry, command).unwrap_err();
        format!("{}; {}", bad.message(), bad.hint().unwrap_or_default())
    };
    let said = bad("{ buy = { price = 10 } }");
    assert_eq!(
        said,
        "`10` has no unit of money; the units are uOMC, OMC; write a number and its unit, such as \"10 OMC\""
    );
    let said = bad("{ buy = { price = \"1 OMC\", of = \"runer.0\" } }");
    assert!(said.starts_with("there is no node `runer.0`; did you mean `runner"), "{said}");
}

#[test]
fn a_parameter_of_a_role_is_explained_where_the_scenario_gives_it_to_all() {
    let own = errands();
    let paths: Vec<&str> = System::keys(&own).iter().map(|(path, _)| *path).collect();
    assert_eq!(paths, ["population.parameters.money", "parameters.money"]);
}
