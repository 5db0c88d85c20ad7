//! Who plays: honest policies, and adversaries that wrap an honest node and edit what it does.
//!
//! A wrapper gets the inputs of its node first and its effects afterwards, in the same buffer. So an adversary can do what a
//! peer on the wire could do, and no more: it signs with its own key only, and through
//! [`Effects::sign`](contract::Effects::sign), so that a recording of it can be replayed. What it observes about itself
//! counts for nothing.
//!
//! | Module | Who |
//! |---|---|
//! | [`role`] | the roles by name, as scenarios, live nodes and traces call them |
//! | [`double_spender`] | sends one victim a payment and another victim a conflicting one |
//! | [`overdrafter`] | signs a payment that it cannot cover |
//! | [`spammer`] | floods its peers with what counts for nothing |

pub mod double_spender;
pub mod overdrafter;
pub mod role;
pub mod spammer;

pub use double_spender::{DoubleSpend, DoubleSpender};
pub use overdrafter::Overdrafter;
pub use role::Role;
pub use spammer::{Spam, Spammer};
