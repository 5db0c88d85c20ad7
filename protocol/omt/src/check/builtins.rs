//! The functions that every program has.

use crate::types::Basic;

/// What an input of a built-in function may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    Any,
    Number,
    /// A number that is no float.
    Whole,
    /// A value of this type.
    Is(Basic),
    ListOf(Elements),
    Map,
    /// Whatever has a length.
    Sized,
    Lambda(Lambda),
    /// A key of the map before it.
    Key,
    /// The name of a variable.
    Variable,
    /// The actor's own chain, a peer whose chain is meant, or a piece of a chain.
    Chain,
}

/// What is in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Elements {
    Any,
    Numbers,
    Signatures,
}

/// What a lambda is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lambda {
    /// A condition on the elements of the list before it.
    Predicate,
    /// A function of the elements of the list before it.
    Function,
    /// A function of what was folded until now and of an element: `a => x => …`.
    Fold,
}

impl Input {
    pub(super) const TEXT: Input = Input::Is(Basic::String);
    pub(super) const PEER: Input = Input::Is(Basic::PeerId);
    pub(super) const SIGNATURE: Input = Input::Is(Basic::Signature);
    pub(super) const HASH: Input = Input::Is(Basic::Hash);
    pub(super) const BYTES: Input = Input::Is(Basic::Bytes);
    pub(super) const LIST: Input = Input::ListOf(Elements::Any);
    pub(super) const NUMBERS: Input = Input::ListOf(Elements::Numbers);
    pub(super) const SIGNATURES: Input = Input::ListOf(Elements::Signatures);
    pub(super) const PREDICATE: Input = Input::Lambda(Lambda::Predicate);
    pub(super) const FUNCTION: Input = Input::Lambda(Lambda::Function);
    pub(super) const FOLD: Input = Input::Lambda(Lambda::Fold);
}

/// What a built-in function gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    Any,
    Of(Basic),
    /// As the input with this number.
    Same(usize),
    /// An element of the list with this number.
    Element(usize),
    /// The value of a map, or the default.
    Value,
    /// A list of the keys of a map.
    Keys,
    /// A list of one field of each element of a list.
    Fields,
    /// The common type of all inputs.
    Joined,
    /// A list of what the function gives.
    Mapped,
    /// What the function gives in the end.
    Folded,
    /// A list of signatures.
    Signatures,
    /// What the variable is.
    Variable,
}

/// A function that every program has.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// In capitals; calls may be written in any case.
    pub name: &'static str,
    /// Inputs and result, as the language guide writes them.
    pub signature: &'static str,
    /// What it does, in one sentence.
    pub text: &'static str,
    pub(super) inputs: &'static [Input],
    /// How many inputs are needed.
    pub(super) needed: usize,
    /// Whether the last input may be repeated.
    pub(super) repeats: bool,
    pub(super) output: Output,
}

/// The table of all built-in functions.
macro_rules! table {
    ($($name:literal $signature:literal [$($input:ident),*] $needed:literal $repeats:literal $output:expr, $text:literal;)*) => {
        &[$(Builtin {
            name: $name,
            signature: $signature,
            text: $text,
            inputs: &[$(Input::$input),*],
            needed: $needed,
            repeats: $repeats,
            output: $output,
        }),*]
    };
}

use Output::{Element, Fields, Folded, Joined, Keys, Mapped, Of, Same, Signatures, Value, Variable};

const TABLE: &[Builtin] = table! {
    "HASH" "(any, …) -> hash" [Any] 1 true Of(Basic::Hash), "SHA-256 of the canonical bytes of its inputs";
    "SIGN" "(any) -> signature" [Any] 1 false Of(Basic::Signature), "signs the hash of the input with the actor's own key";
    "VERIFY_SIG" "(peer_id, any, signature) -> bool" [PEER, Any, SIGNATURE] 3 false Of(Basic::Bool), "whether the peer signed the data";
    "VERIFY" "(peer_id, any, signature) -> bool" [PEER, Any, SIGNATURE] 3 false Of(Basic::Bool), "another name of VERIFY_SIG";
    "MULTI_SIGN" "(any, list<signature>) -> list<signature>" [Any, SIGNATURES] 2 false Signatures, "adds the actor's own signature to a list";
    "NOW" "() -> timestamp" [] 0 false Of(Basic::Timestamp), "the time of the step";
    "RANDOM_BYTES" "(uint) -> bytes" [Whole] 1 false Of(Basic::Bytes), "that many random bytes";
    "GENERATE_ID" "() -> string" [] 0 false Of(Basic::String), "a fresh identification";
    "LENGTH" "(list or map) -> uint" [Sized] 1 false Of(Basic::Uint), "how many elements there are";
    "FILTER" "(list<T>, T => bool) -> list<T>" [LIST, PREDICATE] 2 false Same(0), "the elements for which the condition holds";
    "MAP" "(list<T>, T => U) -> list<U>" [LIST, FUNCTION] 2 false Mapped, "the function of each element";
    "FIND" "(list<T>, T => bool) -> T" [LIST, PREDICATE] 2 false Element(0), "the first element for which the condition holds, or null";
    "REDUCE" "(list<T>, U => T => U, U) -> U" [LIST, FOLD, Any] 2 false Folded, "folds a list into one value: `REDUCE(xs, sum => x => sum + x, 0)`";
    "SUM" "(list<T>) -> T" [NUMBERS] 1 false Element(0), "the sum of the elements";
    "KEYS" "(map<K, V>) -> list<K>" [Map] 1 false Keys, "the keys in ascending order";
    "ABS" "(number) -> number" [Number] 1 false Same(0), "the value without its sign";
    "MIN" "(number, number) -> number" [Number, Number] 2 false Joined, "the smaller one";
    "MAX" "(number, number) -> number" [Number, Number] 2 false Joined, "the larger one";
    "DIV" "(uint, uint) -> uint" [Whole, Whole] 2 false Joined, "the quotient, rounded down";
    "MULDIV" "(uint, uint, uint) -> uint" [Whole, Whole, Whole] 3 false Joined, "a * b / c in 128 bits, rounded down";
    "CONCAT" "(list<T>, list<T>) -> list<T>" [LIST, LIST] 2 false Joined, "one list behind the other; null counts as empty";
    "SORT" "(list<T>) -> list<T>" [LIST] 1 false Same(0), "the elements in ascending order";
    "HAS_KEY" "(map<K, V>, K) -> bool" [Map, Key] 2 false Of(Basic::Bool), "whether the map has the key; null has none";
    "GET" "(map<K, V>, K, V) -> V" [Map, Key, Any] 2 false Value, "the value of a key, or the default";
    "CONTAINS" "(list<T>, T) -> bool" [LIST, Any] 2 false Of(Basic::Bool), "whether the list has the element";
    "REMOVE" "(list<T>, T) -> list<T>" [LIST, Any] 2 false Same(0), "the list without the element";
    "SET_EQUALS" "(list<T>, list<T>) -> bool" [LIST, LIST] 2 false Of(Basic::Bool), "whether both have the same elements, in any order";
    "EXTRACT_FIELD" "(list<T>, string) -> list<U>" [LIST, TEXT] 2 false Fields, "one field of each element";
    "COUNT_MATCHING" "(list<T>, T => bool) -> uint" [LIST, PREDICATE] 2 false Of(Basic::Uint), "for how many elements the condition holds";
    "LOAD" "(name) -> any" [Variable] 1 false Variable, "a variable of the actor's store; null if it was never set";
    "READ" "(chain or peer_id, string) -> any" [Chain, TEXT] 2 false Output::Any, "head, head_hash, balance or another property of a chain, as far as it is known";
    "CHAIN_CONTAINS_HASH" "(chain, hash) -> bool" [Chain, HASH] 2 false Of(Basic::Bool), "whether the chain has a block of that hash";
    "CHAIN_CONTAINS" "(chain, hash) -> bool" [Chain, HASH] 2 false Of(Basic::Bool), "another name of CHAIN_CONTAINS_HASH";
    "CHAIN_STATE_AT" "(chain, hash) -> dict" [Chain, HASH] 2 false Of(Basic::Dict), "what the chain says up to that block, or null";
    "CHAIN_SEGMENT" "(chain, hash) -> list<block>" [Chain, HASH] 2 false Output::Any, "the blocks from that one to the head";
    "VERIFY_CHAIN_SEGMENT" "(list<block>) -> bool" [LIST] 1 false Of(Basic::Bool), "whether hashes, numbers and signatures follow one another";
    "SEEDED_RNG" "(bytes) -> rng" [BYTES] 1 false Output::Any, "a generator that everybody can repeat";
    "SEEDED_SAMPLE" "(rng, list<T>, uint) -> list<T>" [Any, LIST, Whole] 3 false Same(1), "that many elements, without replacement";
    "ABORT" "(string) -> any" [TEXT] 1 false Output::Any, "ends the instance with an error";
};

/// All built-in functions.
pub fn builtins() -> &'static [Builtin] {
    TABLE
}

/// The built-in function of this name, in any case.
pub(super) fn builtin(name: &str) -> Option<&'static Builtin> {
    TABLE.iter().find(|builtin| builtin.name.eq_ignore_ascii_case(name))
}
