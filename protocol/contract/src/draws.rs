//! Randomness keyed by (seed, purpose, entity, occurrence).
//!
//! A draw is a function of its four coordinates, so a draw more or less in one place moves nothing anywhere else:
//! variants of a scenario stay comparable seed by seed. A key per purpose comes from ChaCha20 (seeded with the run's
//! seed, one stream per purpose); under that key Philox2x64-10 turns (entity, occurrence) into 128 bits. Philox: Salmon,
//! Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011; its published test vectors are tests here.

use std::convert::Infallible;

use borsh::{BorshDeserialize, BorshSerialize};
use rand::{SeedableRng, TryRng};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::Rng as _;
use serde::Serialize;

use crate::Hash;

/// The root of all randomness of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Seed(Hash);

impl Seed {
    /// The seed that a person writes as a number.
    pub fn from_number(number: u64) -> Seed {
        Seed(Hash::blake3(&[b"dunbar/seed/v1", &number.to_le_bytes()]))
    }

    /// A seed from 32 random bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Seed {
        Seed(Hash::from_bytes(bytes))
    }

    /// Its 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// An independent seed for a part of the whole. The same label gives the same seed.
    pub fn child(&self, label: &str) -> Seed {
        let length = (label.len() as u64).to_le_bytes();
        Seed(Hash::blake3(&[b"dunbar/child/v1", self.0.as_bytes(), &length, label.as_bytes()]))
    }

    /// The key under which the draws of one purpose are made.
    pub fn key(&self, purpose: &str) -> Key {
        let stream = Hash::blake3(&[b"dunbar/purpose/v1", purpose.as_bytes()]);
        let mut chacha = ChaCha20Rng::from_seed(*self.0.as_bytes());
        chacha.set_stream(u64::from_le_bytes(first_eight(stream.as_bytes())));
        Key(chacha.next_u64())
    }
}

fn first_eight(bytes: &[u8; 32]) -> [u8; 8] {
    let mut first = [0; 8];
    first.copy_from_slice(&bytes[..8]);
    first
}

/// The key of one purpose under one seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u64);

impl Key {
    /// 128 uniform bits for this entity and occurrence.
    #[inline]
    pub fn draw(self, entity: u64, occurrence: u64) -> [u64; 2] {
        philox2x64_10([entity, occurrence], self.0)
    }

    /// A generator for draws that need an unknown number of bits, such as a normal variate. Streams of different
    /// occurrences below 2⁴⁸ never overlap within 2¹⁶ blocks.
    pub fn stream(self, entity: u64, occurrence: u64) -> Stream {
        Stream { key: self, entity, block: occurrence << 16, spare: None }
    }
}

/// Ten rounds of Philox with two 64-bit words.
#[inline]
fn philox2x64_10(counter: [u64; 2], key: u64) -> [u64; 2] {
    const MULTIPLIER: u64 = 0xD2B7_4407_B1CE_6E93;
    const WEYL: u64 = 0x9E37_79B9_7F4A_7C15;
    let ([mut left, mut right], mut key) = (counter, key);
    for _ in 0..10 {
        let product = u128::from(left) * u128::from(MULTIPLIER);
        left = (product >> 64) as u64 ^ key ^ right;
        right = product as u64;
        key = key.wrapping_add(WEYL);
    }
    [left, right]
}

/// A generator over one (purpose, entity, occurrence), for the distributions of `rand_distr`.
#[derive(Clone, Debug)]
pub struct Stream {
    key: Key,
    entity: u64,
    block: u64,
    spare: Option<u64>,
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|bits| bits as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        if let Some(bits) = self.spare.take() {
            return Ok(bits);
        }
        let [now, later] = self.key.draw(self.entity, self.block);
        self.block += 1;
        self.spare = Some(later);
        Ok(now)
    }

    fn try_fill_bytes(&mut self, target: &mut [u8]) -> Result<(), Infallible> {
        for part in target.chunks_mut(8) {
            let bytes = self.try_next_u64()?.to_le_bytes();
            part.copy_from_slice(&bytes[..part.len()]);
        }
        Ok(())
    }
}

/// A uniform float in the open interval (0, 1) from 64 uniform bits: never 0, never 1, spacing 2⁻⁵².
///
/// With k for the upper 52 bits it is (k + ½) / 2⁵², as 1 + k·2⁻⁵² less 1 − 2⁻⁵³, which is exact. There is no conversion from a
/// whole number, which on x86 waits for what its register held before: the sample of the decision before.
#[inline]
pub const fn open_unit(bits: u64) -> f64 {
    f64::from_bits(1f64.to_bits() | bits >> 12) - (1.0 - f64::EPSILON / 2.0)
}

/// A uniform integer below `bound` from 64 uniform bits; zero if `bound` is zero. The bias is at most `bound` / 2⁶⁴.
#[inline]
pub fn below(bits: u64, bound: u64) -> u64 {
    ((u128::from(bits) * u128::from(bound)) >> 64) as u64
}

/// The draws of one entity for one purpose, in order of occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draws {
    key: Key,
    entity: u64,
    occurrence: u64,
}

impl Draws {
    /// The draws of `entity` under `key`, from the first.
    pub const fn new(key: Key, entity: u64) -> Draws {
        Draws { key, entity, occurrence: 0 }
    }

    /// The next 128 uniform bits.
    #[inline]
    pub fn draw(&mut self) -> [u64; 2] {
        let bits = self.key.draw(self.entity, self.occurrence);
        self.occurrence += 1;
        bits
    }

    /// Continues under another key, for a forked world whose future shall differ.
    pub fn rekey(&mut self, key: Key) {
        self.key = key;
    }

    /// How many draws were made.
    pub const fn made(&self) -> u64 {
        self.occurrence
    }
}

/// Where an actor's random bits come from. It draws them through [`Effects::draw`](crate::Effects::draw), so that a
/// recording can play them back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entropy {
    /// Keyed draws.
    Keyed(Draws),
    /// The bits that a recording holds.
    Recorded,
}

impl Entropy {
    /// Continues under another key; a recording has nothing to re-key.
    pub fn rekey(&mut self, key: Key) {
        if let Entropy::Keyed(draws) = self {
            draws.rekey(key);
        }
    }

    /// How many draws were made; zero for a recording.
    pub fn made(&self) -> u64 {
        match self {
            Entropy::Keyed(draws) => draws.made(),
            Entropy::Recorded => 0,
        }
    }
}

#[cfg(test)]
mod tests;
