//! Why a network cannot be built: what is wrong, where, and what to do about it.

use crate::course::BadCourse;
use crate::fault::BadFault;

/// Why a profile cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BadProfile {
    /// No profile has this name.
    #[error("there is no network profile `{name}`; the profiles are {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// The text is no TOML, or a key or value in it is unknown.
    #[error("the network profiles cannot be read: {why}")]
    Unreadable {
        /// What the TOML parser says, with line and column.
        why: String,
    },
    /// A key that this profile needs is absent.
    #[error("profile `{profile}` has no `{key}`: {hint}")]
    Missing {
        /// The profile.
        profile: String,
        /// The absent key.
        key: &'static str,
        /// What to write.
        hint: &'static str,
    },
    /// Two keys say the same thing, or one has no meaning beside the other.
    #[error("profile `{profile}` has both `{key}` and `{other}`: {hint}")]
    Conflict {
        /// The profile.
        profile: String,
        /// One key.
        key: &'static str,
        /// The other.
        other: &'static str,
        /// Which one to keep.
        hint: &'static str,
    },
    /// A list or a row of a matrix has not one value for each region.
    #[error(
        "profile `{profile}`, `{key}`: {found} values for {regions} regions; give one for each, in the order of `regions`"
    )]
    Length {
        /// The profile.
        profile: String,
        /// The key, with the row if it is a matrix.
        key: String,
        /// How many there are.
        found: usize,
        /// How many there must be.
        regions: usize,
    },
    /// A value is outside its range.
    #[error("profile `{profile}`, `{key}`: {value} is not {range}")]
    Range {
        /// The profile.
        profile: String,
        /// The key, with its place.
        key: String,
        /// What was written.
        value: f64,
        /// What is allowed.
        range: &'static str,
    },
    /// A latency differs by direction, and the profile does not say that it may.
    #[error(
        "profile `{profile}`, `{key}`: {from} to {to} is {there}, but {back} back; make them equal, or set `asymmetric = true`"
    )]
    Asymmetric {
        /// The profile.
        profile: String,
        /// The matrix.
        key: &'static str,
        /// One region.
        from: String,
        /// The other.
        to: String,
        /// What is written one way.
        there: f64,
        /// What is written the other way.
        back: f64,
    },
    /// A region occurs twice.
    #[error("profile `{profile}`, `regions`: `{region}` occurs twice; give each its own name")]
    Twice {
        /// The profile.
        profile: String,
        /// The region.
        region: String,
    },
    /// A region has the empty name.
    #[error("profile `{profile}`, `regions`: a region has no name; give each its own name")]
    Nameless {
        /// The profile.
        profile: String,
    },
    /// The shares of the regions do not sum to one.
    #[error("profile `{profile}`, `{key}`: the shares sum to {sum}, not to 1 (within 0.000001)")]
    Shares {
        /// The profile.
        profile: String,
        /// The key.
        key: String,
        /// Their sum.
        sum: f64,
    },
    /// No set of shares has this name.
    #[error("profile `{profile}` has no shares named `{name}`; there are {known}")]
    UnknownShares {
        /// The profile.
        profile: String,
        /// What was asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
}

/// Why a network cannot be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BadNetwork {
    /// The profile is at fault.
    #[error(transparent)]
    Profile(#[from] BadProfile),
    /// A course of latency over time is impossible.
    #[error("course {index}: {why}")]
    Course {
        /// Its place in the list, from 0.
        index: usize,
        /// Why.
        why: BadCourse,
    },
    /// There is nobody.
    #[error("a network needs at least one node")]
    NoNodes,
    /// A fault is impossible.
    #[error("fault {index}: {why}")]
    Fault {
        /// Its place in the list of faults, from 0.
        index: usize,
        /// What is wrong with it.
        why: BadFault,
    },
}

/// Why a topology cannot be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BadTopology {
    /// A parameter is no probability.
    #[error("{key} {value} is not a probability: it lies between 0 and 1")]
    Probability {
        /// Which one.
        key: &'static str,
        /// What was given.
        value: f64,
    },
    /// A degree is zero or odd.
    #[error("degree {degree} is not even and at least 2: half of it lies on either side, or is opened by either end")]
    OddDegree {
        /// What was given.
        degree: u32,
    },
    /// There is no graph in which everybody has so many neighbours.
    #[error(
        "no graph of {nodes} nodes gives everybody {degree} neighbours: it is below the number of nodes, and even if that is odd"
    )]
    Regular {
        /// How many nodes.
        nodes: u32,
        /// What was given.
        degree: u32,
    },
    /// A grid without columns.
    #[error("a grid has no columns: give it at least one")]
    Columns,
    /// A link leads nowhere, or home.
    #[error("no link joins {} and {} among {nodes} nodes: it has two different ends, numbered from 0", .ends[0], .ends[1])]
    Ends {
        /// The two ends.
        ends: [u32; 2],
        /// How many nodes.
        nodes: u32,
    },
    /// A graph has more links than it can number.
    #[error(
        "{nodes} nodes with {what} have about {links:.0} links, more than 2147483647; lower it, or use the complete topology, which stores none"
    )]
    TooManyLinks {
        /// How many nodes.
        nodes: u32,
        /// The parameter that decides about the number of links.
        what: String,
        /// The expected number of links.
        links: f64,
    },
    /// No distribution of outbound links has this name.
    #[error("there is no distribution of outbound links `{name}`; there are {known}")]
    UnknownDegrees {
        /// What was asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// Cumulative shares fall, leave the range from 0 to 1, or do not end at 1.
    #[error("the cumulative shares end or break at {share}, index {index}: they rise from 0 to 1 and end at 1")]
    Cumulative {
        /// The place of the share, from 0; their number if they end too early.
        index: usize,
        /// The share.
        share: f64,
    },
}
