//! Rumours: whoever hears one for the first time passes it on to some neighbours, drawn at random.

use std::collections::BTreeSet;

use borsh::{BorshDeserialize, BorshSerialize};
use dunbar::Newborn;
use dunbar::contract::draws::Entropy;
use dunbar::contract::{Actor, Canonical, Effects, Input, Kind, Observation, PeerId, Protocol, Seed, Span, Time, Wire};
use serde::{Deserialize, Serialize};

/// The vocabulary.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rumours;

impl Protocol for Rumours {
    const NAME: &'static str = "rumours";
    const ID: u16 = 0x1d00;
    const VERSION: u16 = 1;
    type Message = Heard;
    type Timer = u64;
    type Command = Command;
    type Reply = Reply;
    type View = View;
}

/// What nodes send each other.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Heard {
    pub(crate) rumour: u64,
}

impl Wire for Heard {
    fn kind(&self) -> Kind {
        Kind::Datagram
    }
}

/// What a script or an operator asks of a node: `{ tell = { rumour = 7 } }`.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Command {
    Tell { rumour: u64 },
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize, Serialize)]
pub(crate) struct Reply {
    pub(crate) told: u64,
}

/// What may be seen of a node.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct View {
    pub(crate) known: BTreeSet<u64>,
}

/// Parameters of the role.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Villager {
    /// To how many neighbours a rumour is passed on.
    pub(crate) fanout: u32,
    /// How long it is kept before: `"1.5 s"`.
    pub(crate) pause: Span,
}

impl Default for Villager {
    fn default() -> Villager {
        Villager { fanout: 2, pause: Span::ZERO }
    }
}

/// The actor.
pub(crate) struct Node {
    villager: Villager,
    peers: Vec<PeerId>,
    entropy: Entropy,
    known: BTreeSet<u64>,
}

impl Node {
    pub(crate) fn new(newborn: Newborn, villager: Villager) -> Node {
        Node { villager, peers: newborn.peers, entropy: newborn.entropy, known: BTreeSet::new() }
    }

    fn hear(&mut self, now: Time, rumour: u64, out: &mut Effects<Rumours>) -> u64 {
        if !self.known.insert(rumour) {
            return 0;
        }
        out.observe(Observation::new("heard").with("rumour", rumour));
        if self.villager.pause == Span::ZERO {
            return self.tell(rumour, out);
        }
        out.set_timer(rumour, now + self.villager.pause);
        0
    }

    fn tell(&mut self, rumour: u64, out: &mut Effects<Rumours>) -> u64 {
        let mut open = self.peers.clone();
        let told = (self.villager.fanout as usize).min(open.len());
        for _ in 0..told {
            let at = out.draw_below(&mut self.entropy, open.len() as u64) as usize;
            let to = open.swap_remove(at);
            out.send(to, Heard { rumour });
        }
        told as u64
    }
}

impl Actor<Rumours> for Node {
    fn handle(&mut self, now: Time, input: Input<Rumours>, out: &mut Effects<Rumours>) {
        match input {
            Input::Message { message: Heard { rumour }, .. } => {
                self.hear(now, rumour, out);
            }
            Input::Command { call, command: Command::Tell { rumour } } => {
                let told = self.hear(now, rumour, out);
                out.reply(call, Reply { told });
            }
            Input::Timer(rumour) => {
                self.tell(rumour, out);
            }
            Input::Start(_) | Input::Broken { .. } | Input::Connected { .. } => {}
        }
    }

    fn view(&self) -> View {
        View { known: self.known.clone() }
    }

    fn fork(&self) -> Box<dyn Actor<Rumours>> {
        let Node { villager, peers, entropy, known } = self;
        Box::new(Node { villager: *villager, peers: peers.clone(), entropy: entropy.clone(), known: known.clone() })
    }

    fn rekey(&mut self, seed: &Seed) {
        self.entropy.rekey(seed.key(Rumours::NAME));
    }

    fn state(&self, bytes: &mut Vec<u8>) {
        (self.known.len() as u64).encode(bytes);
        self.known.iter().for_each(|rumour| rumour.encode(bytes));
    }
}

/// A strategy: hears and never passes on. It wraps the honest actor, and can do only what a peer on the wire could do.
pub(crate) struct Silent(pub(crate) Box<dyn Actor<Rumours>>);

impl Actor<Rumours> for Silent {
    fn handle(&mut self, now: Time, input: Input<Rumours>, out: &mut Effects<Rumours>) {
        if !matches!(input, Input::Message { .. }) {
            self.0.handle(now, input, out);
        }
    }

    fn view(&self) -> View {
        self.0.view()
    }

    fn fork(&self) -> Box<dyn Actor<Rumours>> {
        Box::new(Silent(self.0.fork()))
    }

    fn rekey(&mut self, seed: &Seed) {
        self.0.rekey(seed);
    }

    fn state(&self, bytes: &mut Vec<u8>) {
        self.0.state(bytes);
    }
}
