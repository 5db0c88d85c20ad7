use contract::trace::{Record, Step};
use tempfile::TempDir;

use super::pair::{Parting, first_difference, parting_window};
use crate::child::Digests;

/// A run whose checkpoints, a nanosecond apart, have these digests.
fn run(digests: &str) -> Digests {
    let checkpoints = digests.chars().zip(1..).map(|(digest, at)| (at, digest.to_string())).collect();
    Digests { cell: 0, seed: 1, digest: digests.to_owned(), checkpoints }
}

#[test]
fn the_window_lies_between_the_last_equal_and_the_first_different_checkpoint() {
    assert_eq!(parting_window(&run("abcd"), &run("abxy")), (2, 3));
    assert_eq!(parting_window(&run("abcd"), &run("wxyz")), (0, 1));
    assert_eq!(parting_window(&run("abcd"), &run("abcz")), (3, 4));
}

#[test]
fn without_a_different_checkpoint_the_window_is_open() {
    assert_eq!(parting_window(&run("abcd"), &run("abcd")), (4, u64::MAX));
    assert_eq!(parting_window(&run(""), &run("")), (0, u64::MAX));
    assert_eq!(parting_window(&run("abcd"), &run("ab")), (2, u64::MAX), "one of them stopped early");
}

#[test]
fn the_first_step_that_differs_or_is_missing_is_found() {
    let folder = TempDir::new().unwrap();
    let files = ["left", "right"].map(|name| folder.path().join(name));
    let step = |node: u32| {
        let at = contract::Time::from_nanos(u64::from(node));
        let (input, effects, witness) = (vec![1], vec![2], Vec::new());
        Step { node, at, now: at, cause: None, scheduled: 0, input, effects, witness }
    };
    let found = |left: &[u32], right: &[u32]| {
        for (file, nodes) in files.iter().zip([left, right]) {
            let mut bytes = Vec::new();
            nodes.iter().for_each(|node| contract::trace::file::append(&Record::Step(step(*node)), &mut bytes));
            std::fs::write(file, bytes).unwrap();
        }
        let parting = Parting { cell: 0, seed: 1, window: (0, 1), agreed: 0, left: None, right: None };
        let parting = first_difference(&files, parting).ok().unwrap();
        (parting.agreed, parting.left.map(|step| step.node), parting.right.map(|step| step.node))
    };
    assert_eq!(found(&[1, 2, 3], &[1, 5, 3]), (1, Some(2), Some(5)));
    assert_eq!(found(&[1, 2], &[1, 2, 3]), (2, None, Some(3)));
    assert_eq!(found(&[1, 2], &[1, 2]), (2, None, None));
}
